"""The 50 digits against a second library, and errors of closed forms and of differences."""

from typing import Any

import mpmath
import numpy as np
import pytest

from sandbox.analysis.slopes import EXPONENTS, difference_errors, error_of, exact, slope

Z = np.array([-700.0, -37.5, -1.0, -1e-8, 1e-8, 0.3, 20.0, 350.0, 700.0])


@pytest.mark.parametrize(
    ("name", "truth"),
    [
        ("sigmoid", lambda z: 1 / ((1 + mpmath.exp(-z)) * (1 + mpmath.exp(z)))),
        ("tanh", lambda z: mpmath.sech(z) ** 2),
    ],
)
def test_the_50_digits_are_those_of_another_library(name: str, truth: Any) -> None:
    value, rest = exact(name, Z)
    with mpmath.workdps(60):
        for z, v, r in zip(Z.tolist(), value.tolist(), rest.tolist(), strict=True):
            expected = truth(mpmath.mpf(z))
            assert abs(mpmath.mpf(v) + mpmath.mpf(r) - expected) <= abs(expected) * mpmath.mpf(2) ** -100 + 5e-324


def test_an_error_below_the_last_digit_of_a_double_is_seen() -> None:
    value, rest = exact("tanh", np.array([0.3]))
    assert error_of(value, (value, rest)) == np.abs(rest)
    assert np.isinf(error_of(np.array([np.nan]), (value, rest)))


def test_printed_forms_take_far_slopes_for_zero_and_the_others_do_not() -> None:
    z = np.array([40.0])  # 1 - sigmoid(40) is 4e-18, which is nothing next to 1
    assert slope("sigmoid", "printed", z) == 0.0
    assert slope("sigmoid", "cancellation_free", z) == pytest.approx(np.exp(-40.0), rel=1e-14)
    assert slope("tanh", "cancellation_free", z) == pytest.approx(4 * np.exp(-80.0), rel=1e-14)


def test_differences_are_worst_at_either_end_of_the_steps() -> None:
    """Truncation at one, rounding at the other: a curve with its least in between, further down for central ones."""
    z = np.linspace(-5, 5, 50)[None]
    forward, central = difference_errors("tanh", "absolute", z, exact("tanh", z))
    for curve, steps in ((forward, range(6, 10)), (central, range(4, 7))):
        assert EXPONENTS[curve[:, 0].argmin()] in steps
        assert curve[0, 0] > 1e3 * curve.min()
        assert curve[-1, 0] > 1e3 * curve.min()
    assert central.min() < 1e-2 * forward.min()
