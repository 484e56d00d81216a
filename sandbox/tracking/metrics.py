"""What of a run's history the dashboard plots."""

import re

import numpy as np
from numpy.typing import NDArray

from sandbox.system.arrays import Array
from sandbox.trial.outcome import Outcome

# Shares of replicates to which something ever happened, and the value that says when.
SHARES = {"diverged": "diverged_step", "reached": "steps_to_threshold"}

SPREAD = ("test/loss", "train/loss", "steps_to_threshold")  # of which more than a median is told

POINTS = 100  # of a curve; each costs 16 us to store, and more make the dashboard slow


def summary(outcome: Outcome) -> list[tuple[str, int, float]]:
    """What the dashboard plots, as (name, step, value): medians over replicates, those that diverged left out.

    A long curve is thinned; the history keeps all of it. A single number has step 0. Whatever is not finite is left out,
    for MLflow turns inf into 1.8e308 and hides a run whose last value is NaN: the median of `steps_to_threshold` where most
    never reach it, for instance.
    """
    kept = thinned(len(outcome.steps))
    points: list[tuple[str, int, float]] = []
    for name, curve in outcome.curves.items():
        points += [
            (name, int(step), median) for step, median in zip(outcome.steps[kept], _medians(curve[kept]), strict=True)
        ]
    for name, values in outcome.values.items():
        points += [(name, 0, median) for median in _medians(values[np.newaxis])]
    for name, when in SHARES.items():
        if when in outcome.values:
            points.append((name, 0, float(np.isfinite(outcome.values[when]).mean())))
    for name in SPREAD:
        last = outcome.curves[name][-1] if name in outcome.curves else outcome.values.get(name)
        if last is not None and (ends := np.asarray(last)[np.isfinite(last)]).size:
            points += [(f"{name}_p{q}", 0, float(np.percentile(ends, q))) for q in (10, 90)]
    if {"diverged_step", "steps_to_threshold"} <= outcome.values.keys():
        diverged = np.isfinite(outcome.values["diverged_step"])
        arrived = np.isfinite(outcome.values["steps_to_threshold"])
        points.append(("failed", 0, float((diverged | ~arrived).mean())))
    return [(dashboard_name(name), step, value) for name, step, value in points if np.isfinite(value)]


def dashboard_name(name: str) -> str:
    """`slope/layer2` as `slope/layer02`: in alphabetical order the tenth layer comes after the ninth."""
    return re.sub(r"/layer(\d)\b", r"/layer0\1", name)


def thinned(T: int) -> NDArray[np.int64]:
    """Which of the probe steps: at most POINTS of them, evenly, the first and the last included."""
    return np.unique(np.linspace(0, T - 1, min(POINTS, T)).round().astype(np.int64))


def _medians(curve: Array) -> list[float]:
    if np.isfinite(curve).all():
        return [float(median) for median in np.median(curve, axis=1)]  # in a third of the time
    medians = np.full(len(curve), np.nan)
    known = ~np.isnan(curve).all(axis=1)
    with np.errstate(invalid="ignore"):  # halfway between inf and -inf is NaN, which is left out
        medians[known] = np.nanmedian(curve[known], axis=1)
    return [float(median) for median in medians]
