"""From the spool to the store: each record once, whatever dies or stops answering in between."""

import math
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from filelock import Timeout

from sandbox.system.errors import InputError, RefusedError, StoreError
from sandbox.tracking import artifacts, bundle, manifest, places, spool
from sandbox.tracking.bundle import NOTE
from sandbox.tracking.experiments import experiment_id
from sandbox.tracking.lease import abandoned
from sandbox.tracking.pause import pause, pause_reason, paused, resume
from sandbox.tracking.run_ids import EarlyError, found_as, search, whereabouts
from sandbox.tracking.spool import WAITING, DamagedError, Entry, Record
from sandbox.tracking.store import Store, answers, brief, client, faults

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput

SETTLING = 10  # seconds for the store to take one record while a run waits; beyond that it is delivered later
OTHERS = 60  # seconds for another process to deliver a record that both found


@dataclass(frozen=True)
class Delivered:
    """What became of the records that waited: how many the store took, why it took no more, and what it never will take."""

    taken: int
    left: int  # that others may be delivering, or for which the store has to be back
    reason: str = ""
    early: int = 0  # for which a sweep's own record has to come first
    aside: tuple[str, ...] = ()  # why, of each record that was set aside


class Target(NamedTuple):
    """The run that a record is told to."""

    run_id: str
    address: str = ""  # of its artifacts, where the store has just made it


def settle(store: Store, entry: Entry) -> str:
    """Deliver a record now if the store will have it: the run's id, or WAITING and the record's id.

    A store that has failed is left in peace for a while: a sweep on a dead server goes on at its own speed. What it will
    never take is set aside.
    """
    if store.offline or paused(store):
        return WAITING + entry.id
    try:
        with brief(retries_only=True):  # what is not taken at once waits on the disk
            run_id = deliver(store, entry, within=SETTLING)
    except (RefusedError, InputError, DamagedError) as problem:
        entry.set_aside(str(problem))
        return WAITING + entry.id
    except EarlyError:
        return _after_its_sweep(store, entry)
    except StoreError as problem:
        pause(store, str(problem))
        return WAITING + entry.id
    if pause_reason(store):
        resume(store)
        deliver_all(store)
    return run_id


def settle_together(store: Store, entries: Sequence[Entry]) -> dict[str, str]:
    """As `settle`, for several runs that have ended, by one transaction: the runs' ids, by record.

    Of those that are missing the store took none; which of them it does not take, and why, is seen when each comes alone.
    """
    if len(entries) < 2 or store.kind != "local" or store.offline or paused(store):
        return {}
    with ExitStack() as locks:
        ready: list[tuple[Entry, Record]] = []
        for entry in entries:
            with suppress(Timeout, DamagedError):
                locks.enter_context(entry.lock(0))
                if entry.waiting:
                    ready.append((entry, entry.checked()))
        with suppress(StoreError, InputError), faults(store):
            in_time = partial(_in_time, time.monotonic() + SETTLING)
            told = bundle.told(store, client(store), ready, in_time)
            for entry, _ in ready[: len(told)]:
                entry.remove()
            return {entry.id: run for (entry, _), run in zip(ready, told, strict=False)}
    return {}


def _after_its_sweep(store: Store, entry: Entry) -> str:
    """Deliver what waits, oldest first: a sweep comes before its runs."""
    deliver_all(store)
    with suppress(StoreError):
        return found_as(store, entry.id)
    return WAITING + entry.id


def deliver_all(store: Store) -> Delivered:
    """Every record that waits and that nobody else is delivering. A refused one does not keep back the others."""
    taken, reason, stopped = 0, "", False
    aside: list[str] = []
    early = set[str]()
    for entry in spool.entries(store):
        if stopped:
            break
        try:
            deliver(store, entry, patience=0)
            taken += 1
        except Timeout:
            continue
        except (RefusedError, InputError, DamagedError) as problem:
            entry.set_aside(str(problem))
            aside.append(str(problem))
        except EarlyError:
            early.add(entry.id)
        except StoreError as problem:
            reason = str(problem)
            stopped = not answers(store)
    left = sum(entry.id not in early for entry in spool.entries(store))
    if not left:
        resume(store)
    elif reason:
        pause(store, reason)
    return Delivered(taken, left, reason, len(early), tuple(aside))


def deliver_for(store: Store, patience: float) -> list[Entry]:
    """Deliver what waits by now, while the store answers, and return what still does; other processes deliver, too."""
    now = {entry.id for entry in spool.entries(store)}
    until = time.monotonic() + patience
    while left := [entry for entry in spool.entries(store) if entry.id in now]:
        if time.monotonic() > until or not answers(store):
            return left
        if not deliver_all(store).left:
            return []
        time.sleep(0.1)
    return []


def close_begun(store: Store, patience: float) -> None:
    """Record, as KILLED, the runs that this process's workers had begun; a worker may take so many seconds to die."""
    until = time.monotonic() + patience
    while True:
        for entry in spool.leftovers(store):
            settle(store, entry)
        if time.monotonic() > until or not spool.begun_by_children(store):
            return
        time.sleep(0.1)


