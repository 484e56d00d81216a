"""Interval estimates from paired replicates: what `judge` holds against a prediction.

A verdict that answers for a family of claims needs intervals that keep their promise at levels like 0.9999 and with 20
replicates. That rules out resampling wherever something exact exists: shares and medians use the binomial distribution
and hold for any shape of data. `benchmarks/judge_calibration.py` measures how often each interval is wrong.

A sample is one frame per stratum. Row r of every frame is the same replicate, so the same draw of initial weights: strata
are not independent of each other, and the independent units of a pooled estimate are the replicates, not the pairs.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import binom, binomtest, bootstrap, rankdata, t

from sandbox.system.arrays import Array
from sandbox.system.errors import InputError

Frames = Sequence[pd.DataFrame]

RESAMPLES = 2_000, 20_000  # at least and at most; beyond, Student's interval is the wider one anyway
ROUNDING = 1e-9  # a sum of averages such as 1/3 + 1/3 + 1/3 is a whole number


class Estimate(NamedTuple):
    """A number and the interval around it; `note` says what the number cannot."""

    value: float
    low: float
    high: float
    note: str = ""


@dataclass(frozen=True)
class Statistic:
    """What is estimated from the strata's frames, each indexed by the same n replicates.

    estimate: (one frame per stratum, level of confidence) -> Estimate.
    columns: what a measure has to yield for it.
    exact: the interval is the range of all replicates, and a claim holds if every one of them obeys it.
    """

    estimate: Callable[[Frames, float], Estimate]
    columns: tuple[str, ...]
    words: str
    exact: bool = False


def matrix(frames: Frames, column: str) -> Array:  # (n, S)
    return np.column_stack([frame[column].to_numpy(float) for frame in frames])


def everyone(frames: Frames, level: float) -> Estimate:
    """The median replicate and the range of all of them."""
    low, high = matrix(frames, "low"), matrix(frames, "high")
    return Estimate(middle_of(low), float(low.min()), float(high.max()))


def share(frames: Frames, level: float) -> Estimate:
    """Mean of numbers in [0, 1], such as paired wins with a tie counted 1/2: exact binomial interval.

    A mean of numbers in [0, 1] spreads at most as much as a share of wins with the same mean (Hoeffding 1963, section 3),
    so Clopper and Pearson's interval (1934) covers ties and the average over strata as well, rounded to the safe side.
    It was preferred to Jeffreys' interval, which is shorter but breaks its level where wins are rare.
    """
    low, high = matrix(frames, "low"), matrix(frames, "high")
    finite = np.concatenate([low[np.isfinite(low)], high[np.isfinite(high)]])
    if ((finite < 0) | (finite > 1)).any():
        raise InputError("statistic: expected numbers in [0, 1] for 'share', got others; measure wins, or use 'median'")
    low, high = np.clip(low, 0, 1).mean(axis=1), np.clip(high, 0, 1).mean(axis=1)  # (n,)
    fewest, most = math.floor(low.sum() + ROUNDING), math.ceil(high.sum() - ROUNDING)
    n = len(low)
    return Estimate(float((low.mean() + high.mean()) / 2), binomial(fewest, n, level)[0], binomial(most, n, level)[1])


@lru_cache(maxsize=1024)  # a root search, of which all strata ask much the same
def binomial(wins: int, n: int, level: float) -> tuple[float, float]:
    interval = binomtest(wins, n).proportion_ci(level, "exact")
    return float(interval.low), float(interval.high)


def median(frames: Frames, level: float) -> Estimate:
    """Median over all replicates and strata: exact interval between two order statistics (David and Nagaraja 2003, 7.1).

    It asks only on which side of the median a replicate lies, so infinities are as good as numbers: what is known only to
    be beyond a budget enters with its two ends, `low` and `high`.
    """
    low, high = matrix(frames, "low"), matrix(frames, "high")
    ends = order_statistics(low, high, level)
    middle = middle_of(low), middle_of(high)
    if middle[0] == middle[1]:
        return Estimate(middle[0], *ends)
    if math.isinf(middle[0]):
        return Estimate(math.nan, *ends, "not reached")
    return Estimate(middle[0], *ends, "at least: censored by the budget")


def order_statistics(low: Array, high: Array, level: float) -> tuple[float, float]:
    """Interval of the median of (n, S) numbers of which only the ends `low` and `high` are known.

    The k-th smallest of n exceeds the median with the probability that fewer than k of n fair coins show heads. With S
    strata every replicate tosses S dependent coins, whose average spreads at most as much as one: hence k S of n S.
    """
    n, strata = low.shape
    k = outer_rank(n, level)
    if k == 0:
        return -math.inf, math.inf
    return float(np.sort(low, axis=None)[k * strata - 1]), float(np.sort(high, axis=None)[-k * strata])


@lru_cache(maxsize=1024)
def outer_rank(n: int, level: float) -> int:
    """The largest k for which fewer than k heads of n fair coins are rarer than half the error."""
    return int(binom.ppf((1 - level) / 2, n, 0.5))


def middle_of(values: Array) -> float:
    """The median; where the two middle ones are -inf and inf, NaN without a warning."""
    with np.errstate(invalid="ignore"):
        return float(np.median(values))


def mean(frames: Frames, level: float) -> Estimate:
    """Average over strata of the mean: the wider of BCa bootstrap and Student's interval. Only for light tails.

    No interval for an unbounded mean can hold for every shape (Bahadur and Savage 1956), and neither of these does for
    skewed data. Prefer `median`, or `share` for numbers in [0, 1]. The fixed seed makes the verdict reproducible.
    """
    low, high = matrix(frames, "low"), matrix(frames, "high")
    if not np.isfinite(low).all() or not np.isfinite(high).all():
        return Estimate(math.nan, -math.inf, math.inf, "no mean: some replicates diverged or never arrived")
    values = ((low + high) / 2).mean(axis=1)  # (n,)
    centre = float(values.mean())
    if len(values) < 2:
        return Estimate(centre, -math.inf, math.inf, "one replicate has no spread")
    spread = float(values.std(ddof=1))
    if spread <= 4 * np.finfo(float).eps * abs(centre):
        return Estimate(centre, centre, centre, "all replicates equal")
    half = float(t.ppf((1 + level) / 2, len(values) - 1)) * spread / math.sqrt(len(values))
    resamples = int(np.clip(40 / (1 - level), *RESAMPLES))  # so that some twenty lie beyond each end
    rng = np.random.default_rng(0)
    drawn = bootstrap((values,), np.mean, confidence_level=level, n_resamples=resamples, batch=2_000, rng=rng)
    ends = drawn.confidence_interval
    return Estimate(centre, float(np.fmin(ends.low, centre - half)), float(np.fmax(ends.high, centre + half)))


def rank_correlation(frames: Frames, level: float) -> Estimate:
    """Spearman's correlation of dose and response, averaged over strata on Fisher's scale.

    The standard error is the jackknife's, leaving out one replicate in all strata, but at least Bonett and Wright's
    (2000): theirs alone breaks its level where the response spreads with the dose, the jackknife alone where nearly all
    ranks agree. Meant for bounds near 0; near 1 a few undetected exceptions decide.
    """
    dose, response = matrix(frames, "dose"), matrix(frames, "response")
    n = len(dose)
    if n < 5:
        return Estimate(math.nan, -1.0, 1.0, "fewer than 5 replicates")
    rho = spearman(dose, response)
    if np.isnan(rho).any():
        return Estimate(math.nan, -1.0, 1.0, "dose or response is the same for all")
    z = fisher(rho, n)
    without = fisher(np.nan_to_num(cosine(ranks_without(dose), ranks_without(response))), n).mean(axis=-1)  # (n,)
    jackknife = math.sqrt((n - 1) ** 2 / n * float(without.var(ddof=1)))
    theirs = float(np.sqrt((1 + np.tanh(z) ** 2 / 2) / (n - 3)).mean())  # as if strata were copies of each other
    half = float(t.ppf((1 + level) / 2, n - 1)) * max(jackknife, theirs)
    centre = float(z.mean())
    return Estimate(float(np.tanh(centre)), math.tanh(centre - half), math.tanh(centre + half))


def spearman(x: Array, y: Array) -> Array:
    """Rank correlation of each column, ties sharing their mean rank; NaN where one side is constant."""
    middle = (len(x) + 1) / 2
    return cosine(rankdata(x, axis=0) - middle, rankdata(y, axis=0) - middle)


def ranks_without(x: Array) -> Array:
    """Centred ranks of (n, S) numbers if one is left out, for each of n; the one left out counts 0. (n left out, n, S)."""
    n = len(x)
    below, level = x[:, None] < x, x[:, None] == x
    ranks = rankdata(x, axis=0) - below - level / 2
    return np.where(np.eye(n, dtype=bool)[..., None], 0.0, ranks - n / 2)


def cosine(x: Array, y: Array) -> Array:
    """Correlation of centred numbers along the second last axis."""
    with np.errstate(invalid="ignore"):
        return np.asarray((x * y).sum(axis=-2) / np.sqrt((x**2).sum(axis=-2) * (y**2).sum(axis=-2)))


def fisher(rho: Array, n: int) -> Array:
    """Fisher's z, kept finite: n replicates cannot tell a correlation above 1 - 1/n from 1."""
    return np.arctanh(np.clip(rho, -1 + 1 / n, 1 - 1 / n))


