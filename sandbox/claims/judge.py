"""The verdict that draws of the data give on a claim.

`judge` compares an interval with the prediction in every stratum: inside supports, outside refutes, else undecided, at
levels that hold for all of them together. One word on the claim follows from these answers (`conclusion`), with the
condition under which it holds where both kinds are met (`conditions`). It knows no store: a tidy table in, a verdict out.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sandbox.claims.claim import Claim, Control, Placebo
from sandbox.claims.conclusion import conclusion, describe
from sandbox.claims.conditions import Leaning, Sorting, deciding, with_shapes
from sandbox.claims.measures import SAME, SIZE, Permuted, comparison, neighbours, with_comparison
from sandbox.claims.power import seen
from sandbox.claims.promise import promise_hash
from sandbox.claims.rows import DesignError, MissingColumnError, select
from sandbox.claims.sensitivity import other_bounds, others
from sandbox.claims.statistics import STATISTICS, Statistic, by_draw, draws_of, units_of
from sandbox.claims.strata import Strata, Stratum, measured, read
from sandbox.claims.tasks import Tasks, new_task
from sandbox.claims.verdict import Answer, Interval, StratumVerdict, Variant, Verdict, Word

NOTHING: Mapping[str, str] = MappingProxyType({})


def judge(
    claim: Claim,
    table: pd.DataFrame,
    *,
    level: float = 0.95,
    control_level: float | None = None,
    look: int = 1,
    promise: str = "",
    findings: Mapping[str, str] = NOTHING,
) -> Verdict:
    """The verdict on a claim, wrong with probability at most 1 - level.

    That error is shared equally by all strata and, if there are several, their average; the control has an error of its
    own. For a growing table `level` is what the `Plan` grants to this look. promise: the hash of all that was promised, if
    more than the claim is known. findings: by word, what the text is to say besides. Raises InputError if the table
    lacks an arm, a stratum, a column.
    """
    found = decide(claim, table, level, control_level or level)
    average, strata = found.average, found.strata
    rows = select(table, claim.where)
    each = _level_of_each(claim, level, len(strata))
    overlap = max(stratum.overlap for stratum in found.read.values())
    verdict = Verdict(
        claim_id=claim.id,
        verdict=found.word,
        estimate=average.estimate,
        interval=average.interval,
        level=each,
        look=look,
        strata=strata,
        control=found.control,
        replicates=average.replicates,
        runs=int(rows["run_id"].nunique()) if "run_id" in rows.columns else 0,
        statistic=claim.statistic,
        effect=claim.effect,
        unit=claim.unit,
        prediction=claim.prediction,
        prediction_hash=promise or promise_hash(claim),
        note=average.note,
        draws=average.draws,
        over=over(claim, average, overlap, len(strata)),
        where=found.where,
        tasks=tasks(claim, found.read),
        size=average.size,
        same=average.same,
        seen=seen(claim.statistic, claim.prediction, _units(average), each, overlap),
        sensitivity=(*variants(claim, table, strata, level), *moved_bounds(claim, found.read, average, strata)),
    )
    flags = pd.concat([stratum.frame for stratum in found.read.values()]).select_dtypes(bool).sum()
    counts = {str(what): int(number) for what, number in flags.items() if number}
    return replace(verdict, text=describe(verdict, counts, findings.get(verdict.verdict, "")))


@dataclass(frozen=True)
class Decision:
    """A claim's word and all that it follows from."""

    word: Word
    average: StratumVerdict
    strata: tuple[StratumVerdict, ...]
    control: tuple[StratumVerdict, ...]
    where: Sorting | None
    read: Strata


def decide(claim: Claim, table: pd.DataFrame, level: float, control_level: float) -> Decision:
    """The whole procedure: read, weigh, ask whether it survives the neighbouring settings, control, conclude."""
    name = f"claim {claim.id}"
    found = read(claim, table, name)
    average, parts = weigh(claim, found, level)
    parts = surviving(claim, table, parts, level)
    control = _controlled(claim, table, control_level, f"control of {name}")
    where = condition(claim, found, parts, level)
    word = conclusion(average, parts, control, where, exact=STATISTICS[claim.statistic].exact)
    return Decision(word, average, parts, control, where, found)


