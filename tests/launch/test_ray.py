"""Ray on several nodes: every arm once, whatever becomes of a node; what is lost is said in a table, and done by the next call."""

import os
from pathlib import Path

import pytest

from sandbox.tracking import runs_of, sweeps_of
from tests.conftest import Command
from tests.support import rays, sweeps
from tests.support.services import free_port
from tests.support.typed import done

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(rays.why_not()), reason=rays.why_not())]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> sweeps.Histories:
    folder = tmp_path_factory.mktemp("basic")
    done("sandbox.run", *rays.SWEEP, *sweeps.where(folder))
    return sweeps.recorded(folder)


def test_two_nodes_share_a_sweep(expected: sweeps.Histories, tmp_path: Path) -> None:
    log = tmp_path / "log"
    here = Path(
        os.path.relpath(tmp_path / "store", sweeps.ROOT)
    )  # which workers that others have started know nothing of
    with rays.cluster(2) as cluster:
        process = sweeps.start(*rays.SWEEP, *cluster.launcher, *sweeps.where(here), log=log)
        assert process.wait(200) == 0, log.read_text()
    store = sweeps.store_in(tmp_path / "store")
    assert sweeps.complaints(store, expected) == []
    (sweep,) = sweeps_of(store)
    assert len({run.tags["process"] for run in runs_of(store, sweep.run_id)}) == 2


@pytest.mark.parametrize("retries", [0, 1])
def test_a_node_that_is_killed_loses_nothing(retries: int, expected: sweeps.Histories, tmp_path: Path) -> None:
    assert rays.node_killed(tmp_path / "store", expected, retries) == []


def test_a_ray_that_does_not_answer_is_said_in_one_line(command: Command) -> None:
    address = f"127.0.0.1:{free_port()}"
    answer = command("-m", "seed=1,2", "hydra/launcher=ray", f"hydra.launcher.ray.init.address={address}", "tracking=none")  # fmt: skip
    assert answer.code == 2 and answer.err.count("\n") == 1
    assert answer.err.startswith("error: hydra.launcher.ray.init.address: expected a Ray that answers")
