"""Replays: identical where nothing has changed, and a change is found, measured and located."""

import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sandbox.commands import replay
from sandbox.config.schema import TrackingConfig
from sandbox.sweep.differences import differences, ulps
from sandbox.tracking import prepare, resolve, runs_of, sweeps_of
from sandbox.tracking.store import client
from sandbox.trial.experiment import Experiment
from sandbox.trial.outcome import Outcome, load_history
from tests.support.typed import done

Command = Callable[..., Any]
TINY = ("steps=20", "replicates=3", "dataset.samples=40", "probes.count=4", "tracking.figures=false")


def replayed(monkeypatch: pytest.MonkeyPatch, folder: Path, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["sandbox replay", *arguments, f"tracking.directory={folder}"])
    with pytest.raises(SystemExit) as end:
        replay.main()
    return int(end.value.code or 0)


def recorded_history(folder: Path, run_id: str) -> Path:
    store = resolve(TrackingConfig(directory=str(folder)))
    return Path(client(store).get_run(run_id).info.artifact_uri.removeprefix("file://")) / "history.npz"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one sweep."""
    folder = tmp_path_factory.mktemp("recorded") / "mlruns"
    done("sandbox.run", "-m", *TINY, "init=normal,zero", "dataset=moons,sine", f"tracking.directory={folder}")
    return folder


@pytest.fixture
def sweep(recorded: Path, store_folder: Path) -> str:
    shutil.copytree(recorded, store_folder)
    store = resolve(TrackingConfig(directory=str(store_folder)))
    prepare(store)
    return sweeps_of(store)[0].run_id


def altered(monkeypatch: pytest.MonkeyPatch, change: Callable[[Outcome], Outcome]) -> None:
    """From now on the same configuration leads to another outcome."""
    perform = Experiment.perform
    monkeypatch.setattr(Experiment, "perform", lambda self, setup: change(perform(self, setup)))


def test_a_replay_is_bit_identical_until_one_bit_is_not(
    sweep: str, store_folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert replayed(monkeypatch, store_folder, "--sweep", sweep) == replay.IDENTICAL
    assert "4 runs replayed: 4 bit-identical" in capfd.readouterr().out
    run = runs_of(resolve(TrackingConfig(directory=str(store_folder))), sweep)[0]
    steps = load_history(recorded_history(store_folder, run.run_id)).steps

    def nudged(outcome: Outcome) -> Outcome:
        loss = outcome.curves["train/loss"].copy()
        loss[2, 1] = np.nextafter(loss[2, 1], np.inf)
        return replace(outcome, curves=outcome.curves | {"train/loss": loss})

    altered(monkeypatch, nudged)
    assert replayed(monkeypatch, store_folder, run.run_id) == replay.WITHIN
    out = capfd.readouterr().out
    assert f"within 1 ulp from step {steps[2]} on in train/loss" in out
    assert "are as they were recorded" in out

    def scaled(outcome: Outcome) -> Outcome:
        loss = outcome.curves["train/loss"].copy()
        loss[1, 0] *= 1.01
        return replace(outcome, curves=outcome.curves | {"train/loss": loss})

    altered(monkeypatch, scaled)
    assert replayed(monkeypatch, store_folder, "--sweep", sweep) == replay.DIFFERENT
    assert f"different from step {steps[1]} on in train/loss" in capfd.readouterr().out


def as_of_an_earlier_version(store_folder: Path, run_id: str, **tags: str) -> None:
    """A record without a manifest, with these tags."""
    api = client(resolve(TrackingConfig(directory=str(store_folder))))
    api.delete_tag(run_id, "manifest")
    recorded_history(store_folder, run_id).with_name("manifest.json").unlink()
    for key, value in tags.items():
        api.set_tag(run_id, key, value)


def test_what_changed_since_is_named(
    sweep: str, store_folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    run = runs_of(resolve(TrackingConfig(directory=str(store_folder))), sweep)[0]
    kernel = '{"BLAS": "of old", "NumPy\'s loops": "none"}'
    as_of_an_earlier_version(
        store_folder, run.run_id, versions='{"numpy": "1.0"}', cpu="Z80", code="old", kernel=kernel
    )
    altered(monkeypatch, lambda outcome: replace(outcome, curves={}))
    assert replayed(monkeypatch, store_folder, run.run_id, "engine=fused") == replay.DIFFERENT
    out = capfd.readouterr().out
    for line in (
        "numpy: 1.0 then", "CPU: Z80 then", "code that computes: old then", "engine: numpy then, fused now", "BLAS: of old then"
    ):  # fmt: skip
        assert line in out


def test_what_older_code_did_not_measure_is_named_and_no_difference(
    sweep: str, store_folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    run = runs_of(resolve(TrackingConfig(directory=str(store_folder))), sweep)[0]
    altered(monkeypatch, lambda outcome: outcome.with_values({"measured_since": 1.0}))
    assert replayed(monkeypatch, store_folder, run.run_id) == replay.DIFFERENT  # the same code has to measure the same
    assert "in its single value in measured_since" in capfd.readouterr().out
    as_of_an_earlier_version(store_folder, run.run_id, code="old")
    assert replayed(monkeypatch, store_folder, run.run_id) == replay.IDENTICAL
    assert (
        "bit-identical in all that was recorded; measured now and not then: measured_since\n" in capfd.readouterr().out
    )
    altered(
        monkeypatch, lambda outcome: replace(outcome, values={})
    )  # what was recorded and is missing now is a difference
    assert replayed(monkeypatch, store_folder, run.run_id) == replay.DIFFERENT


@pytest.mark.parametrize("name", ["history.npz", "config.yaml", "manifest.json"])
def test_what_is_damaged_is_named_and_the_rest_is_replayed(
    name: str, sweep: str, store_folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    first, second, *_ = runs_of(resolve(TrackingConfig(directory=str(store_folder))), sweep)
    content = bytearray(recorded_history(store_folder, first.run_id).with_name(name).read_bytes())
    content[len(content) // 2] ^= 1
    recorded_history(store_folder, first.run_id).with_name(name).write_bytes(content)
    recorded_history(store_folder, second.run_id).with_name(name).unlink()
    assert replayed(monkeypatch, store_folder, "--sweep", sweep) == replay.BROKEN
    out = capfd.readouterr().out
    assert f"{first.run_id} {first.name}: damaged: its {name} is not" in out
    assert f"{second.run_id} {second.name}: damaged: its {name} is missing" in out
    assert "4 runs replayed: 2 bit-identical, 2 not done again" in out and "Traceback" not in out


def test_a_users_file_that_changed_is_named_first_with_how_much_of_it(
    command: Command, store_folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:  # fmt: skip
    data = tmp_path / "data.csv"
    rows = [f"{i % 7}.5,{i % 5}.25,{'no' if i % 2 else 'yes'}" for i in range(20)]
    data.write_text("\n".join(rows))
    assert command("-m", *TINY[:2], *TINY[3:], "dataset=file", f"dataset.path={data}", "init=normal,he").code == 0
    sweep = sweeps_of(resolve(TrackingConfig(directory=str(store_folder))))[0].run_id
    data.write_text("\n".join(["9.5" + rows[0][3:], *rows[1:]]))
    assert replayed(monkeypatch, store_folder, "--sweep", sweep) == replay.DIFFERENT
    assert "\n  data.csv is not as recorded: 1 cell of 60\n" in capfd.readouterr().out
    data.write_text("\n".join(rows[1:]))
    assert replayed(monkeypatch, store_folder, "--sweep", sweep) == replay.DIFFERENT
    assert "data.csv is not as recorded: 20 rows then, 19 now" in capfd.readouterr().out
    data.unlink()
    assert replayed(monkeypatch, store_folder, "--sweep", sweep) == replay.BROKEN
    out = capfd.readouterr().out
    assert out.count("not done again: dataset.path: expected a file that is there") == 2
    assert "2 runs replayed: 2 not done again" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nothing",), "replay: expected"),
        ((), "replay: expected ids of runs or --sweep ID, got neither"),
        (("x", "steps=3"), "replay: expected tracking options or engine=NAME, got 'steps=3'"),
        (("--sweep", "x", "--sample", "0"), "--sample: expected >= 1, got 0"),
    ],
)
def test_mistakes_are_answered_in_one_line(
    arguments: tuple[str, ...],
    message: str,
    store_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert replayed(monkeypatch, store_folder, *arguments) == 2
    err = capfd.readouterr().err
    assert err.startswith("error: ") and err.count("\n") == 1
    assert message.removeprefix("replay: expected") in err


def test_ulps_count_the_numbers_in_between() -> None:
    a = np.array([1.0, 0.0, -1.0, np.nan, np.inf, 1.0, 5e-324])
    b = np.array([np.nextafter(1.0, 2), -0.0, np.nextafter(-1.0, 0), np.nan, np.inf, np.nan, -5e-324])
    assert ulps(a, b).tolist() == [1, 1, 1, 0, 0, np.inf, 3]
    single = np.array([1.0], np.float32)
    assert ulps(single, np.nextafter(single, np.float32(2))).tolist() == [1]
    assert ulps(single, np.array([1.0])).tolist() == [0]


def test_what_a_clock_measured_is_left_out() -> None:
    before = Outcome(np.array([1]), {"time_ratio": np.ones((1, 2)), "loss": np.ones((1, 2))})
    after = replace(before, curves={"time_ratio": np.zeros((1, 2)), "loss": np.ones((1, 2))})
    assert list(differences(before, after, ("time",))) == []
    assert [each.probe for each in differences(before, after)] == ["time_ratio"]


def test_a_record_that_would_read_the_environment_is_refused(
    sweep: str, store_folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    run = runs_of(resolve(TrackingConfig(directory=str(store_folder))), sweep)[0]
    as_of_an_earlier_version(store_folder, run.run_id)  # else it would be named as damaged, and not even read
    config = recorded_history(store_folder, run.run_id).with_name("config.yaml")
    for text in (
        "output: ${oc.env:HOME}",
        "steps: !!python/object/apply:os.system ['true']",
        "a: [",
        "_target_: os.system",
        "- 1",
    ):
        config.write_text(text)
        assert replayed(monkeypatch, store_folder, run.run_id) == replay.BROKEN
        told, _, count = capfd.readouterr().out.partition("\n")
        assert ": not done again: " in told and count == "1 run replayed: 1 not done again\n"
