"""Records that stand in line for their store while other runs are under way."""

import os
import threading
import time
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from sandbox.tracking import line as line_module
from sandbox.tracking.line import AHEAD, AT_ONCE, ENOUGH, Line, beside, line_of
from sandbox.tracking.spool import WAITING, Entry
from sandbox.tracking.store import RETRIES, TIMEOUT, Store, brief

SERVER = Store("server", "http://127.0.0.1:9", None)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A server that takes a record only when it is let."""
    seen: dict[str, Any] = {"taken": [], "now": 0, "most": 0, "let": threading.Event()}
    lock = threading.Lock()

    def settle(store: Store, entry: Entry) -> str:
        with lock:
            seen["now"] += 1
            seen["most"] = max(seen["most"], seen["now"])
        assert seen["let"].wait(30)
        with lock:
            seen["now"] -= 1
            seen["taken"].append(entry.id)
        return f"run {entry.id}"

    monkeypatch.setattr(line_module, "settle", settle)
    return seen


def _entry(i: int) -> Entry:
    return Entry(Path(f"/nowhere/{i:03d}"))


def test_a_run_is_known_by_its_record_until_the_server_has_taken_it(slow: dict[str, Any]) -> None:
    with beside() as line:
        assert line_of() is line
        name = line.take(SERVER, _entry(1))
        assert name == f"{WAITING}001"
        slow["let"].set()
    assert line.arrived(name) == "run 001"
    assert line.arrived("another one") == "another one"
    assert line_of() is None


def test_one_that_goes_wrong_on_its_way_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def settle(store: Store, entry: Entry) -> str:
        if entry.id == "001":
            raise TimeoutError("another process holds it")
        return f"run {entry.id}"

    monkeypatch.setattr(line_module, "settle", settle)
    with beside() as line:
        names = [line.take(SERVER, _entry(i)) for i in range(3)]
    assert [line.arrived(name) for name in names] == ["run 000", f"{WAITING}001", "run 002"]


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A database that notes what it was told together, and takes it unless it is `odd`; those it is told again, alone."""
    seen: dict[str, Any] = {"together": [], "alone": [], "let": threading.Event()}

    def settle_together(store: Store, entries: list[Entry]) -> dict[str, str]:
        assert seen["let"].wait(30)
        seen["together"].append([entry.id for entry in entries])
        return {} if any(entry.id == "odd" for entry in entries) else {entry.id: f"run {entry.id}" for entry in entries}

    def settle(store: Store, entry: Entry) -> str:
        seen["alone"].append(entry.id)
        if entry.id == "odd":
            raise TimeoutError("another process holds it")
        return f"run {entry.id}"

    monkeypatch.setattr(line_module, "settle_together", settle_together)
    monkeypatch.setattr(line_module, "settle", settle)
    return seen


DATABASE = Store("local", "sqlite:////nowhere/mlflow.db", Path("/nowhere"))


def test_a_database_is_told_what_has_come_together_in_its_order(database: dict[str, Any]) -> None:
    database["let"].set()
    with beside() as line:
        names = [line.take(DATABASE, _entry(i)) for i in range(5)]
    assert [line.arrived(name) for name in names] == [f"run {i:03d}" for i in range(5)]
    assert [*chain(*database["together"])] == [f"{i:03d}" for i in range(5)]
    assert len(database["together"]) <= 2 and not database["alone"]


def test_a_run_that_nobody_follows_is_not_kept_back(database: dict[str, Any]) -> None:
    database["let"].set()
    with beside() as line:
        for i in range(2):
            name = line.take(DATABASE, _entry(i))
            assert line.arrived(name) == f"run {i:03d}"  # though the line has not ended
    assert database["together"] == [["000"], ["001"]]


def test_who_brings_a_run_tells_the_database_where_the_first_has_waited_long_enough(
    database: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_module.Group, "watch", lambda _: None)  # no thread does
    monkeypatch.setattr(line_module, "TOGETHER", 0.05)
    database["let"].set()
    with beside() as line:
        for i in range(2):
            line.take(DATABASE, _entry(i))
            time.sleep(0.1)
        assert database["together"] == [["000", "001"]]


