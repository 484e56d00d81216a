"""Runs that go straight into a database's tables, many at once."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox import tracking
from sandbox.config.schema import TrackingConfig
from sandbox.tracking import bundle, delivery, rows, spool
from sandbox.tracking.experiments import experiment_id
from sandbox.tracking.line import beside
from sandbox.tracking.spool import WAITING, Entry, Record
from sandbox.tracking.store import Store, client
from tests.support.records import record_run

DATA = {"name": "moons", "digest": "12ab", "source_type": "local", "source": '{"uri": "moons"}', "profile": "{}"}
POINTS = [("J", 0, 0.5), ("J", 10, 0.25), ("J", 10, 0.25), ("b/layer01", 0, -1e308), ("J", 5, 0.125)]
POINTS += [("tie", 3, 1.0), ("tie", 3, 2.0), ("tie", 3, 1.5), ("whole", 2**40, 3.0)]
PLAIN = Record("sandbox", "plain", params={"a": "1", "long": "x" * 6000}, tags={"mlflow.user": "somebody", "kind": "run"}, started=100, ended=200)  # fmt: skip
RECORDS = (
    PLAIN,
    replace(PLAIN, name="with data", dataset=DATA, metrics=POINTS, id=spool.new_id()),
    replace(PLAIN, name="failed", status="FAILED", dataset=DATA, params={}, id=spool.new_id()),
    replace(PLAIN, name="other data", dataset=DATA | {"digest": "34cd"}, metrics=[("J", 0, 1.0)], id=spool.new_id()),
    replace(
        PLAIN, experiment="another", tags={bundle.NOTE: f"replay {bundle.THIS_RUN}"}, dataset=DATA, id=spool.new_id()
    ),
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = tracking.resolve(TrackingConfig(directory=str(tmp_path / "ours")))
    tracking.prepare(made)
    return made


def kept(
    store: Store, records: Sequence[Record], files: Sequence[str] = ("config.yaml", "in the page/card.svg")
) -> list[Entry]:
    def write(folder: Path) -> None:
        for name in files:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(name)

    return [spool.keep(store, record, write) for record in records]


TABLES = ("runs", "params", "tags", "metrics", "latest_metrics", "datasets", "inputs", "input_tags")


def said(store: Store) -> dict[str, list[str]]:
    """All rows of a store's runs, with what they stand for instead of the ids that were drawn for them."""
    with closing(sqlite3.connect(str(store.database))) as connection:
        drawn = dict(connection.execute("SELECT run_uuid, value FROM tags WHERE key = 'record.id'"))
        drawn |= dict(
            connection.execute("SELECT dataset_uuid, 'data ' || experiment_id || name || digest FROM datasets")
        )
        drawn |= {link: f"{drawn[data]} of {drawn[run]}" for link, data, run in connection.execute("SELECT input_uuid, source_id, destination_id FROM inputs")}  # fmt: skip
        found = {table: sorted(map(repr, connection.execute(f"SELECT * FROM {table}"))) for table in TABLES}  # noqa: S608

    def plain(row: str) -> str:
        for identifier, meaning in drawn.items():
            row = row.replace(identifier, meaning)
        return row.replace("/theirs/", "/ours/")

    return {table: sorted(map(plain, each)) for table, each in found.items()}


def step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "fit", lambda *_: False)


@pytest.mark.parametrize("together", [True, False])
def test_they_are_the_rows_and_files_that_mlflows_client_makes(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: bool
) -> None:
    theirs = tracking.resolve(TrackingConfig(directory=str(tmp_path / "theirs")))
    tracking.prepare(theirs)
    entries = kept(store, RECORDS)
    if together:
        assert len(delivery.settle_together(store, entries)) == len(RECORDS)
    else:
        assert not any(delivery.settle(store, entry).startswith(WAITING) for entry in entries)
    step_by_step(monkeypatch)
    assert not any(delivery.settle(theirs, entry).startswith(WAITING) for entry in kept(theirs, RECORDS))
    ours = said(store)
    assert ours == said(theirs)
    assert [len(ours[table]) for table in ("runs", "datasets", "inputs", "metrics")] == [5, 3, 4, 9]
    for run in client(store).search_runs([experiment_id(store, name) for name in ("sandbox", "another")]):
        assert client(store).download_artifacts(run.info.run_id, "in the page/card.svg", str(tmp_path))
    assert not tracking.waiting(store) and not [*(tmp_path / "ours" / ".spool").glob("*.lock")]


def test_all_come_or_none_and_one_that_stands_in_the_way_keeps_back_no_other(store: Store) -> None:
    good, bad = kept(store, [RECORDS[1], replace(PLAIN, params={"x": "\ud800"}, id=spool.new_id())])
    assert delivery.settle_together(store, [good, bad]) == {} and good.waiting
    assert not any(said(store).values())
    with beside() as line:
        names = [line.take(store, entry) for entry in (good, bad)]
    assert not line.arrived(names[0]).startswith(WAITING)
    assert line.arrived(names[1]) == names[1]
    (aside,) = spool.aside(store)  # or each delivery would try it again, for ever
    assert aside.id == bad.id and "surrogates not allowed" in str(aside.noted("reason"))
    assert not tracking.waiting(store)


