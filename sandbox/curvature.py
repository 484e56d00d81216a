"""How sharply J curves: the largest eigenvalue of its Hessian, from gradients alone."""

import numpy as np
from numpy.typing import NDArray

from sandbox.network import Layer, Network, Parameters, backward, forward

Array = NDArray[np.float64]

ITERATIONS = 100  # of the power method; it approaches the eigenvalue from below
STEP = 1e-5  # of the difference of gradients, along a direction of length 1


def largest_curvature(
    network: Network, parameters: Parameters, X: Array, Y: Array, rng: np.random.Generator, iterations: int = ITERATIONS
) -> Array:
    """L (..), the spectral norm of J's Hessian: gradient descent with a rate below 2 / L lowers J where L bounds the path.

    Power method on H v = (grad J(theta + h v) - grad J(theta - h v)) / 2 h. ReLU's Hessian is that of the linear piece
    theta lies in, apart from the samples that cross a kink within h.
    """
    start = tuple(Layer(rng.normal(size=W.shape), rng.normal(size=b.shape)) for W, b in parameters)
    v, L = _unit(start)
    for _ in range(iterations):
        ends = [_gradient(network, parameters, v, sign * STEP, X, Y) for sign in (1.0, -1.0)]
        Hv = tuple(
            Layer((up.weights - down.weights) / (2 * STEP), (up.bias - down.bias) / (2 * STEP))
            for up, down in zip(*ends, strict=True)
        )
        v, L = _unit(Hv)
    return L


def _gradient(network: Network, parameters: Parameters, v: Parameters, by: float, X: Array, Y: Array) -> Parameters:
    moved = tuple(Layer(W + by * vW, b + by * vb) for (W, b), (vW, vb) in zip(parameters, v, strict=True))
    return backward(network, moved, forward(network, moved, X), Y)


def _unit(v: Parameters) -> tuple[Parameters, Array]:
    """The direction of v and its length (..); where all of v is 0 it stays so."""
    length = np.sqrt(sum(np.square(x).sum(axis=(-2, -1)) for layer in v for x in layer))
    divisor = np.where(length > 0, length, 1.0)[..., None, None]
    return tuple(Layer(W / divisor, b / divisor) for W, b in v), np.asarray(length)
