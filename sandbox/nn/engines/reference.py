"""The reference engine: the notes' update rule on stacked arrays, in blocks of replicates that stay in the cache, on every
core. The blocks depend on shapes alone, so that the bits do not depend on the number of cores.

These are the equations of `forward` and `backward`, which tests hold them against, less the passes through memory that can be saved:
a row of ones under A makes the bias one more column of the weights, so that Z = [W b] [A; 1] and dP = dZ [A; 1]^T / m;
what multiplies a whole unit is multiplied after the sum over its samples; and arrays are written where older ones were.
"""

from itertools import pairwise
from math import ceil

import numpy as np

from sandbox.nn.network import Layer, Network, Parameters, replicate, sizes
from sandbox.system.arrays import Array
from sandbox.system.threads import side_by_side

# How many numbers one pass over the widest layer of a block should have. NumPy's threads hand over the interpreter between
# passes, so that theirs must be longer: together they are faster only from SHORTEST on, with HEAVY layers earlier.
PASS, PASS_ALONE = 125_000, 40_000
SHORTEST, SHORTEST_HEAVY = 75_000, 32_000
HEAVY = 8  # products per unit

# The C library (glibc) gives large arrays back to the system one by one, and clearing the pages of the next one costs up to
# a third of a step; not any more once it has seen a still larger one come and go. Untouched, it costs nothing.
np.empty(31 * 2**20, np.uint8)


def advance(
    network: Network, parameters: Parameters, X: Array, Y: Array, learning_rate: float, steps: int
) -> Parameters:
    """`steps` times W := W - alpha dW, b := b - alpha db (notes, § Gradient descent), for every replicate.

    A replicate that overflows turns to NaN by itself; its neighbours never notice.
    """
    given, workers = blocks_of(sizes(parameters), X.shape[-1], parameters[0].weights.shape[0])

    def advanced(block: Parameters) -> Parameters:
        with np.errstate(over="ignore", invalid="ignore"):
            return _advance_block(network, block, X, Y, learning_rate, steps)

    blocks = side_by_side(advanced, [replicate(parameters, block) for block in given], workers if steps else 1)
    return tuple(
        Layer(*(np.concatenate(part) for part in zip(*layers, strict=True))) for layers in zip(*blocks, strict=True)
    )


def blocks_of(sizes: tuple[int, ...], m: int, R: int) -> tuple[list[slice], int | None]:
    """Blocks of about as many replicates each, and in how many threads they are worth it: 1, or None for all there are."""
    numbers = R * m * max(sizes[1:])
    together = numbers >= 2 * (SHORTEST_HEAVY if products_per_unit(sizes) >= HEAVY else SHORTEST)
    count = min(R, 2 * ceil(numbers / (2 * PASS)) if together else ceil(numbers / PASS_ALONE))
    ends = [R * i // count for i in range(count + 1)]
    return [slice(*block) for block in pairwise(ends)], None if together else 1


def products_per_unit(sizes: tuple[int, ...]) -> float:
    """How much of the work are matrix products: weights per unit."""
    return sum(n * before for before, n in pairwise(sizes)) / sum(sizes[1:])


def _advance_block(
    network: Network, parameters: Parameters, X: Array, Y: Array, learning_rate: float, steps: int
) -> Parameters:
    hidden, output, decay = network
    m = X.shape[1]
    layers = [_Layer(layer, m, X if l == 0 else None) for l, layer in enumerate(parameters)]
    for _ in range(steps):
        for g, layer, above in zip(hidden, layers, layers[1:], strict=False):
            above.receive(g.function(layer.affine()))
        D, factor = output.delta(output.function(layers[-1].affine()), Y), None
        for l in range(len(layers) - 1, -1, -1):
            gradient = layers[l].gradient(D, factor)
            if l > 0:
                slope = hidden[l - 1].derivative(layers[l - 1].Z, layers[l].A)
                D, factor = _pull_back(layers[l].weights, D, factor, slope)
            layers[l].descend(gradient, learning_rate / m, 1.0 - learning_rate * decay)
    return tuple(Layer(layer.weights, layer.bias) for layer in layers)


class _Layer:
    """A layer of a block in training: its parameters, its input and its Z.

    joined: whether the bias is one more column of the weights, and the input has a row of ones. That spares two passes over
    Z, and costs one over the input (the data's is made once): worth it unless the layer is narrower than the one below.
    """

    def __init__(self, layer: Layer, m: int, X: Array | None = None) -> None:
        R, n, n_below = layer.weights.shape
        self.joined = X is not None or n >= n_below
        self.P = np.concatenate(layer, axis=-1) if self.joined else layer.weights.copy()
        self.weights = self.P[..., :n_below]
        self.bias = self.P[..., n_below:] if self.joined else layer.bias.copy()
        self.Z = _room(R, n, m)
        self.A: Array  # of the layer below: the input without its row of ones
        if X is not None:
            self.input = np.concatenate([X, np.ones((1, m))])
        elif self.joined:
            self.input = _room(R, n_below + 1, m)
            self.input[:, -1] = 1.0
        if self.joined:
            self.A = self.input[..., :n_below, :]

    def receive(self, A: Array) -> None:
        """The activations of the layer below."""
        if self.joined:
            self.A[...] = A
        else:
            self.input = self.A = A

    def affine(self) -> Array:
        """Z = W A + b, in the layer's own room."""
        np.matmul(self.P, self.input, out=self.Z)
        if not self.joined:
            self.Z += self.bias
        return self.Z

    def gradient(self, D: Array, factor: Array | None) -> tuple[Array, ...]:
        """The gradient times m of the parameters, for dZ = factor * D: that of [W b], or those of W and b."""
        parts = (D @ self.input.mT, *(() if self.joined else (D.sum(axis=-1, keepdims=True),)))
        return parts if factor is None else tuple(factor * part for part in parts)

    def descend(self, gradient: tuple[Array, ...], rate: float, keep: float) -> None:
        """W := keep W - rate dW and b := b - rate db, where keep is 1 without weight decay."""
        if keep != 1.0:
            self.weights *= keep
        for parameter, slope in zip((self.P, self.bias), gradient, strict=False):
            parameter -= rate * slope


def _pull_back(W: Array, D: Array, factor: Array | None, slope: Array) -> tuple[Array, Array | None]:
    """(W^T dZ) * slope for dZ = factor * D, in the place of `slope`: again as D and a factor (R, n, 1) per unit, or None for 1.

    Where W has one row, W^T dZ is dZ times a number per unit, which may as well be multiplied after the sums over samples.
    """
    W = W if factor is None else factor * W
    if W.shape[-2] == 1:
        slope *= D
        return slope, W.mT.copy()
    slope *= np.matmul(W.mT, D, out=_room(*slope.shape))
    return slope, None


def _room(R: int, n: int, m: int) -> Array:
    """(R, n, m) with the units outermost in memory: the first so many units of all replicates lie side by side."""
    return np.empty((n, R, m)).transpose(1, 0, 2)
