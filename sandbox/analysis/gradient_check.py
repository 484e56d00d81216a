"""The gradient of J by differences, to hold any other gradient against.

Whole gradients are measured one parameter at a time; a component along one direction costs four forward passes however
many parameters there are. Replicates may be stacked, each with samples of its own: X (R, n_x, m).
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from sandbox.nn.network import Layer, Network, Parameters, forward, objective, stack
from sandbox.system.arrays import Array

# Truncation falls with h^4 and rounding grows with 1/h: no wrong gradient agrees with the differences at any of them.
WIDTHS = (1e-3, 1e-4, 1e-5)
STEP = 1e-5  # of the plain central difference
# A difference of J near 1 is off by up to 1e-11, so that only gradients above this can be told to seven digits: smaller ones
# are compared with it. An error as large as such a gradient still shows.
RESOLVED = 1e-3
MARGIN = 1e-3  # how far from 0 every Z stays in `draw`: at a kink J has no gradient that differences could agree with


def five_point(J: Callable[[float], Array], h: float) -> Array:
    """dJ/dh at 0 by a central difference that is exact for polynomials of degree 4."""
    return np.asarray((8 * (J(h) - J(-h)) - (J(2 * h) - J(-2 * h))) / (12 * h))


def differences(network: Network, parameters: Parameters, X: Array, Y: Array, h: float) -> Parameters:
    """The whole gradient, in layers shaped like the parameters: all the moved copies of a layer are one stack."""

    def measured(l: int, part: str) -> Array:
        values: Array = getattr(parameters[l], part)  # (.., n_out, n_in) or (.., n_out, 1)
        k = values.shape[-2] * values.shape[-1]
        unit = np.eye(k).reshape(k, *(1,) * (values.ndim - 2), *values.shape[-2:])

        def moved_cost(by: float) -> Array:  # (k, ..)
            moved = parameters[l]._replace(**{part: values + by * unit})
            return objective(network, (*parameters[:l], moved, *parameters[l + 1 :]), X, Y)

        return np.moveaxis(five_point(moved_cost, h), 0, -1).reshape(values.shape)

    return tuple(Layer(measured(l, "weights"), measured(l, "bias")) for l in range(len(parameters)))


def along(network: Network, parameters: Parameters, X: Array, Y: Array, direction: Parameters, h: float) -> Array:
    """The gradient's component (..) along a direction shaped like the parameters."""

    def moved_cost(by: float) -> Array:
        moved = tuple(Layer(W + by * dW, b + by * db) for (W, b), (dW, db) in zip(parameters, direction, strict=True))
        return objective(network, moved, X, Y)

    return five_point(moved_cost, h)


def central_differences(network: Network, parameters: Parameters, X: Array, Y: Array) -> list[Array]:
    """The gradient of J by two forward passes per parameter, which are moved in place."""
    gradients = []
    for values in (part for layer in parameters for part in layer):
        gradient = np.empty_like(values)
        for index in np.ndindex(values.shape):
            there = values[index]
            values[index] = there + STEP
            up = objective(network, parameters, X, Y)
            values[index] = there - STEP
            down = objective(network, parameters, X, Y)
            values[index] = there
            gradient[index] = (up - down) / (2 * STEP)
        gradients.append(gradient)
    return gradients


def disagreement(claimed: Parameters, measured: Sequence[Parameters]) -> Array:
    """How far a gradient is from the measured ones (of several h), relative to both: (R,), of the worst layer.

    |c - m| / (|c| + |m|) in Euclidean norms, for weights and biases apart, so that layers with small gradients count as
    well. Infinite where the shapes differ: such a gradient cannot be subtracted from the parameters.
    """
    worst = np.zeros(measured[0][0].weights.shape[:-2])
    for l, layer in enumerate(claimed):
        for part in Layer._fields:
            c = getattr(layer, part)
            errors = [relative(c, getattr(layers[l], part)) for layers in measured]
            worst = np.maximum(worst, np.min(errors, axis=0))
    return worst


