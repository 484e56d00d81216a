"""Interleaved times: fair to every way, and the shortest counts."""

import time

import pytest

from sandbox.analysis.timing import interleaved


def test_every_way_takes_its_turn_in_every_round_and_each_begins_once() -> None:
    order: list[int] = []
    interleaved([lambda i=i: order.append(i) for i in range(3)], rounds=3)  # type: ignore[misc]
    assert order == [0, 1, 2, 1, 2, 0, 2, 0, 1]


def test_the_shortest_time_of_each_way_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    pauses = {"a": [3.0, 1.0, 2.0], "b": [5.0, 9.0, 7.0]}

    def way(name: str) -> None:
        now[0] += pauses[name].pop(0)

    assert interleaved([lambda: way("a"), lambda: way("b")], rounds=3) == [1.0, 5.0]
