"""Whole commands side by side, each in a process that stays for the next one; what they print is handed over when they end."""

import io
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from typing import Any

from sandbox.launch import bootstrap
from sandbox.launch.execute import execute

from sandbox.system.signals import stoppable

PATIENCE = 10  # seconds given to a command that was told to end, to close what it has open


def side_by_side(commands: Sequence[Sequence[str]], workers: int) -> Iterator[tuple[int, int, str]]:
    """`sandbox run` with each of these arguments, `workers` at a time: as each ends its number, exit code and what it printed.

    They begin in their order. If the caller is stopped so are they, and what they have open is closed.
    """
    from concurrent.futures import as_completed

    pool = _pool(min(workers, len(commands)))
    try:
        waiting = {pool.submit(captured, list(command)): i for i, command in enumerate(commands)}
        for ended in as_completed(waiting):
            yield (waiting[ended], *ended.result())
    except BaseException:
        _end(pool)
        raise
    pool.shutdown()


def captured(arguments: list[str], run: Callable[[list[str]], int] = execute) -> tuple[int, str]:
    """The exit code of one command and what it printed, in a worker."""
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(printed), stoppable():
        try:
            code = run(arguments)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
    return code, printed.getvalue()


def _pool(workers: int) -> Any:
    """Forked by the server that has everything imported; no worker begins before there is work for it."""
    from multiprocessing import get_context

    from joblib.externals.loky import ProcessPoolExecutor

    from sandbox.system.processes import identity

    bootstrap.begin_server(recording=True, drawing=True)
    return ProcessPoolExecutor(workers, context=get_context("forkserver"), initializer=_begun, initargs=(identity(),))


def _begun(owner: str) -> None:
    from sandbox.sweep.session import follow

    follow(owner)  # one whose study was killed ends as well


def _end(pool: Any) -> None:
    """Tell all workers to end, wait for those that close their sweeps, and then for nobody."""
    workers = dict(getattr(pool, "_processes", None) or {})
    for pid in workers:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    for process in workers.values():
        process.join(PATIENCE)
    pool.shutdown(wait=True, kill_workers=True)
