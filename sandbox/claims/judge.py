"""The verdict that replicates give on a claim.

`judge` compares an interval with the prediction: inside supports, outside refutes, else undecided. It does so in every
stratum and over all, at levels that hold for all of them together. It knows no store: a tidy table in, a verdict out.
"""

import itertools
import math
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from sandbox.claims.claim import Claim, Control, prediction_hash
from sandbox.claims.rows import DesignError, MissingColumnError, require, select, words
from sandbox.claims.statistics import STATISTICS
from sandbox.claims.verdict import Answer, Interval, StratumVerdict, Verdict, combine, describe
from sandbox.system.errors import InputError

NOTHING: Mapping[str, str] = MappingProxyType({})


def judge(
    claim: Claim, table: pd.DataFrame, *, level: float = 0.95, look: int = 1, findings: Mapping[str, str] = NOTHING
) -> Verdict:
    """The verdict on a claim, wrong with probability at most 1 - level.

    That error is shared equally by all strata and, if there are several, their average. A claim is `mixed` where some of
    these support and others refute it; otherwise the average decides. It is `invalid` if its control fails. For a growing
    table `level` is what the `Plan` grants to this look. findings: by answer, what its text is to say besides. Raises
    InputError if the table lacks an arm, a stratum, a column.
    """
    frames, overall, strata = _assess(claim, table, level, f"claim {claim.id}")
    control: tuple[StratumVerdict, ...] = ()
    if (tried := _control(claim)) is not None:
        _, average, parts = _assess(tried, table, level, f"control of claim {claim.id}")
        control = (average, *parts) if len(parts) > 1 else (average,)
    answer, rows = combine(overall, strata, control), select(table, claim.where)
    verdict = Verdict(
        claim_id=claim.id,
        verdict=answer,
        estimate=overall.estimate,
        interval=overall.interval,
        level=_level_of_each(claim, level, len(strata)),
        look=look,
        strata=strata,
        control=control,
        replicates=overall.replicates,
        runs=int(rows["run_id"].nunique()) if "run_id" in rows.columns else 0,
        statistic=claim.statistic,
        effect=claim.effect,
        unit=claim.unit,
        prediction=claim.prediction,
        prediction_hash=prediction_hash(claim),
        note=overall.note,
    )
    flags = pd.concat(list(frames.values())).select_dtypes(bool).sum()
    counts = {str(what): int(number) for what, number in flags.items() if number}
    return replace(verdict, text=describe(verdict, counts, findings.get(answer, "")))


def _control(claim: Claim) -> Control | None:
    """With the strata that it is tried in."""
    control = claim.control
    if isinstance(control, Control) and control.strata is None:
        return replace(control, strata=claim.strata, crossed=claim.crossed)
    return control if isinstance(control, Control) else None


def check_design(claim: Claim, table: pd.DataFrame) -> None:
    """Whether runs with these settings, whatever comes out of them, are those that the claim is judged on.

    table: a row per run and replicate, settings only. Raises DesignError if an arm or a stratum is missing, or there are
    several runs where one is compared. What only the numbers could tell passes.
    """
    for question, name in ((claim, f"claim {claim.id}"), (_control(claim), f"control of claim {claim.id}")):
        if question is not None:
            try:
                _try_design(question, table)
            except DesignError as error:
                error.args = (f"{name}: {error}",)
                raise


def _try_design(question: Claim | Control, table: pd.DataFrame) -> None:
    numbers, invented = np.random.default_rng(0), set[str]()
    while True:
        try:
            _same_replicates(measured(question, table))
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


def _assess(
    question: Claim | Control, table: pd.DataFrame, level: float, name: str
) -> tuple[dict[str, pd.DataFrame], StratumVerdict, tuple[StratumVerdict, ...]]:
    """What was measured in every stratum, and the answers; an error opens with `name`."""
    try:
        frames = measured(question, table)
        _same_replicates(frames)
        return frames, *weigh(question, frames, level)
    except InputError as error:
        error.args = (f"{name}: {error}",)
        raise


