"""The bounds that could as well have been chosen: none that no number can reach, none that leaves out what the claim says."""

import math
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.claims.claim import Claim
from sandbox.claims.judge import judge
from sandbox.claims.measures import Paired
from sandbox.claims.sensitivity import UNLIMITED, other_bounds
from sandbox.claims.verdict import Interval, Verdict, above, below

CORRELATION = (-1.0, 1.0)


@pytest.mark.parametrize(
    ("prediction", "statistic", "limits", "others"),
    [
        (Interval(0.9, 1.0), "share", UNLIMITED, [(0.818, 1), (0.947, 1)]),
        (above(0.5), "median", CORRELATION, [(0.2, math.inf), (0.714, math.inf)]),
        (below(-0.5), "median", CORRELATION, [(-math.inf, -0.714), (-math.inf, -0.2)]),
        (Interval(-1.0, 0.5), "median", CORRELATION, [(-1, 0.2), (-1, 0.714)]),
        (Interval(0.1, 10.0, "()"), "median", UNLIMITED, [(0.316, 3.16), (0.01, 100)]),
        (Interval(-1.1, -0.9), "median", UNLIMITED, [(-1.05, -0.946), (-1.22, -0.814)]),
        (Interval(1.0, 10.0), "median", (1.0, math.inf), [(1, 5), (1, 20)]),
        (Interval(-0.01, 0.01), "median", UNLIMITED, [(-0.005, 0.005), (-0.02, 0.02)]),
        (above(2.0), "median", UNLIMITED, [(1, math.inf), (4, math.inf)]),
        (Interval(0.0, 0.5, "()"), "median", UNLIMITED, [(0, 0.25), (0, 1)]),
        (Interval(0.9, 1.0), "median", UNLIMITED, [(0.818, 1), (0.947, 1)]),
        (Interval(-1.0, 0.3), "rank_correlation", UNLIMITED, [(-1, 0.15), (-1, 0.5)]),
        (above(0.0), "median", UNLIMITED, []),
        (Interval(0.0, 0.0), "all", UNLIMITED, []),
    ],
)
def test_a_bound_moves_on_the_scale_that_its_number_has(
    prediction: Interval, statistic: str, limits: tuple[float, float], others: list[tuple[float, float]]
) -> None:
    found = [each for _, each in other_bounds(prediction, statistic, limits)]
    assert [(each.low, each.high) for each in found] == [pytest.approx(ends, rel=0.005) for ends in others]
    assert all(each.ends == prediction.ends for each in found)


@given(st.floats(-0.99, 0.99), st.sampled_from([above, below]))
def test_no_bound_is_moved_beyond_what_a_number_can_be(bound: float, side: Callable[[float], Interval]) -> None:
    for _, moved in other_bounds(side(bound), "median", CORRELATION):
        assert any(-1 < end < 1 for end in (moved.low, moved.high))


@given(st.floats(0.01, 0.99), st.floats(1.01, 100))
def test_what_keeps_a_size_is_in_every_interval_around_one(low: float, high: float) -> None:
    middle = math.sqrt(low * high)
    for _, moved in other_bounds(Interval(low, high), "median"):
        assert moved.contains(middle)


@pytest.mark.parametrize(
    ("prediction", "others"),
    [
        (above(1.0), []),
        (above(1.05), [(1.025, math.inf), (1.1025, math.inf)]),
        (above(4.0), [(2, math.inf), (16, math.inf)]),
        (below(1.0), []),
        (below(0.9), [(-math.inf, 0.949), (-math.inf, 0.81)]),
        (Interval(0.0, 0.9), [(0, 0.949), (0, 0.81)]),
    ],
)
def test_of_a_ratio_of_two_arms_one_is_where_they_are_equal(
    prediction: Interval, others: list[tuple[float, float]]
) -> None:
    found = [each for _, each in other_bounds(prediction, "median", ratio=True)]
    assert [(each.low, each.high) for each in found] == [pytest.approx(ends, rel=0.001) for ends in others]


def test_a_judge_moves_a_ratios_bound_as_a_ratio_and_tells_of_equal_pairs_only_where_they_count() -> None:
    table = pd.DataFrame(
        [
            {"arm": arm, "replicate": r, "steps": 20.0 + r + 30 * (arm == "slow")}
            for arm in ("fast", "slow")
            for r in range(60)
        ]
    )

    def judged(effect: Any, bound: float, margin: float = 0.0, **more: Any) -> Verdict:
        measure = Paired("steps", {"arm": "fast"}, {"arm": "slow"}, effect, margin=margin)
        claim = Claim(
            "c", "Fast is faster.", "own", above(bound), "none", measure, "none: counted", statistic="median", **more
        )
        return judge(claim, table)

    assert [each.name for each in judged("ratio", 1.0).sensitivity if "bound" in each.name] == []
    assert "a bound of 1.02 in place of 1.05" in {each.name for each in judged("ratio", 1.05).sensitivity}
    assert "a bound of 2.5 in place of 5" in {each.name for each in judged("difference", 5.0).sensitivity}
    assert judged("difference", 5.0).same is None and judged("difference", 5.0, 1.0).same == 0.0
    limited = judged("difference", 0.5, limits=(-1.0, 1.0)).sensitivity
    assert "a bound of 0.2 in place of 0.5" in {each.name for each in limited}
