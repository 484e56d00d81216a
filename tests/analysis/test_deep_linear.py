"""Deep linear networks: the task, balanced starts, and the exact solution by another route."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from sandbox.analysis.deep_linear import (
    START,
    STRENGTHS,
    balanced,
    half_times,
    mode_strengths,
    slopes,
    task_of,
    two_layers,
)
from sandbox.nn.network import stack


def test_inputs_are_white_and_centred_and_targets_have_the_chosen_singular_values() -> None:
    task = task_of(0)
    m = task.X.shape[1]
    np.testing.assert_allclose(task.X @ task.X.T / m, np.eye(5), atol=1e-12)
    np.testing.assert_allclose(task.X.sum(axis=1), 0, atol=1e-12)
    correlation = task.Y @ task.X.T / m
    np.testing.assert_allclose(np.linalg.svd(correlation, compute_uv=False), STRENGTHS, rtol=1e-12)
    np.testing.assert_allclose(task.U.T @ correlation @ task.V, np.diag(STRENGTHS), atol=1e-12)


@pytest.mark.parametrize("layers", START)
def test_a_balanced_start_has_every_mode_at_the_same_strength(layers: int) -> None:
    task, sizes = task_of(0), (5, *[8] * (layers - 1), 5)
    rng = np.random.default_rng(0)
    parameters = stack([balanced(rng, task, sizes, START[layers]) for _ in range(3)])
    np.testing.assert_allclose(mode_strengths(parameters, task), START[layers] ** layers, rtol=1e-12)
    for (W, _), (above, _) in pairwise(parameters):
        np.testing.assert_allclose(above.mT @ above, W @ W.mT, atol=1e-15)  # what gradient descent then conserves


def test_the_exact_solution_solves_its_differential_equation() -> None:
    steps = np.linspace(0, 3000, 50)
    u = two_layers(steps, 0.005, 1e-6)
    solved = solve_ivp(
        lambda _, u: 2 * 0.005 * u * (STRENGTHS - u), (0, 3000), [1e-6] * 5, t_eval=steps, rtol=1e-10, atol=1e-14
    )
    np.testing.assert_allclose(u.T, solved.y, rtol=1e-6)


def test_half_times_interpolate_and_what_never_comes_is_infinite() -> None:
    steps = np.array([0.0, 10.0, 20.0])
    u = np.zeros((3, 2, 5))
    u[1, 0], u[2, 0] = 0.25 * STRENGTHS, 0.75 * STRENGTHS
    times = half_times(steps, u)
    np.testing.assert_allclose(times[0], 15.0)
    assert np.isinf(times[1]).all()
    assert slopes(np.array([1 / STRENGTHS, STRENGTHS**2, [1.0] * 5])) == pytest.approx([-1.0, 2.0, 0.0])
    assert np.isnan(slopes(times)[1])
