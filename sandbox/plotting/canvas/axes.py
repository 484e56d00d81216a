"""What all charts share: a step axis that shows step 0, a value axis that finds its scale, ticks, keys and notes."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator
from numpy.typing import NDArray

from sandbox.plotting.canvas.style import GREY, SOFT, readable
from sandbox.system.arrays import Array

Side = Literal["x", "y"]

LOG_FROM = 20.0  # a value axis is logarithmic where its values span more than this factor
FAR = 100.0  # times what is typical: what lies beyond must not press all the rest together
WINDOW = 10  # orders of magnitude that a log axis shows at most on either side of the typical value
FALL = 6  # orders of magnitude below the lowest start that are shown of a line that falls: the rest is rounding
TITLE = 0.085  # inches from the top of the axes to their title
YLABEL = -0.165  # where the label of a y axis stands, in parts of the axes' width: left of labels such as 0.001
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def step_axis(ax: Axes, steps: NDArray[np.int64]) -> None:
    """The axis x = log(1 + step): logarithmic, as the probe steps are, and yet with step 0 on it."""
    if ax.get_xscale() != "function":  # setting a scale builds a new axis
        ax.set_xscale("function", functions=(np.log1p, np.expm1))
        ax.xaxis.set_minor_locator(NullLocator())
    first, last = int(steps[0]), max(int(steps[-1]), int(steps[0]) + 1)
    decades = [10**k for k in range(20) if first <= 10**k <= last]
    ticks = [0] * (first == 0) + decades[::-1][:: 1 + len(decades) // 7][::-1]
    ticks = ticks if len(ticks) > 1 else [first, last]
    set_ticks(ax.xaxis, ticks, [short(tick) for tick in ticks])
    low, high = np.log1p([first, last])
    left, right = np.expm1([low - 0.04 * (high - low), high + 0.02 * (high - low)])
    ax.set_xlim(left, right)
    ax.set_xlabel("gradient-descent step")


def value_axis(
    ax: Axes,
    values: Array,
    bounds: tuple[float, float] | None = None,
    side: Side = "y",
    window: float = WINDOW,
    fall: float = FALL,
    linear: bool = False,
) -> None:
    """Scale, limits and ticks for what is drawn (lines, T): linear from 0, or logarithmic where it spans orders.

    bounds: the limits of a quantity that has natural ones (linear). linear: whatever it spans, as a share is.
    A log axis has a place for 0 if it occurs, and a window around where the lines start: what explodes leaves it.
    """
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    positive = finite[finite > 0]
    if bounds is None and not linear and low >= 0 and len(positive) and high > LOG_FROM * positive.min():
        start = values[:, 0][np.isfinite(values[:, 0]) & (values[:, 0] > 0)]
        typical = float(np.exp(np.median(np.log(start if len(start) else positive))))
        lowest = float(start.min()) if len(start) else typical
        least = max(float(positive.min()), min(typical, high) * 10.0**-window, min(lowest, high) * 10.0**-fall)
        _log_axis(ax, side, least, max(min(high, typical * 10.0**window), LOG_FROM * least), zero=low == 0)
    else:
        _linear_axis(ax, side, low, high, bounds)


def _linear_axis(ax: Axes, side: Side, low: float, high: float, bounds: tuple[float, float] | None) -> None:
    set_scale(ax, "linear", side)
    if bounds is None:
        low, high = min(low, 0.0), max(high, 0.0) if low < 0 or high > 0 else 1.0
        bounds = low - 0.02 * (high - low), high + 0.08 * (high - low)  # room for a line at 0
    ax.set(**{f"{side}lim": bounds})
    linear_ticks(ax.yaxis if side == "y" else ax.xaxis, *bounds, most=_most_ticks(ax, side))


def _log_axis(ax: Axes, side: Side, least: float, high: float, zero: bool) -> None:
    first = np.log10(least)
    if zero:
        first = np.floor(first)
        orders = np.log10(high) - first
        set_scale(ax, "symlog", side, linthresh=10.0**first, linscale=max(0.6, 0.15 * orders))
        limits = -0.1 * 10.0**first, high * 10 ** (0.05 * orders)
    else:
        set_scale(ax, "log", side)
        room = (high / least) ** 0.06
        limits = least / room, high * room
    ax.set(**{f"{side}lim": limits})
    first_shown, last_shown = np.ceil(first - 0.05), np.floor(np.log10(high) + 0.05)
    decades = [10.0**k for k in np.arange(first_shown, last_shown + 1)]
    fine = [f * 10.0**k for k in np.arange(np.floor(first), np.log10(high) + 1) for f in (1, 2, 5)]
    fine = [tick for tick in fine if limits[0] <= tick <= limits[1]]
    most = _most_ticks(ax, side)
    if zero or len(fine) > most:
        fine = decades[:: 1 + len(decades) // (most + 1)] if len(decades) > 1 else fine[:: 1 + len(fine) // (most + 1)]
    ticks = [0.0] * zero + [tick for tick in fine if limits[0] <= tick <= limits[1]]
    set_ticks(ax.yaxis if side == "y" else ax.xaxis, ticks, [short(tick) for tick in ticks])


def _most_ticks(ax: Axes, side: Side) -> int:
    """How many tick labels have room."""
    pixels = ax.bbox.height / 30 if side == "y" else ax.bbox.width / 55
    return int(np.clip(pixels, 2, 6))


def set_scale(ax: Axes, name: str, side: Side = "y", **settings: float) -> None:
    """Set the scale of an axis, if it is another: setting one builds a new axis."""
    axis = ax.yaxis if side == "y" else ax.xaxis
    if name == "symlog" or axis.get_scale() != name:
        (ax.set_yscale if side == "y" else ax.set_xscale)(name, **settings)
        axis.set_minor_locator(NullLocator())


def set_ticks(axis: Any, ticks: Sequence[float], labels: Sequence[str]) -> None:
    """Ticks where we say, which costs a tenth of asking matplotlib's locators and formatters."""
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FixedFormatter(labels))


