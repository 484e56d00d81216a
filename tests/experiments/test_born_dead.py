"""Networks born dead: exact probabilities for one input, bounds for one dimension, and what must keep units alive."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from experiments.born_dead import CLAIMS, DEEP, SHALLOW, figures, trial
from sandbox.analysis.born_dead import lower_bound, upper_bound
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


def test_a_dead_network_stays_dead_and_a_wide_one_lives() -> None:
    narrow, wide = (
        trial(CONFIG).curves["constant"],
        trial(replace(CONFIG, hidden=[16], replicates=500)).curves["constant"],
    )
    assert (np.diff(narrow, axis=0) >= 0).all()
    assert narrow[-1].mean() > 0.9 and wide[-1].mean() < 0.01


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

    assert judge(CLAIM, table(0.5)).verdict == "holds"
    assert judge(CLAIM, table(0.02)).verdict == "fails"
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
