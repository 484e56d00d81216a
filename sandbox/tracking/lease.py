"""Who works on a sweep, said in the store: one process at a time, on whatever machine.

Each holder writes a param `lease.N` on the sweep's run, which a store takes once and never changes, so that of two that
would go on with a sweep one gets it; then it says every few seconds that it is there. A holder is gone when its machine
and boot are ours and its process is not there, or when nothing was heard of it for a while.
"""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NoReturn

from sandbox.system.errors import InputError, RefusedError, StoreError
from sandbox.system.processes import has_died, identity
from sandbox.tracking.spool import WAITING
from sandbox.tracking.store import Store, client, faults

BEAT = 15  # seconds between two signs of life
EXPIRED = 90  # seconds without one, by the clocks of two machines, before it is asked whether more come
FORGOTTEN = 900  # seconds without one before a sweep is closed that nobody asks for

FIRST = "lease.1"  # the param that a sweep is begun with
BEGUN = "lease.begun"  # the param that says, once for ever, which of the sweeps begun at the same moment goes on
ALIVE, ENDED = "heartbeat", "released"  # tags: which lease, and milliseconds since 1970; which lease


@dataclass(frozen=True)
class Holder:
    """The latest lease on a sweep."""

    number: int  # 0 in a sweep of a version without leases
    process: str  # its identity
    released: bool
    heard: float  # seconds since 1970; 0 if never

    @property
    def silence(self) -> float:
        """Seconds since it was heard of; a sign from the future is one from a clock that differs."""
        return abs(time.time() - self.heard)

    @property
    def gone(self) -> bool:
        """Whether it is certain that nobody works on the sweep."""
        here = identity().split(" ")[:3]
        return self.released or (self.process.split(" ")[:3] == here and has_died(self.process))

    @property
    def seen_from_here(self) -> bool:
        return self.process.split(" ")[:3] == identity().split(" ")[:3]

    def __str__(self) -> str:
        host, *_, pid, _ = (self.process + " ? ? ?").split(" ")[:5]
        heard = "" if self.seen_from_here or not self.heard else f", last heard of {self.silence:.0f} s ago"
        return f"process {pid} on {host}{heard}"


def holder_of(run: Any) -> Holder:
    """Who holds an MLflow run of a sweep."""
    tags, params = run.data.tags, run.data.params
    numbers = [int(key[6:]) for key in params if key.startswith("lease.") and key[6:].isdecimal()]
    number = max(numbers, default=0)
    process = params[f"lease.{number}"] if number else tags.get("process", "")
    released = tags.get(ENDED) == str(number) if number else run.info.status != "RUNNING" or _died_before(process)
    which, _, when = tags.get(ALIVE, "").partition(" ")
    heard = int(when) / 1000 if which == str(number) and when.isdecimal() else run.info.start_time / 1000
    return Holder(number, process, released, heard)


def _died_before(process: str) -> bool:
    return has_died(process)  # without signs of life a boot that is over is all that can be known


def abandoned(run: Any) -> bool:
    """Whether a sweep that is RUNNING has nobody who works on it."""
    holder = holder_of(run)
    return holder.gone or (holder.number > 0 and not holder.seen_from_here and holder.silence > FORGOTTEN)


def claim(store: Store, sweep: str) -> "Lease":
    """Take over a sweep that nobody works on. Raises InputError if somebody does, or was faster."""
    with faults(store):
        api = client(store)
        run = api.get_run(sweep)
        holder = holder_of(run)
        if not (holder.gone or _has_fallen_silent(store, sweep, holder)):
            raise InputError(
                f"resume: expected a sweep that has ended, got one that runs as {holder}; wait for it, "
                f"or close it with `python -m sandbox.status --close {sweep}`"
            )
        number = holder.number + 1
        try:
            with faults(store):
                api.log_param(sweep, f"lease.{number}", identity())
        except RefusedError:
            other = holder_of(api.get_run(sweep))
            raise InputError(
                f"resume: expected a sweep that nobody else resumes, got one that just went to {other}; wait for it"
            ) from None
        lease = Lease(store, sweep, number)
        lease.say()
        api.set_tag(sweep, "process", identity())
        api.update_run(sweep, status="RUNNING")
    return lease


