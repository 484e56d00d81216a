"""Intervals: known values, the identity with SciPy's, and what strata, ties, censoring and degenerate samples do."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sandbox.claims.statistics import STATISTICS, Estimate, fewest_replicates, ranks_without, spearman
from sandbox.system.errors import InputError

INF = math.inf


def estimate(statistic: str, *strata: pd.DataFrame, level: float = 0.95) -> Estimate:
    return STATISTICS[statistic].estimate(list(strata), level, 0.0)


def known(values: Any) -> pd.DataFrame:
    return pd.DataFrame({"low": np.asarray(values, float), "high": np.asarray(values, float)})


def test_a_share_has_the_exact_binomial_interval() -> None:
    result = estimate("share", known([1] * 17 + [0] * 3))
    assert result.value == 0.85
    assert result[1:3] == pytest.approx(tuple(stats.binomtest(17, 20).proportion_ci(0.95)), abs=1e-12)


def test_twenty_wins_of_twenty_leave_the_share_open() -> None:
    """With no loss in n pairs the lower end solves low^n = error / 2."""
    result = estimate("share", known([1] * 20))
    assert result.low == pytest.approx(0.025 ** (1 / 20), rel=1e-9)
    assert result.high == 1


@pytest.mark.parametrize("level", [0.95, 0.999, 0.99999])
def test_the_fewest_replicates_are_the_first_that_suffice(level: Any) -> None:
    n = fewest_replicates("share", 0.9, 1.0, level)
    assert estimate("share", known([1] * n), level=level).low >= 0.9
    assert estimate("share", known([1] * (n - 1)), level=level).low < 0.9
    n = fewest_replicates("median", 0.0, INF, level)
    assert estimate("median", known(np.arange(n)), level=level).low == 0
    assert estimate("median", known(np.arange(n - 1)), level=level).low == -INF


def test_half_a_win_widens_the_interval_on_both_sides() -> None:
    result = estimate("share", known([1] * 10 + [0.5] + [0] * 9))
    assert result.low == estimate("share", known([1] * 10 + [0] * 10)).low
    assert result.high == estimate("share", known([1] * 11 + [0] * 9)).high
    assert result.value == pytest.approx(10.5 / 20)


def test_a_share_of_something_else_than_numbers_in_0_1_is_an_error() -> None:
    with pytest.raises(InputError, match="expected numbers in"):
        estimate("share", known([0.0, 2.0]))


@pytest.mark.parametrize(("n", "level"), [(20, 0.95), (21, 0.99), (80, 0.999)])
def test_a_median_has_scipys_order_statistic_interval(n: Any, level: Any) -> None:
    values = np.random.default_rng(n).normal(size=n)
    scipys: Any = stats.quantile_test(values, q=0, p=0.5).confidence_interval(level)
    result = estimate("median", known(values), level=level)
    assert result[:3] == (np.median(values), scipys.low, scipys.high)


def test_a_median_does_not_mind_infinities_on_one_side() -> None:
    values = np.arange(21.0)
    censored = np.where(values > 16, INF, values)
    assert estimate("median", known(censored)) == estimate("median", known(values))


def test_a_median_beyond_the_budget_is_said_to_be_so() -> None:
    late = pd.DataFrame({"low": [100.0] * 21, "high": [INF] * 21})
    result = estimate("median", late)
    assert result == (100.0, 100.0, INF, "at least: censored by the budget")
    nothing = pd.DataFrame({"low": [-INF] * 21, "high": [INF] * 21})
    assert estimate("median", nothing)[1:] == (-INF, INF, "not reached")


@pytest.mark.parametrize("statistic", ["share", "median", "mean", "rank_correlation"])
def test_repeating_a_stratum_adds_no_evidence(statistic: Any) -> None:
    """Strata share their replicates' initial weights, so they may be copies of each other."""
    rng = np.random.default_rng(1)
    frame = known(rng.random(40)).assign(dose=rng.random(40), response=rng.random(40))
    once, thrice = estimate(statistic, frame), estimate(statistic, frame, frame, frame)
    width = once.high - once.low
    assert thrice.high - thrice.low >= (1 - 1e-9) * width
    assert thrice.value == pytest.approx(once.value)


