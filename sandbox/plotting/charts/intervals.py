"""Estimates and their intervals against a predicted band: the chart of a verdict, and its words."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from sandbox.claims.verdict import BEFORE, SYMBOLS, compact
from sandbox.plotting.canvas.axes import set_scale, set_ticks, short, value_axis
from sandbox.plotting.canvas.style import GREEN, GREY, INK, ORANGE, PURPLE, SOFT, VERMILLION, tint
from sandbox.plotting.charts.panels import told
from sandbox.system.arrays import Array

if TYPE_CHECKING:
    from sandbox.claims.verdict import Interval, StratumVerdict

Dots = Sequence[float] | Array  # the numbers of the replicates

# A verdict is told by its word, its sign and its colour.
COLOURS = {"holds": GREEN, "fails": VERMILLION, "holds where": PURPLE, "undecided": GREY, "invalid": ORANGE}
COLOURS |= {was: COLOURS[word] for word, was in BEFORE.items()}  # in a stratum, too
BAND = tint(GREEN, 0.16)
EVERYTHING = 40.0  # orders of magnitude around the middle that the axis may show: from rounding errors to losses


def interval_chart(
    ax: Axes,
    prediction: "Interval",
    rows: Sequence["StratumVerdict | None"],
    dots: Mapping[str, Dots],
    names: Sequence[str],
    scale: Literal["share", "ratio", ""] = "",
) -> None:
    """A row per stratum and a last one, in bold, over all: estimate, interval and replicates, on the predicted band.

    A row of None is the heading of those below it. scale: of a share the axis is linear, of a ratio logarithmic.
    """
    shown = [row for row in rows if row is not None]
    numbers = [prediction.low, prediction.high]
    numbers += [x for row in shown for x in (row.estimate, row.interval.low, row.interval.high)]
    numbers += [x for row in shown for x in dots.get(row.stratum, ())]
    finite = np.array([x for x in numbers if math.isfinite(x)] or [0.0, 1.0])
    parts = finite.min() >= 0 and finite.max() <= 1
    whole = scale == "share" or (finite.max() == 1 and prediction.high >= 1 and not _spans_orders(finite))
    if scale == "ratio" and finite.min() > 0:
        ratio_axis(ax, finite)
    else:
        bounds = (-0.03, 1.03) if parts and whole else None
        value_axis(ax, finite[:, None], bounds, side="x", window=EVERYTHING, fall=EVERYTHING)
    ax.set_ylim(len(rows) - 0.35, -0.75)
    low, high = ax.get_xlim()
    band = max(prediction.low, low), min(prediction.high, high)
    thin = 0.004 * (high - low) if ax.get_xscale() == "linear" else 0.0  # a prediction of one number must be seen
    ax.axvspan(band[0] - thin, band[1] + thin, facecolor=BAND, edgecolor="none", zorder=0)
    for edge in band:
        if low < edge < high:
            ax.axvline(edge, color=GREEN, linewidth=1.2, zorder=1)
    _band_name(ax, band, f"predicted {prediction_words(prediction)}")
    for i, row in enumerate(rows):
        if row is None:
            _heading(ax, i, names[i])
            continue
        _row(ax, i, row, dots.get(row.stratum, ()), whole=i == len(rows) - 1)
        _row_words(ax, i, row, names[i], whole=i == len(rows) - 1)
    if len(rows) > 1:
        ax.axhline(len(rows) - 1.5, color=GREY, linewidth=0.8)
    set_ticks(ax.yaxis, [], [])
    ax.grid(False)


def _row(ax: Axes, i: int, row: "StratumVerdict", dots: Dots, whole: bool) -> None:
    colour = COLOURS[row.verdict]
    low, high = ax.get_xlim()
    if len(dots):
        x = np.clip(np.asarray(dots, float), low, high)
        y = i + 0.5 * (np.arange(len(x)) * 0.618 % 1.0 - 0.5)
        _add(ax, x, y, color=GREY, alpha=0.45, marker="o", markersize=2.8, linestyle="", zorder=2)
    ends = np.clip([row.interval.low, row.interval.high], low, high)
    _add(ax, ends, [i, i], color=colour, linewidth=4.5 if whole else 2.6, solid_capstyle="butt")
    for end, inside, marker in (
        (row.interval.low, row.interval.low >= low, "<"),
        (row.interval.high, row.interval.high <= high, ">"),
    ):
        _add(
            ax,
            [np.clip(end, low, high)],
            [i],
            color=colour,
            marker="|" if inside else marker,
            markersize=9 if inside else 7,
            markeredgewidth=1.8 if inside else 0,
            clip_on=False,
        )
    if math.isfinite(row.estimate):
        size = 10 if whole else 7
        _add(
            ax,
            [np.clip(row.estimate, low, high)],
            [i],
            color=colour,
            marker="D",
            markersize=size,
            markeredgecolor="white",
            markeredgewidth=1.2,
            zorder=5,
        )


def _row_words(ax: Axes, i: int, row: "StratumVerdict", name: str, whole: bool) -> None:
    inch = ax.figure.dpi / ax.bbox.width
    at: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "va": "center", "fontsize": 9}
    at["fontweight"] = "bold" if whole else "normal"
    ax.text(-0.12 * inch, i, name, ha="right", color=INK, **at)
    ax.text(1 + 0.18 * inch, i, f"{SYMBOLS[row.verdict]} {row.verdict}", color=COLOURS[row.verdict], **at)
    ax.text(1 + 1.4 * inch, i, number(row.estimate), color=SOFT, **at)


def _heading(ax: Axes, i: int, text: str) -> None:
    """What the rows below have in common, over the whole width."""
    inch = ax.figure.dpi / ax.bbox.width
    left: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "va": "center", "ha": "left"}
    ax.text(0.3 * inch - ax.bbox.x0 / ax.bbox.width, i, text, color=INK, fontsize=9.5, fontweight="bold", **left)
    ax.axhline(i - 0.5, color=GREY, linewidth=0.5)


def ratio_axis(ax: Axes, numbers: Array) -> None:
    """A logarithmic axis for numbers > 0 of which 1 is the middle: twice as far is as far as half."""
    low, high = min(float(numbers.min()), 1.0), max(float(numbers.max()), 1.0)
    room = max(high / low, 1.5) ** 0.06
    set_scale(ax, "log", "x")
    ax.set_xlim(low / room, high * room)
    orders = np.log10(high / low)
    factors = (1, 2, 5) if orders < 3 else (1,)
    steps = 1 if orders < 8 else 1 + int(orders // 6)
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1, steps)
    ticks = [f * 10.0**k for k in decades for f in factors if low / room <= f * 10.0**k <= high * room]
    set_ticks(ax.xaxis, ticks, [short(tick) for tick in ticks])


def stratum_words(stratum: str) -> str:
    """`dataset=moons hidden=4` as `moons · hidden 4`."""
    parts = [part.partition("=") for part in compact(stratum).split(" ")]
    if not all(equals for _, equals, _ in parts):
        return stratum
    return " · ".join(told(name, value) for name, _, value in parts)


def prediction_words(prediction: "Interval") -> str:
    """`≥ 0.9`, `< 0`, `0 to 10⁻¹⁰`."""
    low, high, ends = prediction.low, prediction.high, prediction.ends
    if math.isinf(low) and math.isinf(high):
        return "anything"
    if math.isinf(high):
        return f"{'≥' if ends[0] == '[' else '>'} {number(low)}"
    if math.isinf(low):
        return f"{'≤' if ends[1] == ']' else '<'} {number(high)}"
    return number(low) if low == high else f"{number(low)} to {number(high)}"


def estimate_words(estimate: float, interval: "Interval") -> str:
    """`0.97,  0.92 to 1`, or one number where the interval holds no other."""
    if interval.low == estimate == interval.high:
        return number(estimate)
    return f"{number(estimate)},  {number(interval.low)} to {number(interval.high)}"


def number(x: float) -> str:
    """An estimate in three digits."""
    return short(float(f"{x:.3g}")) if math.isfinite(x) else "unknown" if math.isnan(x) else ("∞" if x > 0 else "−∞")


def _spans_orders(numbers: Array) -> bool:
    positive = numbers[numbers > 0]
    return len(positive) > 0 and bool(numbers.max() > 100 * positive.min())


def _band_name(ax: Axes, band: tuple[float, float], text: str) -> None:
    to = ax.transAxes.inverted()
    left, right = (float(to.transform(ax.transData.transform((edge, 0)))[0]) for edge in band)
    middle = float(np.clip((left + right) / 2, 0.16, 0.84))
    above = 1 + 0.05 * ax.figure.dpi / ax.bbox.height
    ax.text(
        middle,
        above,
        text,
        transform=ax.transAxes,
        ha="center",
        va="bottom",
        color=GREEN,
        fontsize=9,
        fontweight="bold",
    )


def _add(ax: Axes, x: Any, y: Any, **looks: Any) -> None:
    ax.add_artist(Line2D(x, y, **{"zorder": 3, **looks}))
