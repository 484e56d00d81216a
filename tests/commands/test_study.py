"""Studies: nothing is done twice, an interrupted sweep is completed, and the ledger says what the store says."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.commands import study
from sandbox.config.schema import TrackingConfig, keys_with
from sandbox.sweep import ledger
from sandbox.tracking import latest_sweep, resolve, runs_of
from sandbox.tracking.store import client
from sandbox.trial import experiment, registry

Command = Callable[..., Any]
TINY = ("steps=20", "replicates=4", "dataset.samples=40", "probes.count=4", "tracking.figures=false")
FEW = (*TINY, "activation=sigmoid,tanh", "dataset=moons", "dataset.samples=101")  # of an experiment's arms


def test_resuming_does_only_what_is_left_under_the_same_parent(command: Command, store_folder: Path) -> None:
    arguments = ("-m", *TINY, "init=zero,constant,normal", "resume=true")
    assert command(*arguments).code == 0
    store = resolve(TrackingConfig(directory=str(store_folder)))
    sweep = latest_sweep(store, "sandbox")
    assert sweep is not None
    before = runs_of(store, sweep.run_id)
    client(store).delete_run(before[1].run_id)

    answer = command(*arguments)
    assert answer.code == 0 and "2 of 3 arms were finished before" in answer.out
    after = runs_of(store, sweep.run_id)
    assert len(after) == 3 and len({run.tags["digest"] for run in after}) == 3
    assert {before[0].run_id, before[2].run_id} < {run.run_id for run in after}
    again = latest_sweep(store, "sandbox")
    assert again is not None and again.run_id == sweep.run_id and again.status == "FINISHED"


def test_without_resume_a_sweep_is_done_again(command: Command, store_folder: Path) -> None:
    for _ in range(2):
        assert command("-m", *TINY, "init=zero").code == 0
    store = resolve(TrackingConfig(directory=str(store_folder)))
    experiment = client(store).get_experiment_by_name("sandbox")
    assert experiment is not None
    assert len(client(store).search_runs([experiment.experiment_id], "tags.kind = 'sweep'")) == 2


def test_replicates_are_added_while_a_verdict_is_undecided(command: Command, store_folder: Path) -> None:
    answer = command("-m", "+experiment=symmetry", *FEW, "looks=2")
    assert answer.code == 0
    store = resolve(TrackingConfig(directory=str(store_folder)))
    sweep = latest_sweep(store, "symmetry")
    assert sweep is not None
    assert len(runs_of(store, sweep.run_id)) == 12  # six arms, looked at twice
    (verdict,) = [entry.verdict for entry in ledger.entries(store, "changed") if entry.claim.id == "zero-fails"]
    assert verdict is not None and verdict.replicates == 8 and verdict.look == 2


@pytest.fixture(autouse=True)
def _few_experiments(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger and a page ask for every experiment there is, which takes a second where there are forty."""
    few = ("symmetry", "depth", "mixed_activations", "kink", "born_dead", "vectorisation")
    monkeypatch.setattr("experiments.EXPERIMENTS", few)


def run_study(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["sandbox study", *arguments])
    try:
        study.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture
def tiny_is_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the experiment's YAML said what FEW does, and there were no other experiment."""
    monkeypatch.setattr("experiments.EXPERIMENTS", ("symmetry",))
    typed = {word.partition("=")[0] for word in FEW}
    monkeypatch.setattr(experiment, "keys_with", lambda role: keys_with(role) | typed)