def test_a_mean_has_at_least_students_interval_and_says_where_it_has_none() -> None:
    values = np.random.default_rng(2).normal(size=30)
    student = stats.ttest_1samp(values, 0).confidence_interval(0.99)
    result = estimate("mean", known(values), level=0.99)
    assert result.low <= student.low + 1e-12
    assert result.high >= student.high - 1e-12
    assert result == estimate("mean", known(values), level=0.99)  # a seed of its own
    assert estimate("mean", known([0.25] * 20)) == (0.25, 0.25, 0.25, "all replicates equal")
    assert estimate("mean", known([1.0, INF]))[1:3] == (-INF, INF)
    assert estimate("mean", known([1.0]))[1:3] == (-INF, INF)


def test_spearman_is_scipys_even_with_ties() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.integers(0, 5, (2, 30)).astype(float)
    assert spearman(x[:, None], y[:, None]).item() == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-14)


def test_ranks_without_one_are_the_ranks_of_the_others() -> None:
    x = np.random.default_rng(6).integers(0, 5, (12, 2)).astype(float)
    for left_out, ranks in enumerate(ranks_without(x)):
        others = np.delete(x, left_out, axis=0)
        np.testing.assert_array_equal(np.delete(ranks, left_out, axis=0), stats.rankdata(others, axis=0) - 6)
        assert not ranks[left_out].any()


def test_a_rank_correlation_sees_only_ranks_and_changes_sign_with_the_response() -> None:
    rng = np.random.default_rng(4)
    dose = rng.random(40)
    frame = pd.DataFrame({"dose": dose, "response": dose + rng.random(40)})
    result = estimate("rank_correlation", frame)
    assert estimate("rank_correlation", frame.assign(response=np.exp(9 * frame["response"]))) == result
    turned = estimate("rank_correlation", frame.assign(response=-frame["response"]))
    assert (turned.value, turned.low, turned.high) == pytest.approx((-result.value, -result.high, -result.low))


def test_a_perfect_rank_correlation_keeps_a_wide_interval_and_a_constant_one_knows_nothing() -> None:
    dose = np.arange(20.0)
    perfect = estimate("rank_correlation", pd.DataFrame({"dose": dose, "response": dose}))
    assert 0.5 < perfect.low < 0.95 < perfect.high
    flat = estimate("rank_correlation", pd.DataFrame({"dose": dose, "response": 1.0}))
    assert flat[1:3] == (-1, 1)


def ratio_frame(numerator: Any, denominator: Any, budget: float = INF) -> pd.DataFrame:
    return pd.DataFrame({"numerator": numerator, "denominator": denominator, "budget": budget})


def test_a_ratio_of_medians_ignores_units_and_inverts_when_arms_are_swapped() -> None:
    rng = np.random.default_rng(5)
    slow, fast = rng.lognormal(1, 1, 41), rng.lognormal(0, 1, 41)
    result = estimate("ratio_of_medians", ratio_frame(slow, fast))
    assert result.value == pytest.approx(np.median(slow) / np.median(fast))
    assert estimate("ratio_of_medians", ratio_frame(8 * slow, 8 * fast)) == result
    swapped = estimate("ratio_of_medians", ratio_frame(fast, slow))
    assert (1 / swapped.value, 1 / swapped.high, 1 / swapped.low) == pytest.approx(result[:3])


def test_a_ratio_with_a_median_beyond_the_budget_is_known_from_one_side() -> None:
    late, early = [INF] * 40, [10.0] * 40
    assert estimate("ratio_of_medians", ratio_frame(late, early, 100.0)) == (INF, 10.0, INF, "not reached")
    assert estimate("ratio_of_medians", ratio_frame(early, late, 100.0))[:3] == (0.0, 0.0, 0.1)
    assert estimate("ratio_of_medians", ratio_frame(late, late, 100.0))[1:3] == (0.0, INF)


def test_strata_average_the_ratio_on_the_log_scale() -> None:
    twice, eightfold = ratio_frame([2.0] * 40, [1.0] * 40), ratio_frame([8.0] * 40, [1.0] * 40)
    assert estimate("ratio_of_medians", twice, eightfold)[:3] == pytest.approx((4.0, 4.0, 4.0))