def ratio_of_medians(frames: Frames, level: float) -> Estimate:
    """Median numerator over median denominator, as a geometric mean over strata.

    Each of the 2 S medians gets its exact interval at the level that makes all of them hold together; no assumption is
    made on the shapes, nor on how the two arms or the strata depend on each other. Medians beyond the budget are known
    to be above it, and no more.
    """
    share_of_error = (1 - level) / (2 * len(frames))
    ratios, lows, highs = [], [], []
    for frame in frames:
        budget = float(frame["budget"].min())
        ends = {}
        for side in ("numerator", "denominator"):
            values = frame[[side]].to_numpy(float)
            low, high = order_statistics(values, values, 1 - share_of_error)
            ends[side] = max(min(low, budget), 0.0), middle_of(values), high
        above, below = ends["numerator"], ends["denominator"]
        lows.append(quotient(above[0], below[2], 0.0))
        ratios.append(quotient(above[1], below[1], math.nan))
        highs.append(quotient(above[2], below[0], math.inf))
    value = geometric_mean(ratios)
    return Estimate(value, geometric_mean(lows), geometric_mean(highs), "" if math.isfinite(value) else "not reached")


def quotient(a: float, b: float, unknown: float) -> float:
    if (a == 0 and b == 0) or (math.isinf(a) and math.isinf(b)):
        return unknown
    return math.inf if b == 0 else a / b


