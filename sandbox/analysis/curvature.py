"""How sharply J curves, the largest eigenvalue of its Hessian, and whether steps of given rates lower it."""

from typing import NamedTuple

import numpy as np

from sandbox.nn.network import Layer, Network, Parameters, backward, cost, forward, penalty
from sandbox.system.arrays import Array

ITERATIONS = 100  # of the power method; it approaches the eigenvalue from below
STEP = 1e-5  # of the difference of gradients, along a direction of length 1
SAME = 1e-12  # a relative change of J below this is rounding: a minimum has been reached


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


class Descent(NamedTuple):
    """What became of K R descents: R networks at K rates each."""

    falling: Array  # (K, R), the share of steps on which J falls, or rests at a minimum
    before_rise: Parameters  # (K, R, ..), where J rises for the first time; the end where it never does
    end: Parameters


def descend(network: Network, start: Parameters, X: Array, Y: Array, rates: Array, steps: int) -> Descent:
    """So many steps from the R networks of `start` at rates (K, R), and on which of them J falls.

    What has overflowed does not fall.
    """
    alpha = rates[..., None, None]
    parameters = tuple(Layer(W + 0 * alpha, b + 0 * alpha) for W, b in start)
    before_rise, previous = parameters, parameters
    falls, before = np.zeros(rates.shape), np.full(rates.shape, np.inf)
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(steps + 1):
            trace = forward(network, parameters, X)
            J = cost(network, trace, Y) + (penalty(network, parameters) if network.weight_decay else 0.0)
            fallen_so_far = (falls == step - 1)[..., None, None]
            before_rise = tuple(
                Layer(*(np.where(fallen_so_far, now, then) for now, then in zip(*layers, strict=True)))
                for layers in zip(previous, before_rise, strict=True)
            )
            falls += (step > 0) & (before - J >= -SAME * np.abs(before))
            if step < steps:
                previous, before = parameters, J
                gradients = backward(network, parameters, trace, Y)
                parameters = tuple(
                    Layer(W - alpha * dW, b - alpha * db)
                    for (W, b), (dW, db) in zip(parameters, gradients, strict=True)
                )
    return Descent(falls / max(steps, 1), before_rise, parameters)


def gradient_length(network: Network, parameters: Parameters, X: Array, Y: Array) -> Array:
    """The length (..) of the gradient of J in all parameters together."""
    _, length = _unit(backward(network, parameters, forward(network, parameters, X), Y))
    return length


def curvatures(network: Network, parameters: Parameters, X: Array, Y: Array) -> Array:
    """All eigenvalues (R, P) of J's Hessian in the P parameters, the least first; NaN where parameters are.

    Differences of the gradient along every parameter: for networks so small that this is no matter.
    """
    flat = _flat(parameters)  # (R, P)
    shift = STEP * np.eye(flat.shape[-1])[:, None, :]
    alive = np.asarray(np.isfinite(flat).all(axis=1))
    flat = np.where(alive[:, None], flat, 0.0)
    up, down = (_flat_gradient(network, parameters, flat + sign * shift, X, Y) for sign in (1.0, -1.0))  # (P, R, P)
    H = np.moveaxis((up - down) / (2 * STEP), 1, 0)
    alive &= np.isfinite(H).all(axis=(1, 2))
    found = np.linalg.eigvalsh(np.where(alive[:, None, None], (H + H.mT) / 2, 0.0))
    return np.where(alive[:, None], found, np.nan)


def _flat(parameters: Parameters) -> Array:
    """All parameters of every network as one row (.., P)."""
    return np.concatenate([x.reshape(*x.shape[:-2], -1) for layer in parameters for x in layer], axis=-1)


def _flat_gradient(network: Network, like: Parameters, flat: Array, X: Array, Y: Array) -> Array:
    """The gradient (.., P) at parameters (.., P) of the shapes that `like` has."""
    shapes = [x.shape[-2:] for layer in like for x in layer]
    ends = np.cumsum([rows * columns for rows, columns in shapes])[:-1]
    parts = np.split(flat, ends, axis=-1)
    arrays = [part.reshape(*flat.shape[:-1], *shape) for part, shape in zip(parts, shapes, strict=True)]
    parameters = tuple(Layer(W, b) for W, b in zip(arrays[::2], arrays[1::2], strict=True))
    with np.errstate(over="ignore", invalid="ignore"):  # of networks that are about to diverge
        return _flat(backward(network, parameters, forward(network, parameters, X), Y))
