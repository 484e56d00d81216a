"""Records that their store will never take, and what the next sweep loses to them."""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from uuid import uuid4

from sandbox import tracking
from sandbox.system.threads import side_by_side
from sandbox.tracking import Store, experiments, spool
from sandbox.tracking.store import client
from tests.support.sweeps import start, store_in, where

SWEEP = ("-m", "init=normal,zero", "steps=50", "replicates=2", "dataset.samples=40", "probes.count=4", "tracking.figures=false")  # fmt: skip
FEW, MANY = 3, 7  # times that each refusal is repeated: what most of them cost counts, of more if it is too much
MORE = 1.0  # seconds
EARLY = "before its sweep"  # which may come yet


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
    client(store).delete_experiment(experiments.experiment_id(store, name))
    experiments.experiment.cache_clear()
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
    _kept(store, spool.Record("sandbox", EARLY, parent=tracking.WAITING + spool.new_id()))


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


def refused(times: int, folder: Path) -> list[list[str]]:
    """What is wrong with the next sweep after each of so many refusals, all in one store.

    Its usual time is that of the same sweep in another store, begun at the same moment: a busy machine costs both the same.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pair = folder / "refused", folder / "usual"
    side_by_side(_timed, pair, workers=2)  # makes both
    store = store_in(pair[0])
    tracking.prepare(store)
    return [_after(FORMS[i % len(FORMS)], store, pair) for i in range(times)]


def _after(form: Callable[[Store], None], store: Store, pair: tuple[Path, Path]) -> list[str]:
    wrong, longer = [], list[float]()
    for i in range(MANY):
        form(store)
        before = _finished(store)
        took = dict(zip(order := pair[:: (-1) ** i], side_by_side(_timed, order, workers=2), strict=True))
        longer.append(took[pair[0]][0] - took[pair[1]][0])
        wrong += [said for _, said in took.values() if said]
        if _finished(store) != before + 1:
            wrong.append(f"{_finished(store) - before} sweeps finished of 1")
        if waits := [entry.id for entry in spool.entries(store) if entry.record().name != EARLY]:
            wrong.append(f"{len(waits)} records wait")
        if sum(each <= MORE for each in longer) > (FEW if len(longer) <= FEW else MANY) // 2:
            break
    else:
        wrong.append(f"{median(longer):.1f} s longer than without")
    return [f"{form.__name__}: {each}" for each in wrong]


def _timed(folder: Path) -> tuple[float, str]:
    """Seconds that a sweep takes in that store, and what went wrong with it."""
    log = folder.with_suffix(".log")
    begun = time.monotonic()
    code = start(*SWEEP, *where(folder), log=log).wait(300)
    said = log.read_text()
    return time.monotonic() - begun, f"exit code {code}: {said[-300:]}" if code or "Traceback" in said else ""


def _finished(store: Store) -> int:
    return sum(sweep.status == "FINISHED" for sweep in tracking.sweeps_of(store, 1000))
