"""Measures: what a claim reads off the tidy table, as small records that experiments put together.

A measure is called with the rows of one stratum and yields one row per replicate, indexed by it. Its columns depend on the
statistic: `low` and `high` (equal unless the number is only known to lie between them), `dose` and `response`, or
`numerator`, `denominator` and `budget`. Boolean columns are counted in the verdict's text. A plain function that returns
a Series of numbers, indexed by replicate, is a measure as well.

NaN means diverged: such a replicate loses against any that did not, and two of them tie. Infinity in a time means that the
budget ended first: never (and diverged) loses against any finite time, and two of them tie. Such a tie is half a win; as a
difference or ratio it says nothing, so every value stays possible.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from sandbox.claims.rows import Column, DesignError, Where, at_best, numbers_of, per_replicate, select, words
from sandbox.claims.statistics import spearman
from sandbox.system.errors import InputError

Measure = Callable[[pd.DataFrame], pd.DataFrame | pd.Series]


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

    by: the column that says what is best, lower being better; as in `Paired`, judged on the other half of the replicates.
    """

    column: Column
    over: str
    where: Where = field(default_factory=dict)
    by: Column = "train/loss"

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        best = at_best(select(rows, self.where), self.by, self.over, lower_is_better=True)
        return Value(self.column)(best)


@dataclass(frozen=True)
class Paired:
    """Two arms compared replicate by replicate: `better` is the arm expected to do better than `than`.

    effect: "win", 1 where it does, 1/2 on a tie; "difference", by how much it does better, in the column's unit;
    "ratio", how many times better; "medians", both arms' numbers for the statistic `ratio_of_medians`.
    budget: the column that says when a time was given up on. Without it a time of never counts as infinite.
    best_over: a setting (such as the learning rate), or several, of which each arm uses its own best.
    """

    column: Column
    better: Where
    than: Where
    effect: Literal["win", "difference", "ratio", "medians"] = "win"
    lower_is_better: bool = True
    budget: str | None = None
    best_over: str | tuple[str, ...] | None = None

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        sides = [self._arm(rows, where) for where in (self.better, self.than)]
        if not sides[0].index.equals(sides[1].index):
            unpaired = sides[0].index.symmetric_difference(sides[1].index)
            raise DesignError(
                f"expected the same replicates of {words(self.better)} and {words(self.than)}, "
                f"got {len(unpaired)} of one arm only"
            )
        budget = self._budget(rows, sides[0].index)
        a, b = (side.fillna(self._worst()) for side in sides)
        counts = {
            "tied": a == b,
            "diverged": sides[0].isna() | sides[1].isna(),
            "never": np.isposinf(sides[0]) | np.isposinf(sides[1]),
        }
        if not self.lower_is_better:
            a, b = b, a  # from here on `b against a` is larger where the expected arm does better
        if self.effect == "medians":
            return pd.DataFrame({"numerator": b, "denominator": a, "budget": budget, **counts})
        low, high = EFFECTS[self.effect](a, b, budget)
        return pd.DataFrame({"low": low, "high": high, **counts})

    def _arm(self, rows: pd.DataFrame, where: Where) -> pd.Series:
        rows = select(rows, where)
        if self.best_over is not None:
            rows = at_best(rows, self.column, self.best_over, lower_is_better=self.lower_is_better)
        return per_replicate(rows, self.column)

    def _worst(self) -> float:
        if self.lower_is_better:
            return math.inf
        return -math.inf if self.effect in {"win", "difference"} else 0.0

    def _budget(self, rows: pd.DataFrame, index: pd.Index) -> pd.Series:
        if self.budget is None:
            return pd.Series(math.inf, index=index)
        return pd.Series(float(numbers_of(rows, self.budget).min()), index=index)


def win(a: pd.Series, b: pd.Series, budget: pd.Series) -> tuple[pd.Series, pd.Series]:
    score = (b > a) + 0.5 * (b == a)
    return score, score


def difference(a: pd.Series, b: pd.Series, budget: pd.Series) -> tuple[pd.Series, pd.Series]:
    """How much b exceeds a, where infinities are known only to lie beyond the budget."""
    low, high = np.minimum(b, budget) - a, b - np.minimum(a, budget)
    return low.fillna(-math.inf), high.fillna(math.inf)


def ratio(a: pd.Series, b: pd.Series, budget: pd.Series) -> tuple[pd.Series, pd.Series]:
    """How many times a goes into b, where infinities are known only to lie beyond the budget."""
    if (a < 0).any() or (b < 0).any():
        raise InputError("effect: expected numbers >= 0 for a ratio, got negative ones; use 'difference'")
    low: pd.Series = np.minimum(b, budget) / a
    high: pd.Series = b / np.minimum(a, budget)
    return low.fillna(0.0), high.fillna(math.inf)


EFFECTS = {"win": win, "difference": difference, "ratio": ratio}


@dataclass(frozen=True)
class AgainstTheNext:
    """A placebo for `Paired`: each replicate of one arm against the next one, 1 where it does better, 1/2 on a tie.

    On average 1/2, whatever the arm: a comparison that is not must have found more than luck of the draw.
    """

    column: Column
    where: Where = field(default_factory=dict)
    lower_is_better: bool = True

    def __call__(self, rows: pd.DataFrame) -> pd.Series:
        numbers = per_replicate(select(rows, self.where), self.column)
        lost = math.inf if self.lower_is_better else -math.inf
        own = numbers.fillna(lost) * (1 if self.lower_is_better else -1)
        following = np.roll(own.to_numpy(), -1)
        return (own < following) + 0.5 * (own == following)


@dataclass(frozen=True)
class Trend:
    """Per replicate, the rank correlation of a response with a dose over the arms that `over` tells apart.

    Diverged is the worst response. A replicate that responds to no dose has no trend: it could be anything in [-1, 1].
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
        known = pd.Series(rho, index=dose.index)
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
