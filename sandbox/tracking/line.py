"""Delivery beside the work: while a server answers, the next run is already under way.

A record is whole on the disk before it stands in line here. What is still in line when its process dies waits there, as
what a server has not taken always does.
"""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field

from sandbox.tracking.delivery import settle
from sandbox.tracking.spool import WAITING, Entry
from sandbox.tracking.store import Store

AT_ONCE = 8  # records on their way to a server: each is a chain of requests, of which one waits for another's answer
AHEAD = 16  # records in line, after which whoever makes one waits: a server may be slower than the work for ever


@dataclass
class Line:
    """Records of one process on their way to their store, the oldest first."""

    process: int = field(default_factory=os.getpid)
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(AT_ONCE, "delivers"))
    under_way: deque[Future[str]] = field(default_factory=deque)
    runs: dict[str, Future[str]] = field(default_factory=dict)  # by WAITING and the record's id

    def take(self, store: Store, entry: Entry) -> str:
        """Deliver it when its turn comes; until then its run is known as WAITING and the record's id."""
        while len(self.under_way) >= AHEAD:
            wait(self.under_way, return_when=FIRST_COMPLETED)
            self.under_way = deque(future for future in self.under_way if not future.done())
        name = WAITING + entry.id
        self.runs[name] = self.pool.submit(settle, store, entry)
        self.under_way.append(self.runs[name])
        return name

    def arrived(self, run: str) -> str:
        """The id by which the store knows a run that has been in line; unchanged where it has not taken it.

        Whatever went wrong on the way, the record is on the disk, and the run has come to its end all the same.
        """
        future = self.runs.get(run)
        return run if future is None or future.exception() else future.result()


_lines: list[Line] = []  # one at most, and that of this process: threads do not come along when it is forked


def line_of(store: Store) -> Line | None:
    """The line that a record for this store has to join; None where it is delivered at once."""
    return _lines[-1] if _lines and store.kind == "server" and _lines[-1].process == os.getpid() else None


@contextmanager
def beside() -> Iterator[Line]:
    """Inside, runs that end are delivered to a server while others are under way; whoever breaks off leaves the rest on the disk."""
    line = Line()
    _lines.append(line)
    try:
        yield line
    except BaseException:
        line.pool.shutdown(wait=False, cancel_futures=True)
        raise
    else:
        line.pool.shutdown()
    finally:
        _lines.remove(line)
