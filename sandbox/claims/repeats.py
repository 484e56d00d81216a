"""One claim tried several times, with other weights and other data: whether the word stays, the condition, every stratum."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.claims.report import told
from sandbox.claims.verdict import Verdict

OPPOSITE = {"holds", "fails"}  # words of which both cannot be had of one claim by luck at its level


@dataclass(frozen=True)
class Compared:
    """What several tries of a claim said.

    words: each try's, with its condition. flipped: it holds in one try and fails in another. conditions: how the tries that
    found a condition name it, "" where fewer than two did. strata: how many got the same answer every time, of how many.
    opposite: those that one try supports and another refutes.
    """

    claim: str
    words: tuple[str, ...]
    flipped: bool
    same_word: bool
    conditions: str
    strata: tuple[int, int]
    opposite: tuple[str, ...]


def compared(verdicts: Sequence[Verdict]) -> Compared:
    """Of one claim, the first try first."""
    words = {verdict.verdict for verdict in verdicts}
    answers: dict[str, list[str]] = {}
    for verdict in verdicts:
        for part in verdict.strata:
            answers.setdefault(part.stratum, []).append(part.verdict)
    alike = sum(len({*given}) == 1 and len(given) == len(verdicts) for given in answers.values())
    opposite = tuple(name for name, given in answers.items() if {"supported", "refuted"} <= {*given})
    return Compared(
        claim=verdicts[0].claim_id,
        words=tuple(told(verdict) for verdict in verdicts),
        flipped=words >= OPPOSITE,
        same_word=len(words) == 1,
        conditions=_conditions(verdicts),
        strata=(alike, len(answers)),
        opposite=opposite,
    )


def _conditions(verdicts: Sequence[Verdict]) -> str:
    """`alike` to the letter, `the same factors` with other bounds, or `others`."""
    found = [verdict.where.condition for verdict in verdicts if verdict.where]
    if len(found) < 2:
        return ""
    if len({str(condition) for condition in found}) == 1:
        return "alike"
    factors = {frozenset(term.factor for term in condition.terms) for condition in found}
    return "the same factors" if len(factors) == 1 else "others"


def summary(found: Sequence[Compared]) -> str:
    """All claims that were tried more than once, in a few sentences."""
    if not found:
        return "No claim has been tried with other seeds yet."
    times = Counter(len(each.words) for each in found)
    tries = ", ".join(f"{count} claims {number} times" for number, count in sorted(times.items()))
    flips = [each.claim for each in found if each.flipped]
    named = Counter(each.conditions for each in found if each.conditions)
    alike, strata = (sum(each.strata[i] for each in found) for i in (0, 1))
    opposite = sum(len(each.opposite) for each in found)
    conditions = f"{named.total()}, of these named alike {named['alike']}"
    conditions += (
        f", by the same factors with other bounds {named['the same factors']}, by other factors {named['others']}"
    )
    return " ".join(
        [
            f"Tried with other weights and other data: {tries}.",
            f"The word is the same every time for {sum(each.same_word for each in found)} of {len(found)};",
            f"one that holds in one try and fails in another: {', '.join(flips) or 'none'}.",
            f"Conditions found more than once: {conditions}.",
            f"Strata with the same answer every time: {alike} of {strata}; with opposite answers: {opposite}.",
        ]
    )
