"""Networks born dead: what must keep units alive, and the bounds by counting signs."""

from itertools import product

import numpy as np
import pytest

from experiments.born_dead import DEEP
from sandbox.analysis.born_dead import inputs_around, lower_bound, signals, upper_bound


def test_the_bounds_are_those_of_counting_signs() -> None:
    """Width 2, one input: each of two layers keeps a given input alive in 3 of 4 sign patterns."""
    patterns = list(product([-1, 1], repeat=2))
    alive = sum(any(sign > 0 for sign in pattern) for pattern in patterns) / len(patterns)
    assert upper_bound(2, 2) == pytest.approx(1 - alive**2)
    assert lower_bound(2, 1) == pytest.approx(0.0)  # with one layer some unit is positive for x or for -x
    for width, depth in product(range(2, 8), range(1, 40)):
        assert -1e-12 <= lower_bound(width, depth) <= upper_bound(width, depth) + 1e-12


def test_biases_or_a_leak_would_have_kept_them_alive() -> None:
    """The mechanism: without the rectifier no signal is lost, so the followed networks do die of it."""
    X, rng = inputs_around(1), np.random.default_rng(0)
    A = np.broadcast_to(X, (200, *X.shape))
    for _ in range(DEEP):
        Z = rng.normal(0, np.sqrt(2 / A.shape[1]), (200, 3, A.shape[1])) @ A
        A = np.where(Z > 0, Z, 0.01 * Z)
        A = A / np.abs(A).max(axis=(1, 2), keepdims=True)
    assert (np.abs(A).max(axis=1) > 0).all()
    assert (signals(rng, X, 3, DEEP, 200)[-1] == 0).all(axis=1).mean() > 0.9
