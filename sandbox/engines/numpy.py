"""The reference engine: the notes' update rule on stacked arrays, in blocks of replicates that stay in the cache."""

import numpy as np
from numpy.typing import NDArray

from sandbox.network import Layer, Network, Parameters, backward, forward, replicate, sizes

Array = NDArray[np.float64]

WORKING_SET = 2**20  # bytes; larger blocks fall out of the cache, smaller ones pay NumPy's call overhead more often
ARRAYS_PER_UNIT = 4  # Z, A, dZ and one temporary are alive for each unit and sample


def advance(
    network: Network, parameters: Parameters, X: Array, Y: Array, learning_rate: float, steps: int
) -> Parameters:
    """`steps` times W := W - alpha dW, b := b - alpha db (notes, § Gradient descent), for every replicate.

    A replicate that overflows turns to NaN by itself; its neighbours never notice.
    """
    R = parameters[0].weights.shape[0]
    block = block_size(sizes(parameters), X.shape[-1])
    with np.errstate(over="ignore", invalid="ignore"):
        blocks = [
            _advance_block(network, replicate(parameters, slice(r, r + block)), X, Y, learning_rate, steps)
            for r in range(0, R, block)
        ]
    return tuple(Layer(*(np.concatenate(part) for part in zip(*layers, strict=True))) for layers in zip(*blocks))


def descend(parameters: Parameters, gradients: Parameters, learning_rate: float) -> Parameters:
    """One update: W := W - alpha dW, b := b - alpha db."""
    return tuple(
        Layer(W - learning_rate * dW, b - learning_rate * db)
        for (W, b), (dW, db) in zip(parameters, gradients, strict=True)
    )


def block_size(sizes: tuple[int, ...], m: int) -> int:
    """How many replicates fit into the working set."""
    return max(1, WORKING_SET // (8 * ARRAYS_PER_UNIT * m * sum(sizes[1:])))


def _advance_block(
    network: Network, parameters: Parameters, X: Array, Y: Array, learning_rate: float, steps: int
) -> Parameters:
    for _ in range(steps):
        trace = forward(network, parameters, X)
        parameters = descend(parameters, backward(network, parameters, trace, Y), learning_rate)
    return parameters