def relative(c: Array, m: Array) -> Array:
    """The distance of two arrays (.., n_out, n_in) over their size or over `RESOLVED`; infinite for different shapes."""
    if c.shape != m.shape:
        return np.full(m.shape[:-2], np.inf)
    return np.nan_to_num(_norm(c - m) / np.maximum(_norm(c) + _norm(m), RESOLVED), nan=np.inf)


def component(gradient: Parameters, direction: Parameters) -> Array:
    """The scalar product (..) of two sets of parameters."""
    products = [
        (g * v).sum(axis=(-2, -1))
        for layer, along_it in zip(gradient, direction, strict=True)
        for g, v in zip(layer, along_it, strict=True)
    ]
    return np.asarray(sum(products))


def draw(
    network: Network, sizes: Sequence[int], samples: int, rng: np.random.Generator, margin: float = MARGIN
) -> tuple[Parameters, Array, Array]:
    """A network with random weights and biases, and random samples X, Y for it; no Z of a hidden layer is within `margin` of 0.

    Weights have variance 1.44 / n_in, which keeps signals and gradients in size; the last layer is scaled to keep its Z
    within 3, where outputs do not saturate.
    """
    while True:
        parameters = tuple(
            Layer(rng.normal(0.0, 1.2 / np.sqrt(n_in), (n_out, n_in)), rng.normal(0.0, 0.5, (n_out, 1)))
            for n_in, n_out in pairwise(sizes)
        )
        X = rng.normal(size=(sizes[0], samples))
        *hidden, last = forward(network, parameters, X).pre_activations
        if all(np.abs(Z).min() > margin for Z in hidden):
            shrink = min(1.0, 3.0 / np.abs(last).max())
            W, b = parameters[-1]
            return (*parameters[:-1], Layer(shrink * W, shrink * b)), X, _labels(network, sizes[-1], samples, rng)


def draw_stack(
    network: Network, sizes: Sequence[int], samples: int, rngs: Sequence[np.random.Generator]
) -> tuple[Parameters, Array, Array]:
    """The same for R networks, each with samples of its own: X (R, n_x, m)."""
    networks, Xs, Ys = zip(*(draw(network, sizes, samples, rng) for rng in rngs), strict=True)
    return stack(list(networks)), np.stack(Xs), np.stack(Ys)


def _labels(network: Network, n_y: int, m: int, rng: np.random.Generator) -> Array:
    if "regression" in network.output.kinds:
        return rng.normal(size=(n_y, m))
    classes = np.eye(max(n_y, 2))[rng.integers(max(n_y, 2), size=m)].T  # (K, m), one-hot
    return np.ascontiguousarray(classes[:n_y])


def _norm(x: Array) -> Array:
    return np.asarray(np.sqrt(np.square(x).sum(axis=(-2, -1))))


class ParameterError(NamedTuple):
    """How far the gradient of one array of parameters is from the measured one, of the worst replicate."""

    name: str  # "W1", "b1" ...
    shape: tuple[int, ...]
    largest: float  # component of the claimed gradient
    error: float  # relative; see `relative`


def errors_by_parameter(
    network: Network, parameters: Parameters, X: Array, Y: Array, claimed: Parameters
) -> list[ParameterError]:
    """Every W and b in turn: the claimed gradient against differences of several widths, of which the nearest counts."""
    measured = [differences(network, parameters, X, Y, h) for h in WIDTHS]
    found = []
    for l, layer in enumerate(claimed):
        for letter, part in zip("Wb", Layer._fields, strict=True):
            c = getattr(layer, part)
            error = np.min([relative(c, getattr(layers[l], part)) for layers in measured], axis=0).max()
            found.append(ParameterError(f"{letter}{l + 1}", c.shape[1:], float(np.abs(c).max()), float(error)))
    return found
