"""How many threads an engine may use, so that it never takes more of the machine than its launcher gave to this process."""

import multiprocessing
import os
import threading
from collections.abc import Mapping

from sandbox.errors import InputError

# The first that is set counts. joblib sets the second for its processes, to their share of the cores.
LIMITS = ("SANDBOX_THREADS", "NUMBA_NUM_THREADS", "SLURM_CPUS_PER_TASK")
# Set in a process that is one of many: by Ray, and by submitit.
WORKERS = ("RAY_JOB_ID", "SUBMITIT_EXECUTOR")


def threads(environment: Mapping[str, str] = os.environ) -> int:
    """The limit that the environment names; else 1 in a worker process or thread; else the cores that we may run on."""
    for name in LIMITS:
        if given := environment.get(name):
            if not given.isdecimal() or int(given) < 1:
                raise InputError(f"{name}: expected a whole number of threads >= 1, got {given!r}")
            return int(given)
    if any(name in environment for name in WORKERS) or _is_worker():
        return 1
    return available_cores()


def _is_worker() -> bool:
    return multiprocessing.parent_process() is not None or threading.current_thread() is not threading.main_thread()


def available_cores() -> int:
    """The cores this process may run on; all of them where the system does not say."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
