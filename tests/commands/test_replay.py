"""Replays: identical where nothing has changed, and a change is found, measured and located."""

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
from sandbox.tracking import resolve, runs_of, sweeps_of
from sandbox.tracking.store import client
from sandbox.trial.outcome import Outcome, load_history, save_history

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


@pytest.fixture
def sweep(command: Command, store_folder: Path) -> str:
    assert command("-m", *TINY, "init=normal,zero", "dataset=moons,sine").code == 0
    return sweeps_of(resolve(TrackingConfig(directory=str(store_folder))))[0].run_id


def test_a_replay_is_bit_identical_until_one_bit_is_not(
    sweep: str, store_folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert replayed(monkeypatch, store_folder, "--sweep", sweep) == replay.IDENTICAL
    assert "4 runs replayed: 4 bit-identical" in capfd.readouterr().out
    run = runs_of(resolve(TrackingConfig(directory=str(store_folder))), sweep)[0]
    path = recorded_history(store_folder, run.run_id)
    outcome = load_history(path)
    loss = outcome.curves["train/loss"].copy()
    loss[2, 1] = np.nextafter(loss[2, 1], np.inf)
    save_history(path, replace(outcome, curves=outcome.curves | {"train/loss": loss}))
    assert replayed(monkeypatch, store_folder, run.run_id) == replay.WITHIN
    assert f"within 1 ulp from step {outcome.steps[2]} on in train/loss" in capfd.readouterr().out
    loss[1, 0] *= 1.01
    save_history(path, replace(outcome, curves=outcome.curves | {"train/loss": loss}))
    assert replayed(monkeypatch, store_folder, "--sweep", sweep) == replay.DIFFERENT
    assert f"different from step {outcome.steps[1]} on in train/loss" in capfd.readouterr().out


def test_what_changed_since_is_named(
    sweep: str, store_folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    store = resolve(TrackingConfig(directory=str(store_folder)))
    run = runs_of(store, sweep)[0]
    for key, value in (("versions", '{"numpy": "1.0"}'), ("cpu", "Z80"), ("code", "old")):
        client(store).set_tag(run.run_id, key, value)
    path = recorded_history(store_folder, run.run_id)
    outcome = load_history(path)
    save_history(path, replace(outcome, curves={}))
    assert replayed(monkeypatch, store_folder, run.run_id, "engine=fused") == replay.DIFFERENT
    out = capfd.readouterr().out
    for line in ("numpy: 1.0 then", "CPU: Z80 then", "code that computes: old then", "engine: numpy then, fused now"):
        assert line in out


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
    config = recorded_history(store_folder, run.run_id).with_name("config.yaml")
    for text in (
        "output: ${oc.env:HOME}",
        "steps: !!python/object/apply:os.system ['true']",
        "a: [",
        "_target_: os.system",
        "- 1",
    ):
        config.write_text(text)
        assert replayed(monkeypatch, store_folder, run.run_id) == 2
        err = capfd.readouterr().err
        assert err.startswith("error: ") and err.count("\n") == 1
