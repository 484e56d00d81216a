"""Films of recorded runs."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.commands import film
from sandbox.config.schema import TrackingConfig
from sandbox.tracking import latest_sweep, resolve, runs_of

Command = Callable[..., Any]
TINY = ("steps=12", "replicates=2", "dataset.samples=40", "probes.count=4", "tracking.figures=false")


@pytest.fixture
def runs(command: Command, store_folder: Path) -> list[str]:
    """Two runs of one sweep, on two inputs, whose networks have samples of their own."""
    assert command("-m", *TINY, "init=zero,normal", "per_draw=1").code == 0
    store = resolve(TrackingConfig(directory=str(store_folder)))
    sweep = latest_sweep(store, "sandbox")
    assert sweep is not None
    return [run.run_id for run in runs_of(store, sweep.run_id)]


def filmed(monkeypatch: pytest.MonkeyPatch, folder: Path, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["sandbox film", *arguments, f"tracking.directory={folder}"])
    try:
        film.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_a_film_shows_two_runs_as_they_were_recorded(
    runs: list[str], store_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from PIL import Image

    from sandbox.page.film import reel_of

    store = resolve(TrackingConfig(directory=str(store_folder)))
    reels = [reel_of(store, run, 1, 6) for run in runs]
    assert all(reel.same for reel in reels)
    assert reels[0].steps[-1] == 12
    path = tmp_path / "films" / "two.gif"
    arguments = (*runs, "--network", "1", "--seconds", "0.5", "--output", str(path))
    assert filmed(monkeypatch, store_folder, *arguments) == 0
    with Image.open(path) as picture:
        assert getattr(picture, "n_frames", 1) > 2
        assert picture.size == (1280, 720)


def test_mistakes_are_one_line(
    runs: list[str], store_folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    mistakes = {
        (): "film: expected the ids of one run or two, got 0",
        (runs[0], "--output", "film.avi"): "--output: expected a name ending in .mp4 or .gif, got 'film.avi'",
        (runs[0], "--network", "2"): "--network: expected 0 to 1, got 2",
        (runs[0], "--seconds", "0"): "--seconds: expected 0.5 to 120, got 0",
        ("nothing",): "expected that of a recorded run or sweep, got 'nothing'",
    }
    for arguments, words in mistakes.items():
        capfd.readouterr()
        assert filmed(monkeypatch, store_folder, *arguments) == 2
        said = capfd.readouterr().err
        assert words in said
        assert said.count("\n") == 1
