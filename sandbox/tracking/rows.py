"""Runs that have ended, put into a database's own tables, many by one transaction.

MLflow's client makes objects of all that it is told, asks thirty times what it has just written, and commits ten times. That takes
several times as long, and processes that record side by side wait for each other.
"""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox.tracking.spool import Record, noted_at
from sandbox.tracking.store import Store

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from sqlalchemy.orm import Session

Point = tuple[str, float, int, int]  # a metric, its value, milliseconds since 1970, a step
Row = dict[str, object]
CONFLICT = "BAD_REQUEST"  # as MLflow calls a row that is there already, and whatever else the tables do not take
TRIES = 2  # the second one for who was not the first to record these data, while another process did so, too


class Run(NamedTuple):
    """A run as it is to be: with ids and tags that the store understands."""

    id: str
    experiment: int
    address: str  # of its artifacts
    record: Record
    tags: dict[str, str]
    points: Sequence[Point]


class Tables(NamedTuple):
    """MLflow's, as SQLAlchemy knows them."""

    experiments: Any
    runs: Any
    tags: Any
    params: Any
    metrics: Any
    latest: Any
    datasets: Any
    inputs: Any
    input_tags: Any

    @classmethod
    def of_mlflow(cls) -> "Tables":
        """Raises ImportError or AttributeError where they have other names."""
        from mlflow.store.tracking.dbmodels import models as of

        classes = (of.SqlExperiment, of.SqlRun, of.SqlTag, of.SqlParam, of.SqlMetric, of.SqlLatestMetric)
        return cls(*(each.__table__ for each in (*classes, of.SqlDataset, of.SqlInput, of.SqlInputTag)))


def fit(store: Store, record: Record) -> bool:
    """Whether it is a run for a database that is opened directly, which has ended, all of it numbers that a column can hold."""
    run = record.target is None and record.status != "RUNNING" and bool(record.name and record.started and record.ended)
    return store.kind == "local" and run and all(isfinite(value) for _, _, value in record.metrics)


def id_of(identifier: str) -> str:
    """The id of the run that a record becomes: always the same one, so that it cannot become two.

    It begins with the time of day, as it were, at which the record was made: rows that come together are neighbours in the
    tables' indices, which have few pages to write then, however many runs there are. The rest tells runs apart.
    """
    when = noted_at(identifier) >> 24 & 0xFFFFF  # another one every 17 ms, and the same one again after five hours
    return f"{when:05x}{hashlib.sha256(identifier.encode()).hexdigest()[:27]}"


def put(api: "MlflowClient", runs: Sequence[Run]) -> bool:
    """Whether all of these runs are there now, as MLflow would have written them; else none is, and MLflow should do it itself.

    Raises what MLflow raises where the database does not answer.
    """
    from mlflow.exceptions import MlflowException

    try:
        tables = Tables.of_mlflow()
    except (ImportError, AttributeError):  # another MLflow, in which they have other names
        return False
    for _ in range(TRIES):
        try:
            with api._tracking_client.store.ManagedSessionMaker(read_only=False) as session:  # noqa: SLF001 - it has no public name
                return _put(session, tables, runs)
        except MlflowException as error:
            if error.error_code != CONFLICT:
                raise
    return False


def _put(session: "Session", tables: Tables, runs: Sequence[Run]) -> bool:
    experiments, run_id = tables.experiments.c, tables.runs.c.run_uuid
    wanted = {run.experiment for run in runs}
    stay = experiments.experiment_id.in_(wanted), experiments.lifecycle_stage == "active"
    if _found(session, experiments.experiment_id, *stay) != wanted:
        return False
    told = _found(session, run_id, run_id.in_([run.id for run in runs]))  # by one that died before it could say so
    new = [run for run in runs if run.id not in told]
    for table, rows in (
        (tables.runs, [_run(run) for run in new]),
        (tables.tags, [row for run in new for row in _texts(run.id, _tags(run))]),
        (tables.params, [row for run in new for row in _texts(run.id, run.record.params)]),
        (tables.metrics, [row for run in new for row in _numbers(run.id, dict.fromkeys(run.points))]),
        (tables.latest, [row for run in new for row in _numbers(run.id, _latest(run.points))]),
    ):
        if rows:
            session.execute(table.insert(), rows)
    known: dict[tuple[int, str, str], str] = {}
    for run in new:
        if run.record.dataset is not None:
            _put_dataset(session, tables, run, run.record.dataset, known)
    return True


def _put_dataset(
    session: "Session", tables: Tables, run: Run, described: Mapping[str, str], known: dict[tuple[int, str, str], str]
) -> None:
    """An experiment has data of one name and digest once, whichever of its runs are trained on them."""
    key = (run.experiment, described["name"], described["digest"])
    if key not in known:
        data = tables.datasets.c
        columns = (data.experiment_id, data.name, data.digest)
        there = _found(
            session, data.dataset_uuid, *(column == value for column, value in zip(columns, key, strict=True))
        )
        known[key] = next(iter(there), None) or _added(session, tables, key, described)
    link = f"{run.id[:5]}{uuid.uuid4().hex[:27]}"
    row = {
        "input_uuid": link,
        "source_type": "DATASET",
        "source_id": known[key],
        "destination_type": "RUN",
        "destination_id": run.id,
    }
    session.execute(tables.inputs.insert(), row)
    context = {"input_uuid": link, "name": "mlflow.data.context", "value": "training"}
    session.execute(tables.input_tags.insert(), context)


def _added(session: "Session", tables: Tables, key: tuple[int, str, str], described: Mapping[str, str]) -> str:
    identifier = uuid.uuid4().hex
    row = {
        **dict(zip(("experiment_id", "name", "digest"), key, strict=True)),
        "dataset_uuid": identifier,
        "dataset_source_type": described["source_type"],
        "dataset_source": described["source"],
        "dataset_schema": described.get("schema"),
        "dataset_profile": described.get("profile"),
    }
    session.execute(tables.datasets.insert(), row)
    return identifier


def _found(session: "Session", column: Any, *conditions: Any) -> set[Any]:
    from sqlalchemy import select

    return set(session.execute(select(column).where(*conditions)).scalars())


def _tags(run: Run) -> dict[str, str]:
    return {**run.tags, "mlflow.runName": run.record.name}


def _run(run: Run) -> Row:
    return {
        "run_uuid": run.id,
        "name": run.record.name,
        "source_type": "UNKNOWN",
        "source_name": "",
        "entry_point_name": "",
        "user_id": run.tags.get("mlflow.user", "unknown"),
        "status": run.record.status,
        "start_time": run.record.started,
        "end_time": run.record.ended,
        "deleted_time": None,
        "source_version": "",
        "lifecycle_stage": "active",
        "artifact_uri": run.address,
        "experiment_id": run.experiment,
    }


def _texts(run_id: str, values: Mapping[str, str]) -> list[Row]:
    return [{"run_uuid": run_id, "key": key, "value": text} for key, text in values.items()]


def _latest(points: Sequence[Point]) -> list[Point]:
    """Of each metric the last one: by step, then time, then value."""
    found: dict[str, Point] = {}
    for point in points:
        name, value, when, step = point
        before = found.setdefault(name, point)
        if (step, when, value) > (before[3], before[2], before[1]):
            found[name] = point
    return list(found.values())


def _numbers(run_id: str, points: "Sequence[Point] | dict[Point, None]") -> list[Row]:
    return [
        {"run_uuid": run_id, "key": name, "value": value, "timestamp": when, "step": step, "is_nan": False}
        for name, value, when, step in points
    ]
