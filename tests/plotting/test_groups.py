"""Strata in groups: every one of them once, by what decides."""

from dataclasses import replace

import pytest

from sandbox.claims.conditions import Condition, Sorting, Term
from sandbox.claims.verdict import Interval, StratumVerdict, Verdict
from sandbox.plotting.charts.groups import CROWDED, condition_words, deciding_factor, grouped, settings_of, summarised
from tests.plotting.test_sweep import VERDICTS


def verdict_with(rates: list[float], decides: bool = True) -> Verdict:
    """A stratum per data set and rate; with rates above 1 the claim fails, or if none `decides` holds all the same."""
    strata = []
    for rate in rates:
        for i in range(4):
            good = rate <= 1 or not decides
            number = (0.9 if good else 0.1) + 0.01 * i
            name, interval = f"dataset=set{i} learning_rate={rate}", Interval(number - 0.05, number + 0.05)
            strata.append(StratumVerdict(name, "supported" if good else "refuted", number, interval, 20))
    return replace(VERDICTS["a condition, many strata"], strata=tuple(strata))


def test_strata_stand_below_the_condition_under_which_the_claim_holds() -> None:
    verdict = verdict_with([0.1, 1.0, 10.0])
    where = Sorting(Condition((Term("learning_rate", "<=", 1.0),)), (8, 8), (0, 4), (12, 12), 0.0)
    inside, outside = grouped(replace(verdict, where=where))
    assert (inside.heading, outside.heading) == ("where rate ≤ 1:  ✓ 8", "elsewhere:  ✗ 4")
    assert {part.verdict for part in inside.strata} == {"supported"} and len(inside.strata) == 8
    assert condition_words(replace(verdict, where=where)) == "rate ≤ 1"


def test_without_a_condition_the_factor_that_moves_the_numbers_most_makes_the_groups_in_its_order() -> None:
    groups = grouped(verdict_with([10.0, 0.1, 1.0]))
    assert [group.heading.partition(":")[0] for group in groups] == ["rate 0.1", "rate 1", "rate 10"]
    even = verdict_with([0.1, 1.0, 10.0], decides=False)
    settings = {part.stratum: settings_of(part.stratum) for part in even.strata}
    assert deciding_factor(even.strata, settings) == "dataset"  # the numbers go by it there, whatever the rate


@pytest.mark.parametrize("rates", [[1.0], [0.1, 1.0, 10.0], [float(i) for i in range(1, 20)]])
def test_every_stratum_is_in_one_group_and_a_crowd_that_says_the_same_is_one_row(rates: list[float]) -> None:
    verdict = verdict_with(rates)
    groups = grouped(verdict)
    assert sorted(part.stratum for group in groups for part in group.strata) == sorted(
        part.stratum for part in verdict.strata
    )
    short = summarised(groups)
    assert sum(len(group.strata) for group in short) <= max(len(verdict.strata) // 2, CROWDED)
    for group, summary in zip(groups, short, strict=True):
        for row in summary.strata:
            assert row.interval.low <= min(p.estimate for p in group.strata if p.verdict == row.verdict)
