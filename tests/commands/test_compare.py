"""`sandbox compare`: in what runs differ, and what it did."""

import sys
from pathlib import Path

import pytest

from sandbox import tracking
from sandbox.commands.compare import main
from sandbox.config.schema import TrackingConfig
from tests.conftest import Command


def answered(monkeypatch: pytest.MonkeyPatch, *typed: str) -> int:
    monkeypatch.setattr(sys, "argv", ["sandbox compare", *typed])
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_runs_are_compared_by_settings_results_and_pairs(
    command: Command,
    store_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    small = ("steps=30", "replicates=5", "learning_rate=1,0.001", "tracking.figures=false")
    assert command("-m", *small).code == 0
    store = tracking.resolve(TrackingConfig(directory=str(store_folder)))
    (parent,) = tracking.launched_in(store)
    ids = [run.run_id for run in tracking.runs_of(store, parent.run_id)]
    where = f"tracking.directory={store_folder}"
    figure = tmp_path / "a.png"
    assert answered(monkeypatch, *ids, where, "--output", str(figure)) == 0
    out = capfd.readouterr().out
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert "learning_rate" in out and "0.001" in out and "activation" not in out
    assert "The first is better in 100% of 5 pairs" in out
    for mistake in (
        (ids[0],),
        (ids[0], parent.run_id),
        (*ids, "--metric", "slop"),
        (*ids, "--output", "/no/where.png"),
    ):
        assert answered(monkeypatch, *mistake, where) == 2
        err = capfd.readouterr().err
        assert err.startswith("error: compare: ") and err.count("\n") == 1
