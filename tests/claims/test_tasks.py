"""A new task: what is said of it comes true as often as it is said to."""

import math

import numpy as np
import pytest
from scipy import stats

from sandbox.claims.tasks import new_task
from sandbox.claims.verdict import Interval, above

NEARLY_ALWAYS = Interval(0.9, 1)


def known(numbers: list[float]) -> list[tuple[float, float]]:
    return [(x, x) for x in numbers]


@pytest.mark.parametrize("tried", [3, 6, 12])
def test_a_new_task_lies_within_as_often_as_stated_whatever_the_distribution(tried: int) -> None:
    rng = np.random.default_rng(tried)
    numbers = rng.beta(0.3, 0.2, (4000, tried + 1))  # near 0 or near 1
    found = [new_task(known(row[:-1].tolist()), NEARLY_ALWAYS) for row in numbers]
    within = np.mean(
        [task is not None and task.interval.contains(row[-1]) for task, row in zip(found, numbers, strict=True)]
    )
    chance = (tried - 1) / (tried + 1)
    assert found[0] is not None and found[0].chance == chance
    assert within == pytest.approx(chance, abs=4 * math.sqrt(chance * (1 - chance) / 4000))


def test_the_share_of_new_tasks_is_scipys_exact_interval() -> None:
    task = new_task(known([0.95, 0.99, 0.2, 1.0, 0.91]), NEARLY_ALWAYS)
    scipys = stats.binomtest(4, 5).proportion_ci(0.95, "exact")
    assert task is not None and (task.inside, task.tried) == (4, 5)
    assert (task.share.low, task.share.high) == pytest.approx((scipys.low, scipys.high))
    assert "probability 4 in 6" in str(task)


def test_what_is_unknown_of_a_task_stays_unknown() -> None:
    task = new_task([(1.0, 1.0), (0.0, 1.0), (0.95, 0.95)], NEARLY_ALWAYS)
    assert task is not None and task.inside == 2
    assert task.interval == Interval(0, 1)
    assert task.share.high == 1
    nothing = new_task([(math.nan, math.nan)] * 3, above(0))
    assert nothing is not None and (nothing.inside, nothing.share) == (0, Interval(0, 1))


def test_two_tasks_say_nothing_of_a_third() -> None:
    assert new_task(known([1.0, 1.0]), NEARLY_ALWAYS) is None
