"""Records that stand in line for a server while other runs are under way."""

import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from sandbox.tracking import line as line_module
from sandbox.tracking.line import AHEAD, AT_ONCE, beside, line_of
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
        assert line_of(SERVER) is line
        name = line.take(SERVER, _entry(1))
        assert name == f"{WAITING}001"
        slow["let"].set()
    assert line.arrived(name) == "run 001"
    assert line.arrived("another one") == "another one"
    assert line_of(SERVER) is None


def test_one_that_goes_wrong_on_its_way_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def settle(store: Store, entry: Entry) -> str:
        if entry.id == "001":
            raise TimeoutError("another process holds it")
        return f"run {entry.id}"

    monkeypatch.setattr(line_module, "settle", settle)
    with beside() as line:
        names = [line.take(SERVER, _entry(i)) for i in range(3)]
    assert [line.arrived(name) for name in names] == ["run 000", f"{WAITING}001", "run 002"]


def test_the_embedded_store_takes_its_runs_at_once(tmp_path: Path) -> None:
    with beside():
        assert line_of(Store("local", f"sqlite:///{tmp_path}/mlflow.db", tmp_path)) is None


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
