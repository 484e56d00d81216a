"""Is z ever exactly 0, and does it matter which slope ReLU is given there?

Every run trains the same networks twice, with g'(0) = 1 and with g'(0) = 0, by the reference engine, and compares them bit
by bit. Zero weights are the control: there z = 0 is the rule.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from sandbox.claims.claim import Claim, Control, Interval, above
from sandbox.claims.measures import Value
from sandbox.claims.rows import per_replicate
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.descent import gradient_descent
from sandbox.nn.engines import ENGINES
from sandbox.nn.network import Layer, Network, Parameters, cost, forward
from sandbox.system.arrays import Array
from sandbox.trial.build import Setup
from sandbox.trial.experiment import Experiment, Outcome, RunConfig
from sandbox.trial.train import trained

RANDOM = {"init": ("normal", "uniform", "xavier", "he", "lecun", "orthogonal")}
STRATA = ("hidden", "dataset", "init")


def largest_gap(a: Parameters, b: Parameters) -> Array:
    """The largest difference (R,) between any two weights or biases; 0 only if every bit agrees. Two NaN agree."""
    pairs = [pair for layers in zip(a, b, strict=True) for pair in zip(*layers, strict=True)]
    gaps = [np.where((x == y) | (np.isnan(x) & np.isnan(y)), 0.0, np.abs(x - y)) for x, y in pairs]
    return np.asarray(np.nan_to_num(np.max([gap.max(axis=(-2, -1)) for gap in gaps], axis=0), nan=np.inf))


def without_first_weights(parameters: Parameters) -> Parameters:
    """W^[1] = 0, all else as it was: every Z^[1] is exactly 0, and the layer above passes gradients down."""
    first = parameters[0]
    return (Layer(np.zeros_like(first.weights), first.bias), *parameters[1:])


def trial(config: RunConfig) -> Outcome:
    """The default trial, and beside it how far apart the two conventions drive the same networks."""
    setup = Setup(config)
    outcome, data, start, one = trained(setup), setup.data, setup.start, setup.network
    zero = Network((ACTIVATIONS["relu_kink0"],) * len(config.hidden), one.output)

    def apart(start: Parameters) -> Iterator[tuple[Array, Array]]:
        """How far apart weights and losses are (R,), at every probe step."""
        walks = [
            gradient_descent(
                network, start, data.X, data.Y, config.learning_rate, outcome.steps.tolist(), ENGINES["numpy"]
            )
            for network in (one, zero)
        ]
        for (_, a), (_, b) in zip(*walks, strict=True):
            J = [cost(one, forward(one, parameters, data.X), data.Y) for parameters in (a, b)]
            yield largest_gap(a, b), np.abs(J[0] - J[1])

    gaps, losses = (np.array(curve) for curve in zip(*apart(start), strict=True))
    control, _ = zip(*apart(without_first_weights(start)), strict=True)
    return replace(
        outcome, curves=outcome.curves | {"gap": gaps, "loss_gap": losses, "gap/zero_first_weights": np.array(control)}
    )


def zeros(rows: pd.DataFrame) -> pd.Series:
    """The share of Z that are exactly 0, averaged over hidden layers and probe steps."""
    return _over_layers(rows, ":mean")


def zeros_at_the_start(rows: pd.DataFrame) -> pd.Series:
    """The share of Z that are exactly 0 at step 0, averaged over hidden layers."""
    return _over_layers(rows, ":first")


def _over_layers(rows: pd.DataFrame, summary: str) -> pd.Series:
    columns = [name for name in rows.columns if name.startswith("exactly_zero/layer") and name.endswith(summary)]
    return per_replicate(rows, lambda rows: rows[columns].mean(axis=1))


claim = partial(Claim, statistic="all", where=RANDOM, strata=STRATA)

CLAIMS = (
    claim(
        "zero-is-rare",
        "During training z is practically never exactly 0.",
        source="notes, § Activation functions",
        measure=zeros,
        prediction=Interval(0.0, 1e-6),
        reason="of about 10^5 values of Z per network not one should be 0, and one alone would be more than this share",
        effect="share of Z that are exactly 0, over hidden layers and probe steps",
        control=Control(
            "with zero weights every Z of the hidden layers is exactly 0 at the start",
            zeros_at_the_start,
            Interval(1.0, 1.0),
            where={"init": "zero"},
            strata=("hidden", "dataset"),
        ),
    ),
    claim(
        "kink-convention",
        "Whether ReLU's slope at 0 is taken to be 0 or 1 makes no difference.",
        source="notes, § Derivatives of activation functions",
        measure=Value("gap:max"),
        prediction=Interval(0.0, 0.0),
        reason="if no z is ever 0, both conventions do the same arithmetic, to the last bit",
        effect="largest difference between any two weights trained with either convention, at any probe step",
        control=Control(
            "where W1 = 0 makes every Z1 exactly 0, and random weights follow, the conventions part",
            Value("gap/zero_first_weights:max"),
            above(0.0),
            where=RANDOM,
            strata=STRATA,
        ),
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, quick=("dataset=moons", "init=zero,normal"))
