"""Tables whose truth is known: exactly on the bound of a prediction, or the smallest effect beyond it that is to be seen."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sandbox.claims.claim import Control, Interval, above
from sandbox.claims.measures import ratio
from sandbox.system.arrays import Array

Frames = dict[str, pd.DataFrame]
Generator = np.random.Generator


def known(values: Array) -> pd.DataFrame:
    return pd.DataFrame({"low": values, "high": values})


def one(values: Array) -> Frames:
    return {"all": known(values)}


def strata(values: Array) -> Frames:
    return {f"stratum={s}": known(column) for s, column in enumerate(values.T)}


def wins(rng: Generator, *shape: int, share: float = 0.9) -> Array:
    return (rng.random(shape) < share).astype(float)


def ties(rng: Generator, n: int) -> Array:
    return rng.choice([0.0, 0.5, 1.0], n, p=[0.05, 0.1, 0.85])


def shared(rng: Generator, n: int) -> Array:
    """Effects in six strata that are half the replicate's, half the stratum's."""
    return rng.normal(size=(n, 1)) + rng.normal(size=(n, 6))


def ratios(rng: Generator, n: int, true: float = 1.0, spread: float = 1.0, cut: float = 0.5244) -> Frames:
    """Paired log-normal times; the budget cuts off the latest 30 % of the faster arm (beyond 0.5244 sigma), and more of the slower."""
    budget = math.exp(cut * spread)
    times = np.exp(rng.normal([[0.0], [math.log(true)]], spread, (2, n)))
    a, b = (np.where(arm > budget, math.inf, arm) for arm in times)
    low, high = ratio(a, b, budget)
    return {"all": pd.DataFrame({"low": low, "high": high})}


def two_arms(
    rng: Generator, n: int, ratio: float = 2.0, common: float = 0.0, budget: float = math.inf, spread: float = 1.0
) -> Frames:
    """Log-normal times of two arms with a known ratio of medians; `common` is the spread that a pair shares."""
    pair = common * rng.normal(size=n)
    slow, fast = ratio * np.exp(pair + spread * rng.normal(size=n)), np.exp(pair + spread * rng.normal(size=n))
    slow, fast = (np.where(times > budget, math.inf, times) for times in (slow, fast))
    return {"all": pd.DataFrame({"numerator": slow, "denominator": fast, "budget": budget})}


def doses(dose: Array, response: Array) -> Frames:
    return {"all": pd.DataFrame({"dose": dose, "response": response})}


def correlated(rng: Generator, n: int, rho: float) -> Frames:
    """Jointly normal with Spearman's correlation rho."""
    r = 2 * math.sin(math.pi * rho / 6)
    x, noise = rng.normal(size=(2, n))
    return doses(x, r * x + math.sqrt(1 - r**2) * noise)


def mixture(rng: Generator, n: int) -> Frames:
    """Half the replicates respond exactly in order, the others at random: Spearman's correlation is 1/2."""
    x, y = rng.random((2, n))
    return doses(x, np.where(rng.random(n) < 0.5, x, y))


def fanning(rng: Generator, n: int) -> Frames:
    """Uncorrelated, but the response spreads with the size of the dose."""
    x = rng.normal(size=n)
    return doses(x, np.abs(x) ** 1.5 * rng.normal(size=n))


def censored(rng: Generator, n: int) -> Frames:
    x, y = rng.normal(size=(2, n))
    return doses(x, np.where(y > -0.5, math.inf, y))


def parabola(rng: Generator, n: int) -> Frames:
    x = rng.normal(size=n)
    return doses(x, x**2)


def common_dose(rng: Generator, n: int) -> Frames:
    """Two strata whose doses and responses are mostly the replicate's own."""
    x, y = rng.normal(size=(2, n, 1)) + 0.5 * rng.normal(size=(2, n, 2))
    return {f"stratum={s}": doses(x[:, s], y[:, s])["all"] for s in range(2)}


def asks(statistic: str, prediction: Interval) -> Control:
    return Control("", lambda rows: rows, prediction, statistic)


SHARE = asks("share", Interval(0.9, 1))
MEDIAN = asks("median", above(0))
RATIO = asks("median", above(1))
MEDIANS = asks("ratio_of_medians", above(2))
MEAN = asks("mean", above(0))
RANK = asks("rank_correlation", above(0))
RANK_HALF = asks("rank_correlation", above(0.5))


