"""Verdicts as they are shown: tables for the screen and for the dashboard, and the few words that fit a cell."""

from collections.abc import Sequence

from rich.table import Table

from sandbox.claims.claim import Claim
from sandbox.claims.conclusion import unsettled
from sandbox.claims.verdict import BEFORE, SYMBOLS, Verdict
from sandbox.claims.worth import WORTH, Budget
from sandbox.system.markdown import escaped, markdown_table
from sandbox.system.terminal import fitted

COLOURS = {"holds": "green", "fails": "red", "holds where": "yellow", "undecided": "cyan", "invalid": "magenta"}
COLOURS |= {was: COLOURS[word] for word, was in BEFORE.items()}
HEADINGS = ("claim", "verdict", "estimate", "interval", "predicted", "strata", "effect", "new task")


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
        word += f"\n{told(v).removeprefix(v.verdict).strip(', ')}" if told(v) != v.verdict else ""
        numbers = (f"{v.estimate:.3g}", shown_interval(v), str(v.prediction), signs(v))
        cells = (v.claim_id, word, *numbers, effect_of(v), in_a_new_task(v))
        rows.add_row(*cells, *([str(v.replicates)] if several else []))
    return fitted(rows)


def verdicts_markdown(claims: Sequence[Claim], verdicts: Sequence[Verdict]) -> str:
    """For the parent run's note: a row per claim and the sentences behind it."""
    rows = [
        (
            f"**{escaped(v.claim_id)}**: {escaped(claim.statement)}",
            f"{SYMBOLS[v.verdict]} {escaped(told(v))}",
            f"{v.estimate:.3g}",
            shown_interval(v),
            escaped(str(v.prediction)),
            tally(v),
            effect_of(v),
            in_a_new_task(v),
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


def told(verdict: Verdict) -> str:
    """The word, with the condition or the exceptions where there are some: `holds where learning_rate <= 1`, `fails in 2 of 11`."""
    if verdict.verdict == "fails":
        return fails_in([verdict])
    silent = f", undecided where {' or '.join(open_)}" if (open_ := unsettled(verdict)) else ""
    return with_condition(verdict) + silent


def fails_in(tries: Sequence[Verdict]) -> str:
    """In how many strata a claim that fails is refuted, by whatever try, where others support it: `fails in 8 to 9 of 54`."""
    answers = [[part.verdict for part in verdict.strata] for verdict in tries]
    if not any("supported" in each for each in answers):
        return "fails"
    least, most = (find(each.count("refuted") for each in answers) for find in (min, max))
    return f"fails in {least if least == most else f'{least} to {most}'} of {len(answers[0])}"


def with_condition(verdict: Verdict) -> str:
    """The word, and where it holds: `holds where learning_rate <= 1`."""
    return f"{verdict.verdict} {verdict.where.condition}" if verdict.where else verdict.verdict


def agreement(verdict: Verdict, repeats: Sequence[Verdict]) -> str:
    """How repeats with other weights and data compare, word by word and stratum by stratum: `2 of 2; 70 of 72 strata`.

    A stratum counts if every repeat gives it the same answer; those that turn into the opposite are named.
    """
    if not repeats:
        return ""
    same = sum(with_condition(other) == with_condition(verdict) for other in repeats)
    answers = {part.stratum: {part.verdict} for part in verdict.strata}
    for other in repeats:
        for part in other.strata:
            answers.setdefault(part.stratum, set()).add(part.verdict)
    alike = sum(len(given) == 1 for given in answers.values())
    opposite = sum({"supported", "refuted"} <= given for given in answers.values())
    turned = f", {opposite} opposite" if opposite else ""
    return f"{same} of {len(repeats)}; {alike} of {len(answers)} strata{turned}"


def effect_of(verdict: Verdict) -> str:
    """The median effect, and how many pairs are the same: `0.021, same 12 %`."""
    parts = [] if verdict.size is None else [f"{verdict.size:.3g}"]
    parts += [] if verdict.same is None else [f"same {100 * verdict.same:.0f} %"]
    return ", ".join(parts)


def in_a_new_task(verdict: Verdict) -> str:
    """Between which numbers a new task's is to be expected, and how sure that is: `0.62 to 1 (11 in 13)`."""
    if verdict.tasks is None:
        return ""
    low, high = verdict.tasks.interval.low, verdict.tasks.interval.high
    return f"{low:.3g} to {high:.3g} ({verdict.tasks.tried - 1} in {verdict.tasks.tried + 1})"


def sensitivity_table(verdict: Verdict) -> list[str]:
    """As Markdown: a row per choice that could have been another, with what the strata would have said."""
    if not verdict.sensitivity:
        return []
    headings = ("had it been", "estimate", "supported", "refuted", "undecided", "opposite")
    rows = [
        (escaped(v.name), f"{v.estimate:.3g}", str(v.supported), str(v.refuted), str(v.undecided), str(v.opposite))
        for v in verdict.sensitivity
    ]
    return markdown_table(headings, rows)