@pytest.mark.usefixtures("tiny_is_declared")
def test_a_study_ends_with_the_ledger_and_a_second_one_has_nothing_to_do(
    monkeypatch: pytest.MonkeyPatch, store_folder: Path, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(ledger, "LEDGER", tmp_path / "LEDGER.md")
    where = f"tracking.directory={store_folder}"
    assert run_study(monkeypatch, "symmetry", *FEW, where) == 0
    written = (tmp_path / "LEDGER.md").read_text()
    assert "zero-symmetric" in written and "✓ holds" in written
    capfd.readouterr()
    assert run_study(monkeypatch, "symmetry", *FEW, where) == 0
    assert "6 of 6 arms were finished before" in capfd.readouterr().out
    assert (tmp_path / "LEDGER.md").read_text() == written
    (tmp_path / "LEDGER.md").unlink()
    assert run_study(monkeypatch, "--ledger", where) == 0
    assert (tmp_path / "LEDGER.md").read_text() == written

    capfd.readouterr()
    assert run_study(monkeypatch, "symmetry", *FEW, "--repeats", "2", where) == 0
    out = capfd.readouterr().out
    assert "6 of 6 arms were finished before" in out and "repeat 2 of 2" in out
    assert (
        "## Repeats\n\nTried with other weights and other data: 6 claims 2 times."
        in (tmp_path / "LEDGER.md").read_text()
    )
    listed = {line["claim"]: line for line in json.loads((tmp_path / "LEDGER.json").read_text())}
    zero = listed["zero-symmetric"]
    assert zero["word"] == "holds" and zero["repeats"][0]["told"] == "holds"
    assert zero["repeats"][0]["strata"].keys() == {part["stratum"] for part in zero["verdict"]["strata"]}
    entries = ledger.entries(resolve(TrackingConfig(directory=str(store_folder))))
    tried = [entry for entry in entries if entry.experiment == "symmetry"]
    assert all(len(entry.repeats) == 1 for entry in tried)
    assert all(entry.agreement.startswith("1 of 1; ") for entry in tried if entry.word == "holds")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("--repeats", "0"), "expected --repeats of 1 or more, got 0"),
        (("--repeats", "2", "seed=3"), "expected --repeats to choose the seeds, got seed=3"),
        (("--repeats", "2", "dataset.seed=3"), "expected --repeats to choose the seeds, got dataset.seed=3"),
    ],
)
def test_repeats_choose_their_seeds_themselves(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], typed: tuple[str, ...], said: str
) -> None:
    assert run_study(monkeypatch, "symmetry", *typed) == 2
    assert said in capfd.readouterr().err


def test_what_reads_a_clock_runs_alone_and_before_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["sandbox study", "symmetry", "vectorisation", "depth", "--repeats", "2"])
    todo = study.tasks(*study.parsed())
    order = [(task.number, task.experiment.name, task.alone) for task in todo]
    first = [("vectorisation", True), ("symmetry", False), ("depth", False)]
    assert order == [(number, *each) for number in (1, 2) for each in first]
    assert "seed=1" not in todo[0].words and {"seed=1", "dataset.seed=1", "resume=true"} < {*todo[3].words}


