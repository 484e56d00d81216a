"""Mean-field theory by integration, against what is known in closed form and against wide networks that are drawn."""

import numpy as np
import pytest

from sandbox.analysis import mean_field
from sandbox.nn.activations import ACTIVATIONS


@pytest.mark.parametrize("sigma", [0.5, 1.0, np.sqrt(2.0), 2.0])
def test_relu_keeps_half_of_the_variance_and_of_the_gradients_square_whatever_they_are(sigma: float) -> None:
    for q in (0.01, 1.0, 30.0):
        assert mean_field.next_variance("relu", sigma, q) == pytest.approx(sigma**2 * q / 2, rel=1e-6)
        assert mean_field.chi("relu", sigma, q) == pytest.approx(sigma**2 / 2, rel=1e-6)
    assert mean_field.gradient_ratio("relu", sigma, 9) == pytest.approx(8 * np.log10(sigma / np.sqrt(2)), abs=1e-5)


def test_the_edge_of_chaos_is_at_1_for_tanh_and_at_the_root_of_2_for_relu() -> None:
    assert mean_field.edge_of_chaos("tanh") == pytest.approx(1.0, abs=0.01)  # where q settles slowly
    assert mean_field.edge_of_chaos("relu") == pytest.approx(np.sqrt(2.0), rel=1e-4)


def test_below_the_edge_the_depth_scale_of_tanh_is_that_of_its_slope_at_0() -> None:
    for sigma in (0.5, 0.7, 0.9):
        assert mean_field.settled_variance("tanh", sigma) < 1e-6
        assert mean_field.depth_scale("tanh", sigma) == pytest.approx(-1 / np.log(sigma**2), rel=1e-3)


def test_above_the_edge_two_inputs_of_tanh_become_strangers_since_it_is_odd_and_has_no_bias() -> None:
    for sigma in (1.5, 2.0, 3.0):
        assert mean_field.settled_correlation("tanh", sigma) == pytest.approx(0.0, abs=1e-4)
        q = mean_field.settled_variance("tanh", sigma)
        slope = (sigma * mean_field._WEIGHTS @ (1 - np.tanh(np.sqrt(q) * mean_field._Z) ** 2)) ** 2  # E[g']^2
        assert mean_field.depth_scale("tanh", sigma) == pytest.approx(-1 / np.log(slope), rel=1e-3)
        assert mean_field.chi("tanh", sigma, q) > 1


@pytest.mark.parametrize(("activation", "sigma"), [("tanh", 0.8), ("tanh", 2.0), ("relu", 1.0), ("sigmoid", 3.0)])
def test_a_wide_network_that_is_drawn_does_what_the_theory_says(activation: str, sigma: float) -> None:
    n, layers, g = 1500, 6, ACTIVATIONS[activation]
    rng = np.random.default_rng(1)
    A, Zs, Ws = rng.normal(size=(n, 1)), [], []
    for _ in range(layers):
        Ws.append(rng.normal(0, sigma / np.sqrt(n), (n, n)))
        Zs.append(Ws[-1] @ A)
        A = g.function(Zs[-1])
    expected = mean_field.variances(activation, sigma, float(np.var(Zs[0])), layers)
    np.testing.assert_allclose(
        [np.mean(Z**2) for Z in Zs], expected, rtol=0.2
    )  # 6 standard errors of n units, and more by depth
    delta = rng.normal(size=(n, 1))  # dJ/dZ of the last layer
    last = np.linalg.norm(delta)
    for Z, W in zip(Zs[-2::-1], Ws[:0:-1], strict=True):
        delta = (W.T @ delta) * g.derivative(Z, g.function(Z))
    found = np.log10(np.linalg.norm(delta) / last)
    assert found == pytest.approx(mean_field.gradient_ratio(activation, sigma, layers, float(np.var(Zs[0]))), abs=0.1)
