"""The notes' loops over units and over samples: what the matrix form of `sandbox.nn.network` is compared with."""

from collections.abc import Callable, Sequence
from operator import mul

import numpy as np

from sandbox.nn.network import Layer, Network, Parameters, backward, forward
from sandbox.system.arrays import Array

Scalar = Callable[[float], float]
PlainLayer = tuple[list[list[float]], list[float]]  # W by rows, b


def plain(parameters: Parameters) -> list[PlainLayer]:
    """The parameters of a single network as lists of Python's floats."""
    return [(W.tolist(), b[:, 0].tolist()) for W, b in parameters]


def unit_by_unit(layers: Sequence[PlainLayer], functions: Sequence[Scalar], samples: list[list[float]]) -> Array:
    """The prediction (n_y, m): z = w . a + b and a = g(z) for one unit of one sample after the other, in plain Python."""
    predictions = []
    for a in samples:
        for (W, b), g in zip(layers, functions, strict=True):
            a = [g(sum(map(mul, w, a)) + bias) for w, bias in zip(W, b, strict=True)]
        predictions.append(a)
    return np.array(predictions).T


def sample_by_sample(network: Network, parameters: Parameters, X: Array) -> Array:
    """The prediction (n_y, m): all units of a layer at once, for one column of X after the other."""
    columns = [forward(network, parameters, X[:, i : i + 1]).activations[-1] for i in range(X.shape[1])]
    return np.concatenate(columns, axis=1)


def summed_gradient(network: Network, parameters: Parameters, X: Array, Y: Array) -> Parameters:
    """The gradient of J as the mean of the gradients that the samples have alone."""
    m = X.shape[1]
    total = tuple(Layer(np.zeros_like(W), np.zeros_like(b)) for W, b in parameters)
    for i in range(m):
        trace = forward(network, parameters, X[:, i : i + 1])
        alone = backward(network, parameters, trace, Y[:, i : i + 1])
        total = tuple(Layer(W + dW / m, b + db / m) for (W, b), (dW, db) in zip(total, alone, strict=True))
    return total


def scalar(g: Callable[[Array], Array]) -> Scalar:
    """An activation for one number."""
    return lambda z: float(g(np.array([z]))[0])
