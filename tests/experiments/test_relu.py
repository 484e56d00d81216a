"""Dead units and positive z: the measures on known tables, verdicts both ways, and a leak that leaks no more."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.relu import CLAIMS, EXPERIMENT, has_dead_units, has_lost_units
from sandbox.claims.claim import Control
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig
from sandbox.trial.table import rows

R = 200
CLAIM = {claim.id: claim for claim in CLAIMS}
NAN = float("nan")


def table(dying: float = 0.0, positive: float = 0.5, accuracy: float = 0.9, leaky_dead: float = 0.0) -> pd.DataFrame:
    """ReLU networks of which a share `dying` loses a unit in layer 2; z > 0 in a share `positive`, at the end."""
    rng, arms = np.random.default_rng(0), []
    for rate in (0.1, 1.0):
        for activation in ("relu", "leaky_relu"):
            dead = (rng.random(R) < dying) / 8 if activation == "relu" else np.full(R, leaky_dead)
            arm = pd.DataFrame({"replicate": range(R), "dead/layer1": 0.0, "dead/layer2": dead, "dead/ever": dead})
            for layer in ("layer1", "layer2"):
                arm[f"positive/{layer}:first"] = 0.5 + 0.1 * rng.normal(size=R)
                arm[f"positive/{layer}:mean"] = positive + 0.05 * rng.normal(size=R)
            arm["test/accuracy"] = accuracy if activation == "relu" else 0.9
            arm["train/loss"] = rng.random(R)
            arms.append(arm.assign(activation=activation, learning_rate=rate))
    known = {"dead/layer1:first": 0.0, "dead/layer2:first": 0.0, "test/accuracy:first": 0.5}
    nuisance: dict[str, Any] = {"dataset": "moons", "dataset.standardise": True, "init.scale": 1.0}
    return pd.concat(arms, ignore_index=True).assign(**known, **nuisance)


def test_a_network_has_dead_units_if_any_layer_has_and_lost_units_if_it_had_fewer() -> None:
    known = pd.DataFrame(
        {
            "replicate": range(4),
            "activation": "relu",
            "dead/layer1": [0.0, 0.25, 0.0, NAN],
            "dead/layer2": [0.0, 0.0, 0.125, NAN],
            "dead/layer1:first": [0.0, 0.25, 0.0, 0.0],
            "dead/layer2:first": [0.0, 0.0, 0.0, 0.0],
        }
    )
    np.testing.assert_array_equal(has_dead_units(known), [0, 1, 1, NAN])
    np.testing.assert_array_equal(has_lost_units(known), [0, 0, 1, NAN])


@pytest.mark.parametrize("claim", ["relu-dies", "relu-dies-training"])
def test_often_never_and_in_between(claim: str) -> None:
    assert judge(CLAIM[claim], table(dying=0.5)).verdict == "holds"
    assert judge(CLAIM[claim], table(dying=0.0)).verdict == "fails"
    assert judge(CLAIM[claim], table(dying=0.1)).verdict == "undecided"


def test_a_leaky_unit_found_dead_makes_the_verdict_invalid() -> None:
    assert judge(CLAIM["relu-dies"], table(dying=0.5, leaky_dead=0.125)).verdict == "invalid"


@pytest.mark.parametrize("claim", ["z-mostly-positive", "z-mostly-positive-deeper"])
def test_mostly_is_more_than_half(claim: str) -> None:
    assert judge(CLAIM[claim], table(positive=0.6)).verdict == "holds"
    assert judge(CLAIM[claim], table(positive=0.4)).verdict == "fails"
    assert judge(CLAIM[claim], table(positive=0.5)).verdict == "undecided"


def test_relu_suffices_unless_two_points_are_lost() -> None:
    assert judge(CLAIM["relu-suffices"], table(accuracy=0.89)).verdict == "holds"
    assert judge(CLAIM["relu-suffices"], table(accuracy=0.80)).verdict == "fails"
    assert judge(CLAIM["relu-suffices"], table(accuracy=0.5)).verdict == "invalid"  # it has learned nothing


@pytest.mark.parametrize(("leak", "verdict"), [("leaky_relu", "holds"), ("relu", "fails")])
def test_the_control_notices_a_leak_that_does_not_leak(leak: str, verdict: str) -> None:
    """A tiny real run at a rate that kills; sabotage: the leaky arm's slope for z < 0 is 0 after all."""
    config = RunConfig(
        hidden=[8, 8],
        steps=50,
        replicates=20,
        learning_rate=10.0,
        dataset=DatasetConfig("moons", samples=60),
        init=InitConfig("he"),
        probes=ProbesConfig(count=5, names=["train/loss", "dead"], snapshots=0),
    )
    control = CLAIM["relu-dies"].control
    assert isinstance(control, Control)
    as_claim = replace(
        CLAIM["relu-dies"],
        measure=control.measure,
        statistic=control.statistic,
        prediction=control.prediction,
        control="none: it is the control itself",
    )
    run = rows("run", replace(config, activation="leaky_relu"), EXPERIMENT.trial(replace(config, activation=leak)))
    assert judge(as_claim, run).verdict == verdict
