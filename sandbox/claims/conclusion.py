"""From the answers of the strata to one word on the claim, and to the sentences that say it."""

import math
from collections.abc import Mapping, Sequence

from sandbox.claims.conditions import Sorting, enough
from sandbox.claims.statistics import ROUNDING, STATISTICS, fewest_replicates
from sandbox.claims.verdict import StratumVerdict, Verdict, Word, compact, quantity

MOST = 0.9  # of the decided strata, for a word that leaves exceptions
NAMED = 4  # strata with one answer that a sentence names; all of them are in verdicts.json and in the figure

MEANING = {  # of every word, for a reader who meets it first
    "holds": "supported in three strata of four, or in half and on average; at most one in ten of those decided refutes it",
    "fails": "as a general statement: more than one stratum in ten refutes it, so that no answer of the others could save it",
    "holds where": "under a condition supported in three strata of four, or in half and on average, and refuted in half or more of the others",
    "undecided": "too few strata are decided, or exceptions are too many for holds and too few for fails, or the control is undecided",
    "invalid": "the control failed, so the numbers do not mean what they should",
}


def conclusion(
    average: StratumVerdict,
    strata: Sequence[StratumVerdict],
    control: Sequence[StratumVerdict] = (),
    where: Sorting | None = None,
    *,
    exact: bool = False,
) -> Word:
    """One word from the answers of the strata, their average and the control; a condition counts where both kinds are met.

    A statement without a condition is a general one: it fails where too many strata refute it for any answer of the
    undecided ones to save it. An exact one, which speaks of every network, knows no exceptions.
    """
    if any(part.verdict == "refuted" for part in control):
        return "invalid"
    if control and control[0].verdict != "supported":
        return "undecided"
    answers = [part.verdict for part in strata]
    yes, no = answers.count("supported"), answers.count("refuted")
    if yes and no and where:
        return "holds where"
    most = 1.0 if exact else MOST
    if _beyond(no, most, len(answers)):
        return "fails"
    supported = enough(yes, len(answers), lambda: average.verdict == "supported")
    return "holds" if supported and not _beyond(no, most, yes + no) else "undecided"


def _beyond(no: int, most: float, of: int) -> bool:
    """Whether so many of these refute it that fewer than `most` are left."""
    return no > of - math.ceil(most * of - ROUNDING)


def contradictions(verdict: Verdict) -> list[str]:
    """Where a verdict's word or its text says other than its own strata; nothing in a sound one."""
    answers = [part.verdict for part in verdict.strata]
    yes, no = answers.count("supported"), answers.count("refuted")
    found = []
    most = 1.0 if STATISTICS[verdict.statistic].exact else MOST
    if verdict.verdict == "holds" and (not yes or _beyond(no, most, yes + no)):
        found.append(f"holds, though supported in {yes} and refuted in {no} strata")
    if verdict.verdict == "fails" and not _beyond(no, most, len(answers)):
        found.append(f"fails, though supported in {yes} and refuted in {no} strata")
    if verdict.verdict == "holds where":
        where = verdict.where
        told = where and (where.inside[0] + where.outside[0], where.decided, where.decided + sum(where.open))
        if told != (yes, yes + no, len(answers)):
            found.append(
                f"holds where, counted as {told}, though supported in {yes}, refuted in {no} of {len(answers)} strata"
            )
        elif where and 2 * where.inside[0] < where.inside[1] + where.open[0]:
            found.append(
                f"holds where, though there supported in {where.inside[0]} of {where.inside[1] + where.open[0]}"
            )
    failed = sum(part.verdict == "refuted" for part in verdict.control)
    if (verdict.verdict == "invalid") != bool(failed):
        found.append(f"{verdict.verdict}, though the control failed in {failed} of {len(verdict.control)}")
    if not verdict.text.startswith(verdict.verdict):
        found.append(f"the text opens with another word than {verdict.verdict}")
    for answer, count in (("supported", yes), ("refuted", no)):
        if 0 < count < len(answers) and f"{answer} in" not in verdict.text:
            found.append(f"the text does not say that {count} of {len(answers)} strata are {answer}")
    return found


