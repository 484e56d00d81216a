"""The command as the user types it, run in this process, each test with a store of its own."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Answer:
    """What the command answered."""

    code: int
    out: str
    err: str


Command = Callable[..., Answer]


@pytest.fixture
def store_folder(tmp_path: Path) -> Path:
    """Where the command under test records."""
    return tmp_path / "mlruns"


@pytest.fixture
def command(store_folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """`python -m sandbox.run ...` with a store of its own unless the test says `tracking=none`."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)

    def run(*arguments: str) -> Answer:
        from sandbox.commands.run import main

        where = [] if "tracking=none" in arguments else [f"tracking.directory={store_folder}"]
        monkeypatch.setattr(sys, "argv", ["sandbox", *arguments, *where])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capfd.readouterr()
        return Answer(code, out, err)

    return run
