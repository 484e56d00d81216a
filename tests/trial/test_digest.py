"""Digests: equal for the same run, different for anything that changes its result, deaf to all else."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig, TrackingConfig
from sandbox.trial.build import Setup
from sandbox.trial.digest import differing, run_digest, sweep_digest

BASE = RunConfig()

CHANGES: dict[str, dict[str, Any]] = {
    "seed": {"seed": 1},
    "steps": {"steps": 2001},
    "rate": {"learning_rate": 1.0000001},
    "activation": {"activation": ["tanh"]},
    "replicates": {"first_replicate": 20},
    "samples": {"dataset": DatasetConfig(samples=399)},
    "split": {"dataset": DatasetConfig(seed=1)},
    "scale": {"init": InitConfig(scale=0.01)},
    "probes": {"probes": ProbesConfig(count=31)},
    "knob": {"trial": {"h": 1}},
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_a_result_changes_its_digest(change: str) -> None:
    assert run_digest(Setup(replace(BASE, **CHANGES[change]))) != run_digest(Setup(BASE))


def test_where_a_run_is_recorded_does_not_matter() -> None:
    elsewhere = replace(BASE, tracking=TrackingConfig(directory="/elsewhere"), resume=True, looks=3, quick=True)
    assert run_digest(Setup(elsewhere)) == run_digest(Setup(BASE))


def test_a_key_at_its_default_does_not_count() -> None:
    assert differing(BASE) == {}
    assert differing(replace(BASE, seed=3, init=InitConfig(scale=2.0))) == {"seed": 3, "init": {"scale": 2.0}}


def test_given_weights_count_by_content_not_by_path(tmp_path) -> None:  # type: ignore[no-untyped-def]
    digests = []
    for name, value in (("a", 1.0), ("b", 1.0), ("c", 2.0)):
        path = tmp_path / f"{name}.npz"
        np.savez(path, W1=np.full((4, 2), value), b1=np.zeros(4), W2=np.ones((1, 4)), b2=np.zeros(1))
        digests.append(run_digest(Setup(replace(BASE, init=InitConfig("file", 1.0, str(path))))))
    assert digests[0] == digests[1] != digests[2]


def test_a_sweep_is_its_runs_in_whatever_order() -> None:
    assert sweep_digest(["a", "b"]) == sweep_digest(["b", "a"]) != sweep_digest(["a"])
