"""Interval estimates from draws of the data: what `judge` holds against a prediction.

A verdict that answers for a family of claims needs intervals that keep their promise at levels like 0.9999 and with 30
draws. That rules out resampling wherever something exact exists: shares and medians use the binomial distribution
and hold for any shape of data. `benchmarks/judge_calibration.py` measures how often each interval is wrong.

The unit is the draw of the data: networks that share one share its luck, so what they say is first summed up within the
draw (`by_draw`), and draws are then counted, however their networks depend on each other. Where all share one draw, the
networks are the units, and nothing is said of other data.

A sample is one frame per stratum. Row j of every frame is the same unit, so the same draw: strata are not independent of
each other, and the independent units of a pooled estimate are the draws, not the pairs. Splits of one set of samples
overlap: J of them count as 1 / (1/J + overlap) draws, overlap = n_test / n_train (Nadeau and Bengio 2003, equation 9).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import beta, binom, bootstrap, rankdata, t

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
    """What is estimated from the strata's frames, each with the same n units.

    estimate: (one frame per stratum, level of confidence, overlap of the draws) -> Estimate.
    columns: what a measure has to yield for it.
    within: how the networks of a draw are summed up first; None where the estimate itself knows of draws.
    exact: the interval is the range of all replicates, and a claim holds if every one of them obeys it.
    """

    estimate: Callable[[Frames, float, float], Estimate]
    columns: tuple[str, ...]
    words: str
    within: Literal["mean", "median"] | None = None
    exact: bool = False


DRAW = "draw"  # the level of a frame's index that says which networks share a draw of the data


def by_draw(frame: pd.DataFrame, statistic: str) -> pd.DataFrame:
    """A row per unit: per draw of the data if there are several, with what `statistic` needs summed up within each."""
    known = STATISTICS[statistic]
    draws, unit = draws_of(frame)
    if known.within is None or not 1 < len(draws) < len(frame):
        return frame
    counts, order = np.bincount(unit), np.argsort(unit, kind="stable")
    how = np.mean if known.within == "mean" else np.median
    units: dict[str, Array] = {}
    for column in known.columns:
        numbers = frame[column].to_numpy(float)[order]
        with np.errstate(invalid="ignore"):  # a median between -inf and inf
            if (counts == counts[0]).all():
                units[column] = how(numbers.reshape(len(counts), -1), axis=1)
            else:
                units[column] = np.array([how(part) for part in np.split(numbers, np.cumsum(counts)[:-1])])
    for column, unknown in (("low", -math.inf), ("high", math.inf)):
        if column in units:
            units[column] = np.where(np.isnan(units[column]), unknown, units[column])
    return pd.DataFrame(units, index=draws)


def draws_of(frame: pd.DataFrame) -> tuple[Array, NDArray[np.intp]]:
    """The draws that a frame's replicates come from, and for each row which of them; none where it does not say."""
    if DRAW not in frame.index.names:
        return np.array([]), np.zeros(len(frame), np.intp)
    if isinstance(frame.index, pd.MultiIndex):  # its codes are numbers already
        level = frame.index.names.index(DRAW)
        codes, unit = np.unique(np.asarray(frame.index.codes[level]), return_inverse=True)
        return frame.index.levels[level].to_numpy()[codes], unit
    draws, unit = np.unique(frame.index.to_numpy(), return_inverse=True)
    return draws, unit


def effective(n: int, overlap: float) -> float:
    """How many independent draws n overlapping ones are worth: the mean of n varies as that of this many."""
    return n / (1 + n * overlap)


def matrix(frames: Frames, column: str) -> Array:  # (n, S)
    return np.column_stack([frame[column].to_numpy(float) for frame in frames])


def everyone(frames: Frames, level: float, overlap: float = 0.0) -> Estimate:
    """The median replicate and the range of all of them."""
    low, high = matrix(frames, "low"), matrix(frames, "high")
    return Estimate(middle_of(low), float(low.min()), float(high.max()))


