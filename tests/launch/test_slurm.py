"""Slurm, started as deploy/sandbox.slurm says: every arm once, whichever of its jobs is cancelled; nothing runs on without its parent."""

import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.tracking import sweeps_of
from tests.support import rays, servers, slurm, sweeps
from tests.support.typed import done

WHY_NOT = slurm.why_not() or rays.lacking("submitit", "hydra_plugins.hydra_submitit_launcher", extra="slurm")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)]

SCRIPT = sweeps.ROOT / "deploy" / "sandbox.slurm"
ARMS = 4
# Two seconds for each arm: long enough to be cancelled in the middle of one.
SWEEP = (
    "-m", f"seed=range({ARMS})", "steps=40000", "replicates=2", "dataset.samples=40", "probes.count=5", "tracking.figures=false",
    "engine=numpy", "batch=1",
)  # fmt: skip


@dataclass(frozen=True)
class Site:
    """A Slurm, and a folder from which sweeps are submitted, with a server to record on."""

    slurm: slurm.Slurm
    folder: Path
    server: str

    def submit(self, *words: str) -> str:
        """The id of the job."""
        exported = {
            "MLFLOW_TRACKING_URI": self.server,
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            **sweeps.ENVIRONMENT,
        }
        told = "--export=ALL," + ",".join(f"{name}={text}" for name, text in exported.items())
        return self.slurm.say("sbatch", "--parsable", told, str(SCRIPT), *words, folder=self.folder).strip()

    def ended(self, job: str, patience: float = 200) -> tuple[int, str]:
        """Its exit code, and what it printed."""
        until = time.monotonic() + patience
        while job in self.slurm.jobs("running,pending,completing"):
            assert time.monotonic() < until, self.said(job)
            time.sleep(0.5)
        found = re.search(r"ExitCode=(\d+):", self.slurm.say("scontrol", "show", "job", job))
        assert found
        return int(found[1]), self.said(job)

    def said(self, job: str) -> str:
        path = self.folder / f"slurm-{job}.out"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def workers(self) -> list[str]:
        """The jobs of arrays that are at work on an arm."""
        begun = [*self.folder.glob("cache/sandbox/spool/*/*.begun.json")]
        return [job for job in self.slurm.jobs("running") if "_" in job] if begun else []

    def workers_begun(self) -> list[str]:
        until = time.monotonic() + 120
        while not (found := self.workers()):
            assert time.monotonic() < until
            time.sleep(0.2)
        return found


@pytest.fixture(scope="module")
def cluster() -> Iterator[slurm.Slurm]:
    with slurm.slurm() as cluster:
        yield cluster


@pytest.fixture
def site(cluster: slurm.Slurm, tmp_path: Path) -> Iterator[Site]:
    """The script wants the environment in the folder from which it is submitted."""
    (tmp_path / ".venv").symlink_to(sys.prefix)
    with servers.served(tmp_path / "server") as (address, _, _):
        yield Site(cluster, tmp_path, address)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> sweeps.Histories:
    folder = tmp_path_factory.mktemp("basic")
    done("sandbox.run", *SWEEP, *sweeps.where(folder))
    return sweeps.recorded(folder)


def wrong(site: Site, expected: sweeps.Histories, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(site.folder / "cache"))
    return sweeps.complaints(sweeps.store_in(site.folder, site.server), expected)


def test_jobs_of_an_array_make_the_same_sweep(
    site: Site, expected: sweeps.Histories, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, said = site.ended(site.submit(*SWEEP))
    assert code == 0 and f"{ARMS} runs in" in said, said
    assert wrong(site, expected, monkeypatch) == []


def test_a_job_that_is_cancelled_is_said_and_done_by_the_next_call(
    site: Site, expected: sweeps.Histories, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = site.submit(*SWEEP)
    site.slurm.say("scancel", *site.workers_begun())
    code, said = site.ended(job)
    assert code == 1 and "ended without an answer" in said and "resume=true" in said and "Traceback" not in said, said
    code, said = site.ended(site.submit(*SWEEP, "resume=true"))
    assert code == 0 and "were finished before" in said, said
    assert wrong(site, expected, monkeypatch) == []


def test_a_parent_that_is_cancelled_takes_its_jobs_along(
    site: Site, expected: sweeps.Histories, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = site.submit(*SWEEP)
    site.workers_begun()
    site.slurm.say("scancel", job)
    _, said = site.ended(job)
    assert "resume=true" in said and "Traceback" not in said, said
    until = time.monotonic() + 60
    while site.slurm.jobs("running,pending,completing"):
        assert time.monotonic() < until
        time.sleep(0.5)
    monkeypatch.setenv("XDG_CACHE_HOME", str(site.folder / "cache"))
    (sweep,) = sweeps_of(sweeps.store_in(site.folder, site.server))
    assert sweep.status == "KILLED"
    code, said = site.ended(site.submit(*SWEEP, "resume=true"))
    assert code == 0, said
    assert wrong(site, expected, monkeypatch) == []