def weigh(question: Claim | Control, strata: Strata, level: float) -> tuple[StratumVerdict, tuple[StratumVerdict, ...]]:
    """The answer on average over all strata and in each, all of them right together with probability `level`."""
    level = _level_of_each(question, level, len(strata))
    parts = tuple(_answer(question, name, [stratum], level) for name, stratum in strata.items())
    return (_answer(question, "all", list(strata.values()), level) if len(parts) > 1 else parts[0]), parts


def surviving(
    claim: Claim, table: pd.DataFrame, parts: tuple[StratumVerdict, ...], level: float
) -> tuple[StratumVerdict, ...]:
    """The answers, less those that turn into their opposite when each arm takes its second best setting."""
    for name, measure in neighbours(claim.measure, select(table, claim.where)).items():
        _, beside = weigh(claim, read(replace(claim, measure=measure), table, f"claim {claim.id}, {name}"), level)
        parts = tuple(
            replace(part, verdict="undecided", note=f"{other.verdict} with {name}") if _opposite(part, other) else part
            for part, other in zip(parts, beside, strict=True)
        )
    return parts


def _opposite(one: StratumVerdict, other: StratumVerdict) -> bool:
    return {one.verdict, other.verdict} == {"supported", "refuted"}


def variants(claim: Claim, table: pd.DataFrame, parts: tuple[StratumVerdict, ...], level: float) -> tuple[Variant, ...]:
    """What the strata would have said, had something else been chosen; a variant that the table has no numbers for is left out."""
    found = []
    for name, measure in others(claim.measure, claim.variants, select(table, claim.where)):
        try:
            average, strata = weigh(
                claim, read(replace(claim, measure=measure, control="the same"), table, name), level
            )
        except MissingColumnError:
            continue
        found.append(_variant(name, average.estimate, parts, [part.verdict for part in strata]))
    return tuple(found)


def moved_bounds(
    claim: Claim, read: Strata, average: StratumVerdict, parts: Sequence[StratumVerdict]
) -> tuple[Variant, ...]:
    """What the same intervals would have said to another prediction."""
    found = []
    pair = comparison(claim.measure)
    ratio = pair is not None and pair.effect in ("ratio", "medians")
    for name, prediction in other_bounds(claim.prediction, claim.statistic, claim.limits, ratio=ratio):
        asked = replace(claim, prediction=prediction)
        said = [_compared(asked, [read[part.stratum].frame], part.interval)[0] for part in parts]
        found.append(_variant(name, average.estimate, parts, said))
    return tuple(found)


def _variant(name: str, estimate: float, parts: Sequence[StratumVerdict], said: Sequence[Answer | Word]) -> Variant:
    opposite = sum({part.verdict, other} == {"supported", "refuted"} for part, other in zip(parts, said, strict=True))
    yes, no, open_ = (said.count(answer) for answer in ("supported", "refuted", "undecided"))
    return Variant(name, estimate, yes, no, open_, opposite)


def condition(
    question: Claim | Control, strata: Strata, parts: Sequence[StratumVerdict], level: float
) -> Sorting | None:
    """Where the claim holds, if some strata support it, others refute it, and a condition tells them apart."""
    said: dict[str, Leaning] = {"supported": True, "refuted": False}
    answers = [said.get(part.verdict) for part in parts]
    if not {True, False} <= set(answers):
        return None
    halves = [[_leaning(question, stratum, half) for stratum in strata.values()] for half in (0, 1)]
    settings = [with_shapes(stratum.settings) for stratum in strata.values()]

    def on_average(where: NDArray[np.bool_]) -> bool:
        there = [stratum for stratum, inside in zip(strata.values(), where, strict=True) if inside]
        return _answer(question, "there", there, _level_of_each(question, level, len(strata))).verdict == "supported"

    pure = STATISTICS[question.statistic].exact
    return deciding(settings, answers, *halves, pure=pure, on_average=on_average)


