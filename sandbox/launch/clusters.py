"""Launchers whose jobs may be lost with the machine that does them: each job has an answer of its own, and none is done twice.

Hydra's launchers for Ray and submitit give up at the first job that is lost, and leave the others running.
"""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from hydra.core.singleton import Singleton
from hydra.core.utils import JobReturn, JobStatus, setup_globals
from omegaconf import DictConfig, OmegaConf, open_dict

from sandbox.sweep.dispatch import LostError
from sandbox.system.errors import InputError

ERROR = re.compile(r"[\w.]*(Error|Exception|Interrupt|Stopped)\b")  # a traceback's last line
Words = Sequence[Sequence[str]]
PATIENCE = 5  # seconds for a Ray that is there to take a connection
LOOK = 30  # seconds between two looks into a queue, at most
SMALL = 80 * 2**20  # bytes of a Ray of our own for what jobs return; it asks for 75 MiB at least
# Variables by which a store is reached; a cluster's workers have those of who started it.
FORWARDED = "MLFLOW_TRACKING_"


def lost(reason: str) -> JobReturn:
    """In place of what a job would have returned."""
    return JobReturn(_return_value=LostError(reason), status=JobStatus.FAILED)


# Ray ------------------------------------------------------------------------------------------------------------------


def on_ray(launcher: Any, words: Words, first: int) -> list[JobReturn]:
    """All jobs. Ray itself would do those of a machine that is gone again, also the arms that are on record."""
    ray, util = import_module("ray"), import_module("hydra_plugins.hydra_ray_launcher._launcher_util")
    setup_globals()
    connect(launcher.ray_cfg.init)
    remote = OmegaConf.merge({"max_retries": 0}, launcher.ray_cfg.remote)
    begun = []
    for number, each in enumerate(words, start=first):
        config = launcher.hydra_context.config_loader.load_sweep_config(launcher.config, [*each])
        with open_dict(config):
            config.hydra.job.id, config.hydra.job.num = f"job_id_for_{number}", number
        given = (launcher.hydra_context, remote, config, launcher.task_function, Singleton.get_state())
        begun.append(util.launch_job_on_ray(*given))
    answers = []
    for job in begun:
        try:
            answers.append(ray.get(job))
        except ray.exceptions.RayError as problem:
            answers.append(lost(f"Ray lost its worker: {_first_sentence(problem)}"))
    return answers


def connect(given: DictConfig) -> None:
    """To the Ray of `given.address`, or to one of our own. Raises InputError if nobody answers there."""
    ray = import_module("ray")
    if ray.is_initialized():
        return
    told: Any = OmegaConf.to_container(given, resolve=True)
    options: dict[str, Any] = {"logging_level": "warning", "log_to_driver": False, **told}
    if options.get("address"):
        _refuse_silence(str(options["address"]))
        variables = {name: text for name, text in os.environ.items() if name.startswith(FORWARDED)}
        options = {"runtime_env": {"env_vars": variables}, **options}
    else:
        options = {"object_store_memory": SMALL, "include_dashboard": False, **options}
    try:
        ray.init(**options)
    except (ConnectionError, RuntimeError, ValueError) as problem:
        raise InputError(
            f"hydra.launcher.ray.init: expected a Ray that lets us in, got {_first_sentence(problem)!r}; of one that was "
            "started by `ray start`, its token has to be in RAY_AUTH_TOKEN (with RAY_AUTH_MODE=token) or in ~/.ray/auth_token"
        ) from None


def _refuse_silence(address: str) -> None:
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not port.isdecimal():  # `auto`, or something that Ray may know
        return
    try:
        socket.create_connection((host, int(port)), timeout=PATIENCE).close()
    except OSError as problem:
        raise InputError(
            f"hydra.launcher.ray.init.address: expected a Ray that answers, got {address} ({problem.strerror or problem}); "
            "start one there with `ray start --head`, or leave the address out"
        ) from None