def linear_ticks(axis: Any, low: float, high: float, most: int = 5) -> None:
    """At most `most` + 1 ticks at round numbers."""
    step = 10.0 ** np.floor(np.log10((high - low) / most))
    step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (factor * step) <= most)
    ticks = [float(f"{step * k:.6g}") for k in np.arange(np.ceil(low / step), np.floor(high / step) + 1)]
    set_ticks(axis, ticks, [short(tick) for tick in ticks])


def plain_axes(ax: Axes, x: tuple[float, float], y: tuple[float, float]) -> None:
    """Linear axes with these limits."""
    for side in ("x", "y"):
        set_scale(ax, "linear", side)
    for axis, limits in ((ax.xaxis, x), (ax.yaxis, y)):
        linear_ticks(axis, *limits)
    ax.set_xlim(*x)
    ax.set_ylim(*y)


def short(x: float) -> str:
    """A number as a tick label: 0.25, 1000, 10⁴, 2·10⁻⁵."""
    if not np.isfinite(x):
        return str(x)
    if x == 0:
        return "0"  # -0.0 too
    if 1e-3 <= abs(x) < 1e4:
        return f"{x:.4g}".replace("-", "\N{MINUS SIGN}")
    mantissa, exponent = f"{x:.2e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".").replace("-", "\N{MINUS SIGN}")
    power = "10" + str(int(exponent)).translate(SUPERSCRIPTS)
    return {"1": power, "\N{MINUS SIGN}1": "\N{MINUS SIGN}" + power}.get(mantissa, f"{mantissa}·{power}")


def key(ax: Axes, lines: Sequence[tuple[str, Any]]) -> None:
    """A legend of (text, colour) right of the axes, where it covers no data."""
    for i, (text, colour) in enumerate(lines):
        ax.text(1.02, 0.97 - 0.075 * i, text, transform=ax.transAxes, color=readable(colour), fontsize=8.5, va="center")


def note(ax: Axes, text: str) -> None:
    """A remark in a box on top of what is drawn, for what cannot be seen otherwise."""
    box = {"facecolor": "white", "edgecolor": GREY, "boxstyle": "round"}
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", bbox=box)


def titled(ax: Axes, text: str) -> None:
    """The title of axes, as far above them as it is in a figure of any height: the style's place is a part of theirs."""
    ax.set_title(text, y=1 + TITLE * ax.figure.dpi / ax.bbox.height)


def aside(ax: Axes, text: str) -> None:
    """What is to be known of a chart, at its upper edge, where it covers neither the data nor the title."""
    place = 1 + 0.015 * ax.figure.dpi / ax.bbox.height
    ax.text(1.0, place, text, transform=ax.transAxes, color=SOFT, fontsize=7.5, ha="right", va="bottom")


def message(ax: Axes, text: str) -> None:
    """Say in an empty chart why it is empty, and take its scales away."""
    for axis in (ax.xaxis, ax.yaxis):
        set_ticks(axis, [], [])
    ax.set(xlabel="", ylabel="")
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", color=SOFT, fontsize=9)


def clear(ax: Axes) -> None:
    """Take what was drawn off the axes, and keep its axis, whose making costs five times as much."""
    for artist in (*ax.lines, *ax.collections, *ax.images, *ax.texts, *ax.patches, *ax.artists):
        artist.remove()
