"""The tidy table that claims are judged on, a row per run and replicate; the columns in which arms differ, and those worth a look."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sandbox.config.schema import OUTSIDE, TECHNICAL, DatasetConfig, RunConfig, keys_with, plain
from sandbox.data.datasets import DATASETS
from sandbox.system.arrays import Array
from sandbox.trial.build import MOST_DRAWS, data_of
from sandbox.trial.outcome import Outcome, Result

SHOWN_WITHOUT_A_CHOICE = ["dataset", "activation", "init"]
HIGHER_IS_BETTER = ("accuracy", "score", "r2")  # ends of a metric's name
SHOWN_METRICS = ["test/loss", "test/accuracy", "test/r2", "steps_to_threshold", "slope/layer1", "spread/layer1"]


def compared(config: RunConfig) -> dict[str, Any]:
    """The configuration as flat columns: what a user would compare. Lists become `16-16`; what is not set is left out."""
    flat: dict[str, Any] = {}
    without = keys_with(OUTSIDE) | keys_with(TECHNICAL)
    for key, value in plain(config).items():
        if key in without:
            continue
        if isinstance(value, dict):
            for inner, given in value.items():
                name = key if inner == "name" else f"{key}.{inner}"
                if name == "dataset" and value["path"]:
                    given = Path(value["path"]).name  # own data is called as its file is
                if given is not None and given != []:
                    flat[name] = _plain(given)
        else:
            flat[key] = _plain(value)
    return flat


def technical(config: RunConfig) -> dict[str, Any]:
    """How a run was done, as flat columns: what makes another run of it, but no other network."""
    flat = {name: getattr(config, name) for name in ("engine", "replicates", "first_replicate", "per_draw")}
    flat |= {f"probes.{name}": value for name, value in vars(config.probes).items()}
    return {name: "" if value is None else _plain(value) for name, value in flat.items()}


def rows(run_id: str, config: RunConfig, outcome: Outcome) -> pd.DataFrame:
    """The rows of one run: configuration, values, and of every curve its last, first, largest, least and mean value."""
    columns = _columns(run_id, config, outcome)
    return pd.DataFrame(columns, index=range(len(columns["replicate"])))


SUMMARIES = ("", ":first", ":max", ":min", ":mean")  # of a curve, behind its name


def _columns(run_id: str, config: RunConfig, outcome: Outcome) -> dict[str, Any]:
    """What `rows` is made of: arrays (R,), and single values that hold for all replicates."""
    measured = {**outcome.values, **_summaries(outcome)}
    replicates = next((len(column) for column in measured.values()), 0)
    numbers = config.first_replicate + np.arange(replicates)
    return {
        **compared(config),
        **technical(config),
        "run_id": run_id,
        "replicate": numbers,
        "draw": first_draw(config) + (numbers // config.per_draw if config.per_draw else 0),
        "overlap": overlap_of(config.dataset),
        **measured,
    }


def _summaries(outcome: Outcome) -> dict[str, Array]:
    """By curve and summary; all curves of one shape are worked on at once."""
    found: dict[str, Array] = {}
    diverged = np.isfinite(outcome.values.get("diverged_step", np.nan))
    shapes = {name: curve.shape for name, curve in outcome.curves.items()}
    for shape in dict.fromkeys(shapes.values()):
        names = [name for name in shapes if shapes[name] == shape]
        curves = np.stack([outcome.curves[name] for name in names])  # (C, T, R)
        never = np.asarray(np.isnan(curves).all(axis=1))
        alive = np.where(never[:, None], 0.0, curves)  # a curve that never was: NaN below, without warnings
        # what a diverged network was like before it ended must not stand for all of its training
        lost = never | diverged
        summaries = (
            np.where(never, np.nan, curves[:, -1]),
            np.where(never, np.nan, curves[:, 0]),
            np.where(lost, np.nan, np.nanmax(alive, axis=1)),
            np.where(lost, np.nan, np.nanmin(alive, axis=1)),
            np.where(lost, np.nan, np.nanmean(alive, axis=1)),
        )
        for suffix, summary in zip(SUMMARIES, summaries, strict=True):
            found |= {name + suffix: values for name, values in zip(names, summary, strict=True)}
    return {name + suffix: found[name + suffix] for name in shapes for suffix in SUMMARIES}


ALL_THE_SAME = 1e6  # the overlap of draws that are no draws at all


def first_draw(config: RunConfig) -> int:
    """The number of the draw of the data that the first replicates have, the same as the seed of its data."""
    return config.dataset.seed * (MOST_DRAWS if config.per_draw else 1)


def overlap_of(dataset: DatasetConfig) -> float:
    """n_test / n_train where draws of the data are splits of one set of samples, 0 where they are drawn anew."""
    known, test = DATASETS.get(dataset.name), dataset.test_fraction
    if known is None or known.samples is not None:
        return 0.0
    if test is None:  # it goes by the file
        data = data_of(dataset)
        return data.X_test.shape[1] / data.X.shape[1] or ALL_THE_SAME
    return test / ((1.0 - test) * (1.0 - dataset.validation_fraction)) if test else ALL_THE_SAME


def gathered(results: Sequence[Result]) -> pd.DataFrame:
    """The tidy table of all runs; `arm` numbers the configurations in the order they were launched in."""
    each = [{**_columns(r.run_id, r.config, r.outcome), "arm": r.arm, "seconds": r.seconds} for r in results]
    alike = [[*group] for _, group in groupby(each, key=lambda columns: [*columns])]
    return pd.concat([_stacked(group) for group in alike], ignore_index=True)


def _stacked(runs: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Runs with the same columns below each other: a frame for each, of hundreds of columns, would take milliseconds."""
    lengths = [len(run["replicate"]) for run in runs]

    def column(name: str) -> Any:
        values = [*zip((run[name] for run in runs), lengths, strict=True)]
        if any(isinstance(value, np.ndarray) for value, _ in values):
            return np.concatenate([v if isinstance(v, np.ndarray) else np.full(n, v) for v, n in values])
        return [value for value, length in values for _ in range(length)]

    return pd.DataFrame({name: column(name) for name in runs[0]}, index=range(sum(lengths)))


