"""What the store knows of networks such as the laboratory trains, and in what each of them is not quite what is trained there."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox import tracking
from sandbox.config.compose import from_yaml
from sandbox.config.schema import DatasetConfig, RunConfig
from sandbox.data.datasets import DATASETS
from sandbox.nn.initialisers import INITIALISERS
from sandbox.page.arrays import brief
from sandbox.page.stage import FLAT, samples
from sandbox.system.errors import InputError
from sandbox.tracking import Run, Store
from sandbox.trial import registry
from sandbox.trial.build import data_of
from sandbox.trial.experiment import PLAIN
from sandbox.trial.table import compared

CONTROLS = ("dataset", "activation", "hidden", "output", "init", "init.scale", "learning_rate", "steps", "seed")
ASIDE = ("replicates", "threshold")  # no network is another one for them
MOST = 4000  # runs that it can tell of


def planar() -> dict[str, dict[str, Any]]:
    """The sets in the plane at their defaults, as `dataset=NAME` draws them."""
    return {f"lab:{name}": samples(data_of(DatasetConfig(name=name))) for name in FLAT}


def laboratory(store: Store, experiments: Mapping[str, str], runs: Mapping[str, Sequence[Run]]) -> dict[str, Any]:
    """Every recorded run that trained networks on a set in the plane: its controls, its median cost, and by number in what it
    differs beside them. experiments, runs: by sweep.
    """
    rows: list[list[Any]] = []
    numbers: dict[str, int] = {}
    for sweep, own in runs.items():
        drawn = [(run, cost) for run in own if (cost := _cost(run))]
        if not drawn or not registry.load(experiments[sweep]).trains:
            continue
        shared = _of_all(store, experiments[sweep], drawn[0][0])
        for run, (metric, loss) in drawn:
            number = numbers.setdefault(json.dumps(_otherwise(run) | shared), len(numbers))
            rows.append([*(run.params.get(key, "") for key in CONTROLS), number, metric, brief(loss, 4), run.run_id])
    otherwise = [json.loads(told) for told in numbers]
    rows.sort(key=lambda row: len(otherwise[row[len(CONTROLS)]]))
    columns = [*CONTROLS, "otherwise", "metric", "loss", "run"]
    return {"columns": columns, "rows": rows[:MOST], "otherwise": otherwise, "schemes": list(INITIALISERS)}


def _cost(run: Run) -> tuple[str, float] | None:
    """On the test samples, where there are some; None where the set cannot be drawn or nothing came out."""
    metrics = [name for name in ("test/loss", "train/loss") if name in run.metrics]
    return (metrics[0], run.metrics[metrics[0]]) if metrics and run.params.get("dataset") in FLAT else None


def _otherwise(run: Run) -> dict[str, str]:
    """The settings for which the laboratory has no control, where they are not as it has them."""
    name = run.params["dataset"]
    known = DATASETS[name]
    usual = compared(RunConfig(dataset=DatasetConfig(name=name, samples=known.samples, noise=known.noise)))
    others = {*usual, *run.params} - {*CONTROLS, *ASIDE}
    differing = [key for key in sorted(others) if run.params.get(key, "") != str(usual.get(key, ""))]
    return {key: run.params.get(key, "") for key in differing}


def _of_all(store: Store, experiment: str, run: Run) -> dict[str, str]:
    """In what all runs of a sweep differ from plain training: draws of the samples, and a trial of the experiment's own."""
    own = {} if registry.load(experiment).trial is PLAIN.trial else {"experiment": experiment}
    try:
        each = from_yaml(tracking.config_of(store, run)).per_draw
    except (tracking.StoreError, InputError):  # its record cannot be read any more
        return own
    return own | ({"per_draw": str(each)} if each else {})