def test_experiments_run_side_by_side_and_a_mistake_is_told_once(
    monkeypatch: pytest.MonkeyPatch, store_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each in a process of its own; a mistake is told in one line, as if there were none."""
    monkeypatch.setattr(study, "workers", lambda *_: 2)
    small = ("--quick", "replicates=2", "steps=2", f"tracking.directory={store_folder}")
    assert run_study(monkeypatch, "kink", "born_dead", *small) == 0
    out = capfd.readouterr().out
    assert all(f"{name} (" in out for name in ("kink", "born_dead")) and "2 experiments in" in out
    assert run_study(monkeypatch, "kink", "born_dead", *small, "seed=-1") == 2
    assert "error: seed: expected" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("typed", "budget"),
    [
        ((), "declared"),
        (("+experiment=symmetry", "seed=3", "dataset.seed=4", "resume=true", "engine=numpy"), "declared"),
        (("tracking=none", "tracking.directory=/x", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2"), "declared"),
        (("steps=20",), "changed"),
        (("replicates=4",), "changed"),
        (("dataset=moons",), "changed"),
        (("~probes",), "changed"),
        (("hydra.sweeper.params.activation=relu",), "changed"),
    ],
)
def test_only_what_the_experiment_declares_is_evidence(typed: tuple[str, ...], budget: str) -> None:
    assert experiment.budget_of(typed, quick=False) == budget
    assert experiment.budget_of(typed, quick=True) == "quick"


def test_a_sweep_at_another_budget_leaves_the_ledger_alone(
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    store_folder: Path,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(ledger, "LEDGER", tmp_path / "LEDGER.md")
    assert run_study(monkeypatch, "symmetry", *FEW, f"tracking.directory={store_folder}") == 0
    assert "not the declared budget" in capfd.readouterr().out
    assert not (tmp_path / "LEDGER.md").exists()
    assert all(
        entry.word == "untried" for entry in ledger.entries(resolve(TrackingConfig(directory=str(store_folder))))
    )


def test_a_quick_study_is_marked_and_leaves_the_ledger_alone(
    monkeypatch: pytest.MonkeyPatch, store_folder: Path, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(ledger, "LEDGER", tmp_path / "LEDGER.md")
    assert run_study(monkeypatch, "symmetry", "--quick", *FEW, f"tracking.directory={store_folder}") == 0
    out = capfd.readouterr().out
    assert "not evidence" in out
    assert "zero-symmetric" in out and "depth-vanishes" not in out  # the verdicts on what was asked, and no others
    assert "untried" not in out.partition("Of all ")[0] and "untried" in out.partition("Of all ")[2]
    assert not (tmp_path / "LEDGER.md").exists()
    store = resolve(TrackingConfig(directory=str(store_folder)))
    assert all(entry.word == "untried" for entry in ledger.entries(store))
    assert any(entry.word == "holds" for entry in ledger.entries(store, "quick"))


def test_a_changed_prediction_makes_the_verdict_stale(command: Command, store_folder: Path) -> None:
    assert command("-m", "+experiment=symmetry", *FEW).code == 0
    store = resolve(TrackingConfig(directory=str(store_folder)))
    entry = next(entry for entry in ledger.entries(store, "changed") if entry.claim.id == "zero-symmetric")
    assert entry.word == "holds"
    widened = replace(entry.claim, prediction=replace(entry.claim.prediction, high=1e-3))
    changed = replace(entry, claim=widened, promise=registry.load("symmetry").promise(widened))
    assert changed.word == "stale"
    assert "stale, was: holds" in ledger.markdown([changed])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("symetry",), "study: expected an experiment, got 'symetry'; did you mean 'symmetry'?"),
        ((), "study: expected names of experiments, --all or --ledger, got none"),
        (("symmetry", "--all"), "study: expected names of experiments, --all or --ledger, got several"),
        (("--ledger", "seed=5"), "study: expected of --ledger, which runs nothing, only keys of tracking, got seed=5"),
        (
            ("--ledger", "--repeats", "2"),
            "study: expected of --ledger, which runs nothing, only keys of tracking, got --rep",
        ),
        (("symmetry", "steps=many"), "steps: expected an integer, got 'many'"),
    ],
)
def test_mistakes_are_answered_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
    store_folder: Path,
    capfd: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    message: str,
) -> None:
    assert run_study(monkeypatch, *arguments, f"tracking.directory={store_folder}") == 2
    assert message in capfd.readouterr().err
    assert not store_folder.exists()


@pytest.mark.usefixtures("tiny_is_declared")
def test_a_ledger_with_claims_that_nobody_has_tried_is_not_written(
    monkeypatch: pytest.MonkeyPatch, store_folder: Path, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(ledger, "LEDGER", tmp_path / "LEDGER.md")
    monkeypatch.setattr("experiments.EXPERIMENTS", ("symmetry", "depth"))
    assert run_study(monkeypatch, "symmetry", *FEW, f"tracking.directory={store_folder}") == 0
    assert "have not been tried" in capfd.readouterr().out
    assert not (tmp_path / "LEDGER.md").exists()


def test_a_study_that_records_nothing_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)  # MLflow makes a database where it is not told of one
    assert run_study(monkeypatch, "mixed_activations", "--quick", "tracking=none") == 0
    assert "there is no ledger" in capfd.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_extending_a_grid_does_only_the_new_arms_under_the_same_parent(command: Command, store_folder: Path) -> None:
    first = command("-m", *TINY, "init=zero,constant", "resume=true")
    assert first.code == 0 and "resume: found no sweep of these 2 arms" in first.out
    store = resolve(TrackingConfig(directory=str(store_folder)))
    before = latest_sweep(store, "sandbox")
    assert before is not None
    answer = command("-m", *TINY, "init=zero,constant,normal", "resume=true")
    assert answer.code == 0 and "a sweep of 2 of these 3 arms goes on" in answer.out
    assert "2 of 3 arms were finished before" in answer.out
    after = latest_sweep(store, "sandbox")
    assert after is not None and after.run_id == before.run_id and after.tags["arms"] == "3"
    assert "3 arms" in after.name and "normal" in after.tags["command"]
    assert len(runs_of(store, after.run_id)) == 3
    other = command("-m", *TINY, "init=zero", "activation=tanh,relu", "resume=true")  # not all of its arms are wanted
    assert "resume: found no sweep of these 2 arms" in other.out and "finished before" not in other.out
