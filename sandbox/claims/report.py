"""Verdicts as they are shown: tables for the screen and for the dashboard, and the few words that fit a cell."""

from collections.abc import Sequence

from rich.table import Table

from sandbox.claims.claim import Claim
from sandbox.claims.verdict import SYMBOLS, Verdict
from sandbox.claims.worth import WORTH, Budget
from sandbox.system.markdown import escaped, markdown_table
from sandbox.system.terminal import fitted

COLOURS = {"supported": "green", "refuted": "red", "mixed": "yellow", "undecided": "cyan", "invalid": "magenta"}
HEADINGS = ("claim", "verdict", "estimate", "interval", "predicted", "strata")


def verdicts_table(verdicts: Sequence[Verdict], budget: Budget = "declared") -> Table:
    """For the screen: a row per claim."""
    several = len({v.replicates for v in verdicts}) > 1
    rows = Table(header_style="bold", title=WORTH[budget])
    for heading in HEADINGS:
        rows.add_column(heading, no_wrap=heading in ("claim", "verdict"))
    if several:
        rows.add_column("replicates")
    else:
        rows.caption = f"{verdicts[0].replicates} replicates"
    for v in verdicts:
        word = f"[{COLOURS[v.verdict]}]{SYMBOLS[v.verdict]} {v.verdict}[/]"
        cells = (v.claim_id, word, f"{v.estimate:.3g}", shown_interval(v), str(v.prediction), signs(v))
        rows.add_row(*cells, *([str(v.replicates)] if several else []))
    return fitted(rows)


def verdicts_markdown(claims: Sequence[Claim], verdicts: Sequence[Verdict]) -> str:
    """For the parent run's note: a row per claim and the sentences behind it."""
    rows = [
        (
            f"**{escaped(v.claim_id)}**: {escaped(claim.statement)}",
            f"{SYMBOLS[v.verdict]} {v.verdict}",
            f"{v.estimate:.3g}",
            shown_interval(v),
            escaped(str(v.prediction)),
            tally(v),
        )
        for claim, v in zip(claims, verdicts, strict=True)
    ]
    sentences = [f"- **{escaped(v.claim_id)}**: {escaped(v.text)}" for v in verdicts]
    return "\n".join([*markdown_table(HEADINGS, rows), "", *sentences])


def shown_interval(verdict: Verdict) -> str:
    """`0.2 to 0.5`; a single number where both ends are one."""
    low, high = f"{verdict.interval.low:.3g}", f"{verdict.interval.high:.3g}"
    return low if verdict.interval.low == verdict.interval.high else f"{low} to {high}"


def signs(verdict: Verdict) -> str:
    """The tally for narrow columns: `12 ✓`, `4 ✓ 2 ✗`."""
    words = [stratum.verdict for stratum in verdict.strata]
    return " ".join(f"{words.count(word)} {SYMBOLS[word]}" for word in dict.fromkeys(words))


def tally(verdict: Verdict) -> str:
    """How many strata said what: `6 supported`, `4 supported, 2 refuted`."""
    words = [stratum.verdict for stratum in verdict.strata]
    return ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
