"""The page as a command, and which arms it puts beside each other."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.claims.claim import Claim, Interval
from sandbox.claims.measures import Value
from sandbox.commands import report
from sandbox.page.stage import pair
from sandbox.tracking import Run

Command = Callable[..., Any]


def reported(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["sandbox report", *arguments])
    try:
        report.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_a_store_without_verdicts_is_answered_with_what_to_do(
    store_folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert reported(monkeypatch, f"tracking.directory={store_folder}", "--output", str(store_folder / "page.html")) == 2
    said = capfd.readouterr().err
    assert "report: expected verdicts in" in said
    assert "python -m sandbox.study" in said
    assert not (store_folder / "page.html").exists()


def a_run(run_id: str, **params: str) -> Run:
    return Run(run_id, run_id, "FINISHED", {"replicates": "4", **params}, {})


RUNS = [
    a_run(f"{dataset}-{init}-{rate}", dataset=dataset, init=init, learning_rate=rate, **scale)
    for dataset in ("digits", "moons", "circles")
    for init, scale in (("zero", {"init.scale": "1.0"}), ("constant", {"init.scale": "0.5"}), ("normal", {}))
    for rate in ("0.1", "1.0", "10.0")
]


def a_claim(**where: Any) -> Claim:
    return Claim(
        id="c",
        statement="s",
        source="notes, § Random initialisation",
        prediction=Interval(0, 1),
        reason="r",
        measure=Value("spread/layer1"),
        control="none",
        where=where,
    )


def test_the_arms_differ_in_what_is_compared_and_are_on_a_set_in_the_plane_at_the_middle_rate() -> None:
    found = pair(a_claim(), RUNS, {"a": {"init": "constant"}, "b": {"init": "normal"}})
    assert found is not None
    assert [run.run_id for run in found] == ["moons-constant-1.0", "moons-normal-1.0"]


def test_what_is_asked_for_comes_first() -> None:
    asked = {"a": {"init": "zero"}, "b": {"init": "normal"}, "with": {"dataset": "circles", "learning_rate": 10}}
    found = pair(a_claim(), RUNS, asked)
    assert found is not None
    assert [run.run_id for run in found] == ["circles-zero-10.0", "circles-normal-10.0"]


def test_arms_that_were_not_run_are_not_shown() -> None:
    assert pair(a_claim(), RUNS, {"a": {"init": "orthogonal"}, "b": {"init": "normal"}}) is None
    assert pair(a_claim(dataset="xor"), RUNS, {"a": {"init": "zero"}, "b": {"init": "normal"}}) is None
