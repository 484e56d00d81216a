"""Records that their store will never take, and what the next sweep loses to them."""

import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from sandbox import tracking
from sandbox.tracking import Store, delivery, spool
from sandbox.tracking.store import client
from tests.support.sweeps import start, store_in, where

SWEEP = ("-m", "init=normal,zero", "steps=50", "replicates=2", "dataset.samples=40", "probes.count=4", "tracking.figures=false")  # fmt: skip
TRIES = (
    3  # sweeps after each refusal, of which the quickest counts: a dead letter costs all of them, a busy machine some
)
MORE = 1.0  # seconds


def _kept(store: Store, record: spool.Record) -> spool.Entry:
    return spool.keep(store, record, lambda folder: None)


def sweep_deleted(store: Store) -> None:
    """In the dashboard."""
    sweep = tracking.start_sweep(store, "sandbox", "deleted")
    client(store).delete_run(sweep)
    _kept(store, spool.Record("sandbox", "of a deleted sweep", parent=sweep))


def end_of_a_deleted_sweep(store: Store) -> None:
    sweep = tracking.start_sweep(store, "sandbox", "deleted")
    client(store).delete_run(sweep)
    _kept(store, spool.Record(target=sweep, tags={"a": "b"}))


def experiment_in_the_bin(store: Store) -> None:
    name = f"binned {uuid4().hex[:6]}"
    client(store).delete_experiment(delivery.experiment_id(store, name))
    delivery.experiment_id.cache_clear()
    _kept(store, spool.Record(name, "of an experiment in the bin"))


def database_restored(store: Store) -> None:
    """From before the sweep was begun."""
    _kept(store, spool.Record("sandbox", "of a sweep that is unknown", parent=uuid4().hex))


def end_from_before_a_restoration(store: Store) -> None:
    _kept(store, spool.Record(target=uuid4().hex, tags={"a": "b"}))


def another_value(store: Store) -> None:
    """Of a param that is set for good."""
    sweep = tracking.start_sweep(store, "sandbox", "sweep", params={"seed": 1})
    tracking.finish_sweep(store, sweep)
    _kept(store, spool.Record(target=sweep, params={"seed": "2"}))


def sweep_that_never_comes(store: Store) -> None:
    _kept(store, spool.Record("sandbox", "early", parent=tracking.WAITING + spool.new_id()))


def nothing_left(store: Store) -> None:
    """Of a record, after a power cut on a disk that promised too much."""
    (_kept(store, spool.Record("sandbox", "empty")).folder / "record.json").write_bytes(b"")


def unknown_field(store: Store) -> None:
    path = _kept(store, spool.Record("sandbox", "of another version")).folder / "record.json"
    path.write_text(path.read_text().replace('"ended"', '"finished"'))


FORMS: tuple[Callable[[Store], None], ...] = (
    sweep_deleted, end_of_a_deleted_sweep, experiment_in_the_bin, database_restored, end_from_before_a_restoration, another_value,
    sweep_that_never_comes, nothing_left, unknown_field,
)  # fmt: skip


def timed_sweep(folder: Path, log: Path) -> tuple[float, int]:
    begun = time.monotonic()
    code = start(*SWEEP, *where(folder), log=log).wait(120)
    return time.monotonic() - begun, code


def refused(times: int, folder: Path) -> list[list[str]]:
    """What is wrong with the sweeps after each of so many refusals, all in one store."""
    store = store_in(folder)
    log = folder.with_suffix(".log")
    usual = min(timed_sweep(folder, log)[0] for _ in range(TRIES + 1))
    tracking.prepare(store)
    found = []
    for i in range(times):
        form = FORMS[i % len(FORMS)]
        form(store)
        finished = len([sweep for sweep in tracking.sweeps_of(store, 1000) if sweep.status == "FINISHED"])
        wrong, took = [], list[float]()
        for _ in range(TRIES):
            seconds, code = timed_sweep(folder, log)
            took.append(seconds)
            if code or "Traceback" in log.read_text():
                wrong.append(f"{form.__name__}: exit code {code}: {log.read_text()[-300:]}")
            if min(took) <= usual + MORE:
                break
        else:
            wrong.append(f"{form.__name__}: {min(took):.1f} s, usually {usual:.1f} s")
        after = len([sweep for sweep in tracking.sweeps_of(store, 1000) if sweep.status == "FINISHED"])
        if after != finished + len(took):
            wrong.append(f"{form.__name__}: {after - finished} sweeps finished of {len(took)}")
        found.append(wrong)
    return found
