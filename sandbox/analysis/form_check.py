"""The ways to read the notes' equations (`misprints`) held against differences of J, and against the shapes that the notes give."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from sandbox.analysis.gradient_check import (
    WIDTHS,
    along,
    component,
    differences,
    disagreement,
    draw,
    draw_stack,
    relative,
)
from sandbox.analysis.misprints import FORMS
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.initialisers import generator
from sandbox.nn.network import Layer, Network, Parameters, backward, forward
from sandbox.nn.outputs import OUTPUTS
from sandbox.system.arrays import Array

DEPTHS = np.arange(1, 9)  # hidden layers
SAMPLES = 6


class Case(NamedTuple):
    """R networks of the same sizes, each with samples of its own, and what differences say about them."""

    network: Network
    parameters: Parameters
    X: Array  # (R, n_x, m)
    Y: Array  # (R, n_y, m)
    direction: Parameters
    gradients: tuple[Parameters, ...]  # measured, for each width h
    components: tuple[Array, ...]  # (R,), the gradient's component along the direction, for each h


@lru_cache(maxsize=2)  # all forms of one output are held against the same cases
def cases(output: str, seed: int, first: int, replicates: int) -> dict[tuple[str, int], Case]:
    """A case for every activation and depth."""
    numbers = range(first, first + replicates)
    return {
        (name, depth): _case(name, output, depth, seed, numbers) for name in ACTIVATIONS for depth in DEPTHS.tolist()
    }


def _case(name: str, output: str, depth: int, seed: int, numbers: range) -> Case:
    network = Network((ACTIVATIONS[name],) * depth, OUTPUTS[output])
    sizes = [*generator(seed, 0, depth).integers(2, 5, size=depth + 1).tolist(), outputs_of(output)]
    rngs = [generator(seed, r, depth) for r in numbers]
    parameters, X, Y = draw_stack(network, sizes, SAMPLES, rngs)
    direction = tuple(Layer(rngs[0].normal(size=W.shape), rngs[0].normal(size=b.shape)) for W, b in parameters)
    return Case(
        *(network, parameters, X, Y, direction),
        gradients=tuple(differences(network, parameters, X, Y, h) for h in WIDTHS),
        components=tuple(along(network, parameters, X, Y, direction, h) for h in WIDTHS),
    )


def outputs_of(output: str) -> int:
    return 3 if output == "softmax" else 1


def error_of(form: str, name: str, case: Case) -> Array:
    """How far a form's gradient is from the measured one (R,), as a whole and along a random direction.

    Infinite where shapes do not fit, NaN where the form is about another activation.
    """
    if FORMS[form].only not in (None, name):
        return np.full(len(case.X), np.nan)
    try:
        _, _, gradient = FORMS[form].run(case.network, case.parameters, case.X, case.Y)
    except ValueError:  # NumPy refuses to multiply such matrices
        return np.full(len(case.X), np.inf)
    whole = disagreement(gradient, case.gradients)
    if np.isinf(whole).any():
        return whole
    claimed = component(gradient, case.direction)[:, None, None]
    along_it = [relative(claimed, c[:, None, None]) for c in case.components]
    return np.asarray(np.maximum(whole, np.min(along_it, axis=0)))


def misshapen(form: str, output: str, seed: int, r: int) -> float:
    """How many of eight networks of random sizes have an array without the shape that the notes give it, or lack it."""
    return shapes(form, output, seed, r)[0]


def shapes(form: str, output: str, seed: int, r: int) -> tuple[float, float]:
    """How many of eight networks of random sizes are misshapen, and in how many W^[1] is not square."""
    rng, count, oblong = generator(seed, r, 0), 0, 0
    for depth in DEPTHS.tolist():
        n, m = [*rng.integers(2, 13, size=depth + 1).tolist(), outputs_of(output)], int(rng.integers(2, 40))
        network = Network((ACTIVATIONS["tanh"],) * depth, OUTPUTS[output])
        parameters, X, Y = draw(network, n, m, rng, margin=0.0)
        oblong += n[0] != n[1]
        try:
            parameters, trace, gradient = FORMS[form].run(network, parameters, X, Y)
        except ValueError:
            count += 1
            continue
        layers = [((above, below), (above, 1)) for below, above in pairwise(n)]
        expected = [layers, [(size, m) for size in n[1:]], [(size, m) for size in n], layers]
        found = [[(W.shape, b.shape) for W, b in layers] for layers in (parameters, gradient)]
        seen = [[array.shape for array in arrays] for arrays in trace]
        count += [found[0], *seen, found[1]] != expected
    return float(count), float(oblong)


def swapped(network: Network) -> Network:
    """The same functions with the slopes of the two layers in each other's place."""
    first, second = network.hidden
    return network._replace(
        hidden=(replace(first, derivative=second.derivative), replace(second, derivative=first.derivative))
    )


def checked(network: Network, sizes: Sequence[int], rngs: Sequence[np.random.Generator]) -> tuple[Array, Array]:
    """The relative error (R,) of the gradient of random networks, and of the gradient with the slopes swapped."""
    parameters, X, Y = draw_stack(network, sizes, SAMPLES, rngs)
    measured = [differences(network, parameters, X, Y, h) for h in WIDTHS]
    trace = forward(network, parameters, X)
    right, wrong = (backward(each, parameters, trace, Y) for each in (network, swapped(network)))
    return disagreement(right, measured), disagreement(wrong, measured)
