"""Measures: what a claim reads off the tidy table, as small records that experiments put together.

A measure is called with the rows of one stratum and yields one row per replicate, indexed by it. Its columns depend on the
statistic: `low` and `high` (equal unless the number is only known to lie between them), `dose` and `response`, or
`numerator`, `denominator` and `budget`. Boolean columns are counted in the verdict's text. A plain function that returns
a Series of numbers, indexed by replicate, is a measure as well.

NaN means diverged: such a replicate loses against any that did not. Infinity in a time means that the budget ended first:
never (and diverged) loses against any finite time. A pair of which neither arrives says nothing: the win is unknown, so it
lies somewhere from 0 to 1, and a difference or ratio could be anything.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sandbox.claims.rows import (
    Column,
    DesignError,
    Where,
    at_best,
    coded,
    numbers_of,
    per_replicate,
    select,
    units_in,
    words,
)
from sandbox.claims.statistics import spearman
from sandbox.system.arrays import Array
from sandbox.system.errors import InputError

Measure = Callable[[pd.DataFrame], pd.DataFrame | pd.Series]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Value:
    """The number in one column, per replicate; a diverged one could have been anything."""

    column: Column
    where: Where = field(default_factory=dict)

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        numbers = per_replicate(select(rows, self.where), self.column)
        lost = numbers.isna()
        return pd.DataFrame({"low": numbers.fillna(-math.inf), "high": numbers.fillna(math.inf), "diverged": lost})


@dataclass(frozen=True)
class AtBest:
    """The number in one column, each replicate at the setting of `over` (such as the learning rate) that trains best.

    by: the column by which each draw of the data chooses, lower being better.
    """

    column: Column
    over: str
    where: Where = field(default_factory=dict)
    by: Column = "train/loss"

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        best = at_best(select(rows, self.where), self.by, self.over, lower_is_better=True, own=True)
        return Value(self.column)(best)


@dataclass(frozen=True)
class Paired:
    """Two arms compared replicate by replicate: `better` is the arm expected to do better than `than`.

    effect: "win", 1 where it does, 1/2 where both are the same; "difference", by how much it does better, in the column's
    unit; "ratio", how many times better; "medians", both arms' numbers for the statistic `ratio_of_medians`.
    margin: the numbers of two arms that differ by no more are *the same*; in the column's unit, or where `size` is
    "ratio" as a share, so that 0.05 means 5 %. A win is then a win by more than the margin.
    size: in what the effect is told beside the verdict, "difference" or "ratio".
    budget: the column that says when a time was given up on. Without it a time of never counts as infinite.
    best_over: a setting (such as the learning rate), or several, of which each arm uses its own best.
    choose_by: the column by which each draw of the data chooses, lower being better: "validation/loss", of samples that
    neither train nor judge. Without it the judged column decides for all, in every fourth draw, which is not judged then.
    rank: 0 for the best setting, 1 for the second best, for `neighbours`.
    """

    column: Column
    better: Where
    than: Where
    effect: Literal["win", "difference", "ratio", "medians"] = "win"
    lower_is_better: bool = True
    budget: str | None = None
    best_over: str | tuple[str, ...] | None = None
    choose_by: Column | None = None
    margin: float = 0.0
    size: Literal["difference", "ratio"] = "difference"
    rank: int = 0

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        return self.compared(rows, self.arm(rows, self.better), self.arm(rows, self.than))

    def compared(self, rows: pd.DataFrame, better: pd.Series, than: pd.Series) -> pd.DataFrame:
        """The measure of two arms' numbers, each indexed by replicate; raises DesignError where some have no partner."""
        if not better.index.equals(than.index):
            unpaired = better.index.symmetric_difference(than.index)
            raise DesignError(
                f"expected the same replicates of {words(self.better)} and {words(self.than)}, "
                f"got {len(unpaired)} of one arm only"
            )
        sides = [side.to_numpy(float) for side in (better, than)]
        a, b = (np.where(np.isnan(side), self._worst(), side) for side in sides)
        neither = (a == b) & ~np.isfinite(a)
        if not self.lower_is_better:
            a, b = b, a  # from here on `b against a` is larger where the expected arm does better
        size, same = self._size(a, b, neither)
        columns: dict[str, Any] = self._numbers(a, b, same, neither, self._budget(rows))
        columns |= {
            "tied": (a == b) & ~neither,
            "unknown": neither,
            "diverged": np.isnan(sides[0]) | np.isnan(sides[1]),
            "never": np.isposinf(sides[0]) | np.isposinf(sides[1]),
            SIZE: size,
            SAME: np.where(neither, np.nan, same),
        }
        return pd.DataFrame(columns, index=better.index)

    def _numbers(self, a: Array, b: Array, same: Flags, neither: Flags, budget: float) -> dict[str, Any]:
        if self.effect == "medians":
            return {"numerator": b, "denominator": a, "budget": budget}
        low, high = win(a, b, same, neither) if self.effect == "win" else EFFECTS[self.effect](a, b, budget)
        return {"low": low, "high": high}

    def arm(self, rows: pd.DataFrame, where: Where) -> pd.Series:
        """The numbers of one arm, at its best setting where it has a choice."""
        return self.numbers(select(rows, where))

    def numbers(self, rows: pd.DataFrame) -> pd.Series:
        if self.best_over is not None:
            own = self.choose_by is not None
            by, lower = (self.choose_by, True) if self.choose_by is not None else (self.column, self.lower_is_better)
            rows = at_best(rows, by, self.best_over, lower_is_better=lower, own=own, rank=self.rank)
        return per_replicate(rows, self.column)

    def neighbours(self, rows: pd.DataFrame) -> dict[str, "Paired"]:
        """The same comparison had the best setting not been tried: each arm takes its second best. A verdict survives it.

        Of two settings only, the second best is no neighbour but the other one.
        """
        if self.best_over is None:
            return {}
        names = [self.best_over] if isinstance(self.best_over, str) else list(self.best_over)
        few = any(coded(select(rows, where), names)[1] < 3 for where in (self.better, self.than))
        return {} if few else {f"the second best {' and '.join(names)}": replace(self, rank=1)}

    def _size(self, a: Array, b: Array, neither: Flags) -> tuple[Array, Flags]:
        """By how much the expected arm does better, NaN where nobody knows, and whether that is within the margin."""
        with np.errstate(invalid="ignore", divide="ignore"):
            if self.size == "difference":
                gap = np.where(neither, np.nan, b - a)
                return gap, (np.abs(gap) <= self.margin) | ((a == b) & ~neither)
            times = np.where(neither | (a < 0) | (b < 0), np.nan, b / a)
            return times, (np.maximum(times, 1 / times) <= 1 + self.margin) | ((a == b) & ~neither)

    def _worst(self) -> float:
        if self.lower_is_better:
            return math.inf
        return -math.inf if self.effect in {"win", "difference"} else 0.0

    def _budget(self, rows: pd.DataFrame) -> float:
        return math.inf if self.budget is None else float(numbers_of(rows, self.budget).min())


