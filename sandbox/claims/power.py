"""What would have been seen: how large an effect has to be for a table of this size to decide it nine times in ten."""

import math
from functools import lru_cache

import numpy as np
from scipy.stats import binom, norm, t

from sandbox.claims.statistics import binomial, effective, outer_rank
from sandbox.claims.verdict import Interval

SEEN = 0.9  # the probability with which an effect is to be seen
STEPS = 2000  # of a search for a share


def seen(statistic: str, prediction: Interval, units: int, level: float, overlap: float = 0.0) -> str:
    """In words, what `units` draws at this level would have supported, and what refuted, nine times in ten."""
    how = {"share": _share, "median": _median, "mean": _mean, "rank_correlation": _rank}.get(statistic)
    if how is None or units < 2:
        return ""
    told = [words for words in how(prediction, units, level, overlap) if words]
    return (
        f"Seen in nine tables of ten: {'; '.join(told)}." if told else "Nothing that such a table could have decided."
    )


def _share(prediction: Interval, n: int, level: float, overlap: float) -> list[str]:
    supported, refuted = shares_seen(prediction, n, level, overlap)
    return [
        f"a share of {_ends(supported)} supported" if supported else "",
        f"one of {_ends(refuted)} refuted" if refuted else "",
    ]


def _ends(shares: tuple[float, float]) -> str:
    low, high = shares
    return f"at least {low:.3g}" if high >= 1 else f"at most {high:.3g}" if low <= 0 else f"{low:.3g} to {high:.3g}"


@lru_cache(maxsize=256)
def shares_seen(
    prediction: Interval, n: int, level: float, overlap: float = 0.0
) -> tuple[tuple[float, float] | None, tuple[float, float] | None]:
    """The true shares that n draws support, and those that they refute, nine times in ten: as ranges, None for none.

    Each draw is taken to be won or lost as a whole, the least favourable case. Of refuted shares on both sides of a
    prediction the wider range is told.
    """
    answers = [Interval(*binomial(wins, n, level, overlap)) for wins in range(n + 1)]
    inside = [wins for wins, interval in enumerate(answers) if prediction.contains(interval)]
    below = [wins for wins, interval in enumerate(answers) if interval.high < prediction.low]
    above = [wins for wins, interval in enumerate(answers) if interval.low > prediction.high]
    count = effective(n, overlap)
    refuted = [found for wins in (below, above) if (found := _likely(wins, n, count))]
    return _likely(inside, n, count), max(refuted, key=lambda ends: ends[1] - ends[0], default=None)


def _likely(wins: list[int], n: int, count: float) -> tuple[float, float] | None:
    """The shares p with which one of these numbers of wins of n comes up nine times in ten, draws worth `count` of them."""
    if not wins:
        return None
    if count < n:  # as if of fewer independent draws, each standing for n / count overlapping ones
        wins, n = sorted({round(k * count / n) for k in wins}), max(1, round(count))
    shares = np.linspace(0, 1, STEPS + 1)
    found = shares[binom.cdf(wins[-1], n, shares) - binom.cdf(wins[0] - 1, n, shares) >= SEEN]
    return (float(found[0]), float(found[-1])) if len(found) else None


def _median(prediction: Interval, n: int, level: float, overlap: float) -> list[str]:
    if math.isfinite(prediction.low) and math.isfinite(prediction.high):
        return []  # it depends on how far the numbers spread
    k = outer_rank(n, level, overlap)
    needed = n - k + 1  # numbers beyond the bound, for the interval to lie beyond it
    shares = np.linspace(0.5, 1, STEPS + 1)
    seen_at = shares[binom.sf(needed - 1, n, shares) >= SEEN]
    return [f"an effect of which {seen_at[0]:.3g} of the draws lie beyond the bound"] if k and len(seen_at) else []


def _mean(prediction: Interval, n: int, level: float, overlap: float) -> list[str]:
    away = (float(t.ppf((1 + level) / 2, n - 1)) + float(norm.ppf(SEEN))) / math.sqrt(effective(n, overlap))
    return [f"a mean {away:.2g} standard deviations of a draw beyond the bound"]


def _rank(prediction: Interval, n: int, level: float, overlap: float) -> list[str]:
    if n < 5:
        return []
    bounds = [bound for bound in (prediction.low, prediction.high) if abs(bound) < 1]
    away = (float(t.ppf((1 + level) / 2, n - 1)) + float(norm.ppf(SEEN))) * math.sqrt((1 + n * overlap) / (n - 3))
    ends = [math.tanh(math.atanh(bound) + side * away) for bound in bounds for side in (-1, 1)]
    return [f"a correlation beyond {' or '.join(f'{end:.2g}' for end in ends)}"] if ends else []
