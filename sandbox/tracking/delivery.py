"""From the spool to the store: each record once, whatever dies or stops answering in between."""

import math
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from filelock import Timeout

from sandbox.system.errors import InputError, RefusedError, StoreError
from sandbox.tracking import artifacts, manifest, places, points, spool
from sandbox.tracking.lease import abandoned
from sandbox.tracking.moved import folder_of, home
from sandbox.tracking.pause import pause, pause_reason, paused, resume
from sandbox.tracking.spool import WAITING, DamagedError, Entry, Record
from sandbox.tracking.store import Store, answers, brief, client, faults

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput

THIS_RUN = "id-of-this-run"  # in a note: it is written before the run has its id
NOTE = "mlflow.note.content"
RECORD = "record.id"  # the tag by which a run is known to be a record that was delivered before
SETTLING = 10  # seconds for the store to take one record while a run waits; beyond that it is delivered later
LOST = 24 * 3600 * 10**9  # nanoseconds after which a sweep that waits on no disk of this machine will not come
OTHERS = 60  # seconds for another process to deliver a record that both found


class EarlyError(StoreError):
    """A record of a sweep that has not reached the store yet: others need not wait for it."""


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
    address: str = ""  # of its artifacts, if the store has said so


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
            target = _target(store, api, entry, record)
            run_id = target.run_id
            if _is_overtaken(api, run_id, record):
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


def found_as(store: Store, identifier: str) -> str:
    """The run that a delivered record has become. Raises StoreError if there is none, RefusedError if there will be none."""
    waits = any(entry.id == identifier for entry in spool.entries(store))
    with faults(store):
        found = _search(client(store), identifier)
    if found is not None:
        return found
    if any(entry.id == identifier for entry in spool.aside(store)):
        raise RefusedError(f"record {identifier}, which it belongs to, was set aside")
    if not waits and time.time_ns() - spool.noted_at(identifier) > LOST:
        raise RefusedError(f"record {identifier}, which it belongs to, is neither in {store.shown} nor waits for it")
    raise EarlyError(f"record {identifier}, which it belongs to, has not reached {store.shown} yet")


def whereabouts(store: Store, run: str) -> str:
    """A run's id in the store, for an id or WAITING and a record's. Raises StoreError."""
    return _known(store, run.removeprefix(WAITING)) if run.startswith(WAITING) else run


@lru_cache(maxsize=1024)
def _known(store: Store, identifier: str) -> str:
    return found_as(store, identifier)


@lru_cache(maxsize=64)
def _sweep(store: Store, run_id: str) -> str:
    """The id of a sweep that is there. Raises RefusedError if there is none of that id, or no longer."""
    if client(store).get_run(run_id).info.lifecycle_stage != "active":
        raise RefusedError(
            f"the sweep {run_id}, which it belongs to, was deleted in the dashboard; "
            f"restore it there and `python -m sandbox.sync --retry` the record"
        )
    return run_id


def _search(api: "MlflowClient", identifier: str) -> str | None:
    everywhere = [found.experiment_id for found in api.search_experiments()]
    runs = api.search_runs(everywhere, f"tags.`{RECORD}` = '{identifier}'", order_by=["attributes.start_time ASC"])
    for spare in runs[1:]:  # a request that was answered too late, and made again
        api.set_terminated(spare.info.run_id, "KILLED")
        api.delete_run(spare.info.run_id)
    return str(runs[0].info.run_id) if runs else None


def _target(store: Store, api: "MlflowClient", entry: Entry, record: Record) -> Target:
    """The run that a record is about: an existing one, or one that is created, but never twice."""
    if record.target is not None:
        return Target(whereabouts(store, record.target))
    tried = entry.noted("tried")
    entry.note("tried")
    if tried is not None and (found := _search(api, record.id)):
        return Target(found)
    tags = record.tags | {RECORD: record.id}
    if record.parent:
        tags["mlflow.parentRunId"] = _sweep(store, whereabouts(store, record.parent))
    if tags.get("replaces", "").startswith(WAITING):
        tags["replaces"] = whereabouts(store, tags["replaces"])
    with brief(retries_only=True):  # a repeated request could create a second run
        run = api.create_run(experiment_id(store, record.experiment), record.started, tags, record.name)
    return Target(run.info.run_id, run.info.artifact_uri)


