"""What an experiment's own trial measured, against what it varied: as lines, as a grid of two choices, or beside a theory."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from sandbox.plotting.canvas.axes import set_scale, set_ticks, short, value_axis
from sandbox.plotting.canvas.style import BLUE, CYCLE, GREY, INK, SOFT, VERMILLION, blank, heading, png, shades, styled
from sandbox.plotting.charts.series import Series, draw_series, end_labels
from sandbox.system.arrays import Array

WIDTHS = (4.0, 1.4)  # of the first lines: the second would hide the first where they are one
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
        Series(name, np.where(np.isfinite(values), values, np.nan), colour, width)
        for (name, values), colour, width in zip(lines.items(), CYCLE, (*WIDTHS, *[1.8] * len(lines)), strict=False)
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
    """A PNG of a table (rows, columns) of numbers >= 0: small ones as powers of ten, light where they are small."""
    n, k = values.shape
    left, bottom, cell = 0.25 + 0.075 * max(map(len, rows)), 0.5 + 0.075 * max(map(len, columns)), 0.36
    wide, tall = 1.3 * cell * k, cell * n
    width, height = max(left + wide + 1.35, 6.0), bottom + tall + 0.95
    figure = blank(width, height)
    heading(figure, title, below)
    ax = figure.add_axes((left / width, bottom / height, wide / width, tall / height))
    with np.errstate(divide="ignore"):
        powers = np.log10(values)
    shown = np.where(np.isposinf(powers), np.nan, np.clip(powers, *POWERS))
    ax.imshow(shown, cmap="Blues", vmin=POWERS[0], vmax=POWERS[1] + 4, aspect="auto")
    for i, j in np.ndindex(n, k):
        if np.isposinf(values[i, j]):
            ax.add_artist(Rectangle((j - 0.5, i - 0.5), 1, 1, facecolor=VERMILLION, linewidth=0))
        light = powers[i, j] > POWERS[1] - 5
        ax.text(
            j, i, _cell(float(values[i, j])), ha="center", va="center", fontsize=8.5, color="white" if light else INK
        )
    set_ticks(ax.xaxis, range(k), columns)
    set_ticks(ax.yaxis, range(n), rows)
    ax.tick_params(axis="x", labelrotation=90 if max(map(len, columns)) > 3 else 0)
    ax.grid(False)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    beside = figure.add_axes(((left + wide + 0.2) / width, bottom / height, 0.12 / width, tall / height))
    scale = np.linspace(*POWERS, 64)[::-1, None]
    beside.imshow(scale, cmap="Blues", vmin=POWERS[0], vmax=POWERS[1] + 4, aspect="auto")
    beside.grid(False)
    set_ticks(beside.xaxis, [], [])
    set_ticks(beside.yaxis, [-0.5, 63.5], ["10 or more", f"{short(10.0 ** POWERS[0])} or less"])
    beside.yaxis.tick_right()
    return png(figure)


POWERS = (-17, 1)  # of ten that have a colour of their own


def _cell(value: float) -> str:
    """0.97 where it can be read so, 10⁻¹² of what is told by its order alone."""
    if np.isnan(value) or value == 0 or np.isinf(value):
        return "" if np.isnan(value) else "0" if value == 0 else "∞"
    return f"{value:.2g}" if 0.01 <= value < 100 else short(10.0 ** round(float(np.log10(value))))


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
    figure = blank(7.6, 4.4)
    least, most = band
    heading(
        figure, title, f"the line: {names[0]}; {'below the dashed line' if not least.any() else 'shaded'}: {names[1]}"
    )
    ax = figure.add_axes((0.1, 0.13, 0.66, 0.66))
    ax.set(xlabel=xlabel, ylabel=ylabel, ylim=(0, 1))
    series = [Series(names[0], line[:, None], BLUE), Series("theory: at most", most[:, None], GREY, 1.2)]
    if least.any():
        ax.fill_between(x, least, most, color=GREY, alpha=0.3, linewidth=0)
        series.append(Series("theory: at least", least[:, None], GREY, 1.2))
    for s in series:
        ax.plot(x, s.values[:, 0], color=s.colour, linewidth=s.width, dashes=(1, 0) if s.colour == BLUE else (4, 3))
    ax.set_xlim(x[0], x[-1])
    end_labels(ax, x, series)
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
