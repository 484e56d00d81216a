"""The tidy table that claims are judged on: a row per run and replicate."""

from typing import Any

import numpy as np
import pandas as pd

from sandbox.config.schema import RunConfig
from sandbox.trial.outcome import Outcome

# What differs between runs without making them different arms.
NOT_COMPARED = (
    "experiment",
    "tracking",
    "engine",
    "probes",
    "replicates",
    "first_replicate",
    "looks",
    "resume",
    "on_error",
    "retries",
    "quick",
)


def compared(config: RunConfig) -> dict[str, Any]:
    """The configuration as flat columns: what a user would compare. Lists become `16-16`; what is not set is left out."""
    from dataclasses import asdict

    flat: dict[str, Any] = {}
    for key, value in asdict(config).items():
        if key in NOT_COMPARED:
            continue
        if isinstance(value, dict):
            for inner, given in value.items():
                name = key if inner == "name" else f"{key}.{inner}"
                if given is not None and given != []:
                    flat[name] = _plain(given)
        else:
            flat[key] = _plain(value)
    return flat


def technical(config: RunConfig) -> dict[str, Any]:
    """How a run was done, as flat columns: what makes another run of it, but no other network."""
    probes = config.probes
    steps = "" if probes.steps is None else _plain(probes.steps)
    return {
        "engine": config.engine,
        "replicates": config.replicates,
        "probes.count": probes.count,
        "probes.steps": steps,
    }


def rows(run_id: str, config: RunConfig, outcome: Outcome) -> pd.DataFrame:
    """The rows of one run: configuration, values, and of every curve its last, first, largest, least and mean value."""
    columns: dict[str, Any] = dict(outcome.values)
    diverged = np.isfinite(outcome.values.get("diverged_step", np.nan))
    for name, curve in outcome.curves.items():
        alive = np.where(np.isnan(curve).all(axis=0), 0.0, curve)  # a curve that never was: NaN below, without warnings
        never = np.isnan(curve).all(axis=0)
        summaries = {
            "": curve[-1],
            ":first": curve[0],
            ":max": np.nanmax(alive, axis=0),
            ":min": np.nanmin(alive, axis=0),
            ":mean": np.nanmean(alive, axis=0),
        }
        for suffix, summary in summaries.items():
            # what a diverged network was like before it ended must not stand for all of its training
            lost = never | (diverged & (suffix in {":max", ":min", ":mean"}))
            columns[name + suffix] = np.where(lost, np.nan, summary)
    replicates = next((len(column) for column in columns.values()), 0)
    return pd.DataFrame(
        {
            **compared(config),
            **technical(config),
            "run_id": run_id,
            "replicate": config.first_replicate + np.arange(replicates),
            **columns,
        },
        index=range(replicates),
    )


def _plain(value: Any) -> Any:
    return "-".join(str(item) for item in value) if isinstance(value, list | tuple) else value
