"""Gradient descent by a matrix product of one's choice, in any precision: what its rounding does to units that are equal."""

from collections.abc import Callable

import numpy as np

from sandbox.nn.network import Layer, Network, Parameters
from sandbox.nn.probes import relative_spread, units
from sandbox.system.arrays import Array

Product = Callable[[Array, Array], Array]  # of float32 throughout, too, which the annotation does not know


def in_order(A: Array, B: Array) -> Array:
    """A B, with the terms of every entry added in the same order, so that equal rows of A give equal rows."""
    return np.asarray((A[..., :, None, :] * B.mT[..., None, :, :]).sum(axis=-1))


PRODUCTS: dict[str, Product] = {"blas": np.matmul, "in_order": in_order, "nudged": in_order}


def spread(parameters: Parameters) -> Array:
    """The relative spread (R,) between the units, exactly 0 where they are equal, in spite of their mean's rounding."""
    rows = units(parameters, 1)
    return np.where((rows == rows[..., :1, :]).all(axis=(-2, -1)), 0.0, relative_spread(rows))


def descend(network: Network, parameters: Parameters, X: Array, Y: Array, rate: float, product: Product) -> Parameters:
    """One step of the notes' gradient descent with one hidden layer, in the parameters' own precision."""
    (W1, b1), (W2, b2) = parameters
    m, g = X.shape[-1], network.hidden[0]
    Z1 = product(W1, X) + b1
    A1 = g.function(Z1)
    dZ2 = network.output.delta(network.output.function(product(W2, A1) + b2), Y)
    dZ1 = product(W2.mT, dZ2) * g.derivative(Z1, A1)
    return (
        Layer(W1 - rate * (product(dZ1, X.mT) / m), b1 - rate * (dZ1.sum(axis=-1, keepdims=True) / m)),
        Layer(W2 - rate * (product(dZ2, A1.mT) / m), b2 - rate * (dZ2.sum(axis=-1, keepdims=True) / m)),
    )