def _is_overtaken(api: "MlflowClient", run_id: str, record: Record) -> bool:
    """Whether a sweep that this record began was closed or taken over while the rest of the record was still waiting."""
    if record.status != "RUNNING" or record.target is not None:
        return False
    run = api.get_run(run_id)
    return run.info.status != "RUNNING" or "lease.2" in run.data.params


def _tell(store: Store, api: "MlflowClient", target: Target, entry: Entry, record: Record, until: float) -> None:
    from mlflow.entities import Metric, Param, RunTag

    run_id, address = target

    def in_time() -> None:
        if time.monotonic() > until:
            raise TimeoutError("it answers, but too slowly")

    log = [(name, value, when, step) for when, (name, step, value) in zip(_times(record), record.metrics, strict=True)]
    tags = record.tags if record.target is not None else {}
    if NOTE in record.tags:
        tags = {**tags, NOTE: record.tags[NOTE].replace(THIS_RUN, run_id)}
    straight = points.fit(store, log)
    metrics = [] if straight else [Metric(*point) for point in log]
    api.log_batch(  # splits what is more than 1,000 metrics or 100 params; rows that are there already stay single
        run_id,
        metrics=metrics,
        params=[Param(key, text) for key, text in record.params.items()],
        tags=[RunTag(key, text) for key, text in tags.items()],
    )
    if straight and not points.put(api, run_id, log):
        api.log_batch(run_id, metrics=[Metric(*point) for point in log])
    in_time()
    artifacts.put_all(store, run_id, entry.artifacts, in_time, address)
    in_time()
    if record.dataset is not None:
        api.log_inputs(run_id, datasets=[_dataset(record.dataset)])
    if record.status == "RUNNING":
        api.update_run(run_id, status="RUNNING")
    else:
        api.set_terminated(run_id, record.status, record.ended)


def _times(record: Record) -> list[int]:
    """A time for each point that grows with its step, from the start to the end of the run."""
    end = record.ended or record.started
    begin, last = record.started or end, max((step for _, step, _ in record.metrics), default=0)
    return [begin + (end - begin) * step // last if last > 0 else end for _, step, _ in record.metrics]


def _dataset(described: dict[str, str]) -> "DatasetInput":
    from mlflow.entities import Dataset, DatasetInput, InputTag

    return DatasetInput(Dataset(**described), [InputTag("mlflow.data.context", "training")])


@lru_cache(maxsize=64)
def experiment_id(store: Store, name: str) -> str:
    """The id of an experiment, created if there is none. Raises InputError if somebody deleted it."""
    from mlflow.exceptions import MlflowException

    with faults(store):
        api = client(store)
        found = api.get_experiment_by_name(name)
        fresh = found is None
        if found is None:
            location = (home(store.directory) / folder_of(name)).as_uri() if store.directory else None
            try:
                found = api.get_experiment(api.create_experiment(name, artifact_location=location))
            except MlflowException:
                found, fresh = api.get_experiment_by_name(name), False
                if found is None:  # the error stands, unless another process was faster
                    raise
    if found.lifecycle_stage != "active":
        raise InputError(
            f"experiment: expected one that is not in the dashboard's bin, got {name!r}; "
            f"restore it with `mlflow experiments restore -x {found.experiment_id}`"
        )
    if store.kind == "server":
        try:
            artifacts.local(store, found.artifact_location)  # a bad address is refused before any work is done
        except RefusedError:
            if fresh:
                _take_back(api, found.experiment_id, name)
            raise
    return str(found.experiment_id)


def _take_back(api: "MlflowClient", experiment: str, name: str) -> None:
    """Put an experiment that was made in vain into the bin, by another name, so that its own is free again."""
    with suppress(Exception):  # the refusal is what the user should hear of
        if not api.search_runs([experiment], max_results=1):
            api.rename_experiment(experiment, f"{name}, made in vain {time.time_ns()}")
            api.delete_experiment(experiment)


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
