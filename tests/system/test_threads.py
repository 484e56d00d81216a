"""Threads: never more than were given, and each piece of work done once."""

import os
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import pytest

from sandbox.system.errors import InputError
from sandbox.system.threads import available_cores, side_by_side, threads
from tests.support.fresh import said


def test_threads_keep_to_what_the_launcher_gave() -> None:
    assert threads({}) == available_cores()
    assert threads({"NUMBA_NUM_THREADS": "3"}) == 3
    assert threads({"SANDBOX_THREADS": "5", "NUMBA_NUM_THREADS": "3"}) == 5
    assert threads({"RAY_JOB_ID": "01000000"}) == 1
    with pytest.raises(InputError, match="SANDBOX_THREADS: expected"):
        threads({"SANDBOX_THREADS": "many"})


def test_a_worker_has_one_thread() -> None:
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(threads, {}).result() == 1
    with ProcessPoolExecutor(1, get_context("spawn")) as processes:
        assert processes.submit(threads, {}).result() == 1


@pytest.mark.parametrize("workers", [1, 2, 3, 50])
def test_work_side_by_side_is_done_once_and_answered_in_order(workers: int) -> None:
    begun: list[int] = []

    def work(item: int) -> int:
        begun.append(item)
        return item * item

    for _ in range(20):  # the same threads again
        begun.clear()
        assert side_by_side(work, range(40), workers) == [item * item for item in range(40)]
        assert sorted(begun) == list(range(40))


@pytest.mark.parametrize("failing", range(4))
def test_a_failure_side_by_side_is_raised_and_ends_the_rest(failing: int) -> None:
    begun: list[int] = []

    def work(item: int) -> None:
        begun.append(item)
        if item == failing:
            raise KeyError(item)
        time.sleep(0.01)

    with pytest.raises(KeyError, match=str(failing)):
        side_by_side(work, range(1000), 2)
    assert len(begun) < 1000
    before = list(begun)
    time.sleep(0.05)
    assert begun == before


def test_work_side_by_side_may_have_its_own() -> None:
    def outer(item: int) -> list[int]:
        return side_by_side(lambda inner: 10 * item + inner, range(5), 3)

    assert side_by_side(outer, range(30), 20) == [[10 * item + inner for inner in range(5)] for item in range(30)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_work_side_by_side_goes_on_in_a_forked_process() -> None:
    assert said("threads_after_fork") == ["0"]
