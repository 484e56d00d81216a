"""What else could have been chosen: the same question with another margin or bound, a coarser grid of settings, the next rate."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from sandbox.claims.measures import Measure, comparison, neighbours, with_comparison
from sandbox.claims.rows import show
from sandbox.claims.verdict import Interval

UNLIMITED = (-math.inf, math.inf)

COARSE = 4  # settings at least, for every second of them to be a grid of its own


@dataclass(frozen=True)
class Every:
    """A measure on every second setting of `over`, from the first or from the second on."""

    measure: Measure
    over: str
    first: int

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame | pd.Series:
        kept = sorted(rows[self.over].unique())[self.first :: 2]
        return self.measure(rows[rows[self.over].isin(kept)])


def others(measure: Measure, declared: Mapping[str, Measure], rows: pd.DataFrame) -> Iterator[tuple[str, Measure]]:
    """By name, the measures that could as well have been taken: those declared, and what a comparison always has."""
    yield from declared.items()
    pair = comparison(measure)
    if pair is None:
        return
    yield from neighbours(measure, rows).items()
    if pair.margin:
        yield "no margin", with_comparison(measure, replace(pair, margin=0.0))
        yield "twice the margin", with_comparison(measure, replace(pair, margin=2 * pair.margin))
    over = pair.best_over
    if isinstance(over, str) and over in rows and len(levels := sorted(rows[over].unique())) >= COARSE:
        for first in (0, 1):
            yield f"{over} {','.join(show(level) for level in levels[first::2])} only", Every(measure, over, first)


def other_bounds(
    prediction: Interval, statistic: str, limits: tuple[float, float] = UNLIMITED, *, ratio: bool = False
) -> Iterator[tuple[str, Interval]]:
    """By name, two other predictions: on a scale that the numbers have, half as far and twice as far from what is sure.

    limits: between which any number lies. ratio: of two arms, which are equal at 1; not one that a run says of itself, as
    how many times faster it was, of which only words tell what it is. Between two limits a bound's odds are halved and
    doubled, of two bounds on one side of 0 how many times they are apart, of the one bound of a ratio the logarithm, else
    its size. Ends without a scale of their own stay: 0, a limit, infinity, and 1 of a ratio.
    """
    for factor in (0.5, 2.0):
        low, high = _moved(prediction, statistic, limits, factor, ratio=ratio)
        told = [
            f"{show(float(f'{new:.3g}'))} in place of {show(old)}"
            for old, new in ((prediction.low, low), (prediction.high, high))
            if new != old
        ]
        if told:
            yield f"a bound of {' and '.join(told)}", Interval(low, high, prediction.ends)


def _moved(
    prediction: Interval, statistic: str, limits: tuple[float, float], factor: float, *, ratio: bool
) -> tuple[float, float]:
    low, high = prediction.low, prediction.high
    if statistic == "rank_correlation":
        return _near(low, factor), _near(high, factor)
    least, most = (0.0, 1.0) if statistic == "share" or 0 < low < high == 1 else limits
    if math.isfinite(most - least):
        low, high = (least + (most - least) * _odds((end - least) / (most - least), factor) for end in (low, high))
        return low, high
    if low > least and high < most and low * high > 0 and math.isfinite(low * high):
        ends = _apart(abs(low), abs(high), factor)
        return ends if low > 0 else (-ends[0], -ends[1])
    if ratio:
        low, high = (end**factor if end > 0 else end for end in (low, high))
        return low, high
    return (low if low == least else _times(low, factor)), (high if high == most else _times(high, factor))


def _apart(low: float, high: float, factor: float) -> tuple[float, float]:
    middle, half = math.sqrt(low * high), (high / low) ** (factor / 2)
    return middle / half, middle * half


def _odds(share: float, factor: float) -> float:
    return factor * share / (1 + (factor - 1) * share) if 0 < share < 1 else share


def _near(correlation: float, factor: float) -> float:
    """Where an interval of a rank correlation keeps its level: see `claim`."""
    return max(-0.5, min(0.5, factor * correlation)) if abs(correlation) < 1 else correlation


def _times(bound: float, factor: float) -> float:
    return bound * factor if math.isfinite(bound) else bound
