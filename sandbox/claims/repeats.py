"""One claim tried several times, with other weights and other data: what all tries say, and where they differ."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.claims.report import fails_in, told, with_condition
from sandbox.claims.verdict import Verdict, Word

OPPOSITE = {"holds", "fails"}  # words of which both cannot be had of one claim by luck at its level


@dataclass(frozen=True)
class Compared:
    """What several tries of a claim said.

    words: each try's, with its condition. flipped: it holds in one try and fails in another. conditional: how many tries found
    a condition. conditions: how these name it, "" where fewer than two did. strata: how many got the same answer every time,
    of how many. opposite: those that one try supports and another refutes.
    """

    claim: str
    words: tuple[str, ...]
    flipped: bool
    same_word: bool
    conditional: int
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
        conditional=sum(verdict.where is not None for verdict in verdicts),
        conditions=_conditions(verdicts),
        strata=(alike, len(answers)),
        opposite=opposite,
    )


def standing(verdicts: Sequence[Verdict]) -> Word:
    """What every try says of a claim: a word that only some of them reach is not the claim's.

    Where some find a condition and others none, or another one, what they share is that the claim fails as a general
    statement. A control that fails once has failed. Words that share nothing leave it undecided.
    """
    words = {verdict.verdict for verdict in verdicts}
    if "invalid" in words:
        return "invalid"
    if words == {"holds where"} and _conditions(verdicts) in ("", "alike"):
        return "holds where"
    if words <= {"fails", "holds where"}:
        return "fails"
    return verdicts[0].verdict if len(words) == 1 else "undecided"


def told_of_all(verdicts: Sequence[Verdict]) -> str:
    """The standing word, and what else some tries say: `fails (holds where learning_rate > 0.3 in 2 of 3 tries)`."""
    word = standing(verdicts)
    own = next((told(verdict) for verdict in verdicts if verdict.verdict == word), word)
    own = fails_in(verdicts) if word == "fails" else own
    others = Counter(with_condition(verdict) for verdict in verdicts if verdict.verdict != word)
    said = ", ".join(f"{other} in {count} of {len(verdicts)} tries" for other, count in others.items())
    return f"{own} ({said})" if said else own


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
    every = [each for each in found if each.conditional == len(each.words)]
    named = Counter(each.conditions for each in every)
    some = [each.claim for each in found if 0 < each.conditional < len(each.words)]
    alike, strata = (sum(each.strata[i] for each in found) for i in (0, 1))
    opposite = sum(len(each.opposite) for each in found)
    conditions = f"{len(every)}, of these named alike {named['alike']}"
    conditions += (
        f", by the same factors with other bounds {named['the same factors']}, by other factors {named['others']}"
    )
    return " ".join(
        [
            f"Tried with other weights and other data: {tries}.",
            f"The word is the same every time for {sum(each.same_word for each in found)} of {len(found)};",
            "where it is not, the ledger has what all tries say.",
            f"One that holds in one try and fails in another: {', '.join(flips) or 'none'}.",
            f"Conditions found every time: {conditions}; found in some tries only: {', '.join(some) or 'none'}.",
            f"Strata with the same answer every time: {alike} of {strata}; with opposite answers: {opposite}.",
        ]
    )
