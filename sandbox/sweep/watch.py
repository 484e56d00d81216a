"""Jobs that take longer than they may: they are named, and ended where their process can be seen from here.

A process that hangs, or was stopped, does not know it: whoever waits for it has to look at the clock.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType

from sandbox.sweep.session import Running, Session
from sandbox.system.processes import identity
from sandbox.system.terminal import console

LOOK = 0.5  # seconds between two looks

Struck = dict[str, str]  # digest of a job -> what was done about it


class TimeLimitError(RuntimeError):
    """A job that took longer than `time_limit`."""


@contextmanager
def watched(session: Session, limits: Mapping[str, float]) -> Iterator[Struck]:
    """Inside, jobs of the session (by digest) that run for longer than so many seconds are ended; what was struck is yielded."""
    struck: Struck = {}
    over = threading.Event()

    def watch() -> None:
        while not over.wait(LOOK):
            for job in session.running():
                limit = limits.get(job.digest)
                if limit and job.digest not in struck and time.monotonic() - job.begun > limit:
                    struck[job.digest] = _strike(job, limit)
                    console.print(struck[job.digest], style="red", markup=False, soft_wrap=True)

    def raise_it(number: int, frame: FrameType | None) -> None:
        raise TimeLimitError("; ".join(struck.values()) or "a time limit")

    ours = threading.current_thread() is threading.main_thread() and hasattr(signal, "SIGALRM")
    before = signal.signal(signal.SIGALRM, raise_it) if ours else None
    watcher = threading.Thread(target=watch, daemon=True, name="watches the time")
    watcher.start()
    try:
        yield struck
    finally:
        over.set()
        watcher.join()
        if ours:
            signal.signal(signal.SIGALRM, before)


def _strike(job: Running, limit: float) -> str:
    host, *machine, pid, _ = job.process.split(" ")
    what = f"{job.label or 'a run'}: not done after {limit:.0f} s (time_limit)"
    if [host, *machine] != identity().split(" ")[:3]:
        return f"{what}; its process {pid} on {host} cannot be ended from here"
    itself = job.process == identity()
    with suppress(ProcessLookupError, PermissionError):
        os.kill(int(pid), signal.SIGALRM if itself else signal.SIGKILL)
    return f"{what}; " + ("it was stopped" if itself else f"its process {pid} was ended")
