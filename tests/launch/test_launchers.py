"""Other launchers: one parent, the same bits as the basic one, and a worker that dies is reported."""

import json
import os
import re
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sandbox.launch import clusters, forked, jobs

import pytest
from omegaconf import OmegaConf

from sandbox import tracking
from sandbox.config.schema import TrackingConfig
from sandbox.sweep.batches import cut
from sandbox.system.errors import InputError, StoreError
from sandbox.system.garbage import EVERY
from sandbox.system.processes import has_died
from sandbox.system.threads import LIMITS
from sandbox.tracking import runs_of, sweeps_of
from tests.conftest import Command
from tests.support import fresh, sweeps
from tests.support.typed import done, typed

# The sweep with which the README begins, small.
SWEEP = (
    "-m", "init=zero,normal", "activation=sigmoid,relu", "dataset=moons,circles",
    "steps=60", "replicates=2", "dataset.samples=40", "probes.count=5", "tracking.figures=false",
)  # fmt: skip
LONG = ("-m", "init=normal,zero,he", "steps=100000000", "replicates=2", "tracking.figures=false", "engine=numpy")
LAUNCHERS = {
    "cores": ("hydra/launcher=cores", "hydra.launcher.n_jobs=2"),
    "joblib": ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2", "batch=2"),
    "submitit_local": ("hydra/launcher=submitit_local", "hydra.launcher.timeout_min=5", "batch=3"),
    "ray": ("hydra/launcher=ray", "+hydra.launcher.ray.init.num_cpus=2", "batch=3"),
}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> sweeps.Histories:
    folder = tmp_path_factory.mktemp("basic")
    done("sandbox.run", *SWEEP, *sweeps.where(folder))
    return sweeps.recorded(folder)


@pytest.mark.parametrize(
    "launcher",
    [
        "cores",
        "joblib",
        "joblib, forked",
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("submitit_local", "ray")),
    ],
)
def test_every_launcher_makes_the_same_sweep(launcher: str, expected: sweeps.Histories, tmp_path: Path) -> None:
    name = re.split("[_,]", launcher)[0]
    if name != "cores" and find_spec(f"hydra_plugins.hydra_{name}_launcher") is None:
        pytest.skip(f"hydra-{name}-launcher is not installed")
    log = tmp_path / "log"
    words = (
        *SWEEP,
        *LAUNCHERS[launcher.removesuffix(", forked")],
        f"hydra.sweep.dir={tmp_path}",
        *sweeps.where(tmp_path / "store"),
    )
    if launcher in ("cores", "joblib"):
        done("sandbox.run", *words)  # the server of its workers is there for the next test, too
    else:
        assert sweeps.start(*words, log=log).wait(200) == 0, log.read_text()
    assert sweeps.complaints(sweeps.store_in(tmp_path / "store"), expected) == []


def test_a_sweep_that_no_worker_could_finish_sooner_is_done_by_the_command_itself(
    expected: sweeps.Histories, tmp_path: Path
) -> None:
    code, text = typed("sandbox.run", *SWEEP, "hydra/launcher=joblib", *sweeps.where(tmp_path))
    assert code == 0, text
    store = sweeps.store_in(tmp_path)
    assert sweeps.complaints(store, expected) == []
    (sweep,) = sweeps_of(store)
    assert {run.tags["process"].split(" ")[3] for run in runs_of(store, sweep.run_id)} == {str(os.getpid())}