def geometric_mean(values: Sequence[float]) -> float:
    if len(values) == 1:
        return values[0]  # the logarithm would round
    if 0.0 in values and math.inf in values:
        return math.nan
    return math.exp(sum(math.log(v) if v else -math.inf for v in values) / len(values))


STATISTICS: dict[str, Statistic] = {
    "all": Statistic(everyone, ("low", "high"), "all replicates", exact=True),
    "share": Statistic(share, ("low", "high"), "share"),
    "median": Statistic(median, ("low", "high"), "median"),
    "mean": Statistic(mean, ("low", "high"), "mean"),
    "rank_correlation": Statistic(rank_correlation, ("dose", "response"), "rank correlation"),
    "ratio_of_medians": Statistic(ratio_of_medians, ("numerator", "denominator", "budget"), "ratio of medians"),
}


def fewest_replicates(statistic: str, low: float, high: float, level: float) -> int:
    """The least number of replicates with which the best possible data could lie inside [low, high]."""
    error = (1 - level) / 2
    if statistic == "share":
        needs = [math.log(error) / math.log(bound) for bound in (low, 1 - high) if 0 < bound < 1]
        return math.ceil(max(needs, default=1))
    if statistic in {"median", "ratio_of_medians"}:
        tails = error if statistic == "median" else error / 2
        return math.floor(-math.log2(tails)) + 1
    return 1
