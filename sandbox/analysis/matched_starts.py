"""Where networks with different hidden activations may fairly start: equal weights, equal functions, or own gains.

tanh, sigmoid and their shifted twins are one function up to scale and shift, g(z) = c tanh(k z) + d. Hence networks of
equal shape can compute the very same outputs with any of them, and what one of them gains over another in training is
not a matter of what it can express.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from sandbox.config.checks import hidden_activations, setting
from sandbox.config.schema import RunConfig
from sandbox.nn.activations import LEAK
from sandbox.nn.network import Layer, Parameters
from sandbox.system.errors import InputError
from sandbox.trial.build import Setup


class Affine(NamedTuple):
    """g(z) = c tanh(k z) + d."""

    k: float
    c: float
    d: float


UNCHANGED = Affine(1.0, 1.0, 0.0)  # tanh itself; an input layer or an output layer in its place

AS_TANH: dict[str, Affine] = {
    "tanh": UNCHANGED,
    "sigmoid": Affine(0.5, 0.5, 0.5),
    "sigmoid_centred": Affine(0.5, 0.5, 0.0),
    "tanh_shifted": Affine(1.0, 1.0, 1.0),
}

# A rectifier halves the mean square of what passes (He et al. 2015, eq. 10 and 15): the weights make up for it.
RECTIFIER_GAIN = {"relu": np.sqrt(2.0), "relu_kink0": np.sqrt(2.0), "leaky_relu": np.sqrt(2.0 / (1.0 + LEAK**2))}


def same_function(names: Sequence[str], parameters: Parameters) -> Parameters:
    """The parameters with which hidden layers of `names` compute what `parameters` compute with tanh.

    Layer l then has W' = W / (c k') and b' = (b - d / c W 1) / k', where c and d belong to the layer below, k' to its own
    activation. Raises InputError for an activation that is no tanh up to scale and shift.
    """
    unlike = [name for name in names if name not in AS_TANH]
    if unlike:
        raise InputError(
            f"activation: expected one of {', '.join(AS_TANH)} for trial.start=same_function, got {unlike[0]!r}"
        )
    hidden = [AS_TANH[name] for name in names]
    return tuple(
        Layer(W / (below.c * own.k), (b - below.d / below.c * W.sum(axis=-1, keepdims=True)) / own.k)
        for (W, b), below, own in zip(parameters, [UNCHANGED, *hidden], [*hidden, UNCHANGED], strict=True)
    )


def own_gain(names: Sequence[str], parameters: Parameters) -> Parameters:
    """Weights of variance 1 / n_in, each times the gain its network's activation needs to keep the signal's size.

    Rectifiers: the square root of 2, which makes them He's. tanh: 1, Glorot's where widths are equal. sigmoid: what makes
    it the same function as tanh, about 4 between hidden layers (it is half as high and half as steep).
    """
    if len(set(names)) == 1 and names[0] in RECTIFIER_GAIN:
        return tuple(Layer(RECTIFIER_GAIN[names[0]] * W, b) for W, b in parameters)
    return same_function(names, parameters)


STARTS: dict[str, Callable[[Sequence[str], Parameters], Parameters]] = {
    "same_weights": lambda names, parameters: parameters,
    "same_function": same_function,
    "own_gain": own_gain,
}


def start_of(config: RunConfig) -> Parameters:
    """The R networks that `trial.start` asks for, from the weights of `init`; equal weights unless it is set."""
    return STARTS[setting(config, "start", STARTS, "same_weights")](hidden_activations(config), Setup(config).start)