def test_a_job_is_worth_the_longer_the_farther_away_its_last_record_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    master = OmegaConf.create({"hydra": {"launcher": {"_target_": "of.CoresLauncher"}}})
    begun = jobs.Jobs(None, None, None, None, master)  # type: ignore[arg-type] # none of which costs anything
    far = TrackingConfig(kind="server", uri="http://127.0.0.1:9")

    def batches(where: TrackingConfig) -> int:
        return len(cut([0.1] * 200, 2, begun._cost(where)))

    monkeypatch.setattr(tracking, "pause_reason", lambda store: "")
    assert begun._cost(TrackingConfig()) == jobs.COSTS["CoresLauncher"]
    with pytest.raises(StoreError):
        tracking.round_trip(tracking.resolve(far))
    assert batches(far) == batches(TrackingConfig()) == 16  # nobody answers there, and that is not said here
    monkeypatch.setattr(tracking, "round_trip", lambda store: 0.03)
    assert batches(far) == 4  # of 5 s, at whose end one waits for a quarter of one
    monkeypatch.setattr(tracking, "round_trip", lambda store: 1.0)
    assert batches(far) == 2  # every worker has one


def first_worker(folder: Path) -> str:
    """Which process it is, once it has begun a run in the store of that folder."""
    until = time.monotonic() + 200
    while not (begun := list(folder.glob(".spool/*/*.begun.json"))):
        assert time.monotonic() < until
        time.sleep(0.1)
    return str(json.loads(begun[0].read_text())["record"]["tags"]["process"])


def first_worker_killed(folder: Path) -> int:
    """Its process id."""
    worker = int(first_worker(folder).split(" ")[3])
    os.kill(worker, signal.SIGKILL)
    return worker


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="looks into Linux's /proc")
def test_a_commands_workers_of_joblib_are_forked_with_everything_imported_and_hear_of_an_interrupt(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder = tmp_path / "store"
    command = sweeps.start(*LONG, *LAUNCHERS["joblib"], *sweeps.where(folder), log=tmp_path / "log")
    request.addfinalizer(command.wait)
    request.addfinalizer(command.kill)  # after which its workers end
    worker = first_worker(folder)
    assert b"multiprocessing.forkserver" in Path(f"/proc/{worker.split(' ')[3]}/cmdline").read_bytes()
    os.killpg(command.pid, signal.SIGINT)  # as a terminal does
    assert command.wait(60) == 130, (tmp_path / "log").read_text()
    until = time.monotonic() + sweeps.LEAVING
    while not has_died(worker):
        assert time.monotonic() < until
        time.sleep(0.1)
    store = sweeps.store_in(folder)
    (sweep,) = sweeps_of(store)
    assert {run.status for run in (sweep, *runs_of(store, sweep.run_id))} == {"KILLED"}


def test_a_worker_of_joblib_has_the_commands_environment_and_its_share_of_the_cores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in LIMITS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(forked, "available_cores", lambda: 8)
    shares = [forked.environment_of_workers(workers).get(LIMITS[0]) for workers in (2, 3, 16, -1)]
    assert shares == ["4", "2", "1", "1"]
    monkeypatch.setenv(LIMITS[1], "5")
    given = forked.environment_of_workers(2)
    assert LIMITS[0] not in given and given[LIMITS[1]] == "5"

    def task(job: Any) -> Any:
        return job, dict(os.environ), signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])

    ours = dict(os.environ)
    monkeypatch.setenv("OF_THE_SERVER", "old")
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])  # as the server has it
    try:
        seen = forked.InWorker(task, ours | {"OF_THE_COMMAND": "new"})("a job")  # type: ignore[arg-type]
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
        os.environ.pop("OF_THE_COMMAND", None)
    assert seen == ("a job", ours | {"OF_THE_COMMAND": "new"}, False)


# Both pools of processes are loky's.
@pytest.mark.parametrize("launcher", ["cores", pytest.param("joblib", marks=pytest.mark.slow)])
def test_a_worker_that_dies_is_reported_and_not_waited_for(launcher: str, tmp_path: Path) -> None:
    folder = tmp_path / "store"
    with ThreadPoolExecutor(1) as beside:
        killed = beside.submit(first_worker_killed, folder)
        code, text = typed("sandbox.run", *LONG, *LAUNCHERS[launcher], *sweeps.where(folder))
    assert killed.result() != os.getpid() and code == 1
    assert "TerminatedWorkerError" in text and "resume=true" in text
    store = sweeps.store_in(folder)
    (sweep,) = sweeps_of(store)
    assert sweep.status == "FAILED"
    assert {run.status for run in runs_of(store, sweep.run_id)} == {"KILLED"}


