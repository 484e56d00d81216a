"""The set-up of docs/cluster.md, but for its containers: PostgreSQL, files in a bucket, MLflow's server with passwords in front of both."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox import tracking
from sandbox.tracking import Run, Store, runs_of, sweeps_of
from tests.support import servers, services, sweeps
from tests.support.typed import done, typed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(services.why_not()), reason=services.why_not()),
]

SWEEP = (
    "-m", "init=zero,normal", "activation=sigmoid,relu", "dataset=moons,circles",
    "steps=60", "replicates=2", "dataset.samples=40", "probes.count=5", "tracking.figures=false",
)  # fmt: skip
JOBLIB = ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2", "batch=1")
PASSWORD = "correct-horse-battery-staple"  # noqa: S105 - of a server that lives for one test
USERS = (sweeps.ROOT / "deploy" / "users.ini").read_text(encoding="utf-8")
DATABASE = "postgresql://mlflow:PASSWORD@database/mlflow"  # as it says


@dataclass(frozen=True)
class Cluster:
    """Its server's address, without a password; the database behind it; and the bucket."""

    address: str
    database: str
    files: services.Files

    @property
    def store(self) -> Store:
        return sweeps.store_in(Path(), self.address)

    @property
    def where(self) -> list[str]:
        return sweeps.where(Path(), self.address)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """All of it, and in this process's environment a user's name and password, but no key to the bucket."""
    folder = tmp_path_factory.mktemp("cluster")
    with ExitStack() as stack:
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        for name in [name for name in os.environ if name.startswith(("AWS_", "MLFLOW_S3_", "MLFLOW_TRACKING_"))]:
            environment.delenv(name)
        environment.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        database = stack.enter_context(services.postgres())
        files = stack.enter_context(services.s3(folder))
        users = folder / "users.ini"
        assert DATABASE in USERS
        users.write_text(USERS.replace(DATABASE, database))
        secrets = {
            "MLFLOW_FLASK_SERVER_SECRET_KEY": "k" * 32,
            "MLFLOW_AUTH_ADMIN_PASSWORD": PASSWORD,
            "MLFLOW_AUTH_CONFIG_PATH": str(users),
            **files.environment,
        }
        options = ("--app-name", "basic-auth", "--backend-store-uri", database, "--artifacts-destination", f"s3://{files.bucket}/artifacts")  # fmt: skip
        served = servers.served(folder / "server", *options, login=f"admin:{PASSWORD}", environment=secrets)
        full, _, _ = stack.enter_context(served)
        environment.setenv("MLFLOW_TRACKING_USERNAME", "admin")
        environment.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
        yield Cluster(full.replace(f"admin:{PASSWORD}@", ""), database, files)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> sweeps.Histories:
    """The same sweep in a folder of this machine, one arm after another."""
    folder = tmp_path_factory.mktemp("basic")
    done("sandbox.run", *SWEEP, *sweeps.where(folder))
    return sweeps.recorded(folder)


@pytest.fixture(scope="module")
def printed(cluster: Cluster) -> str:
    """What the sweep says that two workers have recorded there."""
    return done("sandbox.run", *SWEEP, *JOBLIB, *cluster.where)


@pytest.fixture(scope="module")
def runs(cluster: Cluster, printed: str) -> list[Run]:
    (sweep,) = sweeps_of(cluster.store)
    return runs_of(cluster.store, sweep.run_id)


def test_workers_that_record_at_once_leave_every_arm_once_with_the_same_bits(
    cluster: Cluster, printed: str, runs: list[Run], expected: sweeps.Histories
) -> None:
    assert "8 runs in" in printed and "sigmoid" in printed and PASSWORD not in printed
    assert sweeps.complaints(cluster.store, expected) == []
    assert len({run.tags["process"] for run in runs}) == 2


def test_rows_are_in_the_database_and_files_in_the_bucket(cluster: Cluster, runs: list[Run]) -> None:
    import psycopg

    with psycopg.connect(cluster.database) as connection:
        known = {name for (name,) in connection.execute("SELECT run_uuid FROM runs")}
    assert {run.run_id for run in runs} <= known
    names = cluster.files.names()
    for run in runs:
        (history,) = [name for name in names if name.endswith(f"{run.run_id}/artifacts/history.npz")]
        with tracking.artifacts.fetched(cluster.store, run.run_id, run.address, "history.npz") as file:
            assert file.read_bytes() == cluster.files.content(history)


def test_typed_again_nothing_is_done_again(cluster: Cluster, runs: list[Run]) -> None:
    again = done("sandbox.run", *SWEEP, *JOBLIB, *cluster.where, "resume=true")
    assert "8 of 8 arms were finished before" in again
    (sweep,) = sweeps_of(cluster.store)
    assert [run.run_id for run in runs_of(cluster.store, sweep.run_id)] == [run.run_id for run in runs]


def test_a_run_is_replayed_bit_for_bit_and_one_whose_file_was_changed_in_the_bucket_is_not(
    cluster: Cluster, runs: list[Run]
) -> None:
    assert "bit-identical" in done("sandbox.replay", runs[0].run_id, *cluster.where)
    (name,) = [name for name in cluster.files.names() if name.endswith(f"{runs[1].run_id}/artifacts/history.npz")]
    whole = cluster.files.content(name)
    cluster.files.client.put_object(Bucket=cluster.files.bucket, Key=name, Body=whole[:-1] + b"?")
    try:
        code, said = typed("sandbox.replay", runs[1].run_id, *cluster.where)
    finally:
        cluster.files.client.put_object(Bucket=cluster.files.bucket, Key=name, Body=whole)
    assert code == 1 and "damaged" in said and "history.npz" in said


def test_it_is_listed_and_reported(cluster: Cluster, runs: list[Run], tmp_path: Path) -> None:
    listed = done("sandbox.status", *cluster.where)
    assert "(8 finished)" in listed and "finished" in done("sandbox.status", runs[0].run_id, *cluster.where)
    done("sandbox.run", "-m", "+experiment=symmetry", "replicates=2", "steps=50", "tracking.figures=false", *JOBLIB, *cluster.where)  # fmt: skip
    page = tmp_path / "page.html"
    done("sandbox.report", "--output", str(page), *cluster.where)
    assert "symmetry" in page.read_text(encoding="utf-8")


def test_sweeps_that_begin_at_once_lose_no_run_and_no_row(cluster: Cluster, tmp_path: Path) -> None:
    assert sweeps.crowd(tmp_path, 3, 6, cluster.address, first=1000) == []
