"""The runs of a sweep as one table: its rows, the columns in which its arms differ, and those worth a look."""

import numpy as np
import pandas as pd

from sandbox.config.schema import RunConfig
from sandbox.sweep.job import Result
from sandbox.trial.table import compared, rows, technical

SHOWN_WITHOUT_A_CHOICE = ["dataset", "activation", "init"]
SHOWN_METRICS = ["test/loss", "test/accuracy", "test/r2", "steps_to_threshold", "slope/layer1", "spread/layer1"]


def gathered(results: list[Result]) -> pd.DataFrame:
    """The tidy table of all runs; `arm` numbers the configurations in the order they were launched in."""
    return pd.concat(
        [rows(r.run_id, r.config, r.outcome).assign(arm=r.arm, seconds=r.seconds) for r in results], ignore_index=True
    )


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


def shown_metrics(results: list[Result]) -> list[str]:
    """Which columns' medians the table on the screen shows."""
    measured = {name for r in results for name, curve in r.outcome.curves.items() if not np.isnan(curve).all()}
    present = measured | {name for r in results for name in r.outcome.values}
    wanted = SHOWN_METRICS
    if not any(name.startswith("test/") for name in present):  # all samples are trained on
        wanted = [name.replace("test/", "train/") for name in SHOWN_METRICS]
    shown = [name for name in wanted if name in present] or sorted(present)[:6]
    diverged = any(pd.notna(result.outcome.values.get("diverged_step", [])).any() for result in results)
    return [*shown, "diverged_step"] if diverged else shown
