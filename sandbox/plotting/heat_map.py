"""The heat map of a sweep: what two of its factors do together, each cell with its median and its spread."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
import pandas as pd
import scipy
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sandbox.claims.verdict import compact
from sandbox.plotting.canvas.axes import LOG_FROM, linear_ticks, set_scale, set_ticks, short, titled
from sandbox.plotting.canvas.style import INK, VERMILLION, blank, heading, png, styled
from sandbox.plotting.charts.panels import JUDGED, default_metric, levels_of, matches, plain, words
from sandbox.plotting.charts.series import BAND, quantiles
from sandbox.plotting.sweep import in_words, titled_by
from sandbox.system.arrays import Array
from sandbox.trial.table import higher_is_better

CELL, TALL = 1.0, 0.42  # inches
WIDEST = 15.0  # inches of a figure, if one panel fits
FEWEST, MOST = 6, 16  # cells that are worth a map, and levels of a factor that fit on one
PANELS = 6
COLOURS = "viridis_r"  # dark where a loss is large


class Cells(NamedTuple):
    """What the replicates of every cell have: (rows, columns) each; NaN where there is none that did not diverge."""

    middle: Array
    low: Array
    high: Array
    lost: Array  # how many diverged, or never arrived
    tried: Array


@styled
def heat_map(
    table: pd.DataFrame,
    *,
    names: Sequence[str],
    metric: str | None = None,
    of: str = "",
    title: str = "",
    factors: tuple[str, str] | None = None,
) -> bytes | None:
    """A PNG of two factors, a panel per data set and, if few, per value of the others.

    factors: of `names`, rows and columns; if None, the two that matter most, and no picture where no two have at least
    FEWEST cells together. of: what the sweep is called.
    """
    metric = metric or default_metric(table)
    factors = factors or two_factors(table, names, metric)
    if factors is None:
        return None
    panels, pooled = _panels(table, [name for name in names if name in table.columns and name not in factors])
    down, across = (levels_of(table, name) for name in factors)
    cells = [_cells(rows, factors, (down, across), metric) for _, rows in panels]
    figure, axes = _layout(len(panels), [_level(x) for x in down], len(across))
    abreast = _abreast(len(panels), len(across))
    scale = _scale(np.concatenate([each.middle.ravel() for each in cells]))
    for i, (ax, (name, _), each) in enumerate(zip(axes, panels, cells, strict=True)):
        _draw(ax, each, scale, higher=higher_is_better(metric) if metric.endswith(JUDGED) else None)
        titled(ax, name)
        set_ticks(ax.xaxis, range(len(across)), [_level(x) for x in across])
        set_ticks(
            ax.yaxis,
            range(len(down)),
            [_level(x) for x in down] if i % abreast == 0 else [""] * len(down),
        )
        ax.set_xlabel(plain(factors[1]))
        if i % abreast == 0:
            ax.set_ylabel(plain(factors[0]))
    below = [f"cell: {in_words(metric)}, median, and 10 to 90 % below", *["frame: the best"] * metric.endswith(JUDGED)]
    lost = "never, which is longest" if is_time(metric) else "diverged, left out"
    below += [f"✖: {lost}"] if any(each.lost.any() for each in cells) else []
    below += [f"over all values of {' and '.join(plain(name) for name in pooled)}"] if pooled else []
    heading(figure, title or titled_by(of, factors, metric), "  ·  ".join(below))
    return png(figure)


class Plane(NamedTuple):
    """A panel of `fine_map`: points (N,) with a value each, which is NaN or infinite where there was none; lines over it, by name."""

    title: str
    x: Array
    y: Array
    values: Array
    lines: Mapping[str, tuple[Sequence[float], Sequence[float]]]


class Side(NamedTuple):
    """An axis of `fine_map`. names: of the values 0, 1, 2 ..., where they are no numbers."""

    label: str
    factors: bool
    names: Sequence[str] = ()


NOTHING = "#4A4A4A"  # where there is no value: no colour of the scale
PANEL = 3.9  # inches


@styled
def fine_map(
    rows: Mapping[str, Sequence[Plane]], across: Side, up: Side, *, title: str, below: str, nothing: str = "none"
) -> bytes:
    """A PNG of many points: each colours what lies nearest to it. A row of panels for each metric, by its words.

    nothing: what it means that a point has no value.
    """
    columns = max(map(len, rows.values()))
    figure = blank(max(7.4, 0.75 + columns * (PANEL + 0.2) + 1.1), 0.85 + len(rows) * (PANEL * 0.8 + 0.95))
    width, height = (float(length) for length in figure.get_size_inches())
    for r, (metric, planes) in enumerate(rows.items()):
        scale = _scale(_typical(np.concatenate([plane.values for plane in planes])))
        shade = mpl.colormaps["viridis" if higher_is_better(metric) else COLOURS].with_extremes(bad=NOTHING)
        bottom = height - 0.85 - r * (PANEL * 0.8 + 0.95) - 0.35 - PANEL * 0.8
        for c, plane in enumerate(planes):
            ax = figure.add_axes(
                ((0.75 + c * (PANEL + 0.2)) / width, bottom / height, PANEL / width, PANEL * 0.8 / height)
            )
            _fill(ax, plane, across, up, shade, scale, labelled=c == 0)
            said = f"{in_words(metric.partition(':')[0])}{' before training' if metric.endswith(':first') else ''}"
            titled(ax, "  ·  ".join(filter(None, [plane.title, said * (c == 0)])))
        bar = figure.add_axes(
            ((0.75 + len(planes) * (PANEL + 0.2)) / width, bottom / height, 0.16 / width, PANEL * 0.8 / height)
        )
        figure.colorbar(mpl.cm.ScalarMappable(scale, shade), cax=bar).minorticks_off()
        _tick(bar, scale)
    missing = any((~np.isfinite(plane.values)).any() for planes in rows.values() for plane in planes)
    heading(figure, title, "  ·  ".join([below, *([f"grey: {nothing}"] if missing else [])]))
    return png(figure)


def _tick(bar: Axes, scale: Any) -> None:
    """At most six round numbers beside a bar of colours."""
    low, high = float(scale.vmin), float(scale.vmax)
    if not isinstance(scale, mpl.colors.LogNorm):
        linear_ticks(bar.yaxis, low, high)
        return
    decades = np.arange(np.ceil(np.log10(low)), np.floor(np.log10(high)) + 1)
    ticks = 10.0 ** decades[:: -(-len(decades) // 6)] if len(decades) > 2 else np.geomspace(low, high, 4)
    set_ticks(bar.yaxis, ticks.tolist(), [short(float(f"{tick:.2g}")) for tick in ticks])


def _typical(values: Array) -> Array:
    """The middle nineteen twentieths of them: a network that explodes must not press all the others together."""
    found = values[np.isfinite(values)]
    return found if not len(found) else np.clip(found, *np.quantile(found, (0.025, 0.975)))


def _fill(ax: Axes, plane: Plane, across: Side, up: Side, shade: Any, scale: Any, *, labelled: bool) -> None:
    x, y = np.unique(plane.x), np.unique(plane.y)
    u, v = (np.log(each) if side.factors else each for each, side in ((plane.x, across), (plane.y, up)))
    spans = [max(float(np.ptp(each)), 1e-12) for each in (u, v)]
    grid = np.stack(np.meshgrid(np.unique(u) / spans[0], np.unique(v) / spans[1]), axis=-1)
    nearest = scipy.spatial.cKDTree(np.column_stack([u / spans[0], v / spans[1]])).query(grid)[1]
    values = np.ma.masked_invalid(plane.values[nearest])
    ax.pcolormesh(_edges(x, across), _edges(y, up), values, cmap=shade, norm=scale, rasterized=True)
    for side, name in ((across, "x"), (up, "y")):
        set_scale(ax, "log" if side.factors else "linear", "x" if name == "x" else "y")
        axis = ax.xaxis if name == "x" else ax.yaxis
        places = x if name == "x" else y
        few = places if len(places) <= 8 else places[np.unique(np.linspace(0, len(places) - 1, 6).round().astype(int))]
        set_ticks(axis, few.tolist(), [side.names[int(p)] if side.names else short(float(f"{p:.2g}")) for p in few])
    ax.set(xlim=_edges(x, across)[[0, -1]], ylim=_edges(y, up)[[0, -1]], xlabel=across.label)
    ax.grid(False)
    if labelled:
        ax.set_ylabel(up.label)
    else:
        ax.set_yticklabels([])
    for (name, (xs, ys)), style in zip(plane.lines.items(), ("-", "--", ":"), strict=False):
        ax.plot(xs, ys, style, color="white", linewidth=4.0, alpha=0.8)
        ax.plot(xs, ys, style, color=VERMILLION, linewidth=2.0, label=name)
    if plane.lines:
        ax.legend(loc="upper right", fontsize=8, framealpha=0.85)


def _edges(places: Array, side: Side) -> Array:
    """Half way between neighbours, and as far beyond the first and the last."""
    u = np.log(places) if side.factors else places
    if len(u) == 1:
        u = np.array([u[0] - 0.5, u[0] + 0.5])
    else:
        middle = (u[1:] + u[:-1]) / 2
        u = np.concatenate([[u[0] - (middle[0] - u[0])], middle, [u[-1] + (u[-1] - middle[-1])]])
    return np.asarray(np.exp(u) if side.factors else u)


def two_factors(table: pd.DataFrame, names: Sequence[str], metric: str) -> tuple[str, str] | None:
    """The two factors with most to tell: of those whose map has FEWEST cells, the pair whose cells differ most."""
    if metric not in table.columns:
        return None
    found = [name for name in names if name in table.columns and name.split(".")[0] != "dataset"]
    found = [name for name in found if 2 <= table[name].nunique() <= MOST]
    pairs = [pair for pair in combinations(found, 2) if len(table[list(pair)].drop_duplicates()) >= FEWEST]
    ranks = table[metric].replace([np.inf, -np.inf], np.nan).rank(na_option="bottom")  # a loss may span orders
    between = [float(ranks.groupby([table[a], table[b]]).transform("mean").var()) for a, b in pairs]
    if not pairs:
        return None
    first, second = pairs[int(np.argmax(between))]
    return (second, first) if table[first].nunique() > table[second].nunique() else (first, second)


def _panels(table: pd.DataFrame, others: Sequence[str]) -> tuple[list[tuple[str, pd.DataFrame]], list[str]]:
    """Panels with their names, and the factors over which all of them run: those that would make too many panels."""
    told: list[str] = []
    for name in sorted(others, key=lambda name: name.split(".")[0] != "dataset"):  # data sets come first
        if len(table[[*told, name]].drop_duplicates()) <= PANELS:
            told.append(name)
    pooled = [name for name in others if name not in told]
    if not told:
        return [("", table)], pooled
    values = list(dict.fromkeys(table[told].itertuples(index=False, name=None)))
    return [(words(told, value), table[matches(table, told, value)]) for value in values], pooled


def is_time(metric: str) -> bool:
    """Whether what is not finite never arrived, which is longest, and has not diverged."""
    return metric.startswith("steps_to")


def _cells(rows: pd.DataFrame, factors: tuple[str, str], levels: tuple[list[Any], list[Any]], metric: str) -> Cells:
    shape = len(levels[0]), len(levels[1])
    cells = Cells(*(np.full(shape, np.nan) for _ in range(3)), *(np.zeros(shape) for _ in range(2)))
    for i, j in np.ndindex(shape):
        values = rows.loc[matches(rows, factors, (levels[0][i], levels[1][j])), metric].to_numpy(float)
        cells.tried[i, j], cells.lost[i, j] = len(values), int((~np.isfinite(values)).sum())
        if is_time(metric) and len(values):  # where some never arrive the middle one may be one of them
            never = np.where(np.isfinite(values), values, np.inf)
            low, middle, high = np.quantile(never, (BAND[0], 0.5, BAND[1]), method="nearest")
            cells.low[i, j], cells.middle[i, j], cells.high[i, j] = low, middle, high
        elif np.isfinite(values).any():
            low, middle, high = quantiles(values[None], (BAND[0], 0.5, BAND[1]))[:, 0]
            cells.low[i, j], cells.middle[i, j], cells.high[i, j] = low, middle, high
    return cells


def _scale(middles: Array) -> Any:
    """From numbers to [0, 1]: logarithmic where they are positive and span orders."""
    finite = middles[np.isfinite(middles)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    if low > 0 and high > LOG_FROM * low:
        return mpl.colors.LogNorm(low, high)
    return mpl.colors.Normalize(low, high if high > low else low + 1.0)


def _draw(ax: Axes, cells: Cells, scale: Any, higher: bool | None) -> None:
    shades = mpl.colormaps["viridis" if higher else COLOURS]
    for i, j in np.ndindex(cells.middle.shape):
        middle, lost, count = cells.middle[i, j], int(cells.lost[i, j]), int(cells.tried[i, j])
        colour = shades(float(scale(middle)))[:3] if np.isfinite(middle) else (0.95, 0.95, 0.95)
        ax.add_artist(Rectangle((j - 0.5, i - 0.5), 1, 1, facecolor=colour, edgecolor="white", linewidth=1.5))
        ink = "white" if float(np.dot(colour, (0.3, 0.59, 0.11))) < 0.55 else INK
        if np.isfinite(middle):
            ax.text(j, i - 0.16, _three(float(middle)), ha="center", va="center", fontsize=9, color=ink)
            ends = (_two(float(end)) if np.isfinite(end) else "never" for end in (cells.low[i, j], cells.high[i, j]))
            spread = " to ".join(ends) + (f" ✖{lost}" if lost else "")
            ax.text(j, i + 0.24, spread, ha="center", va="center", fontsize=6.5, color=ink)
        else:
            said = "no run" if not count else "✖ all" if lost == count else f"✖ {lost} of {count}"
            ax.text(j, i, said, ha="center", va="center", fontsize=8.5, color=VERMILLION if count else INK)
    if (best := _best(cells.middle, higher)) is not None:
        frame = Rectangle((best[1] - 0.46, best[0] - 0.46), 0.92, 0.92, fill=False, edgecolor=VERMILLION, linewidth=2)
        frame.set_zorder(5)
        ax.add_artist(frame)


def _best(middles: Array, higher: bool | None) -> tuple[int, int] | None:
    """The cell with the best median, unless nothing is better than anything, or all are as good."""
    finite = middles[np.isfinite(middles)]
    if higher is None or not len(finite) or _two(finite.min()) == _two(finite.max()):
        return None
    place = int(np.nanargmax(middles) if higher else np.nanargmin(middles))
    return place // middles.shape[1], place % middles.shape[1]


def _three(x: float) -> str:
    return short(float(f"{x:.3g}"))


def _two(x: float) -> str:
    return short(float(f"{x:.2g}"))


def _level(value: Any) -> str:
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool | np.bool_)
    return short(float(value)) if number else compact(str(value))


def _abreast(panels: int, across: int) -> int:
    return max(min(panels, int((WIDEST - 1) / (CELL * across + 0.25)), 4), 1)


def _layout(panels: int, down: Sequence[str], across: int) -> tuple[Figure, list[Axes]]:
    """Axes for every panel, at most three abreast; all measures in inches."""
    left = 0.55 + 0.07 * max(map(len, down))
    wide, tall = max(CELL * across, 2.0), TALL * len(down)
    columns = _abreast(panels, across)
    rows = -(-panels // columns)
    width = max(left + columns * (wide + 0.25) + 0.1, 7.6)
    height = 0.75 + rows * (tall + 0.95)
    figure = blank(width, height)
    axes = []
    for i in range(panels):
        x, top = left + (i % columns) * (wide + 0.25), height - 0.75 - (i // columns) * (tall + 0.95) - 0.35
        ax = figure.add_axes((x / width, (top - tall) / height, wide / width, tall / height))
        for side in ("x", "y"):
            set_scale(ax, "linear", side)
        ax.set(xlim=(-0.5, across - 0.5), ylim=(len(down) - 0.5, -0.5))
        ax.grid(False)
        axes.append(ax)
    return figure, axes