@dataclass(frozen=True)
class Scenario:
    """Tables of n replicates with a known truth. `average_only`: its strata differ in truth, and may well be decided."""

    kind: str
    name: str
    question: Control
    draw: Callable[[Generator, int], Frames]
    average_only: bool = False
    right: str = "supported"


NULLS = (
    Scenario("share", "wins", SHARE, lambda rng, n: one(wins(rng, n))),
    Scenario("share", "one pair in ten tied", SHARE, lambda rng, n: one(ties(rng, n))),
    Scenario("share", "six strata", SHARE, lambda rng, n: strata(wins(rng, n, 6))),
    Scenario("share", "six copies of a stratum", SHARE, lambda rng, n: strata(np.tile(wins(rng, n, 1), 6))),
    Scenario("share", "strata of 0.8 and 1", SHARE,
             lambda rng, n: strata(np.column_stack([wins(rng, n, share=0.8), np.ones(n)])), average_only=True),
    Scenario("median", "normal", MEDIAN, lambda rng, n: one(rng.normal(size=n))),
    Scenario("median", "log-normal", MEDIAN, lambda rng, n: one(rng.lognormal(size=n) - 1)),
    Scenario("median", "six strata sharing replicates", MEDIAN, lambda rng, n: strata(shared(rng, n))),
    Scenario("median", "strata at -1 and 1", MEDIAN,
             lambda rng, n: strata(rng.normal((-1, 1), 1, (n, 2))), average_only=True),
    Scenario("median", "paired ratios, 30 % censored", RATIO, ratios),
    Scenario("ratio of medians", "independent arms", MEDIANS, two_arms),
    Scenario("ratio of medians", "paired arms", MEDIANS, lambda rng, n: two_arms(rng, n, common=2.0)),
    Scenario("ratio of medians", "40 % censored", MEDIANS, lambda rng, n: two_arms(rng, n, budget=2.6)),
    Scenario("mean", "normal", MEAN, lambda rng, n: one(rng.normal(size=n))),
    Scenario("mean", "uniform", MEAN, lambda rng, n: one(rng.random(n) - 0.5)),
    Scenario("mean", "two strata sharing replicates", MEAN, lambda rng, n: strata(shared(rng, n)[:, :2])),
    Scenario("rank correlation", "independent", RANK, lambda rng, n: correlated(rng, n, 0.0)),
    Scenario("rank correlation", "spread grows with the dose", RANK, fanning),
    Scenario("rank correlation", "a parabola", RANK, parabola),
    Scenario("rank correlation", "70 % censored", RANK, censored),
    Scenario("rank correlation", "two strata sharing replicates", RANK, common_dose),
    Scenario("rank correlation", "1/2, normal", RANK_HALF, lambda rng, n: correlated(rng, n, 0.5)),
    Scenario("rank correlation", "1/2, half of them exact", RANK_HALF, mixture),
)  # fmt: skip

# The smallest effects we want to see, in one stratum; `right` is the answer that the truth calls for.
EFFECTS = (
    Scenario("share", "true share 0.99, predicted >= 0.9", SHARE, lambda rng, n: one(wins(rng, n, share=0.99))),
    Scenario("share", "true share 0.75, predicted >= 0.9", SHARE,
             lambda rng, n: one(wins(rng, n, share=0.75)), right="refuted"),
    Scenario("share", "0.995 in six strata, their average", SHARE,
             lambda rng, n: strata(wins(rng, n, 6, share=0.995)), average_only=True),
    Scenario("median", "0.6 standard deviations", MEDIAN, lambda rng, n: one(rng.normal(0.6, 1, n))),
    Scenario("median", "paired ratio 4, log spread 1/2, 1/4 censored", RATIO,
             lambda rng, n: ratios(rng, n, true=4, spread=0.5, cut=0.6745)),
    Scenario("ratio of medians", "twice the bound, log spread 1/2", MEDIANS,
             lambda rng, n: two_arms(rng, n, ratio=4, spread=0.5)),
    Scenario("mean", "half a standard deviation", MEAN, lambda rng, n: one(rng.normal(0.5, 1, n))),
    Scenario("rank correlation", "0.45", RANK, lambda rng, n: correlated(rng, n, 0.45)),
)  # fmt: skip
