"""The verdicts of an experiment on one page, or of all of them: the ledger as a picture."""

import math
from collections.abc import Callable, Mapping, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from sandbox.claims.verdict import SYMBOLS
from sandbox.plotting.canvas.axes import set_ticks
from sandbox.plotting.canvas.style import GREEN, GREY, INK, SOFT, blank, heading, png, styled
from sandbox.plotting.charts.groups import condition_words
from sandbox.plotting.charts.intervals import BAND, COLOURS, estimate_words, prediction_words

if TYPE_CHECKING:
    from sandbox.claims.verdict import Interval, Verdict

WIDTH, ROW = 12.0, 0.52  # inches
LINE = 0.29  # of a row, for a line more than two
LEFT, CHART, WIDE = 1.75, 6.6, 2.3  # inches: where the statements begin, where the charts do, and how wide these are


@styled
def verdict_overview(verdicts: Sequence["Verdict"], statements: Mapping[str, str] | None = None, of: str = "") -> bytes:
    """A PNG with a row per claim: its verdict, what it says, and where its interval lies against the prediction.

    statements: by claim id. of: whose claims these are.
    """
    said = [_said(verdict, (statements or {}).get(verdict.claim_id, "")) for verdict in verdicts]
    tall = [1.0 + LINE * max(len(lines) - 2, 0) for lines in said]  # in rows
    places = [sum(tall[:i]) for i in range(len(tall))]  # of the upper two lines' middle
    end = sum(tall) - 0.5
    height = 1.1 + ROW * sum(tall) + 0.15
    figure = blank(WIDTH, height)
    words = [v.verdict for v in verdicts]
    heading(
        figure,
        f"The verdicts on {of}" if of else "The verdicts on all claims",
        "  ·  ".join(f"{SYMBOLS[w]} {words.count(w)} {w}" for w in SYMBOLS if w in words),
    )
    ax = figure.add_axes((CHART / WIDTH, 0.15 / height, WIDE / WIDTH, ROW * sum(tall) / height))
    ax.set(xlim=(0, 1), ylim=(end, -0.5))
    for axis in (ax.xaxis, ax.yaxis):
        set_ticks(axis, [], [])
    ax.grid(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    inch = 1 / WIDE
    for x, text in (
        (0.25 - CHART, "verdict"),
        (LEFT - CHART, "claim"),
        (0, "predicted: the shaded part"),
        (WIDE + 0.2, "estimate, interval"),
    ):
        ax.text(x * inch, -0.62, text, color=SOFT, fontsize=8.5, va="bottom")
    for y, rows, lines, verdict in zip(places, tall, said, verdicts, strict=True):
        _chart(ax, y, verdict)
        _words(ax, y, verdict, lines)
        ax.plot(
            [(0.25 - CHART) * inch, (WIDTH - CHART - 0.25) * inch],
            [y + rows - 0.5] * 2,
            color=GREY,
            alpha=0.35,
            linewidth=0.7,
            clip_on=False,
        )
    ax.set(xlim=(0, 1), ylim=(end, -0.5))
    return png(figure)


def _chart(ax: Axes, i: float, verdict: "Verdict") -> None:
    low, high = verdict.interval.low, verdict.interval.high
    place = placement(verdict.prediction, [verdict.estimate, low, high])
    edges = [place(verdict.prediction.low), place(verdict.prediction.high)]
    ax.add_artist(Rectangle((edges[0], i - 0.32), edges[1] - edges[0], 0.64, facecolor=BAND, edgecolor="none"))
    for edge, bound in zip(edges, (verdict.prediction.low, verdict.prediction.high), strict=True):
        if math.isfinite(bound):
            ax.add_artist(Line2D([edge, edge], [i - 0.32, i + 0.32], color=GREEN, linewidth=1.2))
    colour = COLOURS[verdict.verdict]
    ax.add_artist(
        Line2D([place(low), place(high)], [i, i], color=colour, linewidth=3.6, solid_capstyle="butt", clip_on=False)
    )
    for stratum in verdict.strata if len(verdict.strata) > 1 else ():
        if math.isfinite(stratum.estimate):
            spot: dict[str, Any] = {
                "color": COLOURS[stratum.verdict],
                "alpha": 0.8,
                "markersize": 6,
                "markeredgewidth": 1.2,
            }
            ax.add_artist(Line2D([place(stratum.estimate)], [i], marker="|", clip_on=False, **spot))
    if math.isfinite(verdict.estimate):
        ax.add_artist(
            Line2D(
                [place(verdict.estimate)],
                [i],
                marker="D",
                color=colour,
                markersize=7,
                markeredgecolor="white",
                clip_on=False,
                zorder=4,
            )
        )


def placement(prediction: "Interval", shown: Sequence[float]) -> Callable[[float], float]:
    """Where a number goes in [0, 1], so that claims of all units share one picture.

    The predicted part is in the middle, or reaches to the end where it has none; distances from it are squeezed so that
    the farthest of the `shown` numbers stays well inside and infinity is at the edge.
    """
    low, high = prediction.low, prediction.high
    left = 0.0 if math.isinf(low) else 0.35 if math.isfinite(high) else 0.45
    right = 1.0 if math.isinf(high) else 0.65 if math.isfinite(low) else 0.55
    bounds = [bound for bound in (low, high) if math.isfinite(bound)]
    far = max((abs(x - bound) for x in shown if math.isfinite(x) for bound in bounds), default=1.0) or 1.0

    def squeezed(distance: float) -> float:
        return 1.0 if math.isinf(distance) else distance / (distance + 0.4 * far)

    def place(x: float) -> float:
        if x < low:
            return left * (1.0 - squeezed(low - x))
        if x > high:
            return right + (1.0 - right) * squeezed(x - high)
        if len(bounds) == 2:
            return left + (right - left) * ((x - low) / (high - low) if high > low else 0.5)
        if len(bounds) == 1:
            inside = squeezed(abs(x - bounds[0]))
            return right - (right - left) * inside if math.isinf(low) else left + (right - left) * inside
        return 0.5

    return place


def _said(verdict: "Verdict", statement: str) -> list[str]:
    """The statement, whole, and where it holds."""
    where = verdict.where is not None and verdict.verdict == "holds where"
    return wrap(statement, 76) + (wrap(f"→ where {condition_words(verdict)}", 76) if where else [])


def _words(ax: Axes, i: float, verdict: "Verdict", said: Sequence[str]) -> None:
    inch, colour = 1 / WIDE, COLOURS[verdict.verdict]
    ax.text(
        (0.25 - CHART) * inch, i, SYMBOLS[verdict.verdict], color=colour, fontsize=16, fontweight="bold", va="center"
    )
    ax.text((0.52 - CHART) * inch, i, verdict.verdict, color=colour, fontsize=10, fontweight="bold", va="center")
    top = i - 0.22 if len(said) == 1 else i - 0.3 if said else i
    ax.text((LEFT - CHART) * inch, top, verdict.claim_id, color=INK, fontsize=9.5, fontweight="bold", va="center")
    ax.text((LEFT - CHART) * inch, top + 0.14, "\n".join(said), color=SOFT, fontsize=8.5, va="top")
    x = 1 + 0.2 * inch
    ax.text(x, i - 0.16, estimate_words(verdict.estimate, verdict.interval), color=INK, fontsize=9, va="center")
    ax.text(x, i + 0.2, f"predicted {prediction_words(verdict.prediction)}", color=GREEN, fontsize=8.5, va="center")