def test_one_that_another_process_delivers_meanwhile_is_left_to_it(store: Store) -> None:
    ours, theirs = kept(store, [replace(RECORDS[1], id=spool.new_id()) for _ in range(2)])
    with theirs.lock(0):
        assert [*delivery.settle_together(store, [ours, theirs])] == [ours.id]
    assert theirs.waiting and not ours.waiting


def test_runs_that_come_together_are_neighbours_in_an_index_and_all_others_as_well_told_apart() -> None:
    morning = 2**44 * 100_000  # nanoseconds
    records = [f"{morning + i * 20_000_000:020d}-{i % 7:012x}" for i in range(500)]  # ten seconds of them
    ids = [rows.id_of(record) for record in records]
    assert ids == sorted(ids)
    assert len({run[:12] for run in ids}) == 500 and {len(run) for run in ids} == {32}  # 12 are shown
    at_once = {rows.id_of(f"{morning:020d}-{i:012x}")[:12] for i in range(500)}
    assert len(at_once) == 500 and all(run.isalnum() for run in at_once)
    assert len(rows.id_of("of no time")) == 32


def test_who_died_after_the_rows_were_there_leaves_a_record_that_is_the_same_run(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = kept(store, RECORDS[:3])
    with monkeypatch.context() as patch:
        patch.setattr(Entry, "remove", lambda _: (_ for _ in ()).throw(OSError("killed")))
        assert delivery.settle_together(store, entries) == {}
    before = said(store)
    assert len(before["runs"]) == 3
    told = delivery.settle_together(store, entries)
    assert told == {entry.id: rows.id_of(entry.id) for entry in entries}
    assert said(store) == before and not tracking.waiting(store)


def test_data_that_another_process_records_first_are_the_same_data(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = kept(store, RECORDS[1:3])
    found = rows._found
    asked: list[Any] = []

    def late(session: Any, column: Any, *conditions: Any) -> set[Any]:
        answer = found(session, column, *conditions)
        if column.name == "dataset_uuid":
            asked.append(answer)
            return set() if len(asked) == 1 else answer  # as if the other one's came in between
        return answer

    delivery.settle(store, first)
    monkeypatch.setattr(rows, "_found", late)
    assert not delivery.settle(store, second).startswith(WAITING)
    assert len(asked) == 2 and len(said(store)["datasets"]) == 1 and len(said(store)["inputs"]) == 2


def _deleted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    client(store).delete_experiment(experiment_id(store, "sandbox"))


def _renamed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("mlflow.store.tracking.dbmodels.models.SqlLatestMetric")


@pytest.mark.parametrize(("meanwhile", "taken"), [(_deleted, False), (_renamed, True)])
def test_what_the_tables_do_not_take_mlflow_is_told(
    store: Store, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[Store, pytest.MonkeyPatch], None], taken: bool
) -> None:
    """An experiment in the bin, which it refuses; and another MLflow, in which the tables have other names."""
    experiment_id(store, "sandbox")
    entries = kept(store, RECORDS[:2])
    meanwhile(store, monkeypatch)
    assert delivery.settle_together(store, entries) == {}
    runs = [delivery.settle(store, entry) for entry in entries]
    assert [run.startswith(WAITING) for run in runs] == [not taken] * 2
    assert len(spool.aside(store)) == (0 if taken else 2)
    if taken:
        assert all(run != rows.id_of(entry.id) for run, entry in zip(runs, entries, strict=True))
    folders = {path.name for path in (Path(str(store.directory)) / "artifacts").glob("*/*")}
    assert folders == (set(runs) if taken else set())


@pytest.mark.parametrize(
    "record",
    [
        replace(PLAIN, target="a run that is there"),
        replace(PLAIN, status="RUNNING"),
        replace(PLAIN, metrics=[("J", 0, float("inf"))]),
        replace(PLAIN, metrics=[("J", 0, float("nan"))]),
        replace(PLAIN, name=""),
        replace(PLAIN, started=0),
    ],
)
def test_what_no_row_holds_as_it_is_and_what_goes_on_mlflow_is_told(store: Store, record: Record) -> None:
    assert rows.fit(store, PLAIN) and not rows.fit(store, record)
    assert not rows.fit(Store("server", "http://127.0.0.1:9"), PLAIN)


def test_a_run_that_replaces_one_of_its_own_group_comes_after_it(store: Store) -> None:
    sweep = tracking.start_sweep(store, "sandbox", "sweep")
    with beside() as line:
        failed = record_run(store, "sandbox", "first", config={}, config_yaml="", parent=sweep, error="Traceback")
        again = record_run(
            store, "sandbox", "again", config={}, config_yaml="", parent=sweep, tags={"replaces": failed}
        )
    assert client(store).get_run(line.arrived(again)).data.tags["replaces"] == line.arrived(failed)
