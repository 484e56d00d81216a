"""Points that go straight into a database's tables."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sandbox import tracking
from sandbox.config.schema import TrackingConfig
from sandbox.tracking import points, spool
from sandbox.tracking.delivery import experiment_id
from sandbox.tracking.store import Store, client

POINTS = [("J", 0.5, 100, 0), ("J", 0.25, 200, 10), ("J", 0.25, 200, 10), ("b/layer01", -1e308, 100, 0), ("J", 0.125, 150, 5)]  # fmt: skip
POINTS += [("tie", 1.0, 100, 3), ("tie", 2.0, 100, 3), ("tie", 1.5, 100, 3), ("whole", 3, 100, 2**40)]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = tracking.resolve(TrackingConfig(directory=str(tmp_path)))
    tracking.prepare(made)
    return made


def rows(store: Store, run: str) -> list[list[tuple[object, ...]]]:
    columns = "key, value, typeof(value), timestamp, step, is_nan"
    with closing(sqlite3.connect(str(store.database))) as connection:
        tables = [f"SELECT {columns} FROM {table} WHERE run_uuid = ?" for table in ("metrics", "latest_metrics")]  # noqa: S608
        return [connection.execute(f"{query} ORDER BY key, step, value", (run,)).fetchall() for query in tables]


def test_they_are_the_rows_that_mlflows_client_makes_and_what_is_there_is_left_to_it(store: Store) -> None:
    from mlflow.entities import Metric

    api = client(store)
    ours, theirs = (api.create_run(experiment_id(store, "sandbox")).info.run_id for _ in range(2))
    assert points.fit(store, POINTS) and points.put(api, ours, POINTS)
    api.log_batch(theirs, metrics=[Metric(*point) for point in POINTS])
    assert rows(store, ours) == rows(store, theirs)
    assert [len(table) for table in rows(store, ours)] == [8, 4]
    before = rows(store, ours)
    assert not points.put(api, ours, [("new", 1.0, 100, 0), POINTS[0]]), "one of them is there"
    assert rows(store, ours) == before, "all or none"


def test_what_no_column_holds_and_what_a_server_is_to_take_goes_mlflows_way(store: Store) -> None:
    assert not points.fit(store, [])
    assert not points.fit(store, [("J", float("inf"), 100, 0)])
    assert not points.fit(Store("server", "http://127.0.0.1:9"), POINTS)


def test_another_mlflow_whose_tables_have_other_names_takes_them_itself(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = client(store)
    run = api.create_run(experiment_id(store, "sandbox")).info.run_id
    monkeypatch.delattr("mlflow.store.tracking.dbmodels.models.SqlLatestMetric")
    assert not points.put(api, run, POINTS) and rows(store, run) == [[], []]


def test_what_is_not_taken_straight_is_told_mlflows_way(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "put", lambda *_: False)
    record = spool.Record("sandbox", "one", metrics=[("J", 0, 0.5), ("J", 1, 0.25)], started=100, ended=200)
    spool.keep(store, record, lambda folder: None)
    assert tracking.deliver_all(store).taken == 1
    (run,) = client(store).search_runs([experiment_id(store, "sandbox")])
    assert [row[:2] for row in rows(store, run.info.run_id)[0]] == [("J", 0.5), ("J", 0.25)]
