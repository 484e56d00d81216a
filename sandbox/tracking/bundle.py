"""What a store is to be told of a run, and runs that are told as a whole: many of them at once, by one transaction of a database."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sandbox.tracking import artifacts, rows
from sandbox.tracking.experiments import experiment
from sandbox.tracking.run_ids import RECORD, parent, whereabouts
from sandbox.tracking.spool import WAITING, Entry, Record
from sandbox.tracking.store import Store

if TYPE_CHECKING:
    from mlflow import MlflowClient

THIS_RUN = "id-of-this-run"  # in a note: it is written before the run has its id
NOTE = "mlflow.note.content"


def told(
    store: Store, api: "MlflowClient", waiting: Sequence[tuple[Entry, Record]], in_time: Callable[[], None]
) -> list[str]:
    """The runs that these records have become, their artifacts first; none where MLflow has to be told step by step.

    All records or none. Raises what `tags` raises, and what the database does.
    """
    if not all(rows.fit(store, record) and not entry.begun_step_by_step for entry, record in waiting):
        return []
    runs = [_run(store, record) for _, record in waiting]
    in_time()
    artifacts.put_each(
        store, [(run.address, entry.artifacts) for run, (entry, _) in zip(runs, waiting, strict=True)], in_time
    )
    in_time()
    if rows.put(api, runs):
        return [run.id for run in runs]
    for run in runs:
        artifacts.take_back(store, run.address)
    return []


def _run(store: Store, record: Record) -> rows.Run:
    identifier = rows.id_of(record.id)
    number, place = experiment(store, record.experiment)
    words = with_id(tags(store, record), identifier)
    return rows.Run(identifier, int(number), f"{place}/{identifier}/artifacts", record, words, points(record))


def tags(store: Store, record: Record) -> dict[str, str]:
    """Those of a new run, with the ids by which the store knows the runs that it belongs to."""
    tags = record.tags | {RECORD: record.id}
    if record.parent:
        tags["mlflow.parentRunId"] = parent(store, whereabouts(store, record.parent))
    if tags.get("replaces", "").startswith(WAITING):
        tags["replaces"] = whereabouts(store, tags["replaces"])
    return tags


def with_id(words: dict[str, str], run_id: str) -> dict[str, str]:
    """Tags whose note knows the run that it stands at."""
    return {**words, NOTE: words[NOTE].replace(THIS_RUN, run_id)} if NOTE in words else words


def points(record: Record) -> list[rows.Point]:
    """What was measured, each with a time that grows with its step, from the start to the end of the run."""
    end = record.ended or record.started
    begin, last = record.started or end, max((step for _, step, _ in record.metrics), default=0)
    return [
        (name, value, begin + (end - begin) * step // last if last > 0 else end, step)
        for name, step, value in record.metrics
    ]