def test_many_do_not_wait_for_each_other_longer_than_they_come(
    database: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_module, "TOGETHER", 60)
    database["let"].set()
    with beside() as line:
        names = [line.take(DATABASE, _entry(i)) for i in range(ENOUGH)]
        assert [line.arrived(name) for name in names] == [f"run {i:03d}" for i in range(ENOUGH)]
    assert database["together"] == [[f"{i:03d}" for i in range(ENOUGH)]]


def test_one_that_a_database_does_not_take_is_tried_alone_and_so_are_those_that_came_with_it(
    database: dict[str, Any],
) -> None:
    with beside() as line:
        names = [line.take(DATABASE, entry) for entry in (_entry(1), Entry(Path("/nowhere/odd")), _entry(2))]
        database["let"].set()
    assert [line.arrived(name) for name in names] == ["run 001", f"{WAITING}odd", "run 002"]
    assert database["alone"] == ["001", "odd", "002"]


def test_who_breaks_off_tells_a_database_what_has_come(
    database: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted() -> None:
        with beside() as line:
            for i in range(3):
                line.take(DATABASE, _entry(i))
            raise KeyboardInterrupt

    monkeypatch.setattr(line_module, "TOGETHER", 60)
    database["let"].set()
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert database["together"] == [["000", "001", "002"]]


@pytest.mark.parametrize("where", ["settle_together", "settle"])
def test_what_an_interrupt_keeps_from_a_database_it_is_told_at_the_end(
    database: dict[str, Any], monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    usual, interrupts = getattr(line_module, where), [KeyboardInterrupt]

    def interrupted(*given: Any) -> Any:
        if interrupts:
            raise interrupts.pop()
        return usual(*given)

    def work() -> None:
        with beside() as line:
            names.extend(line.take(DATABASE, entry) for entry in (Entry(Path("/nowhere/odd")), _entry(1)))
            lines.append(line)
            line.group.tell()  # type: ignore[union-attr] # there is one

    names: list[str] = []
    lines: list[Line] = []
    monkeypatch.setattr(line_module, "TOGETHER", 60)
    monkeypatch.setattr(line_module, where, interrupted)
    database["let"].set()
    with pytest.raises(KeyboardInterrupt):
        work()
    assert not interrupts
    assert [lines[0].arrived(name) for name in names] == [f"{WAITING}odd", "run 001"]


def test_a_group_that_fails_altogether_is_told_one_by_one(
    database: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> dict[str, str]:
        raise ZeroDivisionError

    monkeypatch.setattr(line_module, "settle_together", fails)
    with beside() as line:
        names = [line.take(DATABASE, _entry(i)) for i in range(2)]
    assert [line.arrived(name) for name in names] == ["run 000", "run 001"]


def test_so_many_are_under_way_and_so_many_wait_and_no_more(slow: dict[str, Any]) -> None:
    with beside() as line:
        for i in range(AHEAD):
            line.take(SERVER, _entry(i))
        one_more = threading.Thread(target=line.take, args=(SERVER, _entry(AHEAD)))
        one_more.start()
        one_more.join(0.3)
        assert one_more.is_alive()  # whoever makes more waits
        slow["let"].set()
        one_more.join(30)
        assert not one_more.is_alive()
    assert slow["most"] == AT_ONCE
    assert sorted(slow["taken"]) == [f"{i:03d}" for i in range(AHEAD + 1)]


def test_who_breaks_off_does_not_wait_for_those_in_line(slow: dict[str, Any]) -> None:
    begun = time.monotonic()

    def interrupted() -> None:
        with beside() as line:
            for i in range(AHEAD):
                line.take(SERVER, _entry(i))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert time.monotonic() - begun < 10
    assert not slow["taken"]
    slow["let"].set()
    time.sleep(0.3)
    assert len(slow["taken"]) <= AT_ONCE  # the others stay on the disk


def test_what_the_user_asks_of_requests_is_back_when_the_last_thread_is_no_longer_brief(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(RETRIES, "5")
    monkeypatch.delenv(TIMEOUT, raising=False)
    first, second = brief(2), brief(retries_only=True)
    with first:
        second.__enter__()
        assert (os.environ[RETRIES], os.environ[TIMEOUT]) == ("0", "2")
    assert os.environ[RETRIES] == "0"  # the second one is still inside
    second.__exit__(None, None, None)
    assert os.environ[RETRIES] == "5"
    assert TIMEOUT not in os.environ
