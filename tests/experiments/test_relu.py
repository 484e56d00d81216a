"""Dead units and positive z: the measures on known tables, verdicts both ways, and a leak that leaks no more."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.relu import CLAIMS, EXPERIMENT, DeadUnits, dying_units, fates
from sandbox.claims.claim import Control
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig
from sandbox.trial.table import rows

R = 200
CLAIM = {claim.id: claim for claim in CLAIMS}
NAN = float("nan")


def table(
    dead: float = 0.0, positive: float = 0.5, accuracy: float = 0.9, leaky_dead: float = 0.0, back: float = 0.0
) -> pd.DataFrame:
    """ReLU networks of whose units a share `dead` dies, and a share `back` of these lives again; z > 0 in a share `positive`."""
    rng, arms = np.random.default_rng(0), []
    for rate in (0.3, 3.0):
        for activation in ("relu", "leaky_relu"):
            share = np.clip(dead + 0.02 * rng.normal(size=R), 0, 1) if activation == "relu" else np.full(R, leaky_dead)
            arm = pd.DataFrame({"replicate": range(R), "dead/ever": share})
            for layer in ("layer1", "layer2"):
                arm[f"dead/{layer}"] = share
                arm[f"for_good/{layer}"] = share * (1 - back)
                arm[f"stayed/{layer}"] = 1 - back
                arm[f"positive/{layer}:first"] = 0.5 + 0.1 * rng.normal(size=R)
                arm[f"positive/{layer}:mean"] = positive + 0.05 * rng.normal(size=R)
            arm["came_back/layer1"] = float(back > 0)
            arm["test/accuracy"] = accuracy if activation == "relu" else 0.9
            arm["validation/loss"] = rng.random(R)
            arms.append(arm.assign(activation=activation, learning_rate=rate))
    known = {"dead/layer1:first": 0.0, "dead/layer2:first": 0.0, "test/accuracy:first": 0.5}
    nuisance: dict[str, Any] = {"dataset": "moons", "dataset.standardise": True, "init.scale": 1.0}
    return pd.concat(arms, ignore_index=True).assign(**known, **nuisance)


def test_the_fate_of_a_unit_is_to_live_to_die_for_good_or_to_come_back() -> None:
    """Four units of two networks at three steps; the second network has diverged at the last."""
    lives, dies, returns, born_dead = [0, 0, 0], [0, 1, 1], [0, 1, 0], [1, 1, 1]
    dead = np.stack([np.array([x, [0, 0, NAN]], float).T for x in (lives, dies, returns, born_dead)])
    found = fates(dead)
    np.testing.assert_array_equal(found["for_good"], [0.5, NAN])
    np.testing.assert_array_equal(found["came_back"], [1, 0])
    np.testing.assert_allclose(found["stayed"], [2 / 3, NAN])


def test_dead_units_are_shares_of_all_units_of_the_layers_asked_for() -> None:
    known = pd.DataFrame(
        {
            "replicate": range(2),
            "activation": "relu",
            "dead/layer1": [0.25, NAN],
            "dead/layer2": [0.75, NAN],
            "dead/layer1:first": [0.25, 0.0],
            "dead/layer2:first": [0.25, 0.0],
        }
    )
    np.testing.assert_array_equal(DeadUnits()(known), [0.5, NAN])
    np.testing.assert_array_equal(DeadUnits(("layer2",))(known), [0.75, NAN])
    np.testing.assert_array_equal(dying_units(known), [0.25, NAN])


@pytest.mark.parametrize(("claim", "enough"), [("relu-dies", 0.3), ("relu-dies-training", 0.3), ("share-dead", 0.7)])
def test_many_and_few_dead_units_are_told_apart(claim: str, enough: float) -> None:
    assert judge(CLAIM[claim], table(dead=enough)).verdict == "holds"
    assert judge(CLAIM[claim], table(dead=0.0)).verdict == "fails"


@pytest.mark.parametrize("claim", ["relu-never-again", "relu-never-again-deeper"])
def test_units_that_come_back_refute_that_they_never_do(claim: str) -> None:
    assert judge(CLAIM[claim], table(dead=0.5)).verdict == "holds"
    assert judge(CLAIM[claim], table(dead=0.5, back=0.8)).verdict == "fails"


def test_where_no_unit_dies_nothing_is_known_of_their_return() -> None:
    assert judge(CLAIM["relu-never-again"], table(dead=-1.0)).verdict == "undecided"


def test_a_leaky_unit_found_dead_makes_the_verdict_invalid() -> None:
    assert judge(CLAIM["relu-dies"], table(dead=0.5, leaky_dead=0.125)).verdict == "invalid"


@pytest.mark.parametrize("claim", ["z-mostly-positive", "z-mostly-positive-deeper"])
def test_mostly_is_more_than_half(claim: str) -> None:
    assert judge(CLAIM[claim], table(positive=0.6)).verdict == "holds"
    assert judge(CLAIM[claim], table(positive=0.4)).verdict == "fails"
    assert (
        judge(CLAIM[claim], table(positive=0.5), level=0.999).verdict == "undecided"
    )  # on the bound itself, luck may decide


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
        variants={},
    )
    run = rows("run", replace(config, activation="leaky_relu"), EXPERIMENT.trial(replace(config, activation=leak)))
    assert judge(as_claim, run).verdict == verdict


def test_a_dead_unit_of_the_first_layer_stays_dead_in_a_real_run() -> None:
    config = RunConfig(
        activation="relu",
        hidden=[8, 8],
        steps=100,
        replicates=10,
        learning_rate=3.0,
        dataset=DatasetConfig("moons", samples=60),
        init=InitConfig("he"),
        probes=ProbesConfig(count=8, names=["train/loss", "dead"], snapshots=0),
    )
    outcome = EXPERIMENT.trial(config)
    assert not any(name.startswith("unit/") for name in outcome.curves)
    assert (outcome.values["came_back/layer1"] == 0).all()
    alive = ~np.isnan(outcome.values["for_good/layer1"])
    np.testing.assert_allclose(outcome.values["for_good/layer1"][alive], outcome.curves["dead/layer1"][-1][alive])