def share(frames: Frames, level: float, overlap: float = 0.0) -> Estimate:
    """Mean of numbers in [0, 1], such as each draw's share of paired wins: exact binomial interval.

    A mean of numbers in [0, 1] spreads at most as much as a share of wins with the same mean (Hoeffding 1963, section 3),
    so Clopper and Pearson's interval (1934) covers ties, draws with several networks, however alike these are, and the
    average over strata as well, rounded to the safe side. It was preferred to Jeffreys' interval, which is shorter but
    breaks its level where wins are rare. Of overlapping draws it takes the effective number (Korn and Graubard 1998).
    """
    low, high = matrix(frames, "low"), matrix(frames, "high")
    finite = np.concatenate([low[np.isfinite(low)], high[np.isfinite(high)]])
    if ((finite < 0) | (finite > 1)).any():
        raise InputError("statistic: expected numbers in [0, 1] for 'share', got others; measure wins, or use 'median'")
    low, high = np.clip(low, 0, 1).mean(axis=1), np.clip(high, 0, 1).mean(axis=1)  # (n,)
    fewest, most = math.floor(low.sum() + ROUNDING), math.ceil(high.sum() - ROUNDING)
    n = len(low)
    ends = binomial(fewest, n, level, overlap)[0], binomial(most, n, level, overlap)[1]
    return Estimate(float((low.mean() + high.mean()) / 2), *ends)


@lru_cache(maxsize=1024)
def binomial(wins: float, n: int, level: float, overlap: float = 0.0) -> tuple[float, float]:
    """Clopper and Pearson's interval of a share, from quantiles of the beta distribution, which knows no whole numbers."""
    error, count = (1 - level) / 2, effective(n, overlap)
    won = wins * (count / n)
    low = float(beta.ppf(error, won, count - won + 1)) if wins > 0 else 0.0
    return low, float(beta.ppf(1 - error, won + 1, count - won)) if wins < n else 1.0


def median(frames: Frames, level: float, overlap: float = 0.0) -> Estimate:
    """Median over all units and strata: exact interval between two order statistics (David and Nagaraja 2003, 7.1).

    It asks only on which side of the median a unit lies, so infinities are as good as numbers: what is known only to
    be beyond a budget enters with its two ends, `low` and `high`. With several networks per draw it is the median over
    draws of the draw's median.
    """
    low, high = matrix(frames, "low"), matrix(frames, "high")
    ends = order_statistics(low, high, level, overlap)
    middle = middle_of(low), middle_of(high)
    if middle[0] == middle[1]:
        return Estimate(middle[0], *ends)
    if math.isinf(middle[0]):
        return Estimate(math.nan, *ends, "not reached")
    return Estimate(middle[0], *ends, "at least: censored by the budget")


def order_statistics(low: Array, high: Array, level: float, overlap: float = 0.0) -> tuple[float, float]:
    """Interval of the median of (n, S) numbers of which only the ends `low` and `high` are known.

    The k-th smallest of n exceeds the median with the probability that fewer than k of n fair coins show heads. With S
    strata every unit tosses S dependent coins, whose average spreads at most as much as one: hence k S of n S.
    """
    n, strata = low.shape
    k = outer_rank(n, level, overlap)
    if k == 0:
        return -math.inf, math.inf
    return float(np.sort(low, axis=None)[k * strata - 1]), float(np.sort(high, axis=None)[-k * strata])


@lru_cache(maxsize=1024)
def outer_rank(n: int, level: float, overlap: float = 0.0) -> int:
    """The largest k for which fewer than k heads of n fair coins are rarer than half the error.

    Of overlapping draws: the rank at which a share of one half could lie by its interval (Woodruff 1952).
    """
    if overlap:
        return math.floor(n * binomial(n / 2, n, level, overlap)[0])
    return int(binom.ppf((1 - level) / 2, n, 0.5))


def middle_of(values: Array) -> float:
    """The median; where the two middle ones are -inf and inf, NaN without a warning."""
    with np.errstate(invalid="ignore"):
        return float(np.median(values))


