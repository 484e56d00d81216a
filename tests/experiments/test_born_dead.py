"""Networks born dead: exact probabilities for one input, bounds for one dimension, and what must keep units alive."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from experiments.born_dead import CLAIMS, DEEP, SHALLOW, figures, trial
from sandbox.analysis.born_dead import inputs_around, lower_bound, signals, upper_bound
from sandbox.claims.judge import judge
from sandbox.config.schema import RunConfig
from sandbox.system.errors import InputError
from sandbox.trial.table import rows

(CLAIM,) = CLAIMS
CONFIG = RunConfig(hidden=[3], activation="relu", replicates=4000, trial={"inputs": 1})


@pytest.mark.parametrize("width", [2, 3, 5])
def test_one_input_dies_with_exactly_the_probability_of_all_sums_being_negative(width: int) -> None:
    outcome = trial(replace(CONFIG, hidden=[width]))
    for depth in (1, 3, 10, 30):
        dead = outcome.curves["first_input_dead"][depth - 1]
        # 1e-6: twelve such intervals fail once in 10^5 sets of draws
        interval = binomtest(int(dead.sum()), len(dead)).proportion_ci(1 - 1e-6)
        assert interval.low <= upper_bound(width, depth) <= interval.high


@pytest.mark.parametrize("width", [2, 3, 4, 5])
def test_constant_networks_of_one_input_lie_between_the_bounds(width: int) -> None:
    outcome = trial(replace(CONFIG, hidden=[width]))
    for depth in (1, 3, 10, 30):
        constant = outcome.curves["constant"][depth - 1]
        interval = binomtest(int(constant.sum()), len(constant)).proportion_ci(1 - 1e-6)
        assert interval.low <= upper_bound(width, depth) and interval.high >= lower_bound(width, depth)


def test_the_bounds_are_those_of_counting_signs() -> None:
    """Width 2, one input: each of two layers keeps a given input alive in 3 of 4 sign patterns."""
    patterns = list(product([-1, 1], repeat=2))
    alive = sum(any(sign > 0 for sign in pattern) for pattern in patterns) / len(patterns)
    assert upper_bound(2, 2) == pytest.approx(1 - alive**2)
    assert lower_bound(2, 1) == pytest.approx(0.0)  # with one layer some unit is positive for x or for -x
    for width, depth in product(range(2, 8), range(1, 40)):
        assert -1e-12 <= lower_bound(width, depth) <= upper_bound(width, depth) + 1e-12


def test_a_dead_network_stays_dead_and_a_wide_one_lives() -> None:
    narrow, wide = (
        trial(CONFIG).curves["constant"],
        trial(replace(CONFIG, hidden=[16], replicates=500)).curves["constant"],
    )
    assert (np.diff(narrow, axis=0) >= 0).all()
    assert narrow[-1].mean() > 0.9 and wide[-1].mean() < 0.01


def test_biases_or_a_leak_would_have_kept_them_alive() -> None:
    """The mechanism: without the rectifier no signal is lost, so the followed networks do die of it."""
    X, rng = inputs_around(1), np.random.default_rng(0)
    A = np.broadcast_to(X, (200, *X.shape))
    for _ in range(DEEP):
        Z = rng.normal(0, np.sqrt(2 / A.shape[1]), (200, 3, A.shape[1])) @ A
        A = np.where(Z > 0, Z, 0.01 * Z)
        A = A / np.abs(A).max(axis=(1, 2), keepdims=True)
    assert (np.abs(A).max(axis=1) > 0).all()
    assert (signals(rng, X, 3, DEEP, 200)[-1] == 0).all(axis=1).mean() > 0.9


def test_more_directions_are_harder_to_kill() -> None:
    line, plane = (trial(replace(CONFIG, hidden=[4], trial={"inputs": n})).curves["constant"][-1] for n in (1, 2))
    assert plane.mean() < line.mean()


def test_more_replicates_are_new_ones_and_the_same_ones_repeat() -> None:
    first, again = trial(CONFIG), trial(CONFIG)
    more = trial(replace(CONFIG, first_replicate=4000))
    assert np.array_equal(first.curves["constant"], again.curves["constant"])
    assert not np.array_equal(first.curves["constant"], more.curves["constant"])


def test_the_verdict_goes_with_the_share_that_dies_in_between() -> None:
    def table(dying: float, wide: float = 0.0) -> pd.DataFrame:
        rng, arms = np.random.default_rng(0), []
        for width, n in product(["2", "3", "4", "5", "16"], [1, 2]):
            arm = pd.DataFrame({"replicate": range(2000), "constant/shallow": 0.0})
            arm["constant/deep"] = (rng.random(2000) < (wide if width == "16" else dying)).astype(float)
            arms.append(arm.assign(hidden=width, **{"trial.inputs": n}))
        return pd.concat(arms)

    assert judge(CLAIM, table(0.5)).verdict == "supported"
    assert judge(CLAIM, table(0.02)).verdict == "refuted"
    assert judge(CLAIM, table(0.5, wide=0.5)).verdict == "invalid"


def test_a_run_brings_its_shares_and_its_figure() -> None:
    config = replace(CONFIG, replicates=50)
    outcome = trial(config)
    table = rows("", config, outcome)
    assert (table["constant/deep"] == outcome.curves["constant"][DEEP - 1]).all()
    assert (table["constant/shallow"] == outcome.curves["constant"][SHALLOW - 1]).all()
    assert set(figures(config, outcome)) == {"born dead"}


def test_what_it_cannot_do_is_said() -> None:
    with pytest.raises(InputError, match=r"hidden, trial\.inputs: expected one width"):
        trial(replace(CONFIG, hidden=[3, 3]))
    with pytest.raises(InputError, match="1 or 2 inputs"):
        trial(replace(CONFIG, trial={"inputs": 3}))
