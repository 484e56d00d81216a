"""Falling costs: where they stop, verdicts both ways, and steps in the wrong direction."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.descent import CLAIMS, PERCENT, last_safe, least_falling, trial
from sandbox.analysis import curvature
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, RunConfig, TrackingConfig
from sandbox.nn.network import Layer, backward
from sandbox.trial.table import rows

CLAIM = {claim.id: claim for claim in CLAIMS}
R = 64


def table(**columns: Any) -> pd.DataFrame:
    known = {"falling_below": 1.0, "falling_far_above": 0.5, "last_safe": 0.9}
    arms = [pd.DataFrame({"replicate": range(R), "activation": name, **known, **columns}) for name in ("tanh", "relu")]
    return pd.concat(arms, ignore_index=True).assign(dataset="moons", init="normal")


def test_verdicts_go_both_ways() -> None:
    one_rises = np.append(np.ones(R - 1), 0.99)
    assert {judge(claim, table()).verdict for claim in CLAIMS} == {"holds"}
    assert judge(CLAIM["cost-falls"], table(falling_below=one_rises)).verdict == "fails"
    assert judge(CLAIM["cost-falls-limit"], table(last_safe=0.25)).verdict == "fails"
    assert judge(CLAIM["cost-falls-limit"], table(last_safe=4.0)).verdict == "fails"
    for claim in CLAIMS:
        assert judge(claim, table(falling_far_above=1.0)).verdict == "invalid"


def test_a_replicate_that_rises_with_one_initialisation_rises() -> None:
    both = pd.DataFrame(
        {"replicate": [0, 0, 1, 1], "init": ["normal", "xavier"] * 2, "falling_below": [1.0, 0.9, 1.0, 1.0]}
    )
    assert least_falling(both).tolist() == [0.9, 1.0]


def test_the_last_safe_rate_has_only_safe_ones_below() -> None:
    shares = np.ones((len(PERCENT), 3))
    shares[0, 0] = 0.99
    shares[3:, 1] = 0.5
    shares[-1, 1] = 1.0  # safe again, further up, does not count
    assert last_safe(shares).tolist() == [0.0, PERCENT[2], PERCENT[-1]]


def tiny_run() -> pd.DataFrame:
    config = RunConfig(
        dataset=DatasetConfig(samples=40),
        tracking=TrackingConfig(kind="none"),
        activation="sigmoid",
        steps=10,
        replicates=8,
    )
    return rows("run", config, trial(config))


def test_steps_uphill_change_the_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (tiny_run()["falling:first"] == 1.0).all()  # a tenth of 2 / L, ten steps

    def uphill(*arguments: Any) -> Any:
        return tuple(Layer(-dW, -db) for dW, db in backward(*arguments))

    monkeypatch.setattr(curvature, "backward", uphill)
    frame = tiny_run()
    assert (frame["falling:first"] < 0.5).all()
    assert judge(CLAIM["cost-falls"], frame).verdict == "fails"


def test_the_rate_at_the_first_rise_is_known_where_there_is_one_below_the_limit() -> None:
    config = RunConfig(activation="tanh", dataset=DatasetConfig(name="circles"), steps=200, replicates=4)
    config.tracking.kind = "none"
    outcome = trial(config)
    rose = (outcome.curves["falling"] < 1.0) & (PERCENT[:, None] < 100)
    assert rose.any()
    assert (np.isfinite(outcome.curves["over_limit_at_rise"]) == rose).all()