def unsettled(verdict: Verdict) -> list[str]:
    """The levels of factors of which no stratum is decided, `hidden is 8-8-8`, where others are: a claim that holds is silent there."""
    settings = [dict(word.partition("=")[::2] for word in part.stratum.split(" ")) for part in verdict.strata]
    decided = [part.verdict != "undecided" for part in verdict.strata]
    if verdict.verdict not in ("holds", "holds where") or all(decided):
        return []
    levels = dict.fromkeys((factor, value) for each in settings for factor, value in each.items())
    found = []
    for factor, value in levels:
        there = [known for known, each in zip(decided, settings, strict=True) if each.get(factor) == value]
        if len(there) < len(decided) and not any(there):
            found.append(compact(f"{factor} is {value}"))
    return found


def describe(verdict: Verdict, counts: Mapping[str, int], finding: str = "") -> str:
    """The verdict in words: what holds where, the number and its interval, what it covers, what is behind it."""
    sentences = [_opening(verdict, counts), _by_answer(verdict.strata), _between(verdict)]
    sentences += [_silence(verdict), _condition(verdict)]
    sentences += [_effect(verdict), f"{verdict.tasks}." if verdict.tasks else ""]
    sentences += [_controls(verdict), _robust(verdict), _covers(verdict)]
    needed = fewest_replicates(verdict.statistic, verdict.prediction.low, verdict.prediction.high, verdict.level)
    if verdict.verdict == "undecided" and (units := units_of(verdict)) < needed:
        kind = "draws" if verdict.draws > 1 else "replicates"
        sentences.append(f"No outcome of {units} {kind} could support it at this level; that takes {needed} or more.")
    elif verdict.verdict == "undecided":
        sentences.append(verdict.seen)
    return " ".join(sentence for sentence in (*sentences, finding) if sentence)


def units_of(verdict: Verdict) -> int:
    """How many independent units it rests on: draws of the data, or where all share one the networks."""
    return verdict.draws if verdict.draws > 1 else verdict.replicates


def _opening(verdict: Verdict, counts: Mapping[str, int]) -> str:
    statistic = STATISTICS[verdict.statistic]
    number = f"{verdict.estimate:.4g} {verdict.unit}".strip() + (f" ({verdict.note})" if verdict.note else "")
    number += _from_to(verdict.strata)
    spread = (
        f"every replicate within {verdict.interval}"
        if statistic.exact
        else f"{verdict.interval} at level {verdict.level:.6g}"
    )
    sample = f"{verdict.draws} draws of the data, " if verdict.draws > 1 else ""
    sample += f"{verdict.replicates} replicates"
    sample += f" x {len(verdict.strata)} strata" if len(verdict.strata) > 1 else ""
    sample += "".join(f", {count} {what}" for what, count in counts.items())
    average = "average " if len(verdict.strata) > 1 and not statistic.exact else ""
    word: str = verdict.verdict
    if verdict.where and word == "holds where":
        word += f" {verdict.where.condition}"
    if word == "fails" and any(part.verdict == "supported" for part in verdict.strata):
        word += " as a general statement"
    what = f"{verdict.effect} is" if statistic.exact else f"{average}{quantity(verdict)}"
    return f"{word}: {what} {number}, {spread}, predicted {verdict.prediction} ({sample})."


def _from_to(strata: Sequence[StratumVerdict]) -> str:
    """Between which numbers strata lie whose answers differ: their average is that of unlike things."""
    if len({part.verdict for part in strata}) < 2:
        return ""
    known = [part.estimate for part in strata if not math.isnan(part.estimate)]
    return f", in single strata from {min(known):.3g} to {max(known):.3g}" if known else ""


