"""Intervals that were passed over for `judge`, beside those that were taken: how often each misses the truth."""

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from sandbox.claims import statistics
from tests.support.known_tables import Array, known

LEVELS = 0.95, 0.99


def rivals(trials: int, seed: int) -> list[dict[str, Any]]:
    """Share of 95 % and 99 % intervals from 20 replicates that miss the truth: what was passed over, and what was taken."""
    rng, n = np.random.default_rng(seed), 20
    skewed, x = rng.lognormal(size=(trials, n)), rng.normal(size=(trials, n))
    fan = np.abs(x) ** 1.5 * rng.normal(size=(trials, n))
    samples = [known(row) for row in skewed]
    fans = [pd.DataFrame({"dose": a, "response": b}) for a, b in zip(x, fan, strict=True)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        return [
            {"interval": "share, worst true one: Jeffreys", **worst_share(n, jeffreys)},
            {"interval": "share, worst true one: exact binomial (ours)", **worst_share(n, statistics.binomial)},
            missed("median, log-normal: BCa bootstrap", 1, lambda q: bca(skewed, np.median, q)),
            missed("median, log-normal: order statistics (ours)", 1, lambda q: ours("median", samples, q)),
            missed("mean, log-normal: BCa bootstrap", math.exp(0.5), lambda q: bca(skewed, np.mean, q)),
            missed("mean, log-normal: Student", math.exp(0.5), lambda q: student(skewed, q)),
            missed(
                "mean, log-normal: the wider (ours; light tails only)",
                math.exp(0.5),
                lambda q: ours("mean", samples, q),
            ),
            missed("rank correlation, fanning: Bonett and Wright", 0, lambda q: bonett_wright(x, fan, q)),
            missed("rank correlation, fanning: with jackknife (ours)", 0, lambda q: ours("rank_correlation", fans, q)),
        ]


def missed(what: str, truth: float, interval: Callable[[float], Array]) -> dict[str, Any]:
    ends = {level: interval(level) for level in LEVELS}
    return {"interval": what} | {
        str(q): float(((low > truth) | (high < truth)).mean()) for q, (low, high) in ends.items()
    }


def worst_share(n: int, interval: Callable[[int, int, float], tuple[float, float]]) -> dict[str, float]:
    """The largest probability of missing a true share, without simulation."""
    truths = np.linspace(0.5, 0.999, 500)
    chance = stats.binom.pmf(np.arange(n + 1), n, truths[:, None])  # (truth, wins)
    worst = {}
    for level in LEVELS:
        ends = np.array([interval(wins, n, level) for wins in range(n + 1)])  # (wins, 2)
        misses = (ends[:, 0] > truths[:, None]) | (ends[:, 1] < truths[:, None])
        worst[str(level)] = float((chance * misses).sum(axis=1).max())
    return worst


def jeffreys(wins: int, n: int, level: float) -> tuple[float, float]:
    posterior = stats.beta(wins + 0.5, n - wins + 0.5)
    low, high = float(posterior.ppf((1 - level) / 2)), float(posterior.ppf((1 + level) / 2))
    return (0.0 if wins == 0 else low), (1.0 if wins == n else high)


def ours(statistic: str, frames: list[pd.DataFrame], level: float) -> Array:
    return np.array([statistics.STATISTICS[statistic].estimate([frame], level)[1:3] for frame in frames]).T


def student(samples: Array, level: float) -> Array:
    return np.array(stats.ttest_1samp(samples, 0, axis=1).confidence_interval(level))


def bonett_wright(x: Array, y: Array, level: float) -> Array:
    z = np.arctanh(statistics.spearman(x.T, y.T))
    half = stats.norm.ppf((1 + level) / 2) * np.sqrt((1 + np.tanh(z) ** 2 / 2) / (x.shape[1] - 3))
    return np.tanh([z - half, z + half])


def bca(samples: Array, statistic: Any, level: float) -> Array:
    """SciPy's default bootstrap of every row; where it cannot say, the sample's own range."""
    ends = []
    for row in samples[:1000]:  # some milliseconds each
        drawn = stats.bootstrap(
            (row,), statistic, confidence_level=level, n_resamples=2000, rng=np.random.default_rng(0)
        )
        low, high = drawn.confidence_interval.low, drawn.confidence_interval.high
        ends.append((np.nan_to_num(low, nan=row.min()), np.nan_to_num(high, nan=row.max())))
    return np.array(ends).T
