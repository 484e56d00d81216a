"""What an experiment's own trial measured, against what it varied: as lines, as a grid of two choices, or beside a theory."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from sandbox.plotting.canvas.axes import set_scale, set_ticks, short, value_axis
from sandbox.plotting.canvas.style import BLUE, CYCLE, GREY, INK, SOFT, blank, heading, png, shades, styled
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


@styled
def band_figure(
    x: NDArray[Any],
    line: Array,
    band: tuple[Array, Array],
    names: tuple[str, str],
    *,
    title: str,
    xlabel: str,
    ylabel: str,
) -> bytes:
    """A PNG of a share (T,) over x (T,), with what theory allows it to be; `names` of both."""
    figure = blank(6.0, 4.0)
    ax = figure.add_subplot()
    ax.fill_between(x, *band, color=GREY, alpha=0.3, linewidth=0, label=names[1])
    ax.plot(x, line, color=BLUE, label=names[0])
    ax.set(xlabel=xlabel, ylabel=ylabel, ylim=(0, 1), title=title)
    ax.legend(loc="upper left")
    return png(figure)


@styled
def modes_figure(
    steps: NDArray[np.int64], sizes: Array, strengths: Array, times: Array, exact: Array | None, *, title: str
) -> bytes:
    """A PNG of K modes of given sizes s (K,): strengths (T, R, K) against the step, and half times (R, K) against s.

    exact: the strengths (T, K) of a solution, drawn beside them.
    """
    figure = blank(9.0, 3.8)
    left, right = figure.subplots(1, 2, gridspec_kw={"wspace": 0.3})
    for k, (s, colour) in enumerate(zip(sizes, shades(len(sizes)), strict=True)):
        left.plot(steps, np.median(strengths[..., k], axis=1) / s, color=colour, label=f"s = {s:.3g}")
        if exact is not None:
            label = "exact" if k == len(sizes) - 1 else None
            left.plot(steps, exact[:, k] / s, color=INK, linewidth=0.8, dashes=(4, 3), label=label)
        right.plot(np.full(len(times), s), times[:, k], "o", color=colour, markersize=3, alpha=0.4)
    left.set(xlabel="gradient-descent step", ylabel="strength u / s", title=title)
    learned = (np.abs(np.median(strengths, axis=1) / sizes - 1) < 0.01).all(axis=1)  # (T,)
    until = steps[int(learned.argmax())] if learned.any() else steps[-1]
    left.set_xlim(0, min(1.5 * max(int(until), 1), int(steps[-1])))  # what follows is a flat line
    left.legend(loc="lower right")
    left.locator_params(axis="x", nbins=4)
    set_scale(right, "log", "x")
    set_scale(right, "log", "y")
    middle = len(sizes) // 2
    if np.isfinite(time := float(np.median(times[:, middle]))):
        right.plot(sizes, time * sizes[middle] / sizes, color=GREY, dashes=(4, 3), label="proportional to 1/s")
        right.legend(loc="upper right")
    set_ticks(right.xaxis, list(sizes), [f"{s:.3g}" for s in sizes])
    ticks = [f * 10.0**d for d in range(1, 6) for f in (1, 2, 5)]
    set_ticks(right.yaxis, ticks, [short(tick) for tick in ticks])
    right.set_xlim(0.9 * sizes.min(), 1.125 * sizes.max())
    right.set(xlabel="singular value s", ylabel="steps until u = s / 2", title="Time to learn a mode")
    return png(figure)