def _condition(verdict: Verdict) -> str:
    if verdict.where is None or verdict.verdict != "holds where":
        return ""
    found = verdict.where
    luck = f"; random answers are sorted as well in {100 * found.luck:.0f} of 100 cases" if found.luck > 0.05 else ""
    if verdict.draws == 1 and STATISTICS[verdict.statistic].exact:  # one computation, of which there are no halves
        return f"Where {found}{luck}."
    halves = "draws" if verdict.draws > 1 else "networks"
    return (
        f"Where {found}. The condition was found on half of the {halves}, and sorts {found.fresh[0]} of {found.fresh[1]} "
        f"strata on the other half{luck}."
    )


def _between(verdict: Verdict) -> str:
    """Why a claim that most strata support is undecided."""
    answers = [part.verdict for part in verdict.strata]
    yes, no = answers.count("supported"), answers.count("refuted")
    doubted = bool(verdict.control) and verdict.control[0].verdict != "supported"
    most = 1.0 if STATISTICS[verdict.statistic].exact else MOST
    if verdict.verdict != "undecided" or doubted or yes < no or not _beyond(no, most, yes + no):
        return ""
    return "Exceptions are too many for it to hold, and too few for it to fail whatever the undecided ones are."


def _silence(verdict: Verdict) -> str:
    silent = unsettled(verdict)
    return f"Nothing was decided where {' or '.join(silent)}." if silent else ""


def _effect(verdict: Verdict) -> str:
    told = [] if verdict.size is None else [f"median effect {verdict.size:.3g}"]
    told += [] if verdict.same is None else [f"{100 * verdict.same:.0f} % of the pairs the same"]
    return f"{', '.join(told).capitalize()}." if told else ""


def _controls(verdict: Verdict) -> str:
    """What of the control did not come out as it must: on average, and where it is worst."""
    if not verdict.control:
        return ""
    average, *parts = verdict.control
    worst = sorted(
        (part for part in verdict.control if part.verdict != "supported"), key=lambda p: p.verdict != "refuted"
    )
    if not worst:
        return ""
    part = worst[0]
    where = "on average" if part is average and parts else f"in {compact(part.stratum)}" if parts else "over all"
    rest = f" and {len(worst) - 1} more" if len(worst) > 1 else ""
    return f"Control {part.verdict} {where}{rest}: {part.estimate:.4g}, {part.interval}."


def _robust(verdict: Verdict) -> str:
    turned = [variant for variant in verdict.sensitivity if variant.opposite]
    if not turned:
        return ""
    return f"It turns to the opposite in {'; '.join(f'{v.opposite} strata with {v.name}' for v in turned)}."


def _covers(verdict: Verdict) -> str:
    return f"It speaks of {verdict.over}." if verdict.over else ""


def _by_answer(strata: Sequence[StratumVerdict]) -> str:
    """Which strata said what, the rarest answer first; what most of them said goes without their names."""
    by_answer: dict[str, list[str]] = {}
    for part in strata:
        by_answer.setdefault(part.verdict, []).append(part.stratum)
    if len(by_answer) < 2 and len(strata) < 2:
        return ""
    *rare, (usual, others) = sorted(by_answer.items(), key=lambda item: len(item[1]))
    said = [f"{answer} in {len(names)}, {_named(names)}" for answer, names in rare]
    last = f"{usual} in {'the other' if rare else 'all'} {len(others)}"
    return f"By stratum: {'; '.join([*said, last])}."


def _named(names: Sequence[str]) -> str:
    """`a=1 b=2; a=1 b=3`, what is common to all first: `a=1 with b=2, b=3`."""
    if len(names) == 1:
        return compact(names[0])
    settings = [compact(name).split(" ") for name in names]
    common = [word for word in settings[0] if all(word in others for others in settings)]
    own = [" ".join(word for word in words if word not in common) for words in settings]
    shown = ", ".join(own[:NAMED]) + (f" and {len(own) - NAMED} more" if len(own) > NAMED else "")
    return f"{' '.join(common)} with {shown}" if common else shown
