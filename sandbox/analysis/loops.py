"""The notes' loops over units and over samples: what the matrix form of `sandbox.nn.network` is compared with."""

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from operator import mul
from typing import Any

import numpy as np

from sandbox.analysis.timing import interleaved
from sandbox.nn.activations import ACTIVATIONS, Activation
from sandbox.nn.network import Layer, Network, Parameters, backward, forward
from sandbox.nn.outputs import OUTPUTS
from sandbox.system.arrays import Array

LOOPED = 1_000  # samples that a loop is timed on at most; beyond, its time is scaled, since each sample costs the same
CHECKED = 20  # samples on which two forms are compared
STEPS, RATE = 3, 0.5  # of a training that is timed

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


def trained_by_units(
    layers: Sequence[PlainLayer], samples: list[list[float]], labels: list[float], rate: float, steps: int
) -> list[PlainLayer]:
    """Gradient descent in plain Python, one unit of one sample after the other: tanh layers under a sigmoid output."""
    m = len(samples)
    for _ in range(steps):
        sums = [([[0.0] * len(row) for row in W], [0.0] * len(b)) for W, b in layers]
        for a, y in zip(samples, labels, strict=True):
            _add_gradient(layers, sums, a, y)
        layers = [
            (
                [[w - rate * dw / m for w, dw in zip(*rows, strict=True)] for rows in zip(W, dW, strict=True)],
                [bias - rate * d / m for bias, d in zip(b, db, strict=True)],
            )
            for (W, b), (dW, db) in zip(layers, sums, strict=True)
        ]
    return list(layers)


def _add_gradient(layers: Sequence[PlainLayer], sums: list[PlainLayer], a: list[float], y: float) -> None:
    """One sample's dW and db, added to the sums."""
    As, last = [a], len(layers) - 1
    for l, (W, b) in enumerate(layers):
        g = sigmoid if l == last else math.tanh
        As.append([g(sum(map(mul, w, As[-1])) + bias) for w, bias in zip(W, b, strict=True)])
    dz = [As[-1][0] - y]
    for l in range(last, -1, -1):
        dW, db = sums[l]
        for i, d in enumerate(dz):
            db[i] += d
            dW[i] = [dw + d * x for dw, x in zip(dW[i], As[l], strict=True)]
        W = layers[l][0]
        dz = [sum(W[i][j] * d for i, d in enumerate(dz)) * (1 - x * x) for j, x in enumerate(As[l])] if l else []


def trained(
    network: Network, parameters: Parameters, X: Array, Y: Array, rate: float, steps: int, loop: bool
) -> Parameters:
    """Gradient descent in NumPy: by one product for all samples, or by a loop over them."""
    for _ in range(steps):
        if loop:
            gradients = summed_gradient(network, parameters, X, Y)
        else:
            gradients = backward(network, parameters, forward(network, parameters, X), Y)
        parameters = tuple(
            Layer(W - rate * dW, b - rate * db) for (W, b), (dW, db) in zip(parameters, gradients, strict=True)
        )
    return parameters


