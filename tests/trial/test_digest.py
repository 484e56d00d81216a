"""Digests: equal for the same run, different for anything that changes its result, deaf to all else."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig, TrackingConfig
from sandbox.trial import digest
from sandbox.trial.build import Setup
from sandbox.trial.digest import COMPUTING, counted, run_digest, sweep_digest
from tests.support.programs import meanings

BASE = RunConfig()
ROOT = Path(digest.__file__).parents[1]


def _python(version: str) -> str | None:
    """A Python of that version, other than this one, as the PATH or pyenv has it."""
    places = [shutil.which(f"python{version}"), *map(str, Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))]
    for place in filter(None, places):
        said = subprocess.run(
            [place, "-c", "import sys; print(*sys.version_info[:2], sep='.')"],
            check=False,
            capture_output=True,
            text=True,
        )
        if said.returncode == 0 and said.stdout.strip() == version != f"{sys.version_info[0]}.{sys.version_info[1]}":
            return place
    return None


CHANGES: dict[str, dict[str, Any]] = {
    "seed": {"seed": 1},
    "steps": {"steps": 2001},
    "rate": {"learning_rate": 1.0000001},
    "activation": {"activation": ["tanh"]},
    "replicates": {"first_replicate": 20},
    "samples": {"dataset": DatasetConfig(samples=399)},
    "split": {"dataset": DatasetConfig(seed=1)},
    "scale": {"init": InitConfig(scale=0.01)},
    "probes": {"probes": ProbesConfig(count=31)},
    "knob": {"trial": {"h": 1}},
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_a_result_changes_its_digest(change: str) -> None:
    assert run_digest(Setup(replace(BASE, **CHANGES[change]))) != run_digest(Setup(BASE))


def test_where_a_run_is_recorded_does_not_matter() -> None:
    elsewhere = replace(BASE, tracking=TrackingConfig(directory="/elsewhere"), resume=True, looks=3, quick=True)
    assert run_digest(Setup(elsewhere)) == run_digest(Setup(BASE))


def test_every_key_counts_also_at_its_default_but_for_paths_and_what_is_outside_of_a_run() -> None:
    keys = counted(BASE)
    assert keys["learning_rate"] == 1.0 and keys["dataset.noise"] is None and keys["probes.count"] == 30
    assert not {"dataset.path", "init.path", "tracking.kind", "resume", "looks", "quick"} & {*keys}


def test_the_engine_counts_as_what_auto_stands_for() -> None:
    auto = Setup(BASE)
    assert run_digest(Setup(replace(BASE, engine=auto.engine))) == run_digest(auto)
    other = next(name for name in ("numpy", "fused") if name != auto.engine)
    assert run_digest(Setup(replace(BASE, engine=other))) != run_digest(auto)


OTHER_PYTHONS = [found for minor in (11, 12, 13) if (found := _python(f"3.{minor}"))]


@pytest.mark.skipif(not OTHER_PYTHONS, reason="no other Python on this machine")
@pytest.mark.parametrize("python", OTHER_PYTHONS)
def test_code_has_the_same_digest_on_every_python(python: str) -> None:
    files = [str(path) for folder in (*COMPUTING, "plotting") for path in sorted((ROOT / folder).rglob("*.py"))]
    words = ["-I", meanings.__file__, str(ROOT / "system" / "source.py"), *files]
    mine, other = (
        subprocess.run([each, *words], check=True, capture_output=True, text=True).stdout
        for each in (sys.executable, python)
    )
    assert mine == other and len(mine.split()) == len(files)


def test_given_weights_count_by_content_not_by_path(tmp_path) -> None:  # type: ignore[no-untyped-def]
    digests = []
    for name, value in (("a", 1.0), ("b", 1.0), ("c", 2.0)):
        path = tmp_path / f"{name}.npz"
        np.savez(path, W1=np.full((4, 2), value), b1=np.zeros(4), W2=np.ones((1, 4)), b2=np.zeros(1))
        digests.append(run_digest(Setup(replace(BASE, init=InitConfig("file", 1.0, str(path))))))
    assert digests[0] == digests[1] != digests[2]


def test_what_own_classes_are_called_counts_for_a_table_shows_it(tmp_path: Path) -> None:
    digests = []
    for name, classes in (("a", ("low", "top")), ("b", ("low", "top")), ("c", ("loss", "win"))):
        path = tmp_path / f"{name}.csv"
        path.write_text("x,y\n" + "".join(f"{n / 8},{classes[n % 2]}\n" for n in range(16)))
        digests.append(run_digest(Setup(replace(BASE, dataset=DatasetConfig("file", path=str(path))))))
    assert digests[0] == digests[1] != digests[2]


def test_a_sweep_is_its_runs_in_whatever_order() -> None:
    assert sweep_digest(["a", "b"]) == sweep_digest(["b", "a"]) != sweep_digest(["a"])
