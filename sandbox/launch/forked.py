"""hydra/launcher=joblib with processes that find everything imported already, forked by the server of `sandbox.launch.bootstrap`.

joblib's own import for themselves what a run needs, each for some seconds. They stay where joblib is not asked by one of our
commands: a script of somebody else's would be done anew by each process that is forked here.
"""

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import get_all_start_methods
from typing import Any

from sandbox.launch import bootstrap

from hydra.core.utils import JobReturn
from hydra.types import TaskFunction
from omegaconf import DictConfig

from sandbox.sweep.batches import Cost
from sandbox.system.threads import LIMITS, available_cores

COST = Cost(start=1.2, job=0.05)  # see docs/scaling.md


def possible() -> bool:
    """Whether this process is one of our commands, on a system with fork."""
    return bootstrap.is_a_command() and "forkserver" in get_all_start_methods()


@dataclass(frozen=True)
class InWorker:
    """A sweep's task, in a process that has its server's environment and not the command's, and does not hear of Ctrl-C."""

    task: TaskFunction
    environment: dict[str, str]

    def __call__(self, config: DictConfig) -> Any:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
        os.environ.clear()
        os.environ.update(self.environment)
        return self.task(config)


def by_joblib(launcher: Any, words: Sequence[Sequence[str]], first: int) -> list[JobReturn]:
    """All jobs."""
    if not possible():
        return list(launcher.launch(words, initial_job_idx=first))
    from joblib.externals.loky.backend.context import set_start_method

    tracking = launcher.config.tracking
    bootstrap.begin_server(recording=tracking.kind != "none", drawing=tracking.figures)
    task, environment = launcher.task_function, environment_of_workers(launcher.joblib.get("n_jobs") or -1)
    launcher.task_function = InWorker(task, environment)
    set_start_method("forkserver", force=True)  # of what joblib makes its processes with; by default loky's own
    try:
        return list(launcher.launch(words, initial_job_idx=first))
    finally:
        launcher.task_function = task
        set_start_method(None, force=True)


def environment_of_workers(workers: int) -> dict[str, str]:
    """Ours, and of that many workers each one's share of the cores, which joblib would tell it."""
    given = dict(os.environ)
    if not any(given.get(name) for name in LIMITS):
        given[LIMITS[0]] = str(max(available_cores() // workers, 1) if workers > 0 else 1)
    return given
