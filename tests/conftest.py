"""The command as the user types it, run in this process, each test with a store of its own."""

import gc
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from sqlalchemy import Engine, create_engine, event

# Containers often forbid bytecode. Each of the many processes started here would then compile MLflow's source anew, which
# takes three times as long as importing it.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

settings.register_profile("whatever the machine does besides", deadline=None)
settings.load_profile("whatever the machine does besides")

TESTS = Path(__file__).parent
LONGEST = (
    "experiments/test_experiments.py", "page/test_page.py", "sweep/test_records.py", "commands/test_study.py", "launch/test_launchers.py",
    "commands/test_run.py", "docs/test_contributing.py", "docs/test_notebooks.py", "claims/test_calibration.py", "sweep/test_faults.py",
    "launch/test_fuzz.py", "tracking/test_dashboards.py", "nn/engines/test_engines.py", "commands/test_security.py", "docs/test_site.py",
    "tracking/test_tracking.py", "plotting/test_run_card.py", "commands/test_own_data.py", "interface/test_interface.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest come first, so that two workers end together."""
    place = {TESTS / file: i for i, file in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(place)))


def pytest_collection_finish() -> None:
    """What is imported by now stays to the end: the collector, which took a tenth of the time, need not look through it."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file stays with one worker, and what its tests share is made once."""
    from xdist.scheduler.loadfile import LoadFileScheduling

    config.option.loadscopereorder = False
    return LoadFileScheduling(config, log)


@dataclass(frozen=True)
class Answer:
    """What the command answered."""

    code: int
    out: str
    err: str


Command = Callable[..., Answer]


@pytest.fixture(scope="session", autouse=True)
def _migrated_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """MLflow's seventy migrations make the tables of a fresh database once in this process; later ones begin as a copy."""
    from mlflow.store.db import utils

    original: Callable[[Engine], None] = utils._initialize_tables
    template = tmp_path_factory.mktemp("migrated") / "empty.db"

    def copied(engine: Engine) -> None:
        file = engine.url.database
        if engine.dialect.name != "sqlite" or not file or (Path(file).exists() and Path(file).stat().st_size):
            original(engine)
            return
        if not template.exists():
            made = create_engine(f"sqlite:///{template}")
            original(made)
            made.dispose()
        shutil.copy(template, file)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(utils, "_initialize_tables", copied)
        yield


@pytest.fixture(scope="session", autouse=True)
def _nobody_waits_for_the_disk() -> Iterator[None]:
    """No power is cut while this process lives: what it writes is there for whoever reads it, synced or not.

    Commands in processes of their own sync as a user's do; their power is cut in `support/power.py`.
    """

    def hurried(connection: object, _: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous = OFF")

    event.listen(Engine, "connect", hurried)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield
    event.remove(Engine, "connect", hurried)


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