def test_a_worker_that_waits_for_work_ends_with_the_process_that_would_give_it_some(
    request: pytest.FixtureRequest,
) -> None:
    owner = subprocess.Popen(fresh.command("idle_worker"), stdout=subprocess.PIPE, text=True)
    request.addfinalizer(owner.wait)
    request.addfinalizer(owner.kill)
    assert owner.stdout is not None
    worker = owner.stdout.readline().strip()
    assert worker and not has_died(worker)
    owner.kill()
    until = time.monotonic() + 20
    while not has_died(worker):
        assert time.monotonic() < until
        time.sleep(0.1)
    owner.stdout.close()


def test_a_sweep_that_is_stopped_ends_its_workers_and_closes_their_runs(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder, log = tmp_path / "store", tmp_path / "log"
    process = sweeps.start(*LONG, *LAUNCHERS["cores"], *sweeps.where(folder), log=log)
    request.addfinalizer(process.wait)
    request.addfinalizer(process.kill)
    until = time.monotonic() + 90
    while len(begun := list(folder.glob(".spool/*/*.begun.json"))) < 2:
        assert process.poll() is None and time.monotonic() < until, log.read_text()
        time.sleep(0.1)
    workers = [json.loads(path.read_text())["record"]["tags"]["process"] for path in begun]
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 143
    assert all(has_died(worker) for worker in workers)
    store = sweeps.store_in(folder)
    (sweep,) = sweeps_of(store)
    assert sweep.status == "KILLED"
    assert {run.status for run in runs_of(store, sweep.run_id)} == {"KILLED"}


@pytest.mark.parametrize("n_jobs", ["0", "-1", "many", "1.5"])
def test_a_number_of_workers_that_is_none_is_refused_in_one_line(n_jobs: str, command: Command) -> None:
    answer = command("-m", "seed=1,2", "hydra/launcher=cores", f"hydra.launcher.n_jobs={n_jobs}", "tracking=none")
    assert answer.code == 2
    assert (
        answer.err.startswith("error: hydra.launcher.n_jobs: expected a whole number") and answer.err.count("\n") == 1
    )


def test_a_machine_without_slurm_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    launcher = type("SlurmLauncher", (), {})()
    monkeypatch.setenv("PATH", "")
    with pytest.raises(
        InputError, match=r"^hydra/launcher=submitit_slurm: expected a machine .* without sbatch, srun, squeue; use"
    ):
        clusters.by_submitit(launcher, [], 0)


@pytest.mark.parametrize(
    "module", ["sandbox.run", "sandbox.launch.execute"]
)  # the command, and a worker of another launcher
def test_the_collector_is_told_to_wait_before_much_is_imported(module: str) -> None:
    assert fresh.said("collector", module) == [str(EVERY)]


@pytest.mark.parametrize("words", [(), ("drawing",), ("recording",), ("recording", "drawing")])
def test_workers_are_forked_from_a_process_that_has_made_what_runs_share_and_has_no_threads(
    words: tuple[str, ...],
) -> None:
    """Compiled code, and texts if there are figures on record; a thread would not come along, and might hold a lock."""
    drawn = len(words) == 2
    assert fresh.said("server_of_workers", *words) == [f"1 1 {drawn} {drawn}"]


def test_a_mistake_ends_the_server_that_would_have_forked_workers() -> None:
    assert fresh.said("refused_sweep") == ["2", "gone", "True"]


def test_a_sweep_after_a_mistake_in_the_same_process_has_new_workers(command: Command) -> None:
    for sweep in (("seed=1,2",), ("seed=1,2", "hydra.launcher.n_jobs=0"), ("seed=1,2",)):
        answer = command("-m", *sweep, "steps=2", "replicates=1", "tracking=none", "hydra/launcher=cores")
        assert answer.code == (2 if "hydra.launcher.n_jobs=0" in sweep else 0), answer.out + answer.err
