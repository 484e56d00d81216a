"""Does a layer learn faster from inputs around 0 than from inputs around 1/2?

Its inputs are the data (standardised and the same plus 1/2; scaled to [0, 1] and the same minus 1/2), or the activations
of a layer of drawn weights that never learns: then it is the next layer's learning and nothing else that is watched. The
two of a pair differ by a constant that a bias can undo, so that they can learn the same.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from sandbox.claims.claim import Claim, Placebo, above
from sandbox.claims.measures import Paired
from sandbox.config.checks import setting
from sandbox.data.datasets import Data
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.initialisers import generator
from sandbox.system.arrays import Array
from sandbox.trial.build import Setup
from sandbox.trial.experiment import Experiment, Outcome, RunConfig
from sandbox.trial.train import train

INPUT, RATE, STEPS, CONDITION = "trial.inputs", "learning_rate", "steps_to_threshold", "condition"
UNITS = 16  # of the frozen layer
FROZEN = ("sigmoid", "sigmoid_centred", "tanh", "tanh_shifted")


def unit_range(X: Array) -> tuple[Array, Array]:
    """Least value and range (n, 1) of every input; a constant one has range 1."""
    low, size = X.min(axis=1, keepdims=True), np.ptp(X, axis=1, keepdims=True)
    return low, np.where(size == 0, 1.0, size)


def frozen(name: str, n_x: int, seed: int, r: int) -> Callable[[Array], Array]:
    """The activations of a layer of drawn weights and biases, of variance 1 / n_x and 1, that every pair shares."""
    rng = generator(seed, r, 0)
    W, b = rng.normal(0.0, 1 / np.sqrt(n_x), (UNITS, n_x)), rng.normal(size=(UNITS, 1))
    return lambda X: ACTIVATIONS[name].function(W @ X + b)


def seen_by_the_layer(name: str, X: Array, seed: int, r: int) -> Callable[[Array], Array]:
    """What becomes of samples (n_x, m) before a layer sees them; ranges are those of the training samples X."""
    low, size = unit_range(X)
    known: dict[str, Callable[[Array], Array]] = {
        "standardised": lambda X: X,
        "shifted": lambda X: X + 0.5,
        "unit": lambda X: (X - low) / size,
        "unit_centred": lambda X: (X - low) / size - 0.5,
    }
    return known[name] if name in known else frozen(name, X.shape[0], seed, r)


INPUTS = ("standardised", "shifted", "unit", "unit_centred", *FROZEN)


def fed(data: Data, change: Callable[[Array], Array]) -> Data:
    """The same samples as the layer sees them."""
    return replace(data, X=change(data.X), X_test=change(data.X_test))


def condition(X: Array) -> float:
    """The largest over the least eigenvalue, of those above rounding, of [X; 1] [X; 1]^T: J's curvature at zero weights.

    Of a single unit with cross-entropy, up to the factor 1 / 4 m; 1 is a round valley, a large number a narrow one.
    """
    values = np.linalg.svd(np.vstack([X, np.ones(X.shape[1])]), compute_uv=False) ** 2
    return float(values[0] / values[values > 1e-12 * values[0]][-1])


def trial(config: RunConfig) -> Outcome:
    """Training on what `trial.inputs` makes of the samples, and how badly conditioned that is, `condition`.

    The networks of one draw share its frozen layer.
    """
    name, data = setting(config, "inputs", INPUTS), Setup(config).data
    changed = fed(data, seen_by_the_layer(name, data.X, config.seed, config.first_replicate))
    return train(config, data=changed).with_values({CONDITION: condition(changed.X)})


def faster(centred: str, shifted: str) -> Paired:
    """How many times the steps of what is centred go into the other's, each at its own best rate."""
    return Paired(
        STEPS,
        better={INPUT: centred},
        than={INPUT: shifted},
        effect="ratio",
        size="ratio",
        budget="steps",
        best_over=RATE,
        margin=0.05,
    )


claim = partial(
    Claim,
    source="notes, § Activation functions",
    statistic="median",
    strata=("dataset", "hidden"),
    prediction=above(1.0),
    real_data="samples",
    control=Placebo(),
)
data = partial(
    claim,
    prediction=above(1.05),
    reason="easier means fewer steps; nothing is said of how many fewer, but within a twentieth they count as the same",
    effect="times as many steps to the threshold around 1/2 as around 0, each at its own best rate",
)
next_layer = partial(
    claim,
    reason="if centring is what makes tanh better, as the notes say, it has to show where nothing else differs",
    effect="times as many steps to the threshold above shifted activations as above centred ones, each at its own best rate",
)

CLAIMS = (
    data(
        "centred-inputs",
        "Data centred at 0 rather than at 0.5 make learning easier: scaled to [-1/2, 1/2] against [0, 1].",
        measure=faster("unit_centred", "unit"),
    ),
    data(
        "centred-inputs-shifted",
        "The same of standardised data against the same plus 1/2.",
        measure=faster("standardised", "shifted"),
    ),
    next_layer(
        "next-layer",
        "Centring makes it easier for the next layer to learn: above a frozen layer of sigmoid - 1/2 against sigmoid.",
        measure=faster("sigmoid_centred", "sigmoid"),
    ),
    next_layer(
        "next-layer-tanh",
        "The same above a frozen layer of tanh against tanh + 1.",
        source="sharper than the notes, § Activation functions: they speak of a mean of 1/2 and not of 1",
        measure=faster("tanh", "tanh_shifted"),
    ),
    claim(
        "next-layer-condition",
        "The reason is the valley: above centred activations the next layer's cost is better conditioned.",
        source="LeCun et al. 1998 (Efficient BackProp), § 5.1: a mean away from 0 makes the largest eigenvalue large",
        measure=Paired(
            CONDITION, better={INPUT: "sigmoid_centred"}, than={INPUT: "sigmoid"}, effect="ratio", size="ratio"
        ),
        where={"hidden": "none", RATE: 1.0},  # what is frozen is the same for all of them
        strata=("dataset",),
        reason="a common constant adds its square to the largest eigenvalue and nothing to the others",
        effect="times as large a condition number with sigmoid as with sigmoid - 1/2",
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, quick=("dataset=moons", "hidden=[]", "learning_rate=1,4"))
