"""The reference engine: the notes' update rule on stacked arrays, in blocks of replicates that stay in the cache, on every
core. The blocks depend on shapes alone, so that the bits do not depend on the number of cores.

A row of ones under A makes the bias one more column of the weights, P = [W b], so that Z = P [A; 1] and dP = dZ [A; 1]^T / m.
Otherwise these are the equations of `forward` and `backward`, which tests hold them against.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sandbox.engines.threads import side_by_side
from sandbox.network import Layer, Network, Parameters, replicate, sizes

Array = NDArray[np.float64]

WORKING_SET = 3 * 2**19  # bytes; larger blocks fall out of the cache, smaller ones pay NumPy's call overhead more often
WORTH_THREADS = 8  # products per unit; with fewer, threads wait for each other between NumPy's short passes, and lose
ARRAYS_PER_UNIT = 6  # the widest layer's Z, A, slope and dZ, and what its neighbours still need

# The C library (glibc) gives large arrays back to the system one by one, and clearing the pages of the next one costs up to
# a third of a step; not any more once it has seen a still larger one come and go. Untouched, it costs nothing.
np.empty(31 * 2**20, np.uint8)


def advance(
    network: Network, parameters: Parameters, X: Array, Y: Array, learning_rate: float, steps: int
) -> Parameters:
    """`steps` times W := W - alpha dW, b := b - alpha db (notes, § Gradient descent), for every replicate.

    A replicate that overflows turns to NaN by itself; its neighbours never notice.
    """
    R = parameters[0].weights.shape[0]
    size = block_size(sizes(parameters), X.shape[-1])
    given = [replicate(parameters, slice(r, r + size)) for r in range(0, R, size)]

    def advanced(block: Parameters) -> Parameters:
        with np.errstate(over="ignore", invalid="ignore"):
            return _advance_block(network, block, X, Y, learning_rate, steps)

    alone = not steps or products_per_unit(sizes(parameters)) < WORTH_THREADS
    blocks = side_by_side(advanced, given, workers=1 if alone else None)
    return tuple(
        Layer(*(np.concatenate(part) for part in zip(*layers, strict=True))) for layers in zip(*blocks, strict=True)
    )


def products_per_unit(sizes: tuple[int, ...]) -> float:
    """How much of the work are matrix products: weights per unit."""
    return sum(n * before for before, n in pairwise(sizes)) / sum(sizes[1:])


def block_size(sizes: tuple[int, ...], m: int) -> int:
    """How many replicates fit into the working set."""
    return max(1, WORKING_SET // (8 * ARRAYS_PER_UNIT * m * max(sizes[1:])))


def _advance_block(
    network: Network, parameters: Parameters, X: Array, Y: Array, learning_rate: float, steps: int
) -> Parameters:
    R, m = len(parameters[0].weights), X.shape[1]
    hidden, output = network
    Ps = [np.concatenate(layer, axis=-1) for layer in parameters]
    As = [np.concatenate([X, np.ones((1, m))]), *(np.ones((R, P.shape[-1], m)) for P in Ps[1:])]
    for _ in range(steps):
        seen = []  # (Z, A) of each hidden layer
        for l, g in enumerate(hidden):
            Z = Ps[l] @ As[l]
            As[l + 1][:, :-1] = A = g.function(Z)
            seen.append((Z, A))
        dZ = output.delta(output.function(Ps[-1] @ As[-1]), Y)
        for l in range(len(Ps) - 1, -1, -1):
            dP = dZ @ As[l].mT
            if l > 0:
                dZ = _pull_back(Ps[l][..., :-1], dZ)
                dZ *= hidden[l - 1].derivative(*seen[l - 1])
            Ps[l] -= learning_rate / m * dP
    return tuple(Layer(P[..., :-1], P[..., -1:]) for P in Ps)


def _pull_back(W: Array, dZ: Array) -> Array:
    """W^T dZ; NumPy's own product of a column and a row takes three times as long as its sum over one index."""
    return np.einsum("rij,rim->rjm", W, dZ) if W.shape[-2] == 1 else W.mT @ dZ
