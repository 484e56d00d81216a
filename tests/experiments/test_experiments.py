"""Every experiment through the command the user types, at a tiny budget; and what each promises about its claims."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from hydra import compose, initialize_config_dir

import experiments
from experiments import EXPERIMENTS, every_claim, findings, load
from sandbox.claims.claim import Claim
from sandbox.claims.verdict import Word
from sandbox.commands.study import QUICK
from sandbox.config.compose import read
from sandbox.config.names import CONF
from sandbox.config.schema import TrackingConfig
from sandbox.tracking import latest_sweep, resolve
from sandbox.trial.experiment import Experiment
from sandbox.trial.outcome import load_history, save_history

Command = Callable[..., Any]
CLAIMS = {claim.id: claim for claim in every_claim()}
FEWER = {"symmetry": ("activation=sigmoid,tanh", "dataset=moons")}  # where a quick look has arms enough to do without


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_runs_and_gives_a_verdict_on_each_of_its_claims(
    command: Command, store_folder: Path, name: str
) -> None:
    experiment = load(name)
    answer = command("-m", f"+experiment={name}", *QUICK, *experiment.quick, *FEWER.get(name, ()))
    assert answer.code == 0, answer.err + answer.out
    assert "not evidence" in answer.out
    sweep = latest_sweep(resolve(TrackingConfig(directory=str(store_folder))), name)
    assert sweep is not None and sweep.status == "FINISHED"
    for claim in experiment.claims:
        assert sweep.tags[f"prediction.{claim.id}"] == experiment.promise(claim)
        word, shown = re.fullmatch(r"([\w ]+) \((\w+)\)", sweep.tags[f"verdict.{claim.id}"]).groups()  # type: ignore[union-attr]
        assert word in get_args(Word)
        assert experiment.promise(claim).startswith(shown)


@pytest.mark.parametrize("name", [name for name in EXPERIMENTS if load(name).figures is not Experiment.figures])
def test_figures_need_no_more_than_what_a_run_measured(name: str, tmp_path: Path) -> None:
    experiment = load(name)
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = read(compose("config", [f"+experiment={name}", "replicates=2", "steps=20"]))
    save_history(tmp_path / "history.npz", experiment.trial(config))
    figures = experiment.figures(config, load_history(tmp_path / "history.npz"))
    for figure in figures.values():
        assert figure.startswith(b"\x89PNG")
    assert figures


def test_every_experiment_has_its_sweep_and_every_sweep_its_experiment() -> None:
    assert {path.stem for path in (CONF / "experiment").glob("*.yaml")} == set(EXPERIMENTS)
    for name in EXPERIMENTS:
        assert load(name).name == name and load(name).question.endswith("?")
        assert f"experiment: {name}" in (CONF / "experiment" / f"{name}.yaml").read_text()


def test_what_was_found_belongs_to_a_claim_and_an_answer_that_exist() -> None:
    files = {path.stem for path in Path(experiments.__file__).with_name("findings").iterdir()}
    assert files <= set(EXPERIMENTS)
    for name in files:
        claims = {claim.id for claim in load(name).claims}
        for claim, told in findings(name).items():
            assert claim in claims, f"{name}: {claim}"
            assert set(told) <= {*get_args(Word)}, f"{name}: {claim}: a word that no verdict has"
            assert all(len(text) > 20 for text in told.values())


def test_claims_have_names_of_their_own() -> None:
    assert len(CLAIMS) == len(every_claim())


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS.keys())
def test_a_claim_says_all_that_a_reader_needs(claim: Claim) -> None:
    for words in (claim.statement, claim.source, claim.reason, claim.effect):
        assert len(words) > 8, f"{claim.id}: {words!r}"
    assert claim.statement.endswith(".")
    assert not isinstance(claim.control, str) or len(claim.control) > 20
