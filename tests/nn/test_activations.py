"""Every activation's defining property: its slope is the slope of its function, everywhere a double can go."""

import mpmath
import numpy as np
import pytest

from sandbox.nn.activations import ACTIVATIONS, LEAK, sigmoid

KINKED = {"relu", "relu_kink0", "leaky_relu"}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_derivative_is_an_array_of_its_own(name: str) -> None:
    """Engines go on computing in its place."""
    z, g = np.linspace(-2.0, 2.0, 12), ACTIVATIONS[name]
    a = g.function(z)
    slope = g.derivative(z, a)
    assert not np.shares_memory(slope, z)
    assert not np.shares_memory(slope, a)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_derivative_is_the_slope_of_the_function(name: str) -> None:
    g = ACTIVATIONS[name]
    z = np.linspace(-6, 6, 241) + 1e-3  # no point on a kink
    h = 1e-5
    measured = (g.function(z + h) - g.function(z - h)) / (2 * h)
    # central difference: truncation h^2/6 |g'''| and rounding eps |g| / h, both about 1e-10 here
    np.testing.assert_allclose(g.derivative(z, g.function(z)), measured, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_no_overflow_and_no_nan_far_out(name: str) -> None:
    g = ACTIVATIONS[name]
    z = np.array([-1e4, -710.0, -50.0, 0.0, 50.0, 710.0, 1e4])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        a = g.function(z)
        slope = g.derivative(z, a)
    assert np.isfinite(a).all() and np.isfinite(slope).all()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_steepest_is_the_largest_slope(name: str) -> None:
    g = ACTIVATIONS[name]
    z = np.linspace(-12, 12, 24001)
    assert np.abs(g.derivative(z, g.function(z))).max() == pytest.approx(g.steepest, rel=1e-4)


def test_sigmoid_is_right_to_a_few_ulp() -> None:
    z = np.linspace(-700, 700, 2801)
    with mpmath.workdps(50):
        exact = np.array([float(1 / (1 + mpmath.exp(-mpmath.mpf(float(x))))) for x in z])
    assert np.max(np.abs(sigmoid(z) - exact) / exact) < 4 * np.finfo(float).eps


def test_leaky_relu_is_the_larger_of_z_and_a_hundredth_of_z() -> None:
    """The notes print max{001z, z}: at z = -3 that would be -3."""
    assert ACTIVATIONS["leaky_relu"].function(np.array([-3.0, 2.0])).tolist() == [-3.0 * LEAK, 2.0]
    assert LEAK == 0.01


def test_kink_conventions_differ_only_at_zero() -> None:
    z = np.array([-1.0, -0.0, 0.0, 1.0])
    one, zero = (ACTIVATIONS[name] for name in ("relu", "relu_kink0"))
    assert one.derivative(z, one.function(z)).tolist() == [0, 1, 1, 1]
    assert zero.derivative(z, zero.function(z)).tolist() == [0, 0, 0, 1]


def test_centred_and_shifted_pairs_share_their_slope() -> None:
    z = np.linspace(-5, 5, 101)
    for centred, shifted in (("sigmoid_centred", "sigmoid"), ("tanh", "tanh_shifted")):
        a, b = ACTIVATIONS[centred], ACTIVATIONS[shifted]
        np.testing.assert_allclose(a.derivative(z, a.function(z)), b.derivative(z, b.function(z)), atol=1e-15)
        assert np.ptp(b.function(z) - a.function(z)) < 1e-15