def mean(frames: Frames, level: float, overlap: float = 0.0) -> Estimate:
    """Average over strata of the mean: the wider of BCa bootstrap and Student's interval. Only for light tails.

    Of overlapping draws Student's interval with Nadeau and Bengio's variance (1/J + overlap) S^2, which is their test.
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
    half = float(t.ppf((1 + level) / 2, len(values) - 1)) * spread / math.sqrt(effective(len(values), overlap))
    if overlap:
        return Estimate(centre, centre - half, centre + half)
    resamples = int(np.clip(40 / (1 - level), *RESAMPLES))  # so that some twenty lie beyond each end
    rng = np.random.default_rng(0)
    drawn = bootstrap((values,), np.mean, confidence_level=level, n_resamples=resamples, batch=2_000, rng=rng)
    ends = drawn.confidence_interval
    return Estimate(centre, float(np.fmin(ends.low, centre - half)), float(np.fmax(ends.high, centre + half)))


def rank_correlation(frames: Frames, level: float, overlap: float = 0.0) -> Estimate:
    """Spearman's correlation of dose and response, averaged over strata on Fisher's scale.

    The standard error is the jackknife's, leaving out one draw in all strata, but at least Bonett and Wright's
    (2000) for as many independent networks as there are draws: theirs alone breaks its level where the response spreads
    with the dose, the jackknife alone where nearly all ranks agree. Meant for bounds near 0; near 1 a few undetected
    exceptions decide.
    """
    dose, response = matrix(frames, "dose"), matrix(frames, "response")
    unit = units_of(frames[0])
    n = int(unit.max()) + 1
    if n < 5:
        return Estimate(math.nan, -1.0, 1.0, "fewer than 5 draws")
    rho = spearman(dose, response)
    if np.isnan(rho).any():
        return Estimate(math.nan, -1.0, 1.0, "dose or response is the same for all")
    z = fisher(rho, n)
    left = cosine(ranks_without(dose, unit), ranks_without(response, unit))
    without = fisher(np.nan_to_num(left), n).mean(axis=-1)  # (n,)
    jackknife = math.sqrt((n - 1) ** 2 / n * float(without.var(ddof=1)))
    theirs = float(np.sqrt((1 + np.tanh(z) ** 2 / 2) / (n - 3)).mean())  # as if strata were copies of each other
    half = float(t.ppf((1 + level) / 2, n - 1)) * max(jackknife, theirs) * math.sqrt(1 + n * overlap)
    centre = float(z.mean())
    return Estimate(float(np.tanh(centre)), math.tanh(centre - half), math.tanh(centre + half))


def spearman(x: Array, y: Array) -> Array:
    """Rank correlation of each column, ties sharing their mean rank; NaN where one side is constant."""
    middle = (len(x) + 1) / 2
    return cosine(rankdata(x, axis=0) - middle, rankdata(y, axis=0) - middle)


def units_of(frame: pd.DataFrame) -> NDArray[np.intp]:
    """Which unit each row belongs to, counted from 0: its draw if there are several, else itself."""
    draws, unit = draws_of(frame)
    return unit if len(draws) > 1 else np.arange(len(frame))


def ranks_without(x: Array, unit: NDArray[np.intp] | None = None) -> Array:
    """Centred ranks of (n, S) numbers if a unit is left out, for each of J; those left out count 0. (J left out, n, S)."""
    unit = np.arange(len(x)) if unit is None else unit
    belongs = np.arange(unit.max() + 1)[:, None] == unit  # (J, n)
    exceeds = (x[:, None] > x) + (x[:, None] == x) / 2  # (n, n, S): how far each row's rank rests on each other row
    ranks = rankdata(x, axis=0) - np.tensordot(belongs.astype(float), exceeds, axes=(1, 1))
    middle = (len(x) + 1 - belongs.sum(axis=1)) / 2
    return np.where(belongs[..., None], 0.0, ranks - middle[:, None, None])


def cosine(x: Array, y: Array) -> Array:
    """Correlation of centred numbers along the second last axis."""
    with np.errstate(invalid="ignore"):
        return np.asarray((x * y).sum(axis=-2) / np.sqrt((x**2).sum(axis=-2) * (y**2).sum(axis=-2)))


def fisher(rho: Array, n: int) -> Array:
    """Fisher's z, kept finite: n replicates cannot tell a correlation above 1 - 1/n from 1."""
    return np.arctanh(np.clip(rho, -1 + 1 / n, 1 - 1 / n))


def ratio_of_medians(frames: Frames, level: float, overlap: float = 0.0) -> Estimate:
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
            low, high = order_statistics(values, values, 1 - share_of_error, overlap)
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
    "share": Statistic(share, ("low", "high"), "share", within="mean"),
    "median": Statistic(median, ("low", "high"), "median", within="median"),
    "mean": Statistic(mean, ("low", "high"), "mean", within="mean"),
    "rank_correlation": Statistic(rank_correlation, ("dose", "response"), "rank correlation"),
    "ratio_of_medians": Statistic(
        ratio_of_medians, ("numerator", "denominator", "budget"), "ratio of medians", within="median"
    ),
}


def fewest_replicates(statistic: str, low: float, high: float, level: float) -> int:
    """The least number of units with which the best possible data could lie inside [low, high]."""
    error = (1 - level) / 2
    if statistic == "share":
        needs = [math.log(error) / math.log(bound) for bound in (low, 1 - high) if 0 < bound < 1]
        return math.ceil(max(needs, default=1))
    if statistic in {"median", "ratio_of_medians"}:
        tails = error if statistic == "median" else error / 2
        return math.floor(-math.log2(tails)) + 1
    return 1
