"""Rows of the tidy table: the runs of an arm, and one number per replicate. What is missing is named, never skipped."""

import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sandbox.system.arrays import Array
from sandbox.system.errors import InputError, nearest

Where = Mapping[str, Any]  # column -> its value, or a tuple of values
Column = str | Callable[[pd.DataFrame], pd.Series]  # a name, or a function of the rows

KEYS = ["draw", "seed", "replicate"]  # what makes two rows of different arms the same replicate


class MissingColumnError(InputError):
    """A column that is not in the table."""

    column = ""


class DesignError(InputError):
    """The runs of a table are not those that were asked for, whatever came out of them."""


def select(table: pd.DataFrame, where: Where) -> pd.DataFrame:
    """The rows in which every column has its value, or one of its values; raises InputError if there are none."""
    kept = np.ones(len(table), dtype=bool)
    for column, wanted in where.items():
        require(table, column)
        values = list(wanted) if isinstance(wanted, tuple | list | set | frozenset) else [wanted]
        more = kept & table[column].isin(values).to_numpy()
        if not more.any():
            got = ", ".join(sorted({show(value) for value in table[column][kept].unique()}))
            raise DesignError(f"expected runs with {words({column: wanted})}, got {column}: {got or 'no rows'}")
        kept = more
    return table if kept.all() else table[kept]


def require(table: pd.DataFrame, column: str) -> None:
    if column not in table.columns:
        error = MissingColumnError(
            f"expected a column {column!r} in the table{nearest(column, map(str, table.columns))}"
        )
        error.column = column
        raise error


def numbers_of(rows: pd.DataFrame, column: Column) -> pd.Series:
    if isinstance(column, str):
        require(rows, column)
    values = rows[column] if isinstance(column, str) else column(rows)
    try:
        return pd.to_numeric(values).astype(float)
    except (ValueError, TypeError) as error:
        raise InputError(f"expected numbers in column {column!r}, got {show(values.iloc[0])!r}") from error


def per_replicate(rows: pd.DataFrame, column: Column, *more: str) -> pd.Series:
    """The column's numbers indexed by replicate (and `more`), sorted; raises InputError where there are several."""
    require(rows, "replicate")
    keys = [key for key in KEYS if key in rows.columns] + list(more)
    arrays = [rows[key].to_numpy() for key in keys]
    if any(array.dtype == object for array in arrays):
        index, order = indexed(pd.MultiIndex.from_arrays(arrays, names=keys))
    else:
        index, order = _indexed(tuple(keys), tuple((array.dtype.str, array.tobytes()) for array in arrays))
    numbers = numbers_of(rows, column).to_numpy()
    if index.has_duplicates:
        most = int(pd.Series(numbers, index=index).groupby(level=keys).size().max())
        raise DesignError(f"expected one row per replicate, got {most}{differing(rows, keys)}")
    return pd.Series(numbers[order], index=index)


@lru_cache(maxsize=256)  # all arms of a sweep have the same replicates
def _indexed(keys: tuple[str, ...], arrays: tuple[tuple[str, bytes], ...]) -> tuple[pd.MultiIndex, NDArray[np.intp]]:
    values = [np.frombuffer(data, dtype=kind) for kind, data in arrays]
    return indexed(pd.MultiIndex.from_arrays(values, names=keys))


def indexed(index: pd.MultiIndex) -> tuple[pd.MultiIndex, NDArray[np.intp]]:
    """An index in its order, and how to bring numbers into it."""
    ordered, order = index.sortlevel(sort_remaining=True)
    assert isinstance(ordered, pd.MultiIndex)
    return ordered, order


def differing(rows: pd.DataFrame, keys: list[str]) -> str:
    """The settings in which the runs differ, as a hint: they belong into `strata` or `where`."""
    if "run_id" not in rows.columns:
        return "; name what differs in strata or where"
    within, between = rows.groupby("run_id").nunique(dropna=False).max(), rows.nunique(dropna=False)
    names = [str(name) for name in within.index if within[name] <= 1 < between[name] and name not in (*keys, "arm")]
    return f" that differ in {', '.join(names[:4])}; name it in strata or where" if names else " of equal configuration"


