"""Ends of descent: what counts as a minimum, curvatures where they are known, and verdicts both ways."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.until_minimum import CLAIMS, AtMinimum, SameEnd, trial
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig

R = 40
CLAIM = {claim.id: claim for claim in CLAIMS}
KNOWN = {
    "gradient": 1e-6,
    "lowest": 0.01,
    "sharpness": 1.0,
    "sharpness:first": 1.0,
    "sharpness:max": 2.0,
    "late": 1.0,
    "train/loss": 0.1,
}
CONVEX = {"convex/gradient": 1e-9, "convex/train/loss": 0.3, "convex/sharpened": 1.0}


def table(**columns: Any) -> pd.DataFrame:
    rates = (0.1, 0.5, 0.9, 1.5)
    arms = [
        pd.DataFrame({"replicate": range(R), "init.scale": scale, "trial.rate": rate, **KNOWN, **CONVEX, **columns})
        for scale in (0.01, 1.0)
        for rate in rates
    ]
    return pd.concat(arms, ignore_index=True).assign(dataset="sine", activation="tanh")


@pytest.mark.parametrize(
    ("claim", "wrong"),
    [
        ("until-minimum", {"gradient": 1e-2}),
        ("until-minimum", {"lowest": -0.1}),
        ("until-minimum", {"gradient": np.nan}),
        ("progressive-sharpening", {"sharpness:max": 1.0}),
        ("edge-of-stability", {"late": 0.2}),
    ],
)
def test_verdicts_go_both_ways(claim: str, wrong: dict[str, float]) -> None:
    assert judge(CLAIM[claim], table()).verdict == "holds"
    assert judge(CLAIM[claim], table(**wrong)).verdict == "fails"


def test_two_ends_are_the_same_within_the_margin_and_unknown_where_one_diverged() -> None:
    ends = table()
    usual = ends["init.scale"] == 1.0
    ends.loc[usual, "train/loss"] = np.where(ends.loc[usual, "replicate"] < 30, 0.1005, np.nan)
    one_rate = ends[ends["trial.rate"] == 0.5]
    np.testing.assert_array_equal(SameEnd()(one_rate), np.where(np.arange(R) < 30, 1.0, np.nan))
    assert judge(CLAIM["until-minimum-same"], table()).verdict == "holds"
    ends.loc[usual, "train/loss"] = 0.2
    assert judge(CLAIM["until-minimum-same"], ends).verdict == "fails"


@pytest.mark.parametrize(
    ("claim", "wrong"),
    [
        ("until-minimum", {"convex/gradient": 1.0}),
        ("progressive-sharpening", {"convex/sharpened": 1.5}),
        ("edge-of-stability", {"convex/sharpened": 0.5}),
    ],
)
def test_a_network_without_hidden_layers_that_does_otherwise_makes_the_verdict_invalid(
    claim: str, wrong: dict[str, float]
) -> None:
    assert judge(CLAIM[claim], table(**wrong)).verdict == "invalid"


def test_least_squares_arrive_and_a_few_steps_do_not() -> None:
    config = RunConfig(
        hidden=[3],
        steps=2000,
        replicates=2,
        dataset=DatasetConfig("sine", samples=40),
        init=InitConfig("xavier"),
        probes=ProbesConfig(steps=[0, 10, 2000], names=["train/loss"]),
        trial={"rate": 0.5},
    )
    outcome = trial(config)
    assert (outcome.values["convex/gradient"] < 1e-6).all()
    np.testing.assert_allclose(outcome.values["convex/sharpened"], 1.0, rtol=1e-6)
    np.testing.assert_allclose(outcome.values["rate"] * outcome.curves["sharpness"][0] / 2, 0.5, rtol=0.2)
    config.steps, config.probes.steps = 10, [0, 10]
    few = trial(config)
    ends = pd.DataFrame(
        {"replicate": range(2), **{name: few.curves[name][-1] for name in ("gradient", "lowest", "sharpness")}}
    )
    assert (AtMinimum()(ends) == 0).all()
