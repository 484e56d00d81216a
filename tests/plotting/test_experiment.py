"""Figures of experiments' own trials: every number has a place, whatever it is."""

import numpy as np
import pytest

from sandbox.plotting.experiment import grid_figure, lines_figure

PNG = b"\x89PNG"


@pytest.mark.parametrize("R", [1, 4, 30])
def test_lines_are_drawn_over_many_orders_with_gaps_and_zeros(R: int) -> None:
    x = np.array([1, 10, 1000, 100_000])
    values = np.geomspace(1e-16, 10.0, 4)[:, None] * np.ones(R)
    values[2] = np.nan
    drawn = lines_figure(
        x, {"a": values, "never": np.full((4, R), np.inf), "nothing": np.zeros((4, R))},
        title="A title", below="what is below", xlabel="x", ylabel="y", marks={"one": 1.0},
    )  # fmt: skip
    assert drawn.startswith(PNG)


def test_a_grid_has_room_for_zero_infinity_and_nothing() -> None:
    values = np.array([[0.0, np.inf, 1e-12], [np.nan, 1.0, 3e4]])
    drawn = grid_figure(values, ["first", "second"], ["a", "b", "long name"], title="T", xlabel="x", ylabel="y")
    assert drawn.startswith(PNG)
