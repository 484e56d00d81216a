"""Delivery beside the work: while the store takes a run, the next one is already under way.

A record is whole on the disk before it stands in line here. What is still in line when its process dies waits there, as
what a server has not taken always does. A server is told runs side by side; a database that is opened directly is told those
that have come together, in one transaction.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from sandbox.tracking.delivery import settle, settle_together
from sandbox.tracking.spool import WAITING, Entry
from sandbox.tracking.store import Store

AT_ONCE = 8  # records on their way to a server: each is a chain of requests, of which one waits for another's answer
AHEAD = 16  # records in line, after which whoever makes one waits: a server may be slower than the work for ever
TOGETHER = 0.25  # seconds for which runs come together before a database is told,
ENOUGH = 16  # unless there are so many earlier


class Group:
    """Runs for a database that come together until it is told.

    Whoever brings one tells it, since a thread would only take turns with him; a thread does where he is busy for longer.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.runs: list[tuple[Entry, Future[str]]] = []
        self.since = 0.0  # when the first of them came
        self.ended = False
        self.news = threading.Condition()
        self.turn = threading.Lock()

    def add(self, entry: Entry) -> Future[str]:
        future: Future[str] = Future()
        with self.news:
            self.runs.append((entry, future))
            if len(self.runs) == 1:
                self.since = time.monotonic()
                self.news.notify()
            due = len(self.runs) >= ENOUGH or time.monotonic() - self.since > TOGETHER
        if due:
            self.tell()
        return future

    def tell(self) -> None:
        """Tell the database what has come together; what an interrupt keeps from it comes with the next."""
        with self.turn:
            with self.news:
                now, self.runs = self.runs, []
            try:
                self._tell(now)
            except BaseException:
                with self.news:
                    self.runs = [*((entry, future) for entry, future in now if not future.done()), *self.runs]
                raise

    def _tell(self, runs: list[tuple[Entry, Future[str]]]) -> None:
        told: dict[str, str] = {}
        if runs:
            with suppress(Exception):  # each alone shows which of them it is
                told = settle_together(self.store, [entry for entry, _ in runs])
        for entry, future in runs:
            try:
                run = told.get(entry.id) or settle(self.store, entry)
            except Exception as error:  # noqa: BLE001 - whoever asks hears of it
                future.set_exception(error)
            else:
                future.set_result(run)

    def watch(self) -> None:
        """Tell it what nobody else does, until the end."""
        while True:
            with self.news:
                self.news.wait_for(lambda: self.ended or self.runs)
                if self.ended:
                    return
                left = self.since + 2 * TOGETHER - time.monotonic()
                if left > 0:
                    self.news.wait(left)
                    continue
            self.tell()

    def end(self) -> None:
        """None is to come any more."""
        with self.news:
            self.ended = True
            self.news.notify()
        self.tell()


@dataclass
class Line:
    """Records of one process on their way to their store, the oldest first."""

    process: int = field(default_factory=os.getpid)
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(AT_ONCE, "delivers"))
    under_way: deque[Future[str]] = field(default_factory=deque)  # to a server
    runs: dict[str, Future[str]] = field(default_factory=dict)  # by WAITING and the record's id
    group: Group | None = None  # where there is a database that is told itself

    def take(self, store: Store, entry: Entry) -> str:
        """Deliver it when its turn comes; until then its run is known as WAITING and the record's id."""
        name = WAITING + entry.id
        self.runs[name] = self._sent(store, entry) if store.kind == "server" else self._group(store).add(entry)
        return name

    def arrived(self, run: str) -> str:
        """The id by which the store knows a run that has been in line; unchanged where it has not taken it.

        Whatever went wrong on the way, the record is on the disk, and the run has come to its end all the same.
        """
        future = self.runs.get(run)
        return run if future is None or future.exception() else future.result()

    def end(self, *, patient: bool = True) -> None:
        """Deliver what is in line; who is not patient leaves on the disk what a server was not asked to take."""
        if self.group is not None:
            self.group.end()
        self.pool.shutdown(wait=patient, cancel_futures=not patient)

    def _sent(self, store: Store, entry: Entry) -> Future[str]:
        while len(self.under_way) >= AHEAD:
            wait(self.under_way, return_when=FIRST_COMPLETED)
            self.under_way = deque(future for future in self.under_way if not future.done())
        self.under_way.append(self.pool.submit(settle, store, entry))
        return self.under_way[-1]

    def _group(self, store: Store) -> Group:
        if self.group is None:
            self.group = Group(store)
            self.pool.submit(self.group.watch)
        return self.group


_lines: list[Line] = []  # one at most, and that of this process: threads do not come along when it is forked


def line_of() -> Line | None:
    """The line that a record has to join; None where it is delivered at once."""
    return _lines[-1] if _lines and _lines[-1].process == os.getpid() else None


@contextmanager
def beside() -> Iterator[Line]:
    """Inside, runs that end are delivered while others are under way; whoever breaks off leaves on the disk
    what a server has not taken.
    """
    line = Line()
    _lines.append(line)
    try:
        yield line
    except BaseException:
        line.end(patient=False)
        raise
    else:
        line.end()
    finally:
        _lines.remove(line)