def _leaning(question: Claim | Control, stratum: Stratum, half: int) -> Leaning:
    """On which side of the prediction the number of half of the draws lies."""
    frame, statistic = stratum.frame, STATISTICS[question.statistic]
    kept = frame[units_of(frame) % 2 == half]
    if kept.empty:
        return None
    if statistic.exact:
        return all(question.prediction.contains(Interval(*ends)) for ends in kept[["low", "high"]].to_numpy(float))
    value = statistic.estimate([by_draw(kept, question.statistic)], 0.5, 0.0).value
    return None if math.isnan(value) else question.prediction.contains(value)


def tasks(claim: Claim, strata: Strata) -> Tasks | None:
    """What to expect of a new task: a task is what the strata of one value of `claim.tasks` have in common."""
    columns, statistic = [column for column in claim.tasks if column in claim.strata], STATISTICS[claim.statistic]
    if not columns or statistic.exact:
        return None
    by_task: dict[tuple[Any, ...], list[pd.DataFrame]] = {}
    for stratum in strata.values():
        task = tuple(stratum.settings[column] for column in columns)
        by_task.setdefault(task, []).append(by_draw(stratum.frame, claim.statistic))
    return new_task([_known_number(statistic, frames) for frames in by_task.values()], claim.prediction)


def _known_number(statistic: Statistic, frames: Sequence[pd.DataFrame]) -> tuple[float, float]:
    """What a statistic comes to if all that is unknown were as low as it can be, and as high."""
    if statistic.columns != ("low", "high"):
        value = statistic.estimate(frames, 0.5, 0.0).value
        return value, value
    low, high = (
        statistic.estimate([frame.assign(low=frame[end], high=frame[end]) for frame in frames], 0.5, 0.0).value
        for end in ("low", "high")
    )
    return low, high


def over(claim: Claim, average: StratumVerdict, overlap: float, strata: int) -> str:
    """What kinds of luck the verdict generalises over, and what not."""
    if STATISTICS[claim.statistic].exact:
        return "these networks, every one of them"
    luck = "other weights on the data that were tried, not of other draws of the data"
    if average.draws > 1:
        data = "new samples from the same source" if overlap else "new draws of the data"
        if claim.real_data == "samples" and not overlap:
            data = "new draws of the made sets, other splits of the measured ones,"
        luck = f"{data} and of the weights"
    return f"{luck}; in {'this setting' if strata == 1 else f'these {strata} settings'}, not in others"


def _units(average: StratumVerdict) -> int:
    return average.draws if average.draws > 1 else average.replicates


def _controlled(claim: Claim, table: pd.DataFrame, level: float, name: str) -> tuple[StratumVerdict, ...]:
    """The control's answer on average, and if there are several strata in each."""
    control = _control(claim)
    if control is None:
        return ()
    if isinstance(control, Placebo):
        average, parts = placebo(claim, table, level, name)
    else:
        average, parts = weigh(control, read(control, table, name), level)
    return (average, *parts) if len(parts) > 1 else (average,)


def placebo(
    claim: Claim, table: pd.DataFrame, level: float, name: str
) -> tuple[StratumVerdict, tuple[StratumVerdict, ...]]:
    """The claim's own comparison with the names of its arms exchanged in half of the draws: wins and losses must balance.

    It comes out as it must where the interval of the share of wins holds 1/2, fails where it does not, and tells nothing
    where it holds everything there is, as it does if no pair is known.
    """
    pair = comparison(claim.measure)
    assert pair is not None  # a claim is not made otherwise
    permuted = with_comparison(claim.measure, Permuted(replace(pair, effect="win")))
    asked = replace(claim, measure=permuted, statistic="share", control="itself one")
    average, parts = weigh(asked, read(asked, table, name), level)

    def seen_as(part: StratumVerdict) -> StratumVerdict:
        found, nothing_known = not part.interval.contains(0.5), part.interval.contains(Interval(0.0, 1.0))
        answer: Answer = "refuted" if found else "undecided" if nothing_known else "supported"
        return replace(part, verdict=answer)

    return seen_as(average), tuple(map(seen_as, parts))


