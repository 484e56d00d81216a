"""The figure of a claim: its verdict at a glance, the numbers that decided it, and what is behind them."""

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Literal

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sandbox.claims.statistics import STATISTICS
from sandbox.claims.verdict import SYMBOLS, StratumVerdict, Verdict, quantity
from sandbox.plotting.canvas.style import INK, SOFT, blank, png, styled
from sandbox.plotting.charts.groups import condition_words, grouped, members, summarised
from sandbox.plotting.charts.intervals import COLOURS, Dots, interval_chart, stratum_words

if TYPE_CHECKING:
    from sandbox.plotting.mechanism import Picture

WIDTH, WIDEST, RIGHT = 10.0, 14.0, 2.55  # inches: of the figure, and right of the axes
BEHIND = 3.1  # inches of height for what is behind a verdict
LONGEST = 60  # letters of a heading beside the axes
LETTER = 0.072  # inches, on average, of labels


@styled
def verdict_figure(
    verdict: Verdict,
    statement: str = "",
    dots: Mapping[str, Dots] | None = None,
    behind: Sequence["Picture"] = (),
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    asked: str = "",
) -> bytes:
    """A PNG in which the verdict is seen before it is read: estimates and intervals against the predicted band.

    statement: the claim in words. dots: the replicates' numbers of every stratum, by its name. behind: why it came out so.
    settings: of every stratum, by its name. asked: the experiment's question, as a claim may say "the same with ...".
    """
    rows, names, marks = _rows(verdict, dots or {}, settings)
    lines = wrap(statement or verdict.claim_id, 66)
    under = wrap(asked, 100) + wrap(_under(verdict), 100)
    left = max(0.45 + 0.075 * max(len(name) for row, name in zip(rows, names, strict=True) if row is not None), 1.2)
    headings = [len(name) for row, name in zip(rows, names, strict=True) if row is None]
    left = max(left, 0.4 + 0.08 * min(max(headings, default=0), LONGEST))
    longest = max((picture.longest_name for picture in behind), default=0)
    width = max(WIDTH, left + RIGHT + 3.5, min(len(behind) * (3.7 + LETTER * longest), WIDEST))
    text = wrap(verdict.text, int(15.6 * (width - 0.6)))
    head = max(0.44 + 0.23 * len(lines) + 0.17 * len(under), 1.1) + 0.35
    tall = (0.34 if len(rows) <= 12 else 0.25) * len(rows) + 0.3
    below = 0.3 + 0.16 * len(text)
    bottom = below + (BEHIND if behind else 0.0)
    room = width + min(0.0, left - RIGHT, RIGHT - left) - 0.3  # of a label in the middle of the axes
    label = wrap(about(verdict), int(room / LETTER))
    ticks = 0.45 + 0.17 * (len(label) - 1)
    height = head + tall + ticks + bottom
    figure = blank(width, height)
    ax = figure.add_axes((left / width, (bottom + ticks) / height, (width - left - RIGHT) / width, tall / height))
    interval_chart(ax, verdict.prediction, rows, marks, names, _scale(verdict))
    ax.set_xlabel("\n".join(label))
    _badge(figure, verdict.verdict, 0.3, height - 0.95)
    figure.text(2.6 / width, 1 - 0.31 / height, "\n".join(lines), fontsize=13, fontweight="bold", color=INK, va="top")
    top = 0.36 + 0.23 * len(lines)
    figure.text(2.6 / width, 1 - top / height, "\n".join(under), fontsize=9, color=SOFT, va="top")
    figure.text(0.3 / width, 0.14 / height, "\n".join(text), fontsize=8.5, color=SOFT, va="bottom")
    for i, picture in enumerate(behind):
        each = (width - 1.2) / 2 if len(behind) > 1 else 7.0
        beside = min(max(1.75, 1.0 + LETTER * picture.longest_name), each - 1.5)
        place = 0.85 + i * each, below + 0.55, each - beside, BEHIND - 1.05
        picture.draw(figure.add_axes((place[0] / width, place[1] / height, place[2] / width, place[3] / height)))
    return png(figure)


def _rows(
    verdict: Verdict, dots: Mapping[str, Dots], settings: Mapping[str, Mapping[str, Any]] | None
) -> tuple[list[StratumVerdict | None], list[str], dict[str, Dots]]:
    """Headings (None), strata and, last, the whole; their names; and the numbers to be marked in each."""
    whole = StratumVerdict("all", verdict.verdict, verdict.estimate, verdict.interval, verdict.replicates)
    rows: list[StratumVerdict | None] = []
    names, marks = [], dict(dots)
    full = grouped(verdict, settings) if len(verdict.strata) > 1 else []
    for group, shown in zip(full, summarised(full), strict=True):
        rows += [None] if group.heading else []
        names += [group.heading] if group.heading else []
        for i, row in enumerate(shown.strata):
            if found := members(group, row):
                row = StratumVerdict(f"{group.heading} {i}", row.verdict, row.estimate, row.interval, row.replicates)
                marks[row.stratum] = found
                names.append(f"{len(found)} strata, each a dot")
            else:
                names.append(stratum_words(row.stratum))
            rows.append(row)
    return [*rows, whole], [*names, "over all"], marks


def _under(verdict: Verdict) -> str:
    """Which claim, where it holds, and on how much it rests."""
    where = f"  ·  where {condition_words(verdict)}" if verdict.where and verdict.verdict == "holds where" else ""
    drawn = f"  ·  {verdict.draws} draws of the data" if verdict.draws > 1 else ""
    return (
        f"{verdict.claim_id}{where}{drawn}  ·  {verdict.replicates} replicates in each of {len(verdict.strata)} strata"
    )


def _scale(verdict: Verdict) -> Literal["share", "ratio", ""]:
    """What kind of number it is: a share has two ends, of a ratio half is as far from 1 as twice."""
    if verdict.statistic == "share" or verdict.effect.startswith("share"):
        return "share"
    words = f"{verdict.effect} {verdict.unit}"
    ratio = verdict.statistic == "ratio_of_medians" or any(w in words for w in ("times", "ratio", "factor", " over "))
    return "ratio" if ratio and not _is_exact(verdict) else ""


def _is_exact(verdict: Verdict) -> bool:
    statistic = STATISTICS.get(verdict.statistic)
    return statistic is not None and statistic.exact


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
    white: dict[str, Any] = {"color": "white", "fontweight": "bold", "va": "center"}
    middle = (y + 0.33) / height
    figure.text((x + 0.36) / width, middle, SYMBOLS[answer], fontsize=25, ha="center", **white)
    figure.text((x + 0.68) / width, middle, answer, fontsize=14 if len(answer) < 10 else 12.5, **white)
