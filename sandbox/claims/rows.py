"""Rows of the tidy table: the runs of an arm, and one number per replicate. What is missing is named, never skipped."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from sandbox.system.errors import InputError, nearest

Where = Mapping[str, Any]  # column -> its value, or a tuple of values
Column = str | Callable[[pd.DataFrame], pd.Series]  # a name, or a function of the rows

KEYS = ["seed", "replicate"]  # what makes two rows of different arms the same replicate


class MissingColumnError(InputError):
    """A column that is not in the table."""

    column = ""


class DesignError(InputError):
    """The runs of a table are not those that were asked for, whatever came out of them."""


def select(table: pd.DataFrame, where: Where) -> pd.DataFrame:
    """The rows in which every column has its value, or one of its values; raises InputError if there are none."""
    rows = table
    for column, wanted in where.items():
        require(rows, column)
        values = list(wanted) if isinstance(wanted, tuple | list | set | frozenset) else [wanted]
        kept = rows[rows[column].isin(values)]
        if kept.empty:
            got = ", ".join(sorted({show(value) for value in rows[column].unique()}))
            raise DesignError(f"expected runs with {words({column: wanted})}, got {column}: {got or 'no rows'}")
        rows = kept
    return rows


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
    series = pd.Series(numbers_of(rows, column).to_numpy(), index=pd.MultiIndex.from_frame(rows[keys]))
    if series.index.has_duplicates:
        raise DesignError(
            f"expected one row per replicate, got {int(series.groupby(level=keys).size().max())}{differing(rows, keys)}"
        )
    return series.sort_index()


def differing(rows: pd.DataFrame, keys: list[str]) -> str:
    """The settings in which the runs differ, as a hint: they belong into `strata` or `where`."""
    if "run_id" not in rows.columns:
        return "; name what differs in strata or where"
    within, between = rows.groupby("run_id").nunique(dropna=False).max(), rows.nunique(dropna=False)
    names = [str(name) for name in within.index if within[name] <= 1 < between[name] and name not in (*keys, "arm")]
    return f" that differ in {', '.join(names[:4])}; name it in strata or where" if names else " of equal configuration"


def at_best(rows: pd.DataFrame, column: Column, over: str | tuple[str, ...], *, lower_is_better: bool) -> pd.DataFrame:
    """The rows of one arm at its best setting of `over`, by the median over the *other* half of the replicates.

    Several names stand for the combinations of their values. Choosing on the same draws that are compared would favour
    the arm with more settings to choose from.
    """
    names = [over] if isinstance(over, str) else list(over)
    for name in names:
        require(rows, name)
    setting = rows.groupby(names, dropna=False).ngroup()
    scores = numbers_of(rows, column) * (1 if lower_is_better else -1)
    scores = scores.fillna(math.inf)
    half = rows.groupby([key for key in KEYS if key in rows.columns]).ngroup() % 2
    chosen = pd.Series(False, index=rows.index)
    for side in (0, 1):
        others = scores[half != side]
        if others.empty:
            raise DesignError(f"expected at least 2 replicates to choose the best {', '.join(names)}, got 1")
        best = others.groupby(setting).median().idxmin()
        chosen |= (half == side) & (setting == best)
    return rows[chosen]


def words(where: Where) -> str:
    """A condition as it is written on the command line: `init=zero,constant dataset=moons`."""
    values = {k: list(v) if isinstance(v, tuple | list | set | frozenset) else [v] for k, v in where.items()}
    return " ".join(f"{key}={','.join(show(value) for value in listed)}" for key, listed in values.items())


def show(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
