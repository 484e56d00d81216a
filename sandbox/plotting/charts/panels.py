"""What a sweep's figure shows: its tidy table, cut into panels (strata) of rows (arms)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sandbox.claims.verdict import compact
from sandbox.nn.outputs import BINARY, OUTPUTS, REGRESSION, default_output
from sandbox.plotting.canvas.axes import short
from sandbox.plotting.canvas.style import CLASSES, shades
from sandbox.system.arrays import Array
from sandbox.trial.table import HIGHER_IS_BETTER, higher_is_better

Values = tuple[Any, ...]  # of some settings

MOST_ARMS = 60  # with a row of their own; beyond them, one row per value of each setting
MOST_STRATA = 15  # with a panel of their own
DASHES: tuple[tuple[float, ...], ...] = ((), (5, 2), (1.5, 1.5), (6, 2, 1.5, 2))
JUDGED = ("loss", *HIGHER_IS_BETTER)  # of other metrics no value is the best
METRICS = (
    "test/loss",
    "train/loss",
    "test/accuracy",
    "train/accuracy",
    "gradient/layer1",
    "slope/layer1",
    "spread/layer1",
)


@dataclass(frozen=True)
class Arm:
    """A row: its name, its final values over replicates (NaN where diverged), its runs and its looks."""

    label: str
    values: Array  # (replicates,)
    runs: tuple[str, ...]
    colour: Any
    dashes: tuple[float, ...] = ()


@dataclass(frozen=True)
class Panel:
    """One stratum with its arms, top to bottom.

    comparable: its values have the same unit as the other panels'. unit: of a loss; empty where its runs differ.
    dots: what a dot is. judged: whether one value is better than another.
    """

    title: str
    arms: tuple[Arm, ...]
    higher_is_better: bool
    comparable: bool
    unit: str = ""
    dots: str = "dot: replicate"
    judged: bool = True


def default_metric(table: pd.DataFrame) -> str:
    """The test loss, or the training loss where there is no test part; where neither was probed, what was."""
    known = [name for name in METRICS if name in table.columns and bool(table[name].notna().any())]
    return known[0] if known else "train/loss"


def panels_of(table: pd.DataFrame, names: Sequence[str], metric: str) -> list[Panel]:
    """A panel per stratum and a row per arm; where these are too many, a panel per setting and a row per value of it."""
    names = [name for name in names if name in table.columns]
    strata = [name for name in names if name.split(".")[0] == "dataset"]
    factors = [name for name in names if name not in strata]
    if not factors:
        factors, strata = strata, []
    arms, levels = _combinations(table, factors), _combinations(table, strata)
    if len(arms) > MOST_ARMS or len(levels) > MOST_STRATA:
        return _marginal(table, names, metric)
    looks = _looks(table, factors)
    comparable = not strata or _one_kind(table)
    better, judged = higher_is_better(metric), metric.endswith(JUDGED)
    panels = []
    for level in levels:
        rows = table[matches(table, strata, level)]
        found = []
        for arm in arms:
            cell = rows[matches(rows, factors, arm)]
            values = cell[metric].to_numpy(float) if metric in cell else np.empty(0)
            found.append(Arm(words(factors, arm), values, tuple(cell["run_id"].unique()), *looks[arm]))
        unit = unit_of(rows, metric)
        panels.append(Panel(words(strata, level), tuple(found), better, comparable, unit, judged=judged))
    return panels


def _marginal(table: pd.DataFrame, names: Sequence[str], metric: str) -> list[Panel]:
    """What each setting does on the whole: a dot is the median of a run, all other settings vary."""
    medians = table.groupby("run_id", sort=False)[metric].median()
    settings = table.groupby("run_id", sort=False)[list(names)].first()
    panels, better, unit = [], higher_is_better(metric), unit_of(table, metric)
    for name in names:
        levels = _combinations(settings, [name])
        levels = [
            levels[i] for i in np.unique(np.linspace(0, len(levels) - 1, min(len(levels), MOST_ARMS // 2)).astype(int))
        ]
        looks = _looks(settings, [name])
        found = []
        for level in levels:
            runs = settings.index[matches(settings, [name], level)]
            found.append(Arm(words([name], level), medians[runs].to_numpy(float), tuple(runs), *looks[level]))
        dots, judged = "dot: median of a run", metric.endswith(JUDGED)
        panels.append(Panel(f"by {plain(name)}", tuple(found), better, True, unit, dots, judged))
    return panels


def _combinations(table: pd.DataFrame, names: Sequence[str]) -> list[Values]:
    """The combinations of values that occur: numbers ascending, words in the order of the sweep."""
    if not names:
        return [()]
    found = list(dict.fromkeys(table[list(names)].itertuples(index=False, name=None)))
    order = [{value: i for i, value in enumerate(levels_of(table, name))} for name in names]
    return sorted(found, key=lambda values: [ranks.get(value, -1) for ranks, value in zip(order, values, strict=True)])


def levels_of(table: pd.DataFrame, name: str) -> list[Any]:
    """The values of a setting: numbers ascending, words in the order of the sweep."""
    levels = list(dict.fromkeys(table[name]))
    return sorted(levels) if pd.api.types.is_numeric_dtype(table[name]) else levels


def matches(table: pd.DataFrame, names: Sequence[str], values: Values) -> NDArray[np.bool_]:
    """Which rows have these values of these settings."""
    mask = np.ones(len(table), bool)
    for name, value in zip(names, values, strict=True):
        mask &= (table[name].isna() if pd.isna(value) else table[name] == value).to_numpy(bool)
    return mask


def _looks(table: pd.DataFrame, names: Sequence[str]) -> Mapping[Values, tuple[Any, tuple[float, ...]]]:
    """Colour and dashes of every arm: a colour each if they are few, else the first setting's colour, the second's dashes."""
    arms = _combinations(table, names)
    numeric = len(names) == 1 and pd.api.types.is_numeric_dtype(table[names[0]])
    if len(names) < 2 or len(arms) <= len(CLASSES):
        colours: Sequence[Any] = CLASSES if len(arms) <= len(CLASSES) and not numeric else shades(len(arms))
        return {arm: (colours[i], ()) for i, arm in enumerate(arms)}
    first, second = (levels_of(table, name) for name in names[:2])
    colours = CLASSES if len(first) <= len(CLASSES) else shades(len(first))
    return {arm: (colours[first.index(arm[0])], DASHES[second.index(arm[1]) % len(DASHES)]) for arm in arms}


def _one_kind(table: pd.DataFrame) -> bool:
    """Whether all runs are of the same kind, so that their losses have the same unit."""
    return not (_scored(table, "r2").any() and _scored(table, "accuracy").any())


def _scored(table: pd.DataFrame, score: str) -> "pd.Series[bool]":
    """Which rows have a final score of this name: a regression's is R2, a classification's the accuracy."""
    return table.get(f"train/{score}", pd.Series(np.nan, table.index)).notna()


def unit_of(table: pd.DataFrame, metric: str) -> str:
    """What a loss is measured in where all rows share it; empty where they do not, and for what is no loss."""
    if not metric.endswith("/loss"):
        return ""
    outputs = table.get("output", pd.Series("auto", table.index))
    default = np.select(
        [_scored(table, "r2"), _scored(table, "accuracy")],
        [default_output(REGRESSION), default_output(BINARY)],  # whose unit is that of several classes, too
        "",  # of a replicate that has diverged; there are others
    )
    units = {OUTPUTS[name].unit for name in np.where(outputs == "auto", default, outputs) if name in OUTPUTS}
    return units.pop() if len(units) == 1 else ""


def words(names: Sequence[str], values: Values) -> str:
    """A combination in words, whole, since arms may differ in its last letter: `sigmoid · normal · scale 0.01 · hidden 16×5`."""
    return " · ".join(_word(name, value) for name, value in zip(names, values, strict=True))


def _word(name: str, value: Any) -> str:
    if isinstance(value, float) and np.isnan(value):
        return f"no {plain(name)}"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    said = short(value) if number else readable(compact(str(value)))
    return (
        _setting(name, said)
        if said[0].isdigit() or said[0] == "\N{MINUS SIGN}" or said == "none" or not isinstance(value, str)
        else said
    )


SAID = {
    ("hidden", "none"): "no hidden layer",
    ("dataset.standardise", "True"): "standardised",
    ("dataset.standardise", "False"): "as measured",
}


def _setting(name: str, value: str) -> str:
    return SAID.get((name, value)) or f"{plain(name)} {value}"


def told(name: str, value: str) -> str:
    """A setting as it stands in a stratum's name, in a word or two: a word by itself, all else with the setting's name."""
    by_itself = value[:1].isalpha() and value not in ("True", "False", "None", "none")
    return readable(value) if by_itself else _setting(name, value)


def readable(value: str) -> str:
    """A name without underscores: `digits_3_8` as `digits 3/8`, `leaky_relu` as `leaky relu`."""
    return re.sub(r"(?<=\d)_(?=\d)", "/", value).replace("_", " ")


def plain(name: str) -> str:
    """The last part of a column's name: `init.scale` is the scale, `learning_rate` the rate."""
    return {"learning_rate": "rate", "trial.size": "|z|"}.get(name, name.rsplit(".", 1)[-1].replace("_", " "))