def _control(claim: Claim) -> Control | Placebo | None:
    """With the strata that it is tried in, and what it speaks of."""
    control = claim.control
    if not isinstance(control, Control):
        return None if isinstance(control, str) else control
    if control.strata is None:
        control = replace(control, strata=claim.strata, crossed=claim.crossed)
    return control if control.real_data else replace(control, real_data=claim.real_data)


def check_design(claim: Claim, table: pd.DataFrame) -> None:
    """Whether runs with these settings, whatever comes out of them, are those that the claim is judged on.

    table: a row per run and replicate, settings only. Raises DesignError if an arm or a stratum is missing, or there are
    several runs where one is compared. What only the numbers could tell passes.
    """
    for question, name in ((claim, f"claim {claim.id}"), (_control(claim), f"control of claim {claim.id}")):
        if isinstance(question, Claim | Control):
            try:
                _try_design(question, table)
            except DesignError as error:
                error.args = (f"{name}: {error}",)
                raise


def _try_design(question: Claim | Control, table: pd.DataFrame) -> None:
    numbers, invented = np.random.default_rng(0), set[str]()
    while True:
        try:
            measured(question, table)
        except DesignError as error:
            if any(f"{column}=" in str(error) for column in invented):
                return  # rows are chosen by what came out
            raise
        except (MissingColumnError, KeyError) as error:
            column = error.column if isinstance(error, MissingColumnError) else str(error.args[0])
            if column in table.columns:
                return
            invented.add(column)
            table = table.assign(**{column: numbers.uniform(0.1, 1.0, len(table))})
        except Exception:  # noqa: BLE001 - of made-up numbers, whatever a measure says of them
            return
        else:
            return


def _level_of_each(question: Claim | Control, level: float, strata: int) -> float:
    if STATISTICS[question.statistic].exact:
        return 1.0
    return 1 - (1 - level) / (strata + 1 if strata > 1 else 1)


def _answer(question: Claim | Control, name: str, strata: Sequence[Stratum], level: float) -> StratumVerdict:
    statistic, frames = STATISTICS[question.statistic], [stratum.frame for stratum in strata]
    units = [by_draw(frame, question.statistic) for frame in frames]
    estimate = statistic.estimate(units, level, max(stratum.overlap for stratum in strata))
    interval = Interval(estimate.low, estimate.high)
    answer, exceptions = _compared(question, frames, interval)
    note = exceptions or estimate.note
    size, same = (_typical(frames, column, how) for column, how in ((SIZE, np.median), (SAME, np.mean)))
    pair = comparison(question.measure)
    same = None if pair and not pair.margin and pair.effect != "win" else same  # of sizes only equal ones would be
    draws = max(1, len(draws_of(frames[0])[0]))
    return StratumVerdict(name, answer, estimate.value, interval, len(frames[0]), note, draws, size, same)


def _compared(question: Claim | Control, frames: Sequence[pd.DataFrame], interval: Interval) -> tuple[Answer, str]:
    """An interval held against the prediction, and the exceptions: one counterexample refutes "all"."""
    exceptions = _exceptions(question, frames) if STATISTICS[question.statistic].exact else ""
    if exceptions or not question.prediction.overlaps(interval):
        return "refuted", exceptions
    return ("supported" if question.prediction.contains(interval) else "undecided"), ""


def _typical(frames: Sequence[pd.DataFrame], column: str, how: Callable[[Any], Any]) -> float | None:
    """A number that a measure tells beside its own, over all pairs of which it is known."""
    told = [frame[column].dropna().to_numpy(float) for frame in frames if column in frame]
    known = np.concatenate(told) if told else np.array([])
    with np.errstate(invalid="ignore"):  # between -inf and inf
        number = float(how(known)) if len(known) else math.nan
    return None if math.isnan(number) else number


def _exceptions(question: Claim | Control, frames: Sequence[pd.DataFrame]) -> str:
    """How many replicates lie outside, whatever is not known of them."""
    ends = np.concatenate([frame[["low", "high"]].to_numpy(float) for frame in frames])
    outside = sum(not question.prediction.overlaps(Interval(low, high)) for low, high in ends)
    return f"{outside} of {len(ends)} outside" if outside else ""