PILOT = 4  # every fourth draw chooses and is not judged


def at_best(
    rows: pd.DataFrame,
    column: Column,
    over: str | tuple[str, ...],
    *,
    lower_is_better: bool,
    own: bool = False,
    rank: int = 0,
) -> pd.DataFrame:
    """The rows of one arm at its best setting of `over`, by the median of a column.

    Several names stand for the combinations of their values. own: each draw of the data chooses for itself, by a column
    that is not judged, such as the loss on validation samples. Otherwise a pilot chooses, every fourth draw, which then is
    left out: choosing on the draws that are compared would favour the arm with more settings to choose from, and halves
    that choose for each other are not independent of each other. Where all share one draw, replicates take the place
    of draws. rank: 0 for the best setting, 1 for the second best.
    """
    names = [over] if isinstance(over, str) else list(over)
    for name in names:
        require(rows, name)
    setting, count = coded(rows, names)
    scores = numbers_of(rows, column).to_numpy() * (1 if lower_is_better else -1)
    scores = np.where(np.isnan(scores), math.inf, scores)
    unit, units = units_in(rows)
    if own:
        chosen = setting == ranked(scores, unit, units, setting, count, rank)[unit]
        kept: pd.DataFrame = rows[chosen]
        return kept
    pilot = unit % PILOT == 0
    if pilot.all():
        raise DesignError(f"expected at least 2 replicates to choose the best {', '.join(names)}, got 1")
    best = ranked(scores[pilot], np.zeros(pilot.sum(), dtype=np.intp), 1, setting[pilot], count, rank)
    judged: pd.DataFrame = rows[~pilot & (setting == best[0])]
    return judged


def ranked(
    scores: Array, unit: NDArray[np.intp], units: int, setting: NDArray[np.intp], count: int, rank: int
) -> NDArray[np.intp]:
    """For each unit the setting whose median score is the least, or the next to it; NaN, no score at all, comes last."""
    group = unit * count + setting
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(group[order]) > 0]) if len(order) else np.array([], dtype=np.intp)
    medians = np.full(units * count, np.nan)
    if len(starts) == len(order):
        medians[group] = scores
    else:
        for part in np.split(order, starts[1:]):
            medians[group[part[0]]] = median_or_nan(scores[part])
    place = min(rank, count - 1)
    return np.asarray(np.argsort(medians.reshape(units, count), axis=1, kind="stable")[:, place])


def median_or_nan(numbers: Array) -> float:
    with np.errstate(invalid="ignore"):  # of inf and -inf
        return float(np.median(numbers)) if len(numbers) else math.nan


def coded(rows: pd.DataFrame, names: list[str]) -> tuple[NDArray[np.intp], int]:
    """For each row the number of its combination of values, in their order, and how many there are."""
    code, values = pd.factorize(rows[names[0]], sort=True, use_na_sentinel=False)
    count = len(values)
    for name in names[1:]:
        own, values = pd.factorize(rows[name], sort=True, use_na_sentinel=False)
        present, code = np.unique(code * len(values) + own, return_inverse=True)
        count = len(present)
    return code, count


def units_in(rows: pd.DataFrame) -> tuple[NDArray[np.intp], int]:
    """For each row the number of its draw of the data, or where all share one of its replicate; and how many there are."""
    several = "draw" in rows.columns and len(pd.unique(rows["draw"])) > 1
    return coded(rows, ["draw"] if several else [key for key in KEYS if key in rows.columns])


def words(where: Where) -> str:
    """A condition as it is written on the command line: `init=zero,constant dataset=moons`."""
    values = {k: list(v) if isinstance(v, tuple | list | set | frozenset) else [v] for k, v in where.items()}
    return " ".join(f"{key}={','.join(show(value) for value in listed)}" for key, listed in values.items())


def show(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
