"""A share of `benchmarks/procedure_calibration.py`, and its second way to the judge's answers held against the judge."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from benchmarks.procedure_calibration import BEGIN, END, PAGE, RESULTS, on_the_page, power, rates, too_high
from sandbox.claims.judge import decide
from tests.support.drawn_tables import ICCS
from tests.support.many_tables import (
    KINDS,
    Kind,
    by_lot,
    decided,
    exchanged,
    intervals,
    rated,
    side,
    tidy,
    wins,
    wrong,
)

TRIALS = 400
# Were a rate exactly the stated 5 %, one test in a million would come out above this.
ALLOWED = float(binom.ppf(1 - 1e-6, TRIALS, 0.05)) / TRIALS
SIGNS = {"supported": 1, "refuted": -1, "undecided": 0}
by_name = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


@by_name
@pytest.mark.parametrize("level", [0.95, 0.3])
def test_the_judge_says_the_same_of_every_stratum_and_of_the_placebo(kind: Kind, level: float) -> None:
    """At a level of 0.3, too, where many answers are given."""
    tables = kind.tables(np.random.default_rng(7), 0.6, 2)
    said, placebo = decided(kind.claim, tables, level)
    for i in range(2):
        decision = decide(kind.claim, tidy(tables, i, kind.claim), level, level)
        assert [part.stratum for part in decision.strata] == list(tables.names)
        assert [SIGNS[part.verdict] for part in decision.strata] == list(said[i])
        assert [SIGNS[part.verdict] for part in decision.control] == list(placebo[i])


@by_name
@pytest.mark.parametrize("icc", ICCS)
def test_the_whole_procedure_is_wrong_no_more_often_than_stated(kind: Kind, icc: float) -> None:
    assert max(rates(kind, icc, 0.95, TRIALS, seed=1).values()) <= ALLOWED


def test_rates_chosen_on_the_samples_that_judge_them_would_mislead() -> None:
    """So the rates above can be too high: an arm with four rates to choose from wins against one with a single rate."""
    kind = next(each for each in KINDS if each.name == "best of 4 rates against 1")
    tables = rated(np.random.default_rng(1), 0.0, TRIALS, rates=(4, 1))
    blind = replace(tables, choosing=tables.judged)
    assert wrong(kind, decided(kind.claim, blind, 0.95)[0]).mean() > ALLOWED


def test_names_exchanged_before_a_pilot_chooses_would_accuse_the_measure() -> None:
    """The lot of the draws in the pilot would give each name one arm's best rate, which the other's draws then have to bear."""
    kind = next(each for each in KINDS if each.name == "best rates apart, by a pilot")
    tables = kind.tables(np.random.default_rng(1), 0.3, TRIALS)
    early = replace(tables, judged=exchanged(tables.judged, by_lot(tables.judged.shape[4])))
    first, second = (side(early, arm, 0) for arm in (0, 1))
    low, high = (end.mean(axis=-1) for end in wins(first, second))
    ends = intervals(low, high, 0.999, 0.0)
    assert ((ends[..., 0] > 0.5) | (ends[..., 1] < 0.5)).mean() > 0.5


def test_splits_taken_for_independent_samples_would_mislead() -> None:
    kind = next(each for each in KINDS if each.name == "median difference, splits of one set")
    tables = replace(kind.tables(np.random.default_rng(1), 0.6, TRIALS), overlap=0.0)
    assert wrong(kind, decided(kind.claim, tables, 0.95)[0]).mean() > ALLOWED


def test_a_large_effect_is_seen_and_none_is_not() -> None:
    assert power(2.0, 0.3, 100, seed=1) > 0.9 and power(0.0, 0.3, 100, seed=1) < 0.01


def test_the_page_tells_the_results_that_were_kept() -> None:
    found, text = json.loads(RESULTS.read_text(encoding="utf-8")), PAGE.read_text(encoding="utf-8")
    assert too_high(found) == []
    assert found["trials"] >= 2000 and {row["kind"] for row in found["errors"]} == {kind.name for kind in KINDS}
    assert BEGIN in text and END in text and on_the_page(found, text) == text
