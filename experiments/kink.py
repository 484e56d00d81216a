"""Is z exactly 0 often enough to matter in practice, and where does the slope that ReLU is given there decide?

Every run trains the same networks twice, with g'(0) = 1 and with g'(0) = 0, by the reference engine, and compares them bit
by bit. Zero weights are the control: there z = 0 is the rule.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sandbox.claims.claim import Claim, Control, Interval, above
from sandbox.claims.measures import Value
from sandbox.claims.rows import Column, per_replicate
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.descent import gradient_descent
from sandbox.nn.engines import ENGINES
from sandbox.nn.network import Layer, Network, Parameters, cost, forward
from sandbox.system.arrays import Array
from sandbox.trial.build import Setup
from sandbox.trial.experiment import Experiment, Outcome, RunConfig
from sandbox.trial.train import trained

RANDOM = {"init": ("normal", "he")}
MOSTLY = Interval(0.75, 1.0)
SAME = 0.01  # of J
LAYER, ZEROS = "exactly_zero/layer", "exactly_zero/all_steps"
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
    flat = apart(without_first_weights(start))
    flat_gaps, flat_losses = (np.array(curve) for curve in zip(*flat, strict=True))
    found = {"gap": gaps, "loss_gap": losses}
    found |= {"gap/zero_first_weights": flat_gaps, "loss_gap/zero_first_weights": flat_losses}
    layers = [curve for name, curve in outcome.curves.items() if name.startswith(LAYER)]
    zeros = {ZEROS: over_all_steps(outcome.steps, np.mean(layers, axis=0))} if layers else {}
    return replace(outcome, curves=outcome.curves | found).with_values(zeros)


def over_all_steps(steps: NDArray[np.int64], curve: Array) -> Array:
    """The mean (R,) over all steps up to the last of a curve (T, R) that is known at some, linear in between."""
    every = np.arange(steps[-1] + 1)
    return np.array([np.interp(every, steps, values).mean() for values in curve.T])


def zeros(rows: pd.DataFrame) -> pd.Series:
    """The share of Z that are exactly 0, averaged over hidden layers and probe steps, of which many are early ones."""
    return _over_layers(rows, ":mean")


def zeros_at_the_start(rows: pd.DataFrame) -> pd.Series:
    """The share of Z that are exactly 0 at step 0, averaged over hidden layers."""
    return _over_layers(rows, ":first")


def _over_layers(rows: pd.DataFrame, summary: str) -> pd.Series:
    columns = [name for name in rows.columns if name.startswith(LAYER) and name.endswith(summary)]
    return per_replicate(rows, lambda rows: rows[columns].mean(axis=1))


@dataclass(frozen=True)
class AtMost:
    """1 for a network of which a number is at most `limit`, 0 for another, one that diverged included."""

    number: Column
    limit: float

    def __call__(self, rows: pd.DataFrame) -> pd.Series:
        return (per_replicate(rows, self.number) <= self.limit).astype(float)


@dataclass(frozen=True)
class MoreThan:
    """1 for a network of which a number exceeds `limit`."""

    number: Column
    limit: float

    def __call__(self, rows: pd.DataFrame) -> pd.Series:
        return (per_replicate(rows, self.number) > self.limit).astype(float)


claim = partial(Claim, where=RANDOM, strata=STRATA, prediction=MOSTLY)

CLAIMS = (
    claim(
        "zero-is-rare",
        "In practice z is never exactly 0: of a network's z fewer than one in a thousand is, over its training.",
        source="sharper than the notes, § Activation functions: z is very unlikely to be exactly 0",
        measure=AtMost(ZEROS, 1e-3),
        reason="'very unlikely in practice' is not never: less than one z in a thousand, in three networks of four at least",
        effect="of networks of whose Z at most one in a thousand is exactly 0, on average over hidden layers and all steps",
        control=Control(
            "with zero weights every Z of the hidden layers is exactly 0 at the start",
            zeros_at_the_start,
            Interval(1.0, 1.0),
            where={"init": "zero"},
            strata=("hidden", "dataset"),
        ),
        variants={
            "never at all": AtMost(ZEROS, 0.0),
            "one in a hundred": AtMost(ZEROS, 0.01),
            "on average over probe steps, half of them among the first few": AtMost(zeros, 1e-3),
        },
    ),
    claim(
        "kink-convention",
        "In practice it makes no difference whether ReLU's slope at 0 is taken to be 0 or 1: J ends the same.",
        source="notes, § Derivatives of activation functions",
        measure=AtMost("loss_gap", SAME),
        reason="'may as well' means no difference that anybody would notice, a hundredth of a nat, in three networks of four at least",
        effect="of networks whose J ends the same, within 0.01, with either convention",
        control=Control(
            "where W1 = 0 makes every Z1 exactly 0, and random weights follow, the conventions part",
            Value("gap/zero_first_weights:max"),
            above(0.0),
            where=RANDOM,
            strata=STRATA,
        ),
        variants={
            "to the last bit of every weight": AtMost("gap:max", 0.0),
            "a margin of 0.001": AtMost("loss_gap", 0.001),
            "a margin of 0.05": AtMost("loss_gap", 0.05),
        },
    ),
    claim(
        "kink-matters",
        "Where the first layer's weights start at 0 and the others do not, the convention decides what is learned.",
        source="the sandbox's own; compare the notes, § Derivatives of activation functions",
        measure=MoreThan("loss_gap/zero_first_weights", SAME),
        reason="with slope 0 at z = 0 no gradient ever reaches that layer, with slope 1 it learns; a few may learn little",
        effect="of networks whose J ends apart by more than 0.01 with the two conventions, from W1 = 0",
        control=Control(
            "where all weights are 0 it decides nothing: whatever the slope is, it is multiplied by W2 = 0",
            Value("gap:max"),
            Interval(0.0, 0.0),
            where={"init": "zero"},
            strata=("hidden", "dataset"),
        ),
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, quick=("dataset=moons", "init=zero,normal"))
