"""The derived bounds of slopes, and a floor under them that no forward pass sees."""

import numpy as np
import pytest

from experiments.saturation import GRID
from sandbox.analysis.saturation import BOUNDS, excess, floored
from sandbox.nn.activations import ACTIVATIONS


@pytest.mark.parametrize("name", BOUNDS)
def test_slopes_stay_below_their_bounds_and_reach_them_far_out(name: str) -> None:
    g = ACTIVATIONS[name]
    slope = g.derivative(GRID, g.function(GRID))
    assert excess(name, GRID, slope).max() < 1e-15
    far = (np.abs(GRID) > 8) & (np.abs(GRID) < 12)  # beyond, 1 - a a has no digits left
    np.testing.assert_allclose(slope[far], BOUNDS[name](GRID[far]), rtol=1e-3)


def test_a_floor_under_the_slope_changes_no_forward_pass_and_only_tiny_slopes() -> None:
    tanh, with_floor = ACTIVATIONS["tanh"], floored(ACTIVATIONS["tanh"])
    z = np.linspace(-6, 6, 25)
    a = tanh.function(z)
    np.testing.assert_array_equal(with_floor.function(z), a)
    true, kept = tanh.derivative(z, a), with_floor.derivative(z, a)
    np.testing.assert_array_equal(kept[true >= 0.1], true[true >= 0.1])
    assert (kept[true < 0.1] == 0.1).all()
    assert floored(ACTIVATIONS["sigmoid"]).derivative(np.array(9.0), np.array(1.0)) == 0.025