SIZE, SAME = "size of the effect", "same"  # what a measure may tell beside its numbers, per replicate


def win(a: Array, b: Array, same: Flags, neither: Flags) -> tuple[Array, Array]:
    """1 where b exceeds a, 1/2 where they are the same, somewhere in between where neither arrives."""
    score = ((b > a) & ~same) + 0.5 * same
    return np.where(neither, 0.0, score), np.where(neither, 1.0, score)


def difference(a: Array, b: Array, budget: float) -> tuple[Array, Array]:
    """How much b exceeds a, where infinities are known only to lie beyond the budget."""
    with np.errstate(invalid="ignore"):
        low, high = np.minimum(b, budget) - a, b - np.minimum(a, budget)
    return np.where(np.isnan(low), -math.inf, low), np.where(np.isnan(high), math.inf, high)


def ratio(a: Array, b: Array, budget: float) -> tuple[Array, Array]:
    """How many times a goes into b, where infinities are known only to lie beyond the budget."""
    if (a < 0).any() or (b < 0).any():
        raise InputError("effect: expected numbers >= 0 for a ratio, got negative ones; use 'difference'")
    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = np.minimum(b, budget) / a, b / np.minimum(a, budget)
    return np.where(np.isnan(low), 0.0, low), np.where(np.isnan(high), math.inf, high)


EFFECTS = {"difference": difference, "ratio": ratio}


