"""ReLU networks followed layer by layer before any training: which are constant, and what theory allows (Lu et al. 2019, § 3)."""

import numpy as np

from sandbox.system.arrays import Array

DIRECTIONS = 64  # of inputs around the origin; along a ray the network is linear


def inputs_around(n_x: int) -> Array:
    """Inputs (n_x, m) in all directions: -1 and 1, or evenly around the circle. Constant on them is constant."""
    if n_x == 1:
        return np.array([[-1.0, 1.0]])
    angle = 2.0 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    return np.stack([np.cos(angle), np.sin(angle)])


def signals(rng: np.random.Generator, X: Array, width: int, depth: int, replicates: int) -> list[Array]:
    """Largest activation (R, m) of every hidden layer of R networks with He's weights and zero biases.

    Rescaled from layer to layer, since nothing here depends on the size: 0 is dead, and stays so.
    """
    A = np.broadcast_to(X, (replicates, *X.shape))
    largest = []
    for _ in range(depth):
        W = rng.normal(0.0, np.sqrt(2.0 / A.shape[1]), (replicates, width, A.shape[1]))
        A = np.maximum(W @ A, 0.0)
        largest.append(A.max(axis=1))
        A = A / np.maximum(largest[-1].max(axis=1), np.finfo(float).tiny)[:, None, None]
    return largest


def upper_bound(width: int, depth: int) -> float:
    """1 - (1 - 2^-width)^depth: the probability that one given input has reached 0 after `depth` hidden layers.

    Each layer, whatever it receives, sends it to 0 if all its weighted sums are negative; a constant network has done so
    to every input (the upper bound of Lu et al. 2019).
    """
    return float(1.0 - (1.0 - 2.0**-width) ** depth)


def lower_bound(width: int, depth: int) -> float:
    """The same for one input dimension, where x > 0 and x < 0 must both die: 1 - 2 a^depth + P(neither died), at least.

    a = 1 - 2^-width. In the first layer a unit is positive for one of the signs, so both live with probability 1 - 2^(1 -
    width). Later the angle between their (non-negative) activations is at most a right one, and both live with probability
    1 - 2^(1 - width) + P(both die) >= a^2.
    """
    a = 1.0 - 2.0**-width
    return float(1.0 - 2.0 * a**depth + (2.0 * a - 1.0) * a ** (2 * (depth - 1)))
