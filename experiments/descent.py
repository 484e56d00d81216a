"""Does repeating the update lower the cost at every step, and up to which learning rate?

The yardstick is 2 / L, where L is the largest curvature of J at the start: on a parabola of that curvature every rate below
lowers J at each step, and every rate above raises it. Each run tries all multiples of it on the same networks.
"""

from functools import partial

import numpy as np
import pandas as pd

from sandbox.analysis.curvature import descend, largest_curvature
from sandbox.claims.claim import Claim, Control, Interval, below
from sandbox.claims.measures import Value
from sandbox.claims.rows import per_replicate
from sandbox.nn.initialisers import generator
from sandbox.nn.network import Layer
from sandbox.system.arrays import Array
from sandbox.trial.build import Setup
from sandbox.trial.experiment import Experiment, Outcome, RunConfig

PERCENT = np.array([10, 25, 50, 75, 90, 110, 150, 6400])  # of 2 / L
STRATA = ("activation", "dataset", "init")


def last_safe(shares: Array) -> Array:
    """The largest percentage (R,) up to which J fell at every step, at all smaller ones too; 0 if there is none."""
    safe = np.logical_and.accumulate(shares == 1.0, axis=0).sum(axis=0)  # how many of the least
    return np.asarray(np.append(0.0, PERCENT)[safe])


def least_falling(rows: pd.DataFrame) -> pd.Series:
    """The least share of falling steps of a replicate, over the rates below 2 / L and over initialisations."""
    shares = per_replicate(rows, "falling_below", "init")
    return shares.groupby(level=[name for name in shares.index.names if name != "init"]).min()


def trial(config: RunConfig) -> Outcome:
    """Per replicate the curvature at the start, and all rates from there; the curvature again where J first rises."""
    setup = Setup(config)
    data, network, start = setup.data, setup.network, setup.start
    rng = generator(config.seed, config.first_replicate, 0)  # of the power method's first directions only
    L = largest_curvature(network, start, data.X, data.Y, rng)
    rates = PERCENT[:, None] / 100 * 2 / L  # (K, R)
    descent = descend(network, start, data.X, data.Y, rates, config.steps)
    below = PERCENT < 100  # the others may have gone too far for a curvature
    there = tuple(Layer(W[below], b[below]) for W, b in descent.before_rise)
    over_limit = np.full(rates.shape, np.nan)
    over_limit[below] = rates[below] * largest_curvature(network, there, data.X, data.Y, rng) / 2
    return Outcome(
        steps=PERCENT,
        curves={"falling": descent.falling, "over_limit_at_rise": np.where(descent.falling < 1.0, over_limit, np.nan)},
        values={
            "falling_below": descent.falling[below].min(axis=0),
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
        "Repeating the update lowers J at every step until a minimum, if the learning rate is below 2 / L.",
        source="notes, § Gradient descent; the bound 2 / L is the textbook's (Nesterov 2004, § 1.2.3)",
        measure=least_falling,
        statistic="all",
        strata=("activation", "dataset"),
        prediction=Interval(1.0, 1.0),
        reason="the notes name no exception; below 2 / L every step lowers a parabola of curvature L",
        effect="least share of steps on which J falls, over both initialisations and rates of 0.1 to 0.9 times 2 / L at the start",
        control=rises_far_above("at 64 times that rate J rises on some steps"),
    ),
    Claim(
        "cost-falls-limit",
        "Above 2 / L it is no longer true: 2 / L at the start is the rate at which the cost stops falling.",
        source="notes, § Gradient descent; Nesterov 2004, § 1.2.3",
        measure=Value("last_safe"),
        statistic="median",
        strata=STRATA,
        prediction=Interval(0.9, 1.1),
        reason="the multiples tried next to 1 are 0.9 and 1.1: broken above means that the last safe one is 0.9 or, just so, 1.1",
        effect="largest learning rate up to which J falls at every step, in units of 2 / L at the start",
        control=rises_far_above("with 64 times that rate J rises on some steps"),
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, figures, trains=False, quick=("dataset=moons", "init=normal"))
