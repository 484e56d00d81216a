"""The figure of a claim: its verdict at a glance, and the numbers that decided it."""

from collections import Counter
from collections.abc import Mapping
from textwrap import wrap

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sandbox.claims.statistics import STATISTICS
from sandbox.claims.verdict import SYMBOLS, StratumVerdict, Verdict, quantity
from sandbox.plotting.canvas.style import INK, SOFT, blank, png, styled
from sandbox.plotting.charts.intervals import COLOURS, LONGEST, Dots, interval_chart, stratum_words

WIDTH, RIGHT = 10.0, 2.3  # inches: of the figure, and right of the axes
MOST_STRATA = 40  # with a row of their own; beyond them, those with the commonest answer are left out


@styled
def verdict_figure(verdict: Verdict, statement: str = "", dots: Mapping[str, Dots] | None = None) -> bytes:
    """A PNG in which the verdict is seen before it is read: estimates and intervals against the predicted band.

    statement: the claim in words. dots: the replicates' numbers of every stratum, by its name.
    """
    rows, left_out = _rows(verdict)
    text = _lines(verdict.text, 138, 4)
    names = [stratum_words(row.stratum) for row in rows[:-1]] + ["over all"]
    left = float(np.clip(0.35 + 0.075 * max(len(name) for name in names), 1.2, 0.35 + 0.072 * LONGEST))
    tall = (0.34 if len(rows) <= 12 else 0.25) * len(rows) + 0.3
    below = 0.7 + 0.19 * len(text)
    height = 1.55 + tall + below
    figure = blank(WIDTH, height)
    ax = figure.add_axes((left / WIDTH, below / height, (WIDTH - left - RIGHT) / WIDTH, tall / height))
    interval_chart(ax, verdict.prediction, rows, dots or {}, names)
    ax.set_xlabel(about(verdict))
    _badge(figure, verdict.verdict, 0.3, height - 0.95)
    lines = _lines(statement or verdict.claim_id, 66, 2)
    figure.text(2.6 / WIDTH, 1 - 0.31 / height, "\n".join(lines), fontsize=13, fontweight="bold", color=INK, va="top")
    under = f"{verdict.claim_id}  ·  {verdict.replicates} replicates"
    under += f"  ·  strata not shown: {left_out}" if left_out else ""
    figure.text(2.6 / WIDTH, 1 - (0.36 + 0.23 * len(lines)) / height, under, fontsize=9, color=SOFT, va="top")
    figure.text(0.3 / WIDTH, 0.12 / height, "\n".join(text), fontsize=8.5, color=SOFT, va="bottom")
    return png(figure)


def _rows(verdict: Verdict) -> tuple[list[StratumVerdict], str]:
    """The strata and, last, the whole; what strata were left out, the commonest answer first to go."""
    whole = StratumVerdict("all", verdict.verdict, verdict.estimate, verdict.interval, verdict.replicates)
    strata = list(verdict.strata) if len(verdict.strata) > 1 else []
    answers = [row.verdict for row in strata]
    rarest_first = sorted(range(len(strata)), key=lambda i: answers.count(answers[i]))
    shown = sorted(rarest_first[:MOST_STRATA])
    left_out = Counter(answers[i] for i in rarest_first[MOST_STRATA:])
    return [*(strata[i] for i in shown), whole], ", ".join(f"{n} more {answer}" for answer, n in left_out.items())


def about(verdict: Verdict) -> str:
    """What is estimated, with its unit: the label of the axis."""
    statistic = STATISTICS.get(verdict.statistic)
    said = statistic.words if statistic else verdict.statistic
    exact = statistic is not None and statistic.exact
    words = f"{verdict.effect} ({said})".strip() if exact else quantity(verdict)
    return " ".join([words, *([f"({verdict.unit})"] if verdict.unit else [])])


def _badge(figure: Figure, answer: str, x: float, y: float) -> None:
    """The verdict as a plate: sign and word in its colour. x, y in inches."""
    width, height = figure.get_size_inches()
    box = Rectangle(
        (x / width, y / height),
        2.05 / width,
        0.68 / height,
        transform=figure.transFigure,
        facecolor=COLOURS[answer],
        edgecolor="none",
    )
    figure.add_artist(box)
    figure.text(
        (x + 0.36) / width,
        (y + 0.33) / height,
        SYMBOLS[answer],
        color="white",
        fontsize=25,
        fontweight="bold",
        ha="center",
        va="center",
    )
    figure.text(
        (x + 0.68) / width, (y + 0.33) / height, answer, color="white", fontsize=14, fontweight="bold", va="center"
    )


def _lines(text: str, letters: int, most: int) -> list[str]:
    return wrap(text, letters, max_lines=most, placeholder=" …")
