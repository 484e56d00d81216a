"""Does repeating the update lower the cost at every step, and up to which learning rate?

The yardstick is 2 / L, where L is the largest curvature of J at the start: on a parabola of that curvature every rate below
lowers J at each step, and every rate above raises it. Each run tries all multiples of it on the same networks.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sandbox.analysis.curvature import curvatures, descend
from sandbox.claims.claim import MORE_OFTEN_THAN_NOT, NEARLY_ALWAYS, Claim, Control, Interval, below
from sandbox.claims.measures import Value
from sandbox.claims.rows import per_replicate
from sandbox.data.datasets import Data
from sandbox.nn.network import Layer, Network, Parameters
from sandbox.system.arrays import Array
from sandbox.trial.build import Setup
from sandbox.trial.experiment import Experiment, Outcome, RunConfig

PERCENT = np.array([10, 25, 50, 75, 90, 110, 150, 6400])  # of 2 / L
STRATA = ("activation", "dataset", "init")


def last_safe(shares: Array) -> Array:
    """The largest percentage (R,) up to which J fell at every step, at all smaller ones too; 0 if there is none."""
    safe = np.logical_and.accumulate(shares == 1.0, axis=0).sum(axis=0)  # how many of the least
    return np.asarray(np.append(0.0, PERCENT)[safe])


@dataclass(frozen=True)
class FallsAlways:
    """1 for a network whose J falls at every step, at all rates tried up to `most` percent of 2 / L; 0 for others."""

    most: int = 99

    def __call__(self, rows: pd.DataFrame) -> pd.Series:
        needed, safe = PERCENT[self.most >= PERCENT].max(), per_replicate(rows, "last_safe")
        return pd.Series((np.round(100 * safe.to_numpy(float)) >= needed).astype(float), safe.index)


def share_over(over_limit: Array, which: NDArray[np.bool_]) -> Array:
    """Of the descents (K, R) that count the share above the limit of the place where they are; NaN where none counts."""
    over = np.where(which, over_limit > 1.0, False).sum(axis=0)
    return np.asarray(over / np.where(which.any(axis=0), which.sum(axis=0), np.nan))


def largest(network: Network, parameters: Parameters, data: Data) -> Array:
    """L (R,): the largest curvature of J, upwards or downwards."""
    return np.asarray(np.abs(curvatures(network, parameters, data.X, data.Y)).max(axis=-1))


def trial(config: RunConfig) -> Outcome:
    """Per replicate the curvature at the start, and all rates from there; the curvature again where J first rises."""
    setup = Setup(config)
    data, network, start = setup.data, setup.network, setup.start
    L = largest(network, start, setup.data)
    rates = PERCENT[:, None] / 100 * 2 / L  # (K, R)
    descent = descend(network, start, data.X, data.Y, rates, config.steps)
    below = PERCENT < 100  # the others may have gone too far for a curvature
    over_limit = np.full(rates.shape, np.nan)
    for k in np.flatnonzero(below):
        there = tuple(Layer(W[k], b[k]) for W, b in descent.before_rise)
        over_limit[k] = rates[k] * largest(network, there, setup.data) / 2
    rose = descent.falling < 1.0
    return Outcome(
        steps=PERCENT,
        curves={"falling": descent.falling, "over_limit_at_rise": np.where(rose, over_limit, np.nan)},
        values={
            "over_where_it_rises": share_over(over_limit[below], rose[below]),
            "over_where_it_never_does": share_over(over_limit[below], ~rose[below]),
            "falling_far_above": descent.falling[-1],
            "last_safe": last_safe(descent.falling) / 100,
            "curvature": L,
        },
    )


def figures(config: RunConfig, outcome: Outcome) -> dict[str, bytes]:
    """The share of falling steps against the rate."""
    from sandbox.plotting.experiment import lines_figure

    return {
        "falling_steps": lines_figure(
            PERCENT / 100,
            {"J falls": outcome.curves["falling"]},
            title=f"Share of steps on which J falls: {config.dataset.name}, {config.activation}, {config.init.name}",
            below=f"{config.steps} steps; median and 10-90 % of {config.replicates} networks",
            xlabel="learning rate, in units of 2 / L at the start",
            ylabel="share of steps",
            bounds=(0.0, 1.05),
        )
    }


rises_far_above = partial(
    Control, measure=Value("falling_far_above"), prediction=below(1.0), statistic="median", strata=STRATA
)

CLAIMS = (
    Claim(
        "cost-falls",
        "Repeating the update lowers J at every step, if the rate is below 2 / L, L being the largest curvature at the start.",
        source="sharper than the notes, § Gradient descent: the update is repeated until J is at its minimum, and no rate is named; the bound 2 / L is "
        "the textbook's (Nesterov 2004, § 1.2.3)",
        measure=FallsAlways(),
        strata=STRATA,
        prediction=NEARLY_ALWAYS,
        reason="the notes name no exception, and below 2 / L every step lowers a parabola of curvature L; one network in ten is "
        "left for what is no parabola",
        effect="of networks whose J falls at every step, at all rates of 0.1 to 0.9 times 2 / L at the start",
        control=rises_far_above("at 64 times that rate J rises on some steps"),
        variants={"up to half of that rate": FallsAlways(50), "at a tenth of it": FallsAlways(10)},
    ),
    Claim(
        "cost-falls-limit",
        "Above 2 / L it is no longer true: 2 / L at the start is the rate at which the cost stops falling.",
        source="the textbook's, of a parabola (Nesterov 2004, § 1.2.3); compare the notes, § Gradient descent, which name no rate",
        measure=Value("last_safe"),
        statistic="median",
        strata=STRATA,
        prediction=Interval(0.9, 1.1),
        reason="the multiples tried next to 1 are 0.9 and 1.1: broken above means that the last safe one is 0.9 or, just so, 1.1",
        effect="largest learning rate up to which J falls at every step, in units of 2 / L at the start",
        control=rises_far_above("with 64 times that rate J rises on some steps"),
    ),
    Claim(
        "cost-falls-way",
        "Where J rises in spite of that, its curvature has grown on the way: the rate is above 2 / L of that place.",
        source="Cohen et al. 2021, § 3.1; compare the notes, § Gradient descent",
        measure=Value("over_where_it_rises"),
        statistic="share",
        strata=STRATA,
        prediction=MORE_OFTEN_THAN_NOT,
        reason="a step along a parabola raises J only above 2 / L of that parabola; what is no parabola is the exception",
        effect="of descents below 2 / L at the start that rise, those above 2 / L of the place where they first do",
        control=Control(
            "where J never rises the rate ends below 2 / L of the place more often than not",
            Value("over_where_it_never_does"),
            Interval(0.0, 0.5, "[)"),
            statistic="share",
        ),
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, figures, trains=False, quick=("dataset=moons", "init=normal"))