@dataclass(frozen=True)
class Permuted:
    """A placebo for `Paired`: in every other draw of the data, by lot, the two arms bear each other's name.

    Whatever is found then is not the arms' doing: as many wins as losses are due, no difference, a ratio of 1. It fails
    where a measure favours one side whatever it is given. The lot is the same for every table of as many draws.
    Where each draw chooses the best setting for itself, the arms choose under their new names. What a pilot chooses holds for
    all draws: under new names the lot of the few draws in it would decide about all others, so there the chosen numbers change
    places.
    """

    measure: Paired
    lot: int = 0

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        sides = [select(rows, where) for where in (self.measure.better, self.measure.than)]
        by_itself = self.measure.best_over is not None and self.measure.choose_by is not None
        if not by_itself or self._grid(sides[0]) != self._grid(sides[1]):
            numbers = [self.measure.numbers(side) for side in sides]
            swapped = self._by_lot(numbers[0].index.to_frame(index=False))
            a, b = (series.to_numpy() for series in numbers)
            numbers = [pd.Series(np.where(swapped, x, y), numbers[0].index) for x, y in ((b, a), (a, b))]
            return self.measure.compared(rows, numbers[0], numbers[1])
        lots = [self._by_lot(side) for side in sides]
        arms = [pd.concat([sides[i][~lots[i]], sides[1 - i][lots[1 - i]]]) for i in (0, 1)]
        return self.measure.compared(rows, self.measure.numbers(arms[0]), self.measure.numbers(arms[1]))

    def _grid(self, rows: pd.DataFrame) -> list[Any]:
        over = self.measure.best_over
        return sorted(map(tuple, rows[[over] if isinstance(over, str) else list(over or ())].drop_duplicates().values))

    def _by_lot(self, rows: pd.DataFrame) -> NDArray[np.bool_]:
        """Whether a row's draw, or where all share one its replicate, is among those whose arms change names."""
        unit, count = units_in(rows)
        coins = np.arange(count) % 2 == 0  # half of them, so that nothing is left of the arms' own effect
        return np.asarray(np.random.default_rng(self.lot).permutation(coins)[unit])


@dataclass(frozen=True)
class Prepared:
    """A comparison of two arms on rows that are made ready first, as where an arm is more than a setting."""

    prepare: Callable[[pd.DataFrame], pd.DataFrame]
    measure: Paired | Permuted

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        return self.measure(self.prepare(rows))


def comparison(measure: Measure) -> Paired | None:
    """The comparison of two arms that a measure is, if it is one."""
    inner = measure.measure if isinstance(measure, Prepared) else measure
    return inner if isinstance(inner, Paired) else None


def neighbours(measure: Measure, rows: pd.DataFrame) -> dict[str, Measure]:
    """By name, what a verdict has to survive: the same measure at each arm's second best setting."""
    pair = comparison(measure)
    if pair is None:
        return {}
    ready = measure.prepare(rows) if isinstance(measure, Prepared) else rows
    return {name: with_comparison(measure, other) for name, other in pair.neighbours(ready).items()}


def with_comparison(measure: Measure, other: Paired | Permuted) -> Measure:
    """The same measure with another comparison in its place."""
    return replace(measure, measure=other) if isinstance(measure, Prepared) else other


@dataclass(frozen=True)
class Trend:
    """Per replicate, the rank correlation of a response with a dose over the arms that `over` tells apart.

    Diverged is the worst response. A replicate with the same finite response to every dose has a trend of 0. One that
    responds to no dose could have any, in [-1, 1].
    """

    response: Column
    over: str
    dose: Column | None = None  # the setting `over` itself, unless a measured dose is named
    where: Where = field(default_factory=dict)
    lower_is_better: bool = True

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        rows = select(rows, self.where)
        worst = math.inf if self.lower_is_better else -math.inf
        columns = (self.over if self.dose is None else self.dose, self.response)
        dose, response = (per_replicate(rows, column, self.over).unstack(self.over) for column in columns)  # noqa: PD010  (the inverse of its index)
        if dose.shape[1] < 3:
            raise DesignError(f"expected at least 3 values of {self.over} for a trend, got {dose.shape[1]}")
        missing, lost = int(dose.isna().to_numpy().sum()), response.isna()
        if missing:
            raise DesignError(f"expected every replicate at every {self.over}, got {missing} missing")
        rho = spearman(dose.to_numpy(float).T, response.fillna(worst).to_numpy(float).T)
        numbers = response.to_numpy(float)
        flat = np.isfinite(numbers).all(axis=1) & (numbers.max(axis=1) == numbers.min(axis=1))  # known not to respond
        known = pd.Series(np.where(flat, 0.0, rho), index=dose.index)
        return pd.DataFrame({"low": known.fillna(-1.0), "high": known.fillna(1.0), "diverged": lost.any(axis=1)})


@dataclass(frozen=True)
class DoseResponse:
    """A dose and a response that both vary from replicate to replicate within one arm; diverged is the worst response."""

    dose: Column
    response: Column
    where: Where = field(default_factory=dict)
    lower_is_better: bool = True

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        rows = select(rows, self.where)
        dose, response = per_replicate(rows, self.dose), per_replicate(rows, self.response)
        if dose.isna().any():
            raise InputError(f"expected a dose for every replicate, got {int(dose.isna().sum())} NaN")
        worst = math.inf if self.lower_is_better else -math.inf
        return pd.DataFrame({"dose": dose, "response": response.fillna(worst), "diverged": response.isna()})
