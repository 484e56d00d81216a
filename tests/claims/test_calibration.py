"""A small share of `benchmarks/judge_calibration.py`: how often verdicts are wrong where the truth is known."""

from dataclasses import replace

import pytest
from scipy.stats import binom

from benchmarks.judge_calibration import OVERLAP, QUESTIONS, error_rates, power, sequential_rates
from experiments import every_claim
from sandbox.claims.looks import Plan, questions_of
from tests.support.drawn_tables import CLUSTERED, DRAWS, OVERLAPPING
from tests.support.known_tables import EFFECTS, NULLS, Scenario

TRIALS = 200
# Were a rate exactly the stated 5 %, one test in a million would come out above this (13 %).
ALLOWED = float(binom.ppf(1 - 1e-6, TRIALS, 0.05)) / TRIALS
ALLOWED_OF_HALF = float(binom.ppf(1 - 1e-6, TRIALS // 2, 0.05)) / (TRIALS // 2)


def named(scenario: Scenario) -> str:
    return f"{scenario.kind}, {scenario.name}"


@pytest.mark.parametrize("scenario", NULLS, ids=named)
def test_a_truth_on_the_bound_is_mistaken_no_more_often_than_stated(scenario: Scenario) -> None:
    assert error_rates(scenario, 20, 0.95, TRIALS, seed=1)["either"] <= ALLOWED


@pytest.mark.parametrize("scenario", [s for s in NULLS if s.kind in {"share", "median"}], ids=named)
def test_looking_again_and_again_keeps_the_stated_error(scenario: Scenario) -> None:
    assert sequential_rates(scenario, Plan(), TRIALS, seed=1)["either"] <= ALLOWED


@pytest.mark.parametrize("scenario", EFFECTS, ids=named)
def test_the_smallest_effect_is_mostly_seen(scenario: Scenario) -> None:
    """50 tables; a power of 0.9 would come out below 35 once in some 50,000 tests."""
    assert power(scenario, Plan(questions=QUESTIONS), 50, seed=1)[-1] >= 35 / 50


def test_the_power_is_stated_for_no_fewer_questions_than_are_asked() -> None:
    """More of them leave each with less; then raise QUESTIONS and run the benchmark again."""
    assert questions_of(every_claim()) <= QUESTIONS


@pytest.mark.parametrize("scenario", [s for s in CLUSTERED if "0.3" not in s.name], ids=named)
def test_networks_that_share_a_draw_are_not_taken_for_independent_ones(scenario: Scenario) -> None:
    assert error_rates(scenario, DRAWS, 0.95, TRIALS // 2, seed=1)["either"] <= ALLOWED_OF_HALF


def test_taken_for_independent_ones_they_mislead() -> None:
    """So the tables above can fail: the same wins without their draws are mistaken several times as often."""
    scenario = next(s for s in CLUSTERED if s.name == "wins, icc 0.6")
    blind = replace(
        scenario,
        draw=lambda rng, n: {name: frame.reset_index(drop=True) for name, frame in scenario.draw(rng, n).items()},
    )
    assert error_rates(blind, DRAWS, 0.95, TRIALS // 2, seed=1)["either"] > ALLOWED_OF_HALF


@pytest.mark.parametrize("scenario", OVERLAPPING, ids=named)
def test_splits_of_one_set_tell_little_of_its_source(scenario: Scenario) -> None:
    assert error_rates(scenario, DRAWS, 0.95, TRIALS // 2, seed=1, overlap=OVERLAP)["either"] <= ALLOWED_OF_HALF
    apart = error_rates(scenario, DRAWS, 0.95, TRIALS // 2, seed=1)["either"]
    assert apart > ALLOWED_OF_HALF  # as if they were samples of their own