def varying(configs: list[RunConfig]) -> list[str]:
    """The columns in which the arms differ, less those that only follow their group (as `dataset.noise` its dataset)."""
    flat = [{**compared(config), **technical(config)} for config in configs]
    keys = dict.fromkeys(key for config in flat for key in config)
    values = {key: [str(config.get(key)) for config in flat] for key in keys}
    differ = [key for key in keys if len(set(values[key])) > 1]

    def follows(key: str) -> bool:
        group = key.partition(".")[0]
        return (
            group != key
            and group in differ
            and len({*zip(values[group], values[key], strict=True)}) == len({*values[group]})
        )

    return [key for key in differ if not follows(key)]


def higher_is_better(metric: str) -> bool:
    """Of `test/accuracy` and `test/accuracy:first`; of what is neither a cost nor a score, fewer or less is better."""
    return metric.partition(":")[0].endswith(HIGHER_IS_BETTER)


def curves_of(results: Iterable[Result]) -> set[str]:
    """The curves that any of the runs has, by name; one that is NaN throughout is none."""
    found: set[str] = set()
    for result in results:
        new = (name for name in result.outcome.curves if name not in found)
        found |= {name for name in new if not np.isnan(result.outcome.curves[name]).all()}
    return found


def shown_metrics(results: Sequence[Result]) -> list[str]:
    """Which columns' medians the table on the screen shows."""
    present = curves_of(results) | {name for r in results for name in r.outcome.values}
    wanted = SHOWN_METRICS
    if not any(name.startswith("test/") for name in present):  # all samples are trained on
        wanted = [name.replace("test/", "train/") for name in SHOWN_METRICS]
    shown = [name for name in wanted if name in present] or sorted(present)[:6]
    diverged = any(pd.notna(result.outcome.values.get("diverged_step", [])).any() for result in results)
    return [*shown, "diverged_step"] if diverged else shown


def _plain(value: Any) -> Any:
    return ("-".join(str(item) for item in value) or "none") if isinstance(value, list | tuple) else value