def recover(store: Store) -> Delivered:
    """Put a store in order after whatever happened to it: deliver what waits, and close as KILLED what the dead left."""
    places.note(store)
    spool.leftovers(store)
    delivered = deliver_all(store)
    with faults(store):
        api = client(store)
        everywhere = [found.experiment_id for found in api.search_experiments()]
        for run in api.search_runs(everywhere, "attributes.status = 'RUNNING'", max_results=1000):
            if abandoned(run):
                api.set_terminated(run.info.run_id, "KILLED")
    return delivered


def deliver(store: Store, entry: Entry, patience: float = OTHERS, within: float = math.inf) -> str:
    """Tell the store a record and return its run's id.

    Raises StoreError, also if that takes longer than `within` seconds, or RefusedError if there is no use in trying again;
    DamagedError if it is not what was written; Timeout if another process is at it for longer than `patience`.
    """
    until = time.monotonic() + within
    with entry.lock(patience):
        if not entry.waiting:  # that other process has done it
            return found_as(store, entry.id)
        record = entry.checked()
        with faults(store):
            api = client(store)
            if told := bundle.told(store, api, [(entry, record)], partial(_in_time, until)):
                entry.remove()
                return told[0]
            target = _target(store, api, entry, record)
            run_id = target.run_id
            if not target.address and _is_overtaken(api, run_id, record):
                entry.remove()
                return run_id
            try:
                _tell(store, api, target, entry, record, until)
            except BaseException:
                if record.target is None and record.status != "RUNNING":
                    with suppress(Exception), brief():  # the store may be what failed
                        api.set_terminated(run_id, "KILLED")
                raise
        entry.remove()
    return run_id


def _target(store: Store, api: "MlflowClient", entry: Entry, record: Record) -> Target:
    """The run that a record is about: an existing one, or one that is created, but never twice."""
    if record.target is not None:
        return Target(whereabouts(store, record.target))
    tried = entry.begun_step_by_step
    entry.begin_step_by_step()
    if tried and (found := search(api, record.id)):
        return Target(found)
    tags = bundle.tags(store, record)
    with brief(retries_only=True):  # a repeated request could create a second run
        run = api.create_run(experiment_id(store, record.experiment), record.started, tags, record.name)
    return Target(run.info.run_id, run.info.artifact_uri)


def _is_overtaken(api: "MlflowClient", run_id: str, record: Record) -> bool:
    """Whether a sweep that this record began was closed or taken over while the rest of the record was still waiting."""
    if record.status != "RUNNING" or record.target is not None:
        return False
    run = api.get_run(run_id)
    return run.info.status != "RUNNING" or "lease.2" in run.data.params


def _in_time(until: float) -> None:
    if time.monotonic() > until:
        raise TimeoutError("it answers, but too slowly")


def _tell(store: Store, api: "MlflowClient", target: Target, entry: Entry, record: Record, until: float) -> None:
    from mlflow.entities import Metric, Param, RunTag

    run_id, address = target
    in_time = partial(_in_time, until)
    tags = (
        record.tags if record.target is not None else {key: record.tags[key] for key in (NOTE,) if key in record.tags}
    )
    api.log_batch(  # splits what is more than 1,000 metrics or 100 params; rows that are there already stay single
        run_id,
        metrics=[Metric(*point) for point in bundle.points(record)],
        params=[Param(key, text) for key, text in record.params.items()],
        tags=[RunTag(key, text) for key, text in bundle.with_id(tags, run_id).items()],
    )
    in_time()
    artifacts.put_all(store, run_id, entry.artifacts, in_time, address)
    in_time()
    if record.dataset is not None:
        api.log_inputs(run_id, datasets=[_dataset(record.dataset)])
    if record.status == "RUNNING":
        if not address:  # else it is
            api.update_run(run_id, status="RUNNING")
    else:
        api.set_terminated(run_id, record.status, record.ended)


def _dataset(described: dict[str, str]) -> "DatasetInput":
    from mlflow.entities import Dataset, DatasetInput, InputTag

    return DatasetInput(Dataset(**described), [InputTag("mlflow.data.context", "training")])


def read_back(store: Store, run: str) -> None:
    """Whether a server gives back what it took, told from the manifest of a sweep that has just begun.

    Raises RefusedError if it does not, or has refused the sweep altogether: its runs would all be refused as well.
    """
    for entry in spool.aside(store) if run.startswith(WAITING) else ():
        if entry.id == run.removeprefix(WAITING):
            raise RefusedError(entry.noted("reason") or f"{store.shown} does not take this sweep")
    if store.kind != "server" or run.startswith(WAITING):
        return
    with faults(store):
        begun = client(store).get_run(run)
    try:
        with artifacts.fetched(store, run, begun.info.artifact_uri, manifest.FILE) as path:
            same = manifest.named(path.read_bytes()) == begun.data.tags.get(manifest.TAG)
        reason = "another one"
    except StoreError as problem:
        same, reason = False, str(problem)
    if not same:
        raise RefusedError(
            f"{store.shown}: expected a server that gives back the file it just took, got {reason}; start it with "
            "--artifacts-destination, or look at its log"
        )
