"""Initialisers: the variance each scheme promises, and draws that depend on (seed, replicate, layer) alone."""

import numpy as np
import pytest

from sandbox.nn.initialisers import INITIALISERS, initialise


@pytest.mark.parametrize("shape", [(30, 50), (50, 30)])
@pytest.mark.parametrize("name", INITIALISERS)
def test_variance_is_the_one_promised(name: str, shape: tuple[int, int]) -> None:
    n_out, n_in = shape
    W = initialise(name, (n_in, n_out), replicates=200, seed=5)[0].weights
    if name in ("zero", "constant"):
        assert np.ptp(W) == 0
        return
    # the standard error of a variance over N draws is at most var * sqrt(2 / N) for these light-tailed schemes
    promised, N = INITIALISERS[name].variance(n_out, n_in), W.size
    assert abs(W.var() - promised) < 5 * promised * np.sqrt(2 / N)
    assert abs(W.mean()) < 5 * np.sqrt(promised / N)


@pytest.mark.parametrize("shape", [(4, 6), (6, 4), (5, 5)])
def test_orthogonal_weights_have_unit_singular_values(shape: tuple[int, int]) -> None:
    W = initialise("orthogonal", shape[::-1], replicates=3, seed=0)[0].weights
    np.testing.assert_allclose(np.linalg.svd(W, compute_uv=False), 1.0, rtol=1e-12)


def test_replicates_do_not_depend_on_how_many_there_are_nor_on_depth() -> None:
    few = initialise("normal", (2, 4, 1), replicates=3, seed=9)
    many = initialise("normal", (2, 4, 4, 1), replicates=7, seed=9)
    np.testing.assert_array_equal(few[0].weights, many[0].weights[:3])
    later = initialise("normal", (2, 4, 1), replicates=4, seed=9, first=3)
    np.testing.assert_array_equal(later[0].weights, many[0].weights[3:])


def test_replicates_layers_and_seeds_all_differ() -> None:
    W1, W2 = (layer.weights for layer in initialise("normal", (4, 4, 4), replicates=2, seed=9))
    other = initialise("normal", (4, 4, 4), replicates=2, seed=10)[0].weights
    draws = [W1[0], W1[1], W2[0], W2[1], other[0]]
    assert all(not np.any(a == b) for i, a in enumerate(draws) for b in draws[i + 1 :])


def test_scale_multiplies_and_named_layers_start_at_zero() -> None:
    plain, scaled = (initialise("he", (3, 4, 2), 2, seed=1, scale=s) for s in (1.0, 0.01))
    np.testing.assert_allclose(scaled[0].weights, 0.01 * plain[0].weights)
    mixed = initialise("he", (3, 4, 2), 2, seed=1, zero_layers=[1])
    assert not mixed[0].weights.any()
    np.testing.assert_array_equal(mixed[1].weights, plain[1].weights)
    assert not any(layer.bias.any() for layer in plain)


@pytest.mark.parametrize(
    ("bias", "variance"), [("normal", 1.0), ("root_n", 1 / 150), ("hundredth", 0.0), ("zero", 0.0)]
)
def test_biases_have_the_spread_of_their_scheme_and_leave_the_weights_alone(bias: str, variance: float) -> None:
    plain, drawn = (initialise("normal", (50, 30, 2), 200, seed=5, bias=name)[0] for name in ("zero", bias))
    np.testing.assert_array_equal(drawn.weights, plain.weights)
    b = drawn.bias
    assert abs(b.var() - variance) <= 5 * variance * np.sqrt(2 / b.size) + 1e-15
    assert abs(b.mean() - (0.01 if bias == "hundredth" else 0.0)) <= 5 * np.sqrt(variance / b.size) + 1e-15


def test_truncated_draws_stay_within_two_standard_deviations_of_the_normal_they_are_cut_from() -> None:
    W = initialise("truncated", (50, 40), 20, seed=1)[0].weights
    assert 2.2 < np.abs(W).max() <= 2.0 / 0.879625
