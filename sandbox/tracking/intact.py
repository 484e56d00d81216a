"""Whether what a store has of a run is what was recorded, told from the run's manifest."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sandbox.system import disk
from sandbox.system.errors import StoreError
from sandbox.tracking import artifacts, manifest
from sandbox.tracking.manifest import Live, Manifest
from sandbox.tracking.query import Run
from sandbox.tracking.spool import WAITING
from sandbox.tracking.store import Store, client, faults


def damage(store: Store, run: Run) -> list[str]:
    """What of a run or sweep is not as it was recorded, a line each; [] if all is, or it is of a version without manifests.

    Raises StoreError if the store does not answer.
    """
    try:
        expected = manifest_of(store, run)
    except StoreError as problem:
        return [str(problem).removeprefix(f"run {run.run_id}: ")]
    if expected is None:
        return []
    return [*_artifacts(store, run, expected), *_facts(store, run, expected)]


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
            yield str(problem).removeprefix(f"run {run.run_id}: ")


def _facts(store: Store, run: Run, expected: Manifest) -> Iterator[str]:
    identifier = run.tags.get("record.id", "")
    if expected.record not in {run.run_id, identifier, WAITING + identifier}:
        yield "its manifest is another run's"
    live = Live(run.status, run.params, run.tags, run.metrics, rows_of(store, run, expected), run.dataset)
    yield from manifest.differences(expected, live, is_sweep=run.tags.get("kind") == "sweep")


def rows_of(store: Store, run: Run, expected: Manifest) -> dict[str, list[tuple[int, float]]]:
    """All rows of a run's metrics; of a server's, only of those that are expected."""
    with faults(store):
        if store.database is not None:
            return _rows_in(store.database, run.run_id)
        api = client(store)
        histories = {name: api.get_metric_history(run.run_id, name) for name in expected.metrics}
        return {name: [(point.step, point.value) for point in points] for name, points in histories.items() if points}


def _rows_in(database: Path, run_id: str) -> dict[str, list[tuple[int, float]]]:
    """Straight from the table: by the client it takes a hundred times as long."""
    question = "SELECT key, step, value FROM metrics WHERE run_uuid = ?"
    with closing(sqlite3.connect(database)) as connection:
        return manifest.by_name(connection.execute(question, (run_id,)))


def condemn(store: Store, run_id: str, reason: str) -> None:
    """A finished run is found to be damaged: it is not finished any more, and says why."""
    with faults(store):
        api = client(store)
        api.set_tag(run_id, "damaged", reason[:5000])
        api.set_terminated(run_id, "FAILED")
