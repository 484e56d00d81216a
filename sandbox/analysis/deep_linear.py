"""Deep linear networks on a task of five modes: how they may start, how strong each mode is, and the exact solution of two layers.

Saxe et al. 2013, § 1.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from sandbox.nn.initialisers import INITIALISERS, generator
from sandbox.nn.network import Layer, Parameters
from sandbox.system.arrays import Array

STRENGTHS = np.geomspace(4.0, 1.0, 5)  # singular values s
START = {1: 1e-3, 2: 1e-3, 3: 0.1, 4: 0.25}  # size of each layer's weights along a mode, by the number of layers


class Task(NamedTuple):
    """Y = U S V^T X on whitened inputs: X X^T / m = 1, and X sums to 0, so that biases stay 0."""

    U: Array  # (5, 5)
    V: Array  # (5, 5)
    X: Array  # (5, 10)
    Y: Array  # (5, 10)


def task_of(seed: int) -> Task:
    """Singular vectors drawn from the seed, inputs along the axes in both directions."""
    n = len(STRENGTHS)
    U, V = (INITIALISERS["orthogonal"].draw(generator(seed, 0, l), n, n) for l in (101, 102))
    X = np.sqrt(n) * np.concatenate([np.eye(n), -np.eye(n)], axis=1)
    return Task(U, V, X, U @ np.diag(STRENGTHS) @ V.T @ X)


def balanced(rng: np.random.Generator, task: Task, sizes: tuple[int, ...], a: float) -> Parameters:
    """W^[1] = a R1 V^T, W^[2] = a R2 R1^T .. W^[L] = a U R^T, with random orthonormal columns R: modes that never mix."""
    draw = INITIALISERS["orthogonal"].draw
    bases = [task.V, *(draw(rng, n, len(STRENGTHS)) for n in sizes[1:-1]), task.U]
    return tuple(Layer(a * above @ below.T, np.zeros((len(above), 1))) for below, above in pairwise(bases))


def random(rng: np.random.Generator, task: Task, sizes: tuple[int, ...], a: float) -> Parameters:
    """Normal draws that keep a signal's size but for the factor a."""
    pairs = pairwise(sizes)
    return tuple(Layer(a * rng.normal(0, n_in**-0.5, (n_out, n_in)), np.zeros((n_out, 1))) for n_in, n_out in pairs)


STARTS = {"balanced": balanced, "random": random}


def mode_strengths(parameters: Parameters, task: Task) -> Array:
    """What the network as a whole makes of each mode: u (R, 5), the diagonal of U^T W V."""
    product = parameters[0].weights
    for layer in parameters[1:]:
        product = layer.weights @ product
    return np.asarray(np.einsum("ik,rij,jk->rk", task.U, product, task.V))


def two_layers(step: Array, rate: float, start: Array | float) -> Array:
    """Strengths u (T, 5) of two balanced layers in continuous time: s E / (E - 1 + s / u0) with E = e^(2 s rate step).

    Saxe et al. 2013, § 1.2.
    """
    s = STRENGTHS
    decay = np.exp(-2.0 * s * rate * step[:, None])  # 1 / E, which cannot overflow
    return np.asarray(s / (1.0 - decay + s / start * decay))


def half_times(steps: Array, u: Array) -> Array:
    """First step (R, 5) at which u (T, R, 5) is at least s / 2: linear between points, inf if never."""
    reached = u >= STRENGTHS / 2.0
    t = np.maximum(reached.argmax(axis=0), 1)[None]
    low, high = (np.take_along_axis(u, at, axis=0)[0] for at in (t - 1, t))
    share = (STRENGTHS / 2.0 - low) / np.where(high > low, high - low, 1.0)
    times = steps[t[0] - 1] + share * (steps[t[0]] - steps[t[0] - 1])
    return np.where(reached.any(axis=0), times, np.inf)


def slopes(times: Array) -> Array:
    """Least-squares slope (R,) of log time against log s; NaN where a mode was never learned."""
    x = np.log(STRENGTHS) - np.log(STRENGTHS).mean()
    y = np.log(np.where(np.isfinite(times), times, np.nan))
    return np.asarray((y * x).sum(axis=1) / np.square(x).sum())
