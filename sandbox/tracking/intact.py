"""Whether what a store has of a run is what was recorded, told from the run's manifest."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.system import disk
from sandbox.system.errors import StoreError
from sandbox.tracking import artifacts, manifest, tables
from sandbox.tracking.manifest import Live, Manifest
from sandbox.tracking.query import Run, runs_of
from sandbox.tracking.spool import WAITING
from sandbox.tracking.store import Store, answers, client, faults


@contextmanager
def at_hand(store: Store) -> Iterator[sqlite3.Connection | None]:
    """An embedded store's database, opened once for many runs that are to be examined."""
    with faults(store):
        if store.database is None:
            yield None
        else:
            with tables.opened(store.database) as connection:
                yield connection


def damage(store: Store, run: Run, connection: sqlite3.Connection | None = None) -> list[str]:
    """What of a run or sweep is not as it was recorded, a line each; [] if all is, or it is of a version without manifests.

    connection: see `at_hand`. Raises StoreError if the store does not answer.
    """
    try:
        expected = manifest_of(store, run)
    except StoreError as problem:
        return [_of(store, run, problem)]
    if expected is None:
        return []
    return [*_artifacts(store, run, expected), *_facts(store, run, expected, connection)]


def damage_within(store: Store, sweep: Run) -> str:
    """The first thing of a sweep or of the runs that count in it that is not as it was recorded; "" if all is.

    A server is not asked for all artifacts of all runs, but whether each run is there and is the one that the sweep names.
    """
    try:
        if wrong := damage(store, sweep):
            return wrong[0]
        expected = manifest_of(store, sweep)
        runs = {run.tags.get(manifest.TAG, ""): run for run in runs_of(store, sweep.run_id)}
    except StoreError as problem:
        return _of(store, sweep, problem)
    with at_hand(store) as connection:
        for named in expected.runs.values() if expected else ():
            run = runs.get(named)
            if run is None:
                return "a run that counts in it is gone, or is another one"
            if store.kind != "server" and (wrong := damage(store, run, connection)):
                return f"its run {run.run_id} ({run.name}): {wrong[0]}"
    return ""


def manifest_of(store: Store, run: Run) -> Manifest | None:
    """A run's manifest; None if it never had one. Raises StoreError if it is not the one that the run's tag names."""
    tag = run.tags.get(manifest.TAG)
    try:
        with artifacts.fetched(store, run.run_id, run.address, manifest.FILE) as path:
            content = path.read_bytes()
    except StoreError:
        if tag is None:
            return None
        raise
    if tag is None or manifest.named(content) != tag:
        raise StoreError(f"run {run.run_id}: its {manifest.FILE} is not the one that was recorded")
    try:
        return manifest.of_content(content)
    except ValueError:
        raise StoreError(f"run {run.run_id}: its {manifest.FILE} is of another version of the sandbox") from None


def _artifacts(store: Store, run: Run, expected: Manifest) -> Iterator[str]:
    for name, digest in expected.artifacts.items():
        try:
            with artifacts.fetched(store, run.run_id, run.address, name) as path:
                if disk.sha256(path) != digest:
                    yield f"its {name} is not as it was recorded"
        except StoreError as problem:
            yield _of(store, run, problem)


def _of(store: Store, run: Run, problem: StoreError) -> str:
    """What is wrong with a run; raised if it is the store that does not answer."""
    if not answers(store):
        raise problem
    return str(problem).removeprefix(f"run {run.run_id}: ")


def _facts(store: Store, run: Run, expected: Manifest, connection: sqlite3.Connection | None) -> Iterator[str]:
    identifier = run.tags.get("record.id", "")
    if expected.record not in {run.run_id, identifier, WAITING + identifier}:
        yield "its manifest is another run's"
    rows = rows_of(store, run, expected, connection)
    live = Live(run.status, run.params, run.tags, run.metrics, rows, run.dataset)
    yield from manifest.differences(expected, live, is_sweep=run.tags.get("kind") == "sweep")


def rows_of(
    store: Store, run: Run, expected: Manifest, connection: sqlite3.Connection | None = None
) -> dict[str, list[tuple[int, float]]]:
    """All rows of a run's metrics; of a server's, only of those that are expected."""
    with faults(store):
        if connection is not None:
            # straight from the table: by the client it takes a hundred times as long
            return manifest.by_name(connection.execute(tables.ROWS, {"run": run.run_id}))
        if store.database is not None:
            with tables.opened(store.database) as opened:
                return rows_of(store, run, expected, opened)
        api = client(store)
        histories = {name: api.get_metric_history(run.run_id, name) for name in expected.metrics}
        return {name: [(point.step, point.value) for point in points] for name, points in histories.items() if points}


def condemn(store: Store, run_id: str, reason: str) -> None:
    """A finished run is found to be damaged: it is not finished any more, and says why."""
    with faults(store):
        api = client(store)
        api.set_tag(run_id, "damaged", reason[:5000])
        api.set_terminated(run_id, "FAILED")