def cores_of_ray(given: DictConfig) -> int | None:
    """Of all its machines together; None if it is one of our own, which is not there yet."""
    if not given.get("address"):
        return None
    connect(given)
    return int(import_module("ray").cluster_resources().get("CPU", 1))


# submitit -------------------------------------------------------------------------------------------------------------


def by_submitit(launcher: Any, words: Words, first: int) -> list[JobReturn]:
    """All jobs; if this process is stopped, so are they. Slurm itself would do those of a machine that is gone again."""
    if type(launcher).__name__ == "SlurmLauncher":
        _refuse_no_slurm()
        launcher.params["additional_parameters"] = {"no-requeue": True, **launcher.params["additional_parameters"]}
        if subprocess.run(("sacct", "--noheader", "--starttime=now"), check=False, capture_output=True).returncode:  # noqa: S607
            _watch_the_queue()
    with _each_on_its_own():
        return list(launcher.launch(words, initial_job_idx=first))


def _refuse_no_slurm() -> None:
    if missing := [name for name in ("sbatch", "srun", "squeue") if shutil.which(name) is None]:
        raise InputError(
            f"hydra/launcher=submitit_slurm: expected a machine on which Slurm takes jobs, got one without {', '.join(missing)}; "
            "use hydra/launcher=submitit_local, or another machine"
        )


def _watch_the_queue() -> None:
    """For a Slurm that keeps no accounts: submitit asks those alone, and would wait for a job that was cancelled for ever."""
    submitits = import_module("submitit.slurm.slurm")

    class Queue(submitits.SlurmInfoWatcher):  # type: ignore[misc,name-defined] # it may not be installed
        def _make_command(self) -> list[str] | None:
            if not self._registered - self._finished:
                return None
            return ["squeue", f"--user={os.getuid()}", "--states=all", "--array", "--format=%i|%T|%N"]

        def read_info(self, string: bytes | str) -> dict[str, dict[str, str]]:
            text = string if isinstance(string, str) else string.decode()
            known = super().read_info("JobID|State|NodeList\n" + text.partition("\n")[2])
            return {job: known.get(job, {"State": "GONE"}) for job in self._registered}

    submitits.SlurmJob.watcher = Queue(delay_s=LOOK)


@contextmanager
def _each_on_its_own() -> Iterator[None]:
    """Inside, what submitit's executor gives out are jobs that answer also if they are lost."""
    submitit: Any = import_module("submitit")
    begun: list[Any] = []

    class Executor(submitit.AutoExecutor):  # type: ignore[misc] # it may not be installed
        def map_array(self, function: Callable[..., Any], *given: Any) -> list[Any]:
            begun.extend(super().map_array(function, *given))
            return [_Answering(job) for job in begun]

    before, submitit.AutoExecutor = submitit.AutoExecutor, Executor
    try:
        yield
    except BaseException:
        for job in begun:
            job.cancel(check=False)
        raise
    finally:
        submitit.AutoExecutor = before


class _Answering:
    def __init__(self, job: Any) -> None:
        self.job = job

    def results(self) -> list[Any]:
        errors = import_module("submitit.core.utils")
        try:
            return list(self.job.results())
        except errors.UncompletedJobError:
            return [lost(f"job {self.job.job_id} ended without an answer (state {self.job.state})")]
        except errors.FailedJobError as problem:
            said = [line for line in str(problem).splitlines() if ERROR.match(line)]
            return [lost(f"job {self.job.job_id} failed: {said[-1] if said else _first_sentence(problem)}")]


def _first_sentence(problem: BaseException) -> str:
    return str(problem).strip().partition("\n")[0].partition(". ")[0]


BY_NAME: dict[str, Callable[[Any, Words, int], list[JobReturn]]] = {  # of a launcher's class
    "RayLauncher": on_ray,
    "LocalLauncher": by_submitit,
    "SlurmLauncher": by_submitit,
}