def measured(question: Claim | Control, table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """What the measure reads off the rows of every stratum, a row per replicate."""
    return {stratum: _measured(question, rows, stratum) for stratum, rows in _split(question, table).items()}


def weigh(
    question: Claim | Control, frames: Mapping[str, pd.DataFrame], level: float
) -> tuple[StratumVerdict, tuple[StratumVerdict, ...]]:
    """The answer over all strata and in each, all of them right together with probability `level`."""
    level = _level_of_each(question, level, len(frames))
    strata = tuple(_answer(question, stratum, [frame], level) for stratum, frame in frames.items())
    return (_answer(question, "all", list(frames.values()), level) if len(strata) > 1 else strata[0]), strata


def _level_of_each(question: Claim | Control, level: float, strata: int) -> float:
    if STATISTICS[question.statistic].exact:
        return 1.0
    return 1 - (1 - level) / (strata + 1 if strata > 1 else 1)


def _same_replicates(frames: Mapping[str, pd.DataFrame]) -> None:
    first = next(iter(frames))
    for stratum, frame in frames.items():
        if not frame.index.equals(frames[first].index):
            raise DesignError(f"expected the same replicates in {first} and {stratum}, got others")


def _split(question: Claim | Control, table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The rows of every stratum, in the order of its values; raises InputError if a combination is missing."""
    rows = select(table.reset_index(drop=True), question.where)
    if rows.empty:
        raise DesignError("expected runs, got an empty table")
    if not question.strata:
        return {"all": rows}
    columns = question.strata
    for column in columns:
        require(rows, column)
    groups: dict[Any, pd.DataFrame] = dict(iter(rows.groupby(list(columns), dropna=False, sort=False)))
    keys = sorted(groups, key=lambda key: [(isinstance(v, str), -math.inf if pd.isna(v) else v) for v in key])
    strata = {_label(columns, key): groups[key] for key in keys}
    levels = [dict.fromkeys(key[i] for key in keys) for i in range(len(columns))]
    combinations = (_label(columns, combination) for combination in itertools.product(*levels))
    missing = [label for label in combinations if label not in strata]
    if question.crossed and missing:
        others = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise DesignError(f"expected runs in every stratum, got none with {missing[0]}{others}; or set crossed=False")
    return strata


def _label(columns: tuple[str, ...], values: tuple[Any, ...]) -> str:
    return words(dict(zip(columns, values, strict=True)))


def _measured(question: Claim | Control, rows: pd.DataFrame, stratum: str) -> pd.DataFrame:
    """The stratum's numbers, a row per replicate, sorted by it."""
    try:
        measured = question.measure(rows)
    except InputError as error:
        if question.strata:
            error.args = (f"{error} (stratum {stratum})",)
        raise
    if isinstance(measured, pd.Series):  # NaN could have been anything
        measured = pd.DataFrame({"low": measured.fillna(-math.inf), "high": measured.fillna(math.inf)})
    expected = STATISTICS[question.statistic].columns
    if measured.empty or not set(expected) <= set(measured.columns):
        got = "no replicate" if measured.empty else ", ".join(map(str, measured.columns))
        raise InputError(f"expected {', '.join(expected)} from the measure for {question.statistic!r}, got {got}")
    return measured.sort_index()


def _answer(question: Claim | Control, stratum: str, frames: list[pd.DataFrame], level: float) -> StratumVerdict:
    statistic = STATISTICS[question.statistic]
    estimate = statistic.estimate(frames, level)
    interval = Interval(estimate.low, estimate.high)
    inside, outside = question.prediction.contains(interval), not question.prediction.overlaps(interval)
    if statistic.exact:
        outside = not inside  # one counterexample refutes "all"
    answer: Answer = "supported" if inside else "refuted" if outside else "undecided"
    note = _exceptions(question, frames) if statistic.exact and outside else estimate.note
    return StratumVerdict(stratum, answer, estimate.value, interval, len(frames[0]), note)


def _exceptions(question: Claim | Control, frames: list[pd.DataFrame]) -> str:
    ends = np.concatenate([frame[["low", "high"]].to_numpy(float) for frame in frames])
    outside = sum(not question.prediction.contains(Interval(low, high)) for low, high in ends)
    return f"{outside} of {len(ends)} outside"
