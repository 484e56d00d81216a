"""Falling costs: where they stop, verdicts both ways, and steps in the wrong direction."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.descent import CLAIMS, PERCENT, FallsAlways, last_safe, share_over, trial
from sandbox.analysis import curvature
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, RunConfig, TrackingConfig
from sandbox.nn.network import Layer, backward
from sandbox.trial.table import rows

CLAIM = {claim.id: claim for claim in CLAIMS}
R = 120


def table(**columns: Any) -> pd.DataFrame:
    known = {"falling_far_above": 0.5, "last_safe": 0.9, "over_where_it_rises": 1.0, "over_where_it_never_does": 0.0}
    arms = [pd.DataFrame({"replicate": range(R), "activation": name, **known, **columns}) for name in ("tanh", "relu")]
    return pd.concat(arms, ignore_index=True).assign(dataset="moons", init="normal")


def test_verdicts_go_both_ways() -> None:
    assert {judge(claim, table()).verdict for claim in CLAIMS} == {"holds"}
    assert judge(CLAIM["cost-falls"], table(last_safe=np.repeat([0.9, 0.5], R // 2))).verdict == "fails"
    assert judge(CLAIM["cost-falls-limit"], table(last_safe=0.25)).verdict == "fails"
    assert judge(CLAIM["cost-falls-limit"], table(last_safe=4.0)).verdict == "fails"
    assert judge(CLAIM["cost-falls-way"], table(over_where_it_rises=0.1)).verdict == "fails"
    assert judge(CLAIM["cost-falls-way"], table(over_where_it_rises=np.nan)).verdict == "undecided"  # it never rises
    assert judge(CLAIM["cost-falls-way"], table(over_where_it_never_does=0.9)).verdict == "invalid"
    for claim in CLAIMS[:2]:
        assert judge(claim, table(falling_far_above=1.0)).verdict == "invalid"


def test_a_network_falls_always_if_it_does_at_the_largest_rate_asked_for_and_below() -> None:
    known = pd.DataFrame({"replicate": range(4), "last_safe": [0.0, 0.1, 0.5, 0.9]})
    assert FallsAlways()(known).tolist() == [0, 0, 0, 1]
    assert FallsAlways(50)(known).tolist() == [0, 0, 1, 1]
    assert FallsAlways(10)(known).tolist() == [0, 1, 1, 1]


def test_shares_above_the_limit_count_only_what_is_asked_for() -> None:
    over, which = np.array([[0.5, 2.0, 2.0], [2.0, 2.0, 0.5]]), np.array([[True, True, False], [True, False, False]])
    np.testing.assert_array_equal(share_over(over, which), [0.5, 1.0, np.nan])


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
    assert (FallsAlways()(frame) == 0).all()


def test_the_rate_at_the_first_rise_is_known_where_there_is_one_below_the_limit() -> None:
    config = RunConfig(activation="tanh", dataset=DatasetConfig(name="circles"), steps=200, replicates=4)
    config.tracking.kind = "none"
    outcome = trial(config)
    rose = (outcome.curves["falling"] < 1.0) & (PERCENT[:, None] < 100)
    assert rose.any()
    assert (np.isfinite(outcome.curves["over_limit_at_rise"]) == rose).all()
