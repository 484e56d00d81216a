"""Lines of a quantity along training: medians over the replicates, their spread, and a name at each end."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from sandbox.plotting.canvas.style import readable
from sandbox.system.arrays import Array

FEW = 8  # replicates up to which each is drawn as a line of its own, instead of a band
BAND = (0.1, 0.9)
MOST_NAMED = 6  # lines with a name at their end


class Series(NamedTuple):
    """One quantity along training, of all replicates, and how it is drawn."""

    label: str
    values: Array  # (T, R), NaN after divergence
    colour: Any
    width: float = 1.8


def quantiles(curve: Array, levels: Sequence[float]) -> Array:
    """Quantiles (len(levels), T) over the finite replicates of a curve (T, R); NaN where none is left.

    The same linear interpolation as numpy.nanquantile, 50 times faster: one sort instead of a loop over steps.
    """
    if not curve.shape[1]:
        return np.full((len(levels), len(curve)), np.nan)
    ordered = np.sort(np.where(np.isfinite(curve), curve, np.nan), axis=1)  # NaN goes last
    alive = np.isfinite(ordered).sum(axis=1)
    place = np.asarray(levels)[:, None] * np.maximum(alive - 1, 0)
    below = np.floor(place).astype(int)
    above = np.minimum(below + 1, np.maximum(alive - 1, 0))
    t = np.arange(len(ordered))
    low, high = ordered[t, below], ordered[t, above]
    result: Array = low + (place - below) * (high - low)
    return result


def draw_series(
    ax: Axes, steps: NDArray[np.int64] | Array, series: Sequence[Series], band: bool = True, each: bool = True
) -> Array:
    """Medians over the replicates, with their spread: a 10-90 % band, or each replicate where they are few, if wanted.

    Returns all that was drawn (lines, T), for `value_axis`; limits need not follow each artist (hence no add_line).
    """
    drawn = [np.empty((0, len(steps)))]
    for s in series:
        low, middle, high = quantiles(s.values, (BAND[0], 0.5, BAND[1]))
        if 1 < s.values.shape[1] <= FEW and each:
            drawn.append(s.values.T)
            _thin_lines(ax, steps, s)
        elif band and s.values.shape[1] > FEW:
            drawn += [low[None], high[None]]
            _band(ax, steps, low, high, s.colour)
        drawn.append(middle[None])
        marker = "o" if np.isfinite(middle).sum() < 3 else ""
        ax.add_artist(Line2D(steps, middle, color=s.colour, linewidth=s.width, marker=marker, label=s.label, zorder=3))
    return np.concatenate(drawn)


def _band(ax: Axes, steps: NDArray[np.int64] | Array, low: Array, high: Array, colour: Any) -> None:
    if np.isfinite(low).sum() == 1:  # a band of one step has no area
        ax.add_artist(
            Line2D(np.repeat(steps, 2), np.stack([low, high], 1).ravel(), color=colour, alpha=0.4, linewidth=4)
        )
        return
    alive = np.isfinite(low)
    x, y = steps[alive], np.stack([low[alive], high[alive]])
    if len(x):
        outline = np.stack([np.concatenate([x, x[::-1]]), np.concatenate([y[0], y[1, ::-1]])], axis=1)
        ax.add_artist(PolyCollection([outline], facecolors=colour, alpha=0.17, edgecolors="none", zorder=2))


def _thin_lines(ax: Axes, steps: NDArray[np.int64] | Array, s: Series) -> None:
    marker = "." if len(steps) < 3 else ""
    x = np.append(steps, steps[-1])  # one artist for all: a NaN parts the lines
    y = np.vstack([s.values, np.full(s.values.shape[1], np.nan)])
    x, y = np.tile(x, s.values.shape[1]), y.T.ravel()
    ax.add_artist(Line2D(x, y, color=s.colour, alpha=0.35, linewidth=0.7, marker=marker, zorder=2))


def end_labels(ax: Axes, steps: NDArray[np.int64] | Array, series: Sequence[Series], size: float = 8.5) -> None:
    """Each line's name right of the axes, at the height of its end, moved apart where they would touch.

    A direct label needs no legend, covers no data and does not rest on colour alone. One that was moved is led to its
    line. Of many lines the first, the last and some between are named: the colours of the others lie between theirs.
    """
    heights, named = [], []
    for s in series:
        middle = quantiles(s.values, (0.5,))[0]
        alive = np.flatnonzero(np.isfinite(middle))
        if len(alive):
            point = ax.transData.transform((steps[alive[-1]], middle[alive[-1]]))
            height = float(ax.transAxes.inverted().transform(point)[1])
            heights.append(float(np.clip(height, 0.0, 1.0)))
            named.append(s._replace(label=s.label + (" ↑" if height > 1.0 else " ↓" if height < 0.0 else "")))
    gap = size * 1.25 * ax.figure.dpi / 72 / ax.bbox.height
    most = min(max(int(1 / gap), 1), MOST_NAMED)
    if len(named) > most:
        chosen = np.unique(np.linspace(0, len(named) - 1, most).round().astype(int))
        heights, named = [heights[i] for i in chosen], [named[i] for i in chosen]
    places = spread(heights, gap)
    moved = [i for i, y in enumerate(places) if abs(y - heights[i]) > 0.3 * gap]
    leaders = [[(1.005, heights[i]), (1.045, places[i])] for i in moved]
    if leaders:
        looks: dict[str, Any] = {"colors": [named[i].colour for i in moved], "linewidths": 0.8, "clip_on": False}
        ax.add_artist(LineCollection(leaders, transform=ax.transAxes, **looks))
    for s, y in zip(named, places, strict=True):
        x = 1.055 if leaders else 1.015
        ax.text(x, y, s.label, transform=ax.transAxes, color=readable(s.colour), fontsize=size, va="center")


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Heights in [0, 1] moved as little as keeps them `gap` apart, in the same order.

    Those closer than about half of that count as equal, and the first of them goes on top: layers stay in their order.

    Neighbours that touch form a block around their mean (pool adjacent violators, which solves this least-squares
    problem exactly), as long as all fit into [0, 1].
    """
    order = np.lexsort((-np.arange(len(heights)), np.round(np.asarray(heights) / gap)))
    blocks: list[list[float]] = []  # [sum of (height - i * gap), count]
    for i, place in enumerate(order):
        blocks.append([heights[place] - i * gap, 1])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] >= blocks[-1][0] / blocks[-1][1]:
            total, count = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += count
    level = np.repeat([total / count for total, count in blocks], [int(count) for _, count in blocks])
    level = np.clip(level, 0.0, max(0.0, 1.0 - gap * (len(heights) - 1)))
    result = np.empty(len(heights))
    result[order] = level + gap * np.arange(len(heights))
    return [float(y) for y in result]
