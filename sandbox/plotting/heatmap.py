"""A number for each pair of two settings, as a field of colours."""

import numpy as np
import pandas as pd

from sandbox.plotting.canvas.style import blank, heading, png, styled

CELL = 1.1, 0.55  # inches
EDGE = 3.0, 2.0  # of the labels and the bar around the cells


@styled
def heatmap(grid: pd.DataFrame, metric: str, *, lower_is_better: bool = True) -> bytes:
    """A PNG. grid: the medians, a row per value of one setting and a column per value of the other; the darkest is the best.

    Positive numbers that differ by more than ten times are coloured by their logarithm. Every cell says its number.
    """
    numbers = grid.to_numpy(float)
    known = numbers[np.isfinite(numbers)]
    by_ratio = len(known) > 0 and known.min() > 0 and known.max() > 10 * known.min()
    with np.errstate(invalid="ignore", divide="ignore"):
        shades = np.log10(numbers) if by_ratio else numbers
    rows, columns = numbers.shape
    figure = blank(max(6.0, EDGE[0] + CELL[0] * columns), max(3.2, EDGE[1] + CELL[1] * rows))
    ax = figure.add_axes((0.2, 0.2, 0.76, 0.58))
    image = ax.imshow(np.ma.masked_invalid(shades), cmap="viridis" if lower_is_better else "viridis_r", aspect="auto")
    middle = float(np.mean(image.get_clim())) if len(known) else 0.0
    for (row, column), number in np.ndenumerate(numbers):
        light = np.isfinite(shades[row, column]) and (shades[row, column] < middle) == lower_is_better
        text = f"{number:.3g}" if np.isfinite(number) else "—"
        ax.text(column, row, text, ha="center", va="center", fontsize=9, color="white" if light else "black")
    ax.set_xticks(range(columns), [_plain(value) for value in grid.columns])
    ax.set_yticks(range(rows), [_plain(value) for value in grid.index])
    ax.set_xlabel(str(grid.columns.name))
    ax.set_ylabel(str(grid.index.name))
    ax.grid(visible=False)
    heading(figure, f"Median {metric}", "darker: better" + ("  ·  colours by ratio" if by_ratio else ""))
    return png(figure)


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
