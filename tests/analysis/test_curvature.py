"""Curvature against whole Hessians and parabolas, where 2 / L is the exact limit."""

import numpy as np
import pytest

from sandbox.analysis.curvature import curvatures, descend, gradient_length, largest_curvature
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.initialisers import initialise
from sandbox.nn.network import Layer, Network, Parameters, backward, forward
from sandbox.nn.outputs import OUTPUTS

X, Y = np.split(np.random.default_rng(0).normal(size=(3, 20)), [2])
LINE = Network((), OUTPUTS["identity"])  # least squares: J is a parabola


def least_squares(R: int = 3) -> tuple[Parameters, float]:
    rng = np.random.default_rng(1)
    start = (Layer(rng.normal(size=(R, 1, 2)), rng.normal(size=(R, 1, 1))),)
    ones = np.vstack([X, np.ones((1, 20))])
    return start, float(np.linalg.eigvalsh(ones @ ones.T / 20)[-1])


def test_curvature_of_a_parabola_is_its_largest_eigenvalue() -> None:
    start, L = least_squares()
    np.testing.assert_allclose(largest_curvature(LINE, start, X, Y, np.random.default_rng(1)), L, rtol=1e-4)


@pytest.mark.parametrize("hidden", ["tanh", "sigmoid"])
def test_curvature_of_a_network_is_the_spectral_norm_of_its_whole_hessian(hidden: str) -> None:
    network = Network((ACTIVATIONS[hidden],), OUTPUTS["identity"])
    parameters = initialise("normal", (2, 3, 1), 1, seed=4)
    flat = np.concatenate([part.ravel() for layer in parameters for part in layer])

    def gradient(theta: np.ndarray) -> np.ndarray:
        pieces, at = [], 0
        for layer in parameters:
            for part in layer:
                pieces.append(theta[at : at + part.size].reshape(part.shape))
                at += part.size
        moved = tuple(Layer(*pieces[i : i + 2]) for i in range(0, len(pieces), 2))
        return np.concatenate([p.ravel() for g in backward(network, moved, forward(network, moved, X), Y) for p in g])

    h = 1e-5
    hessian = np.array([(gradient(flat + h * e) - gradient(flat - h * e)) / (2 * h) for e in np.eye(len(flat))])
    exact = np.abs(np.linalg.eigvalsh((hessian + hessian.T) / 2)).max()
    assert largest_curvature(network, parameters, X, Y, np.random.default_rng(0))[0] == pytest.approx(exact, rel=1e-3)


def test_a_parabola_falls_at_every_step_below_two_over_L_and_rises_above() -> None:
    start, L = least_squares()
    rates = np.array([0.5, 0.99, 1.01, 3.0])[:, None] * 2 / L * np.ones(3)
    falling = descend(LINE, start, X, Y, rates, 2000).falling
    assert (falling[:2] == 1.0).all()
    assert (falling[2:] < 1.0).all()


def test_descent_remembers_where_it_rose_first() -> None:
    """A parabola at 3 times 2 / L rises at once or after the steps that shrink the other directions; then it never falls."""
    start, L = least_squares()
    rates = np.full((1, 3), 3 * 2 / L)
    descent = descend(LINE, start, X, Y, rates, 50)
    rises_after = np.round(descent.falling * 50).astype(int)
    for r in range(3):
        steps = int(rises_after[0, r])
        alone = tuple(Layer(W[r : r + 1], b[r : r + 1]) for W, b in start)
        there = descend(LINE, alone, X, Y, rates[:, :1], steps).end
        np.testing.assert_allclose(descent.before_rise[0].weights[0, r], there[0].weights[0, 0], rtol=1e-12)


def test_what_overflows_does_not_fall() -> None:
    start, L = least_squares()
    assert (descend(LINE, start, X, Y, np.full((1, 3), 1e6 / L), 300).falling < 0.1).all()


def test_all_curvatures_of_least_squares_are_those_of_the_normal_equations() -> None:
    """J = |w x + b - y|^2 / 2m has the Hessian of [x; 1] [x; 1]^T / m."""
    start, _ = least_squares()
    start[0].weights[2] = np.nan
    ones = np.vstack([X, np.ones((1, 20))])
    found = curvatures(LINE, start, X, Y)
    np.testing.assert_allclose(found[:2], np.tile(np.linalg.eigvalsh(ones @ ones.T / 20), (2, 1)), rtol=1e-6)
    assert np.isnan(found[2]).all()


def test_the_largest_of_all_curvatures_is_what_the_power_method_finds() -> None:
    network = Network((ACTIVATIONS["tanh"],), OUTPUTS["sigmoid"])
    parameters, labels = initialise("normal", (2, 3, 1), 2, seed=0), (Y > 0).astype(float)
    found = np.abs(curvatures(network, parameters, X, labels)).max(axis=1)
    power = largest_curvature(network, parameters, X, labels, np.random.default_rng(1), 300)
    np.testing.assert_allclose(power, found, rtol=1e-3)


def test_the_gradient_is_as_long_as_all_its_parts_together() -> None:
    start, _ = least_squares()
    ((dW, db),) = backward(LINE, start, forward(LINE, start, X), Y)
    expected = np.sqrt(np.square(dW).sum(axis=(1, 2)) + np.square(db).sum(axis=(1, 2)))
    np.testing.assert_allclose(gradient_length(LINE, start, X, Y), expected)
