"""Ray on several nodes: every arm once, whatever becomes of a node; what is lost is said in a table, and done by the next call."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.tracking import runs_of, sweeps_of
from tests.conftest import Command
from tests.support import rays, sweeps
from tests.support.services import free_port
from tests.support.typed import done

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(rays.why_not()), reason=rays.why_not())]

ARMS = 6
# Two seconds for each arm: long enough for a node to be killed in the middle of one.
SWEEP = (
    "-m", f"seed=range({ARMS})", "steps=40000", "replicates=2", "dataset.samples=40", "probes.count=5", "tracking.figures=false",
    "engine=numpy", "batch=1",
)  # fmt: skip


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> sweeps.Histories:
    folder = tmp_path_factory.mktemp("basic")
    done("sandbox.run", *SWEEP, *sweeps.where(folder))
    return sweeps.recorded(folder)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[rays.Cluster]:
    for name, text in rays.VARIABLES.items():
        monkeypatch.setenv(name, text)
    with rays.cluster(2) as cluster:
        yield cluster


def test_two_nodes_share_a_sweep(cluster: rays.Cluster, expected: sweeps.Histories, tmp_path: Path) -> None:
    log = tmp_path / "log"
    here = Path(
        os.path.relpath(tmp_path / "store", sweeps.ROOT)
    )  # which workers that others have started know nothing of
    process = sweeps.start(*SWEEP, *cluster.launcher, *sweeps.where(here), log=log)
    assert process.wait(200) == 0, log.read_text()
    store = sweeps.store_in(tmp_path / "store")
    assert sweeps.complaints(store, expected) == []
    (sweep,) = sweeps_of(store)
    assert len({run.tags["process"] for run in runs_of(store, sweep.run_id)}) == 2


@pytest.mark.parametrize("retries", [0, 1])
def test_a_node_that_is_killed_loses_nothing(
    retries: int, cluster: rays.Cluster, expected: sweeps.Histories, tmp_path: Path
) -> None:
    folder, log = tmp_path / "store", tmp_path / "log"
    words = (*SWEEP, *cluster.launcher, *sweeps.where(folder), f"retries={retries}")
    process = sweeps.start(*words, log=log)
    kill_at_work(cluster.nodes[1], folder, process)
    code, said = process.wait(200), log.read_text()
    assert "Traceback" not in said
    if retries:
        assert code == 0, said
    else:
        assert code == 1 and "accuracy" in said and "Ray lost its worker" in said and "resume=true" in said, said
        resumed = sweeps.start(*words, "resume=true", log=log)
        assert resumed.wait(200) == 0, log.read_text()
    assert sweeps.complaints(sweeps.store_in(folder), expected) == []


def kill_at_work(node: rays.Node, folder: Path, process: "subprocess.Popen[bytes]") -> None:
    """Once one of its workers has begun a run."""
    until = time.monotonic() + 120
    while True:
        assert process.poll() is None and time.monotonic() < until
        begun = [json.loads(path.read_text()) for path in folder.glob(".spool/*/*.begun.json")]
        workers = [int(each["record"]["tags"]["process"].split(" ")[3]) for each in begun]
        if any(node.has(worker) for worker in workers if worker != os.getpid()):
            node.kill()
            return
        time.sleep(0.2)


def test_a_ray_that_does_not_answer_is_said_in_one_line(command: Command) -> None:
    address = f"127.0.0.1:{free_port()}"
    answer = command("-m", "seed=1,2", "hydra/launcher=ray", f"hydra.launcher.ray.init.address={address}", "tracking=none")  # fmt: skip
    assert answer.code == 2 and answer.err.count("\n") == 1
    assert answer.err.startswith("error: hydra.launcher.ray.init.address: expected a Ray that answers")
