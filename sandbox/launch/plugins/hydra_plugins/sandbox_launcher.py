"""hydra/launcher=cores: arms side by side, one on each core, by processes that find everything imported already.

They are forked by the server of `sandbox.launch.bootstrap`.
"""

import os
import signal
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sandbox.launch import bootstrap

from hydra.core.config_store import ConfigStore
from hydra.core.hydra_config import HydraConfig
from hydra.core.singleton import Singleton
from hydra.core.utils import JobReturn, run_job, setup_globals
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, open_dict

from sandbox.system.errors import InputError


class CoresLauncher(Launcher):
    """A pool of `n_jobs` workers, by default one for each core."""

    def __init__(self, n_jobs: Any = None) -> None:
        self.n_jobs = n_jobs

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        if self.n_jobs is not None and not (isinstance(self.n_jobs, int) and self.n_jobs >= 1):
            raise InputError(f"hydra.launcher.n_jobs: expected a whole number of processes >= 1, got {self.n_jobs!r}")
        self.shared = (hydra_context, config, task_function)
        bootstrap.begin_server(recording=config.tracking.kind != "none", drawing=config.tracking.figures)

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        import cloudpickle

        from sandbox.system.threads import available_cores

        setup_globals()
        shared = cloudpickle.dumps((*self.shared, Singleton.get_state(), dict(os.environ)))
        tracking = self.shared[1].tracking
        if tracking.kind != "none" and tracking.figures:
            import sandbox.plotting.sweep  # noqa: F401 - wanted in the end, and the server is not ready yet
        pool = _pool(self.n_jobs or available_cores(), bootstrap.server())
        try:
            jobs = [
                pool.submit(_done, shared, initial_job_idx + i, list(words)) for i, words in enumerate(job_overrides)
            ]
            return [job.result() for job in jobs]
        except BaseException:
            _pool.cache_clear()
            pool.shutdown(wait=True, kill_workers=True)
            raise


ConfigStore.instance().store(
    group="hydra/launcher", name="cores", node={"_target_": f"{__name__}.{CoresLauncher.__name__}", "n_jobs": None}
)


@lru_cache(maxsize=1)
def _pool(workers: int, server: int | None = None) -> Any:
    """Workers that come with the first jobs and stay for the next sweep of this process (a study has many), or its server's."""
    from multiprocessing import get_context

    from joblib.externals.loky import ProcessPoolExecutor

    from sandbox.system.processes import identity

    return ProcessPoolExecutor(workers, context=get_context("forkserver"), initializer=_begun, initargs=(identity(),))


def _begun(owner: str) -> None:
    """In a new worker."""
    from sandbox.sweep.session import follow

    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])  # which their server does not hear
    follow(owner)  # from the start: one whose first job never came would wait for it for ever


@lru_cache(maxsize=1)
def _unpacked(shared: bytes) -> tuple[HydraContext, DictConfig, TaskFunction]:
    """In a worker: what all jobs of a sweep have in common."""
    import cloudpickle

    setup_globals()
    *ours, singletons, environment = cloudpickle.loads(shared)
    os.environ.clear()  # the server's, which is as old as the first sweep of this process
    os.environ.update(environment)
    Singleton.set_state(singletons)
    return tuple(ours)


def _done(shared: bytes, number: int, overrides: list[str]) -> JobReturn:
    """One job, in a worker."""
    context, master, task = _unpacked(shared)
    config = context.config_loader.load_sweep_config(master, overrides)
    with open_dict(config):
        config.hydra.job.id, config.hydra.job.num = f"{config.hydra.job.name}_{number}", number
    HydraConfig.instance().set_config(config)
    return run_job(
        hydra_context=context,
        config=config,
        task_function=task,
        job_dir_key="hydra.sweep.dir",
        job_subdir_key="hydra.sweep.subdir",
    )
