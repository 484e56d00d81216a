"""What an experiment's own trial measured, against what it varied: as lines, or as a grid of two choices."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from sandbox.plotting.canvas.axes import set_ticks, short, value_axis
from sandbox.plotting.canvas.style import CYCLE, GREY, INK, SOFT, blank, heading, png, styled
from sandbox.plotting.charts.series import Series, draw_series, end_labels
from sandbox.system.arrays import Array

WINDOW = 20  # orders of magnitude that an axis may span: errors range from rounding to failure


@styled
def lines_figure(
    x: NDArray[Any],
    lines: Mapping[str, Array],
    *,
    title: str,
    below: str = "",
    xlabel: str,
    ylabel: str,
    marks: Mapping[str, float] | None = None,
    bounds: tuple[float, float] | None = None,
) -> bytes:
    """A PNG of lines (T, R), medians with their spread, over x (T,); `marks` are heights with a name.

    Axes are logarithmic where they span orders, unless `bounds` are the natural limits of y. What is not finite is left out.
    """
    figure = blank(7.6, 4.4)
    heading(figure, title, below)
    ax = figure.add_axes((0.1, 0.13, 0.66, 0.66))
    ax.set(xlabel=xlabel, ylabel=ylabel)
    series = [
        Series(name, np.where(np.isfinite(values), values, np.nan), colour)
        for (name, values), colour in zip(lines.items(), CYCLE, strict=False)
    ]
    drawn = draw_series(ax, x, series)
    for name, height in (marks or {}).items():
        ax.add_artist(Line2D([0, 1], [height] * 2, transform=ax.get_yaxis_transform(), color=GREY, dashes=(4, 3)))
        series.append(Series(name, np.full((len(x), 1), height), SOFT))
        drawn = np.vstack([drawn, np.full((1, len(x)), height)])
    value_axis(ax, drawn, bounds, window=WINDOW)
    value_axis(ax, np.asarray(x, dtype=np.float64)[None], side="x", window=WINDOW)
    end_labels(ax, x, series)
    return png(figure)


@styled
def grid_figure(
    values: Array, rows: Sequence[str], columns: Sequence[str], *, title: str, below: str = "", xlabel: str, ylabel: str
) -> bytes:
    """A PNG of a table (rows, columns) of numbers >= 0, rounded to powers of ten: light where they are small."""
    n, k = values.shape
    left, bottom, cell = 0.25 + 0.075 * max(map(len, rows)), 0.5 + 0.075 * max(map(len, columns)), 0.36
    width, height = max(left + 1.3 * cell * k + 0.3, 6.0), bottom + cell * n + 0.95
    figure = blank(width, height)
    heading(figure, title, below)
    ax = figure.add_axes((left / width, bottom / height, 1.3 * cell * k / width, cell * n / height))
    with np.errstate(divide="ignore"):
        powers = np.log10(values)
    ax.imshow(np.clip(powers, -17, 1), cmap="Blues", vmin=-17, vmax=4, aspect="auto")
    for i, j in np.ndindex(n, k):
        word = "" if np.isnan(values[i, j]) else "∞" if np.isinf(values[i, j]) else "0"
        if np.isfinite(powers[i, j]):
            word = short(10.0 ** round(float(powers[i, j])))
        ax.text(j, i, word, ha="center", va="center", fontsize=8.5, color="white" if powers[i, j] > -5 else INK)
    set_ticks(ax.xaxis, range(k), columns)
    set_ticks(ax.yaxis, range(n), rows)
    ax.tick_params(axis="x", labelrotation=90 if max(map(len, columns)) > 3 else 0)
    ax.grid(False)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    return png(figure)
