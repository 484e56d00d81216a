"""A wheel holds all that is needed: a course can pin it, and work in a folder with nothing in it."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from sandbox.config.names import CONF
from sandbox.config.schema import DatasetConfig, RunConfig
from sandbox.trial.build import Setup
from sandbox.trial.digest import run_digest
from tests.support.fresh import said

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the wheel's files lie once it is installed."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=60)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_it_carries_every_file_of_the_configuration_and_of_the_packages(site: Path) -> None:
    for outside, inside in (
        (CONF, "sandbox/conf"),
        (ROOT / "sandbox", "sandbox"),
        (ROOT / "experiments", "experiments"),
    ):
        files = {
            path.relative_to(outside)
            for path in outside.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert files and all((site / inside / file).is_file() for file in files)


def test_in_an_empty_folder_it_runs_judges_and_records_what_the_checkout_would(site: Path, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    where, ledger, digest, verdicts = said("from_a_wheel", cwd=tmp_path, env=environment | {"PYTHONPATH": str(site)})
    assert Path(where).is_relative_to(site) and Path(ledger) == tmp_path / "mlruns" / "LEDGER.md"
    setup = Setup(RunConfig(dataset=DatasetConfig("moons", noise=0.2, samples=40), steps=5, replicates=2))
    assert digest == run_digest(setup) and "zero-symmetric" in verdicts
    assert [path.name for path in tmp_path.iterdir()] == ["mlruns"] and (tmp_path / "mlruns" / "mlflow.db").is_file()
