"""What a measure reads off a table: of every stratum its settings, a row per replicate, and the draws of the data behind them."""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sandbox.claims.claim import Claim, Control
from sandbox.claims.conditions import Settings
from sandbox.claims.rows import DesignError, require, select, words
from sandbox.claims.statistics import STATISTICS
from sandbox.system.errors import InputError

OVERLAP = "overlap"  # the table's column: n_test / n_train where the draws are splits of one set of samples, else 0


@dataclass(frozen=True)
class Stratum:
    """What a measure read in one stratum, a row per replicate, and how much the draws behind it overlap."""

    settings: Settings
    frame: pd.DataFrame
    overlap: float


Strata = Mapping[str, Stratum]


def read(question: Claim | Control, table: pd.DataFrame, name: str) -> dict[str, Stratum]:
    """What was measured in every stratum; an error opens with `name`."""
    try:
        return measured(question, table)
    except InputError as error:
        error.args = (f"{name}: {error}",)
        raise


def measured(question: Claim | Control, table: pd.DataFrame) -> dict[str, Stratum]:
    """What the measure reads off the rows of every stratum. Raises InputError where the same replicates are not in all."""
    ours = getattr(question, "real_data", "source") == "samples"
    strata = {}
    for name, (settings, rows) in _split(question, table).items():
        overlap = 0.0 if ours or OVERLAP not in rows else float(rows[OVERLAP].max())
        strata[name] = Stratum(settings, with_draws(_measured(question, rows, name), rows), overlap)
    _same_replicates({name: stratum.frame for name, stratum in strata.items()})
    return strata


def with_draws(frame: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """A frame that says of every replicate from which draw of the data it comes, where the rows know."""
    names = [name for name in frame.index.names if name in rows.columns]
    if "draw" not in rows.columns or "draw" in names or not names:
        return frame
    known = rows[[*names, "draw"]].drop_duplicates().set_index(names)["draw"]
    if known.index.has_duplicates or not known.index.isin(frame.index).any():
        return frame
    return frame.set_index(pd.Index(known.reindex(frame.index).to_numpy(), name="draw"), append=True)


def _same_replicates(frames: Mapping[str, pd.DataFrame]) -> None:
    first = next(iter(frames))
    for stratum, frame in frames.items():
        if not frame.index.equals(frames[first].index):
            raise DesignError(f"expected the same replicates in {first} and {stratum}, got others")


def _split(question: Claim | Control, table: pd.DataFrame) -> dict[str, tuple[Settings, pd.DataFrame]]:
    """The rows of every stratum, in the order of its values; raises InputError if a combination is missing."""
    rows = select(table.reset_index(drop=True), question.where)
    if rows.empty:
        raise DesignError("expected runs, got an empty table")
    if not question.strata:
        return {"all": ({}, rows)}
    columns = tuple(
        name for name in question.strata if question.crossed or name in rows
    )  # what no run has tells none apart
    for column in columns:
        require(rows, column)
    if not columns:
        return {"all": ({}, rows)}
    groups: dict[Any, pd.DataFrame] = dict(iter(rows.groupby(list(columns), dropna=False, sort=False)))
    keys = sorted(groups, key=lambda key: [(isinstance(v, str), -math.inf if pd.isna(v) else v) for v in key])
    settings = {_label(columns, key): dict(zip(columns, key, strict=True)) for key in keys}
    levels = [dict.fromkeys(key[i] for key in keys) for i in range(len(columns))]
    combinations = (_label(columns, combination) for combination in itertools.product(*levels))
    missing = [label for label in combinations if label not in settings]
    if question.crossed and missing:
        rest = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise DesignError(f"expected runs in every stratum, got none with {missing[0]}{rest}; or set crossed=False")
    return {label: (settings[label], groups[key]) for label, key in zip(settings, keys, strict=True)}


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
