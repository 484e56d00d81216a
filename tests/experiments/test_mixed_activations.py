"""Pairs of activations: verdicts both ways, slopes in the wrong layer, and costs that do not fall."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments import mixed_activations
from experiments.mixed_activations import CLAIMS, trial
from sandbox.analysis import form_check
from sandbox.analysis.form_check import swapped
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, RunConfig, TrackingConfig
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.network import backward
from sandbox.system.errors import InputError
from sandbox.trial.table import rows

(CLAIM,) = CLAIMS


def table(**columns: Any) -> pd.DataFrame:
    known = {"error": 1e-10, "error_swapped": 0.3}
    arms = [pd.DataFrame({"replicate": range(8), "activation": n, **known, **columns}) for n in ("tanh", "relu")]
    return pd.concat(arms, ignore_index=True).assign(dataset="moons")


def test_verdicts_go_both_ways() -> None:
    assert judge(CLAIM, table()).verdict == "holds"
    assert judge(CLAIM, table(error=np.append(np.zeros(7), np.inf))).verdict == "fails"
    assert judge(CLAIM, table(error_swapped=1e-10)).verdict == "invalid"


@pytest.fixture
def few_activations(monkeypatch: pytest.MonkeyPatch) -> None:
    few = {name: ACTIVATIONS[name] for name in ("sigmoid", "tanh", "relu")}
    monkeypatch.setattr(mixed_activations, "ACTIVATIONS", few)


def tiny_run(**settings: Any) -> pd.DataFrame:
    given: dict[str, Any] = {"hidden": [3, 3], "steps": 5, "replicates": 3} | settings
    config = RunConfig(dataset=DatasetConfig(samples=30), tracking=TrackingConfig(kind="none"), **given)
    return rows("run", config, trial(config))


@pytest.mark.usefixtures("few_activations")
def test_slopes_in_the_wrong_layer_change_the_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    assert judge(CLAIM, tiny_run()).verdict == "holds"
    monkeypatch.setattr(form_check, "backward", lambda network, *rest: backward(swapped(network), *rest))
    assert judge(CLAIM, tiny_run()).verdict != "holds"


@pytest.mark.usefixtures("few_activations")
def test_a_cost_that_does_not_fall_counts_as_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mixed_activations, "SAFE", 0.0)  # no steps to speak of
    assert np.isinf(tiny_run()["error"]).all()


def test_another_depth_is_a_mistake() -> None:
    with pytest.raises(InputError, match="hidden: expected two hidden layers, got 1"):
        tiny_run(hidden=[4])
