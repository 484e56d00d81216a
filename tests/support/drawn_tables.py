"""Tables with draws of the data whose truth is known; for the whole procedure see `many_tables`.

Replicates of one draw are alike: `icc` is the correlation of what two of them show. In null tables the truth lies exactly
on the bound of the prediction, so that every decided answer is a wrong one.
"""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import norm

from sandbox.claims.claim import Claim, Interval, Placebo
from sandbox.claims.measures import Paired
from sandbox.system.arrays import Array
from tests.support.known_tables import MEAN, MEDIAN, MEDIANS, RANK, SHARE, Frames, Generator, Scenario

ICCS = 0.0, 0.3, 0.6
DRAWS, PER = 30, 4  # draws of the data, and networks on each
RATES = 0.25, 1.0, 4.0, 16.0


def alike(rng: Generator, draws: int, per: int, icc: float, strata: int = 1) -> Array:
    """Standard normal numbers (draws * per, strata); two of one draw are correlated by icc."""
    own, shared = rng.normal(size=(draws, per, strata)), rng.normal(size=(draws, 1, strata))
    return (math.sqrt(icc) * shared + math.sqrt(1 - icc) * own).reshape(draws * per, strata)


def of_draws(columns: dict[str, Array], per: int) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    index = pd.MultiIndex.from_arrays([np.arange(n) // per, np.arange(n)], names=["draw", "replicate"])
    return pd.DataFrame(columns, index=index)


def known(values: Array, per: int = PER) -> Frames:
    """A stratum per column."""
    return {f"stratum={s}": of_draws({"low": column, "high": column}, per) for s, column in enumerate(values.T)}


def won(rng: Generator, n: int, icc: float, strata: int = 1, share: float = 0.9) -> Frames:
    """Pairs of which each draw wins a share of its own: beta-binomial, so that icc is the correlation of two wins.

    Far from normal on purpose: at icc 0.6 most draws are won or lost as a whole.
    """
    if icc == 0:
        return known((rng.random((n * PER, strata)) < share).astype(float))
    total = (1 - icc) / icc
    of_draw = rng.beta(share * total, (1 - share) * total, (n, 1, strata))
    return known((rng.random((n, PER, strata)) < of_draw).astype(float).reshape(n * PER, strata))


def doses(rng: Generator, n: int, icc: float) -> Frames:
    """A dose and a response, uncorrelated; both are alike within a draw."""
    dose, response = alike(rng, n, PER, icc, 2).T
    return {"all": of_draws({"dose": dose, "response": response}, PER)}


def times(rng: Generator, n: int, icc: float) -> Frames:
    """Two arms whose medians over draws are in ratio 2, with the latest two in ten cut off."""
    slow, fast = np.exp(alike(rng, n, PER, icc, 2)).T * [[2.0], [1.0]]
    budget = 2 * math.exp(float(norm.ppf(0.8)))
    slow, fast = (np.where(arm > budget, math.inf, arm) for arm in (slow, fast))
    return {"all": of_draws({"numerator": slow, "denominator": fast, "budget": np.full(n * PER, budget)}, PER)}


def with_draws(icc: float) -> tuple[Scenario, ...]:
    """For each statistic, tables of n draws with the truth on the bound."""
    said = f"icc {icc}"
    return (
        Scenario("share", f"wins, {said}", SHARE, lambda rng, n: won(rng, n, icc)),
        Scenario("share", f"six strata, {said}", SHARE, lambda rng, n: won(rng, n, icc, 6)),
        Scenario("median", f"normal, {said}", MEDIAN, lambda rng, n: known(alike(rng, n, PER, icc))),
        Scenario("mean", f"normal, {said}", MEAN, lambda rng, n: known(alike(rng, n, PER, icc, 2))),
        Scenario("rank correlation", f"independent, {said}", RANK, lambda rng, n: doses(rng, n, icc)),
        Scenario("ratio of medians", f"2 in 10 cut off, {said}", MEDIANS, lambda rng, n: times(rng, n, icc)),
    )


CLUSTERED = tuple(scenario for icc in ICCS for scenario in with_draws(icc))


# --- splits of one set of samples -------------------------------------------------------------------------------------


def splits(rng: Generator, n: int, samples: int = 100, test: float = 0.25) -> Array:
    """Means over the test parts of n random splits of one set of samples drawn from a normal of mean 0."""
    source, size = rng.normal(size=samples), round(test * samples)
    return np.array([source[rng.permutation(samples)[:size]].mean() for _ in range(n)])


OVERLAPPING = (
    Scenario("median", "splits of one set", MEDIAN, lambda rng, n: known(splits(rng, n)[:, None], 1)),
    Scenario("mean", "splits of one set", MEAN, lambda rng, n: known(splits(rng, n)[:, None], 1)),
    Scenario("share", "splits of one set", replace(SHARE, prediction=Interval(0.5, 1, "(]")),
             lambda rng, n: known((splits(rng, n) > 0)[:, None].astype(float), 1)),
)  # fmt: skip


# --- a claim on two arms ----------------------------------------------------------------------------------------------

FIRST, SECOND = {"arm": "first"}, {"arm": "second"}
WINS = Paired("test/loss", better=FIRST, than=SECOND)
CLAIM = Claim(
    id="known", statement="The first arm does better.", source="made up", prediction=Interval(0.5, 1, "(]"),
    reason="it is so made", measure=WINS, control=Placebo(), strata=("dataset",),
)  # fmt: skip
SETS = "a", "b", "c"
