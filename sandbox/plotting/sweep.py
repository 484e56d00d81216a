"""The figure of a sweep: its arms side by side, per stratum, as replicates and as learning curves."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from sandbox.plotting.canvas.axes import FAR, aside, message, set_ticks, step_axis, titled, value_axis
from sandbox.plotting.canvas.style import GREY, INK, SOFT, VERMILLION, blank, heading, png, styled
from sandbox.plotting.charts.curves import held
from sandbox.plotting.charts.panels import Arm, Panel, default_metric, panels_of, plain
from sandbox.plotting.charts.series import quantiles
from sandbox.system.arrays import Array
from sandbox.trial.outcome import Outcome

Outcomes = Mapping[str, Outcome]
Lines = list[tuple[Arm, NDArray[np.int64], Array]]  # an arm, its probe steps (T,) and its median along them (T,)

ROW = 0.21  # inches per arm
MANY = 24  # arms, from which on their learning curves are thin
COLUMNS = 5  # panels side by side
FEW = 4  # arms whose bands can be told apart
WORDS = {
    "test/loss": "test loss J",
    "train/loss": "training loss J",
    "test/accuracy": "test accuracy",
    "test/r2": "test R²",
    "gradient": "size of dJ/dW",
    "gradient_z": "size of dJ/dZ",
    "gradient_b": "size of dJ/db",
    "slope": "mean slope g'(z)",
    "activation_mean": "mean |activation|",
    "activation_std": "spread of activations",
    "train/accuracy": "training accuracy",
    "validation/loss": "validation loss J",
    "validation/r2": "validation R²",
    "train/r2": "training R²",
    "saturated": "share of saturated units",
    "dead": "share of dead units",
    "positive": "share of z > 0",
    "exactly_zero": "share of z = 0",
    "distinct": "number of different units",
    "spread": "spread between units",
    "gradient_spread": "spread between rows of dW",
    "relative_gradient": "size of dJ/dW over that of W",
    "W1 alone/gradient": "size of dJ/dW, W1 alone scaled,",
    "W1 alone/relative_gradient": "size of dJ/dW over that of W, W1 alone scaled,",
    "brier": "Brier score",
    "outside": "share of predictions outside [0, 1]",
    "slope_excess": "slope less its bound",
    "excess": "value less its bound",
    "loss_gap": "difference between both J",
    "loss_gap/zero_first_weights": "difference between both J, from W1 = 0",
    "steep": "share of slopes above 0.1",
    "came_back": "share of dead units that come back",
}


@styled
def sweep_figure(
    table: pd.DataFrame,
    outcomes: Outcomes | None = None,
    *,
    names: Sequence[str],
    title: str = "",
    of: str = "",
    metric: str | None = None,
) -> bytes:
    """A PNG of all arms: the final value of every replicate, and below it the learning curves.

    table: the tidy table. names: the columns in which the arms differ; those of the data set tell the strata.
    outcomes: by run_id, for the learning curves. of: what the sweep is called. metric: a curve's name; the test loss, if there is one.
    """
    metric = metric or default_metric(table)
    panels = panels_of(table, names, metric)
    several = any(len(outcome.steps) > 1 for outcome in (outcomes or {}).values())  # else there is nothing to follow
    with_curves = several and len(panels) <= COLUMNS
    figure, dots, curves = _layout(panels, with_curves)
    beyond = False
    for i, (ax, panel) in enumerate(zip(dots, panels, strict=True)):
        everything = panels if panel.comparable else [panel]
        scale = np.concatenate([arm.values for other in everything for arm in other.arms])
        beyond |= dot_chart(ax, panel, scale, labels=_labelled(panels, i))
        ax.set_xlabel(_word(metric, panel))
    lines = [learning_curves(panel, outcomes or {}, metric) for panel in panels[: len(curves)]]
    together = np.concatenate([extremes(some) for some in lines]) if lines else np.empty((0, 3))
    for ax, panel, some in zip(curves, panels, lines, strict=False):  # no curves where the panels need several rows
        curve_chart(ax, some, together if panel.comparable else extremes(some), metric)
        if len(some) <= FEW:
            draw_bands(ax, panel, outcomes or {}, metric)
        ax.set_ylabel(_word(metric, panel))
    heading(
        figure,
        title or titled_by(of, [name for name in names if name in table.columns], metric),
        _reading(table, panels, beyond=beyond, banded=any(len(some) <= FEW for some in lines)),
    )
    return png(figure)


def titled_by(of: str, names: Sequence[str], metric: str) -> str:
    """A title that can stand alone: `depth: what activation, hidden and scale do to the test loss`."""
    factors = [plain(name) for name in names]
    listed = ", ".join(factors[:-1]) + " and " * (len(factors) > 1) + "".join(factors[-1:])
    told = f"what {listed or 'luck'} {'do' if len(factors) > 1 else 'does'} to the {in_words(metric)}"
    return f"{of}: {told}" if of else told[0].upper() + told[1:]


def in_words(metric: str) -> str:
    """A metric's name as a reader says it: `gradient of layer 1`."""
    probe, _, layer = metric.partition("/layer")
    if probe.startswith("spread/width"):
        return f"spread between {int(probe.removeprefix('spread/width'))} units"
    said = WORDS.get(probe, probe.replace("_", " ").replace("/", " "))
    return f"{said} of layer {layer}" if layer else said


