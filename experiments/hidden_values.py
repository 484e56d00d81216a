"""Do the data say what values the hidden layer has to take?

Units can be exchanged, and each mirrored (tanh: all its signs; sigmoid: 1 - a for a) or rescaled (ReLU), without a change of
what the network computes: its twin has the same outputs, the same J, and other hidden values. And networks that were
trained on the same samples from other starts come to agree on the outputs, which the data hold, and not on the hidden values.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from sandbox.claims.claim import Claim, Control, Interval, above
from sandbox.claims.measures import Value
from sandbox.claims.rows import per_replicate
from sandbox.data.datasets import Data
from sandbox.nn.network import Layer, Network, Parameters, forward
from sandbox.system.arrays import Array
from sandbox.system.errors import InputError
from sandbox.trial.experiment import Experiment, Outcome, RunConfig
from sandbox.trial.train import train

OTHER_SEED = 10**9  # added to the seed, for the networks trained from another start
STRATA = ("activation", "dataset")
SAME, OTHER = 1e-9, 0.1  # of outputs, and of hidden values relative to their size
OUTPUTS, HIDDEN = "twin: outputs apart", "twin: hidden values apart"
MATCHED = "twin: hidden values apart, matched"

Mirror = Callable[[Layer, Array, Array], tuple[Layer, Array, Array]]  # (layer 1, W2, b2), every unit mirrored


def _signs(layer: Layer, W: Array, b: Array) -> tuple[Layer, Array, Array]:
    """tanh(-z) = -tanh(z)."""
    return Layer(-layer.weights, -layer.bias), -W, b


def _ones(layer: Layer, W: Array, b: Array) -> tuple[Layer, Array, Array]:
    """sigma(-z) = 1 - sigma(z), and what the 1 adds goes out of the next bias."""
    return Layer(-layer.weights, -layer.bias), -W, b + W.sum(axis=-1, keepdims=True)


def _scale(layer: Layer, W: Array, b: Array) -> tuple[Layer, Array, Array]:
    """max(0, 2 z) = 2 max(0, z)."""
    return Layer(2 * layer.weights, 2 * layer.bias), W / 2, b


MIRRORS: dict[str, Mirror] = {"tanh": _signs, "sigmoid": _ones, "relu": _scale}


def twin(name: str, parameters: Parameters) -> Parameters:
    """The network with its hidden units mirrored and in the reverse order, whose outputs are the same."""
    if name not in MIRRORS:
        raise InputError(f"activation: expected one of {', '.join(MIRRORS)}, got {name!r}")
    hidden, W, b = MIRRORS[name](parameters[0], *parameters[1])
    return Layer(hidden.weights[..., ::-1, :], hidden.bias[..., ::-1, :]), Layer(W[..., ::-1], b)


def half_twin(parameters: Parameters) -> Parameters:
    """The hidden units in reverse order, but not what they pass on: another function."""
    (W, b), output = parameters
    return Layer(W[..., ::-1, :], b[..., ::-1, :]), output


def apart(A: Array, B: Array) -> Array:
    """Root-mean-square difference over root-mean-square size (..), of values (.., n, m)."""
    return np.asarray(np.sqrt(np.square(A - B).mean(axis=(-2, -1)) / np.square(A).mean(axis=(-2, -1))))


def best_apart(name: str, A: Array, B: Array) -> float:
    """The same for the hidden values (n, m) of two networks, each unit beside the one that fits best, mirrored if need be.

    Units of ReLU are brought to the same size first, and a dead one stays 0.
    """
    if name == "relu":
        A, B = (H / np.maximum(np.linalg.norm(H, axis=-1, keepdims=True), 1e-300) for H in (A, B))
    mirrored = {"tanh": -B, "sigmoid": 1.0 - B, "relu": B}[name]
    gaps = np.minimum(*(np.square(A[:, None] - H[None]).sum(axis=-1) for H in (B, mirrored)))
    return float(np.sqrt(gaps[linear_sum_assignment(gaps)].sum() / np.square(A).sum()))


def matched(name: str, As: Array, Bs: Array) -> Array:
    """`best_apart` of R pairs of networks (R,)."""
    return np.array([best_apart(name, A, B) for A, B in zip(As, Bs, strict=True)])


def trial(config: RunConfig) -> Outcome:
    """Two trainings from different starts on the same samples; what is apart between them, and between a network and its twin."""
    ends: list[Parameters] = []
    seen: list[tuple[Network, Data]] = []

    def look(network: Network, parameters: Parameters, data: Data) -> dict[str, Array]:
        ends.append(parameters)
        seen.append((network, data))
        return {}

    outcome = train(config, look=look)
    first, (network, data) = ends[-1], seen[-1]
    train(replace(config, seed=config.seed + OTHER_SEED), look=look)
    name = str(config.activation)
    (_, H, Y), (_, H_twin, Y_twin), (_, _, Y_half), (_, H_other, Y_other) = (
        forward(network, each, data.X).activations for each in (first, twin(name, first), half_twin(first), ends[-1])
    )
    return outcome.with_values(
        {
            OUTPUTS: np.abs(Y - Y_twin).max(axis=(-2, -1)),
            HIDDEN: apart(H, H_twin),
            MATCHED: matched(name, H, H_twin),
            "half twin: outputs apart": np.abs(Y - Y_half).max(axis=(-2, -1)),
            "other: outputs apart": apart(Y, Y_other),
            "other: hidden values apart": matched(name, H, H_other),
        }
    )


def has_a_twin(rows: pd.DataFrame) -> pd.Series:
    """1 where the twin computes the same from other hidden values."""
    outputs, hidden = (per_replicate(rows, column) for column in (OUTPUTS, HIDDEN))
    return ((outputs < SAME) & (hidden > OTHER)).astype(float)


def times_further(rows: pd.DataFrame) -> pd.Series:
    """How many times further apart the hidden values of two trained networks are than their outputs."""
    hidden, outputs = (per_replicate(rows, f"other: {what} apart") for what in ("hidden values", "outputs"))
    return hidden / outputs


claim = partial(
    Claim,
    real_data="samples",
    source="sharper than the notes, § Neural network, on its layers: the training set does not hold the hidden values",
    strata=STRATA,
)

CLAIMS = (
    claim(
        "hidden-not-in-data",
        "The values of the hidden layer are not in the data: every trained network has a twin with the same outputs and "
        "other hidden values.",
        statistic="all",
        measure=has_a_twin,
        prediction=Interval(1.0, 1.0),
        reason="exchanging and mirroring units changes the outputs by roundings only, and hidden values by their own size",
        effect="1 where the twin's outputs are the same to nine digits and its hidden values differ by a tenth of their size",
        control=Control(
            "exchanging the units without what they pass on is seen: outputs differ by more than a hundredth",
            Value("half twin: outputs apart"),
            above(0.01),
            statistic="median",
        ),
    ),
    claim(
        "hidden-not-in-data-trained",
        "Nor does training make up for it: networks that learn the same outputs from other starts differ more in their hidden "
        "values than in their outputs, even if each unit is held against the one that fits it best.",
        statistic="median",
        measure=times_further,
        prediction=above(1.0),
        reason="J speaks of outputs; of hidden values only through them",
        effect="times as far apart as the outputs, both relative to their size",
        control=Control(
            "held against its twin, whose units are only exchanged and mirrored, a network is not apart at all",
            Value(MATCHED),
            Interval(0.0, 1e-6),  # the root of a difference of squares, which rounds at 1e-16
            statistic="all",
        ),
        real_data="samples",
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, quick=("dataset=moons",))