def training(loop: str, hidden: list[int], m: int, rng: np.random.Generator) -> tuple[float, float]:
    """How many times longer a few steps of training take by the loop, and how far apart the weights are that come out."""
    parameters, X = random_layers([2, *hidden, 1], rng), rng.normal(size=(2, m))
    Y = (X[:1] > 0).astype(float)
    network = Network((ACTIVATIONS["tanh"],) * len(hidden), OUTPUTS["sigmoid"])
    layers, samples, labels = plain(parameters), X.T.tolist(), Y[0].tolist()
    ways: dict[str, Callable[[], Iterable[tuple[Any, Any]]]] = {
        "units": lambda: trained_by_units(layers, samples, labels, RATE, STEPS),
        "samples": lambda: trained(network, parameters, X, Y, RATE, STEPS, loop=True),
        "matrix": lambda: trained(network, parameters, X, Y, RATE, STEPS, loop=False),
    }
    looped, one = interleaved([ways[loop], ways["matrix"]], rounds=int(np.clip(100 // m, 1, 5)))
    return looped / one, relative(_row(ways[loop]()), _row(ways["matrix"]())) if m <= CHECKED else 0.0


def _row(layers: Iterable[tuple[Any, Any]]) -> Array:
    """All weights and biases, one after the other."""
    return np.concatenate([np.ravel(part) for layer in layers for part in layer])


def scalar(g: Callable[[Array], Array]) -> Scalar:
    """An activation for one number."""
    return lambda z: float(g(np.array([z]))[0])


def random_layers(sizes: list[int], rng: np.random.Generator) -> Parameters:
    """Weights that keep Z near 1 at any width, and biases of the same size."""
    return tuple(
        Layer(rng.normal(size=(n_out, n_in)) / np.sqrt(n_in), rng.normal(size=(n_out, 1)))
        for n_in, n_out in pairwise(sizes)
    )


def largest_difference(
    loop: str, g: Activation, parameters: Parameters, looped: Parameters, X: Array, Y: Array
) -> float:
    """Between the matrix form with `parameters` and the loop with `looped`, relative to the largest number.

    Predictions for both loops; for the one over samples the gradient as well. The output is the identity, which hides
    no difference.
    """
    depth = len(parameters) - 1
    network = Network((g,) * depth, OUTPUTS["identity"])
    trace = forward(network, parameters, X)
    if loop == "units":
        functions = [*[scalar(g.function)] * depth, float]
        return relative(unit_by_unit(plain(looped), functions, X.T.tolist()), trace.activations[-1])
    gradients = backward(network, parameters, trace, Y), summed_gradient(network, looped, X, Y)
    return max(
        relative(sample_by_sample(network, looped, X), trace.activations[-1]),
        relative(*(np.concatenate([part.ravel() for layer in gradient for part in layer]) for gradient in gradients)),
    )


def relative(a: Array, b: Array) -> float:
    return float(np.abs(a - b).max() / np.abs(b).max())


def loop_differences(loop: str, hidden: list[int], rng: np.random.Generator) -> tuple[float, float]:
    """The worst difference of all activations; and the least if the loop forgets the biases."""
    same, broken = 0.0, math.inf
    for g in ACTIVATIONS.values():
        parameters = random_layers([3, *hidden, 1], rng)
        X, Y = rng.normal(size=(3, CHECKED)), rng.normal(size=(1, CHECKED))
        without = tuple(Layer(W, np.zeros_like(b)) for W, b in parameters)
        same = max(same, largest_difference(loop, g, parameters, parameters, X, Y))
        broken = min(broken, largest_difference(loop, g, parameters, without, X, Y))
    return same, broken


def sigmoid(z: float) -> float:
    return 1.0 / (1.0 + math.exp(-z))


def time_ratios(loop: str, hidden: list[int], m: int, rng: np.random.Generator) -> tuple[float, float]:
    """How many times longer the loop takes for m samples than the matrix form, and the matrix form than itself.

    The notes' network: two inputs, tanh, a sigmoid output. Python's lists are made before the clock starts.
    """
    parameters, X = random_layers([2, *hidden, 1], rng), rng.normal(size=(2, m))
    network = Network((ACTIVATIONS["tanh"],) * len(hidden), OUTPUTS["sigmoid"])
    part = X[:, :LOOPED]
    layers, functions, samples = plain(parameters), [*[math.tanh] * len(hidden), sigmoid], part.T.tolist()
    ways = {
        "units": lambda: unit_by_unit(layers, functions, samples),
        "samples": lambda: sample_by_sample(network, parameters, part),
    }
    matrix = lambda: forward(network, parameters, X)  # noqa: E731
    looped, one, other = interleaved([ways[loop], matrix, matrix], rounds=int(np.clip(300 // m, 2, 9)))
    return looped * m / part.shape[1] / one, one / other