def _word(metric: str, panel: Panel) -> str:
    return in_words(metric) + (f" ({panel.unit})" if panel.unit else "")


def _reading(table: pd.DataFrame, panels: Sequence[Panel], *, beyond: bool, banded: bool) -> str:
    """What there is and how to read it; of the marks that are rare, those that occur."""
    runs, replicates = table["run_id"].nunique(), int(table.groupby("run_id", sort=False).size().max())
    lost = any(not np.isfinite(arm.values).all() for panel in panels for arm in panel.arms)
    said = [
        f"{runs} run{'s' * (runs > 1)} × {replicates} replicate{'s' * (replicates > 1)}",
        panels[0].dots,
        *["▶: beyond the axis"] * beyond,
        *["✖: diverged"] * lost,
        "bar: middle half",
        "line: median",
        *["dashed: the best"] * panels[0].judged,
        *["band: eight in ten"] * banded,
    ]
    return "  ·  ".join(said)


def dot_chart(ax: Axes, panel: Panel, scale: Array, labels: bool = True) -> bool:
    """A row per arm. scale: all values that the axis has to hold, so that panels can share it.

    Returns whether a replicate lies beyond the axis.
    """
    finite = np.sort(scale[np.isfinite(scale)])
    if len(finite) and finite[0] >= 0:  # a few exploded replicates must not press all others together
        finite = finite[finite <= FAR * finite[int(0.75 * len(finite))]]
        low = finite < finite[len(finite) // 4] / FAR**2  # nor a few that have nearly vanished
        finite = finite[~low] if 20 * low.sum() < len(low) else finite
    value_axis(ax, finite[:, None], side="x")
    (low, high), beyond = ax.get_xlim(), False
    medians = [float(quantiles(arm.values[None], (0.5,))[0, 0]) for arm in panel.arms]
    if np.isfinite(medians).any() and panel.judged:
        best = np.nanmax(medians) if panel.higher_is_better else np.nanmin(medians)
        ax.axvline(best, color=GREY, linewidth=1, dashes=(4, 3), zorder=1)
    for row, (arm, median) in enumerate(zip(panel.arms, medians, strict=True)):
        alive = arm.values[np.isfinite(arm.values)]
        if len(alive):
            first, third = quantiles(alive[None], (0.25, 0.75))[:, 0]
            _dots(ax, alive, row, arm.colour)
            beyond |= bool((alive < low).any() or (alive > high).any())
            _add(ax, [first, third], [row, row], color=arm.colour, linewidth=4.5, alpha=0.85, solid_capstyle="butt")
            _add(
                ax,
                [median, median],
                [row - 0.36, row + 0.36],
                color=INK,
                linewidth=2.2,
                solid_capstyle="butt",
                zorder=4,
            )
        if len(alive) < len(arm.values) or not len(alive):
            lost = "✖ all" if not len(alive) else f"✖ {len(arm.values) - len(alive)}"
            said, colour = (lost, VERMILLION) if len(arm.values) else ("no run", SOFT)
            ax.text(1.01, row, said, transform=ax.get_yaxis_transform(), fontsize=8, color=colour, va="center")
    set_ticks(ax.yaxis, range(len(panel.arms)), [""] * len(panel.arms))
    ax.set_ylim(len(panel.arms) - 0.4, -0.6)
    titled(ax, panel.title)
    ax.grid(True, axis="both")
    if labels:
        _row_labels(ax, panel.arms)
    return beyond


def _dots(ax: Axes, values: Array, row: int, colour: Any) -> None:
    """Replicates around their row; those beyond the axis at its end, as arrow heads."""
    low, high = ax.get_xlim()
    y = row + 0.5 * (np.arange(len(values)) * 0.618 % 1.0 - 0.5)  # spreads neighbours evenly, the same at each drawing
    size = 3.2 if len(values) <= 50 else 2.0
    beyond = np.where(values > high, 1, np.where(values < low, -1, 0))
    for side, marker in ((0, "o"), (1, ">"), (-1, "<")):
        if (beyond == side).any():
            x = np.clip(values, low, high)[beyond == side]
            looks = {"marker": marker, "markersize": size, "linestyle": "", "clip_on": side == 0}
            _add(ax, x, y[beyond == side], color=colour, alpha=0.4 if side == 0 else 1.0, **looks)


def _row_labels(ax: Axes, arms: Sequence[Arm]) -> None:
    """Each arm's name, with a sample of its line in the learning curves."""
    inch = 1 / (ax.bbox.width / ax.figure.dpi)
    for row, arm in enumerate(arms):
        where = {"transform": ax.get_yaxis_transform(), "clip_on": False}
        _add(ax, [-0.42 * inch, -0.06 * inch], [row, row], color=arm.colour, linewidth=2, **_dashes(arm), **where)
        ax.text(
            -0.5 * inch,
            row,
            arm.label,
            color=INK,
            fontsize=8.5,
            ha="right",
            va="center",
            transform=ax.get_yaxis_transform(),
        )


def learning_curves(panel: Panel, outcomes: Outcomes, metric: str) -> Lines:
    """The median over replicates of each arm along training."""
    followed = _followed(panel, outcomes, metric)
    return [(arm, steps, quantiles(together, (0.5,))[0]) for arm, steps, together in followed]


def _followed(panel: Panel, outcomes: Outcomes, metric: str) -> Lines:
    """A curve of every replicate (T, R) of each arm."""
    found: Lines = []
    for arm in panel.arms:
        same = [outcomes[run] for run in arm.runs if run in outcomes and metric in outcomes[run].curves]
        same = [outcome for outcome in same if np.array_equal(outcome.steps, same[0].steps)]
        if same:
            found.append((arm, same[0].steps, np.concatenate([outcome.curves[metric] for outcome in same], axis=1)))
    return found


def draw_bands(ax: Axes, panel: Panel, outcomes: Outcomes, metric: str) -> None:
    """Between which values eight in ten replicates of each arm lie along training."""
    for arm, steps, together in _followed(panel, outcomes, metric):
        low, high = quantiles(together, (0.1, 0.9))
        ax.fill_between(steps, low, high, color=arm.colour, alpha=0.15, linewidth=0, zorder=2)


def extremes(lines: Lines) -> Array:
    """First, least and largest value of every line that has any: what an axis has to hold.

    What explodes on its way, FAR beyond where lines start and end, would press the others into a stripe.
    """
    alive = [middle for _, _, middle in lines if np.isfinite(middle).any()]
    most = FAR * max((held(middle) for middle in alive), default=0.0) or np.inf
    found = [(middle[0], np.nanmin(middle), min(np.nanmax(middle), most)) for middle in alive]
    return np.array(found).reshape(-1, 3)


def curve_chart(ax: Axes, lines: Lines, scale: Array, metric: str) -> None:
    """A line per arm; where arms are many, the median over all arms of a colour as well.

    scale: `extremes` of all lines that the axis has to hold, so that panels can share it.
    """
    many = len(lines) > MANY
    if not any(np.isfinite(middle).any() for _, _, middle in lines):
        message(ax, f"no curve of {metric}")
        return
    for arm, steps, middle in lines:
        looks = {"linewidth": 0.8, "alpha": 0.4} if many else {"linewidth": 1.7, "alpha": 0.9}
        marker = "o" if np.isfinite(middle).sum() < 3 else ""
        _add(ax, steps, middle, color=arm.colour, marker=marker, **_dashes(arm), **looks)
    for colour in {str(arm.colour): arm.colour for arm, _, _ in lines}.values() if many else ():
        same = [(steps, middle) for arm, steps, middle in lines if str(arm.colour) == str(colour)]
        same = [(steps, middle) for steps, middle in same if np.array_equal(steps, same[0][0])]
        _add(
            ax,
            same[0][0],
            quantiles(np.stack([m for _, m in same], axis=1), (0.5,))[0],
            color=colour,
            linewidth=2.6,
            zorder=4,
        )
    if many:
        ax.text(0, 1.02, "bold: median over the arms of a colour", transform=ax.transAxes, color=SOFT, fontsize=8.5)
    value_axis(ax, scale)
    if any((middle[np.isfinite(middle)] > ax.get_ylim()[1]).any() for _, _, middle in lines):
        aside(ax, "▲ beyond the axis")
    step_axis(ax, max((steps for _, steps, _ in lines), key=lambda steps: int(steps[-1])))


def _dashes(arm: Arm) -> dict[str, Any]:
    return {"dashes": arm.dashes} if arm.dashes else {}


def _add(ax: Axes, x: Any, y: Any, **looks: Any) -> None:
    ax.add_artist(Line2D(x, y, **{"zorder": 3, **looks}))


def _labelled(panels: Sequence[Panel], i: int) -> bool:
    """Whether a panel needs names at its rows: those of its left neighbour are read across."""
    names = [[arm.label for arm in panel.arms] for panel in panels]
    return i % COLUMNS == 0 or names[i] != names[i - 1]


def _layout(panels: Sequence[Panel], with_curves: bool) -> tuple[Figure, list[Axes], list[Axes]]:
    """Axes for the dots of every panel, and for its curves below them; all measures in inches."""
    widths = [
        0.7 + 0.068 * max(len(arm.label) for arm in panel.arms) if _labelled(panels, i) else 0.75
        for i, panel in enumerate(panels)
    ]
    one = {1: 6.0, 2: 3.6, 3: 3.0}.get(len(panels), 2.3)
    blocks = [range(i, min(i + COLUMNS, len(panels))) for i in range(0, len(panels), COLUMNS)]
    tall = max(ROW * max(len(panel.arms) for panel in panels), 0.9)
    block_height = tall + 1.05 + (3.05 if with_curves else 0.0)
    width = max(max(sum(widths[i] + one for i in block) for block in blocks) + 0.55, 8.8)
    height = 0.75 + len(blocks) * block_height
    figure = blank(width, height)
    dots, curves = [], []
    for b, block in enumerate(blocks):
        x, top = 0.0, height - 0.75 - b * block_height
        for i in block:
            x += widths[i]
            dots.append(figure.add_axes((x / width, (top - 0.4 - tall) / height, one / width, tall / height)))
            if with_curves:
                curves.append(
                    figure.add_axes((x / width, (top - 0.4 - tall - 3.15) / height, one / width, 2.4 / height))
                )
            x += one
    return figure, dots, curves
