"""How many threads an engine may use, so that it never takes more of the machine than its launcher gave to this process."""

import math
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from sandbox.system.errors import InputError

T = TypeVar("T")
U = TypeVar("U")

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


def available_memory() -> float:
    """Bytes that processes may still take; infinitely many where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(1024.0 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return math.inf


def side_by_side(work: Callable[[T], U], items: Sequence[T], workers: int | None = None) -> list[U]:
    """What `work` makes of each item, in their order, in as many threads as are allowed (or `workers`); a failure is raised.

    The calling thread is one of them, the others are kept for the next call: to start one takes as long as a short stretch.
    """
    workers = min(threads() if workers is None else workers, len(items))
    if workers <= 1:
        return [work(item) for item in items]
    left = deque(enumerate(items))
    done: dict[int, U] = {}

    def take() -> None:
        while True:
            try:
                i, item = left.popleft()
            except IndexError:
                return
            try:
                done[i] = work(item)
            except BaseException:
                left.clear()
                raise

    others = [_kept().submit(take) for _ in range(workers - 1)]
    try:
        take()
    finally:
        begun = [other for other in others if not other.cancel()]
        wait(begun)
    for other in begun:
        other.result()
    return [done[i] for i in range(len(items))]


@lru_cache
def _kept() -> ThreadPoolExecutor:
    return ThreadPoolExecutor()  # starts a thread only when there is work and none is idle


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_kept.cache_clear)  # threads do not come along
