"""A run's points, put into a database's own tables: MLflow makes five objects of each, which takes eight times as long."""

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING

from sandbox.tracking.store import Store

if TYPE_CHECKING:
    from mlflow import MlflowClient

Point = tuple[str, float, int, int]  # a metric, its value, milliseconds since 1970, a step


def fit(store: Store, points: Sequence[Point]) -> bool:
    """Whether there are some for a database that is opened directly, all of them numbers that it can hold."""
    return bool(points) and store.kind == "local" and all(isfinite(value) for _, value, _, _ in points)


def put(api: "MlflowClient", run_id: str, points: Sequence[Point]) -> bool:
    """Whether a run has all of these points now, as rows that `log_batch` would have made, in one transaction.

    Where some are there already nothing is changed, and MLflow's own way is the one to take. Raises what MLflow raises
    where the database does not answer.
    """
    from mlflow.exceptions import MlflowException

    try:
        from mlflow.store.tracking.dbmodels.models import SqlLatestMetric, SqlMetric

        session_of = api._tracking_client.store.ManagedSessionMaker  # noqa: SLF001 - it has no public name
        with session_of(read_only=False) as session:
            session.execute(SqlMetric.__table__.insert(), _rows(run_id, dict.fromkeys(points)))
            session.execute(SqlLatestMetric.__table__.insert(), _rows(run_id, _latest(points)))
    except MlflowException as error:
        if error.error_code == "BAD_REQUEST":  # there was such a row
            return False
        raise
    except (ImportError, AttributeError, TypeError):  # another MLflow, in which these have other names
        return False
    return True


def _latest(points: Sequence[Point]) -> list[Point]:
    """Of each metric the last one: by step, then time, then value."""
    found: dict[str, Point] = {}
    for point in points:
        name, value, when, step = point
        before = found.setdefault(name, point)
        if (step, when, value) > (before[3], before[2], before[1]):
            found[name] = point
    return list(found.values())


def _rows(run_id: str, points: "Sequence[Point] | dict[Point, None]") -> list[dict[str, object]]:
    return [
        {"run_uuid": run_id, "key": name, "value": value, "timestamp": when, "step": step, "is_nan": False}
        for name, value, when, step in points
    ]