def begin_alone(store: Store, sweep: str, others: Callable[[], Sequence[tuple[int, str]]]) -> None:
    """Of the same sweep, begun by several processes before any of them could see another's, let one go on.

    others: when the others that run were started, and their ids. The earliest goes on, unless a later one has not seen it and
    goes on already; the rest are deleted before they have done anything. Of two there is one at least that sees the other,
    since each has recorded its own before it looks. Raises InputError in those that do not go on.
    """
    if sweep.startswith(WAITING):
        return
    with faults(store):
        api = client(store)
        mine = (api.get_run(sweep).info.start_time, sweep)
        for other in sorted(others()):
            if other < mine or not _said_first(store, other[1], sweep):
                _give_way(store, sweep, other[1])
        if not _said_first(store, sweep, sweep):
            _give_way(store, sweep, api.get_run(sweep).data.params[BEGUN])


def _said_first(store: Store, sweep: str, winner: str) -> bool:
    """Whether nobody has said something else of a sweep before."""
    try:
        with faults(store):
            client(store).log_param(sweep, BEGUN, winner)
    except RefusedError:
        return False
    return True


def _give_way(store: Store, sweep: str, other: str) -> NoReturn:
    api = client(store)
    api.set_tag(sweep, ENDED, "1")
    api.set_terminated(sweep, "KILLED")
    api.delete_run(sweep)
    raise InputError(
        f"resume: expected a sweep that nobody else begins, got one that was just begun by {holder_of(api.get_run(other))}; "
        "wait for it"
    )


def _has_fallen_silent(store: Store, sweep: str, holder: Holder) -> bool:
    """Whether a holder that cannot be seen from here has given no sign for so long that there will be none."""
    if holder.seen_from_here or holder.number == 0 or holder.silence <= EXPIRED:
        return False
    if store.database is None:  # clocks differ: one more sign is waited for
        time.sleep(BEAT + 5)
        return holder_of(client(store).get_run(sweep)) == holder
    return True


def close(store: Store, sweep: str) -> None:
    """End a sweep as KILLED, whoever works on it."""
    with faults(store):
        api = client(store)
        api.set_tag(sweep, ENDED, str(holder_of(api.get_run(sweep)).number))
        api.set_terminated(sweep, "KILLED")


@dataclass
class Lease:
    """What a process has of a sweep while it works on it."""

    store: Store
    sweep: str
    number: int = 1
    lost: bool = False  # somebody else has it now
    _ended: threading.Event = field(default_factory=threading.Event)

    def say(self) -> None:
        """A sign of life."""
        client(self.store).set_tag(self.sweep, ALIVE, f"{self.number} {int(1000 * time.time())}")

    def keep(self, when_lost: Callable[[Holder], object]) -> "Lease":
        """Give signs of life from now on, in a thread; call back there if the lease has gone to somebody else."""
        if not self.sweep.startswith(WAITING):
            threading.Thread(target=self._keep, args=(when_lost,), daemon=True, name="keeps a lease").start()
        return self

    def _keep(self, when_lost: Callable[[Holder], object]) -> None:
        while not self._ended.wait(BEAT):
            with suppress(StoreError, InputError), faults(self.store):  # a store that is away hears it later
                holder = holder_of(client(self.store).get_run(self.sweep))
                if self._ended.is_set():  # what was read may be this process's own end
                    return
                if holder.number > self.number or holder.released:
                    self.lost = True
                    when_lost(holder)
                    return
                self.say()

    def release(self) -> None:
        """Nobody works on the sweep any more."""
        self._ended.set()
        if not (self.lost or self.sweep.startswith(WAITING)):
            with suppress(StoreError, InputError), faults(self.store):
                client(self.store).set_tag(self.sweep, ENDED, str(self.number))
