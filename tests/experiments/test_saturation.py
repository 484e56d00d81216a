"""Saturation: the derived bounds, pushes, a floor under the slope, and what a wrong slope or another network's dose would do."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.saturation import CLAIMS, slowed_by_slope, start_of, trial
from sandbox.analysis.saturation import BOUNDS, floored, pushed
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.initialisers import initialise
from sandbox.system.errors import InputError
from sandbox.trial.table import rows

R = 150
CLAIM = {claim.id: claim for claim in CLAIMS}
CONFIG = RunConfig(
    hidden=[6],
    steps=60,
    replicates=30,
    threshold=0.6,
    learning_rate=2.0,
    dataset=DatasetConfig("moons", samples=60),
    init=InitConfig("xavier"),
    probes=ProbesConfig(count=12, names=["train/loss", "saturated", "gradient"], snapshots=0),
    trial={"by": "shift"},
)


def real_rows(config: RunConfig = CONFIG) -> pd.DataFrame:
    return rows("run", config, trial(config))


@pytest.mark.parametrize("name", BOUNDS)
def test_a_wrong_slope_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sabotage: the printed equation's g in place of g'."""
    config = replace(CONFIG, activation=name, replicates=3)
    assert judge(CLAIM["saturation-slope"], real_rows(config)).verdict == "holds"
    broken = replace(ACTIVATIONS[name], derivative=lambda z, a: a)
    monkeypatch.setitem(ACTIVATIONS, name, broken)
    assert judge(CLAIM["saturation-slope"], real_rows(replace(config, engine="numpy"))).verdict == "fails"


def test_a_push_is_as_large_as_it_says_and_leaves_other_layers_alone() -> None:
    start = initialise("xavier", (2, 3, 1), 2, seed=0)
    amounts, signs = np.array([0.0, 0.5]), np.array([[1.0, -1.0, 1.0]] * 2)
    scaled, shifted = (pushed(start, by, amounts, signs) for by in ("scale", "shift"))
    np.testing.assert_allclose(scaled[0].weights, start[0].weights * np.array([1.0, 10.0])[:, None, None])
    np.testing.assert_allclose(shifted[0].bias[:, :, 0], [[0, 0, 0], [3, -3, 3]])
    for one in (scaled, shifted):
        np.testing.assert_array_equal(one[1].weights, start[1].weights)
    with pytest.raises(InputError, match=r"trial\.by: expected one of scale, shift, got 'both'"):
        start_of(replace(CONFIG, trial={"by": "both"}))


def test_a_replicates_push_is_its_own_in_every_arm_and_when_more_are_added() -> None:
    whole = start_of(replace(CONFIG, replicates=4))
    later = start_of(replace(CONFIG, replicates=2, first_replicate=2))
    other_arm = start_of(replace(CONFIG, replicates=4, activation="sigmoid"))
    np.testing.assert_array_equal(whole[0].bias[2:], later[0].bias)
    np.testing.assert_array_equal(whole[0].bias, other_arm[0].bias)
    assert len(np.unique(np.abs(whole[0].bias))) == 4


def test_what_the_budget_cuts_off_counts_as_the_budget() -> None:
    known = pd.DataFrame(
        {"steps": 99, "steps_to_threshold": [49.0, np.inf, np.inf], "steps_to_threshold/floored": [9.0, 9.0, np.inf]}
    )
    np.testing.assert_allclose(slowed_by_slope(known), [5.0, 10.0, 1.0])


def table(effect: float, through_slope: bool = True) -> pd.DataFrame:
    """Doses, and steps that grow with them by `effect`: through the slope, or by other means that a floor leaves."""
    rng = np.random.default_rng(0)
    dose = rng.random(R)
    steps, floored_steps, updates = (100 * np.exp(0.3 * rng.normal(size=R)) for _ in range(3))
    slowed = np.exp(effect * dose)
    numbers = {
        "saturated/layer1:first": dose,
        "steps_to_threshold": steps * slowed,
        "steps_to_threshold/floored": floored_steps * (1 if through_slope else slowed),
        "gradient/layer1:first": updates / slowed,
    }
    nuisance: dict[str, Any] = {
        "activation": "tanh",
        "trial.by": "scale",
        "dataset": "moons",
        "hidden": "8",
        "learning_rate": 1.0,
    }
    return pd.DataFrame({"replicate": range(R), "steps": 100_000, **numbers}).assign(**nuisance)


@pytest.mark.parametrize("claim", ["saturation-slows", "saturation-slows-updates", "saturation-slows-by-slope"])
def test_dose_and_response_are_judged_in_both_directions(claim: str) -> None:
    assert judge(CLAIM[claim], table(3.0)).verdict == "holds"
    assert judge(CLAIM[claim], table(-3.0)).verdict == "fails"
    assert judge(CLAIM[claim], table(0.0)).verdict == "undecided"


def test_slowness_by_other_means_than_the_slope_is_told_apart() -> None:
    by_other_means = table(3.0, through_slope=False)
    assert judge(CLAIM["saturation-slows"], by_other_means).verdict == "holds"
    assert judge(CLAIM["saturation-slows-by-slope"], by_other_means).verdict == "undecided"
    assert judge(CLAIM["saturation-slows-only-by-slope"], by_other_means).verdict == "fails"
    assert judge(CLAIM["saturation-slows-only-by-slope"], table(3.0)).verdict == "holds"


def test_with_tiny_slopes_dropped_from_training_the_floor_saves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tiny real run; sabotage: every backward pass has the floor already, so g' is not what it should be."""
    config = replace(CONFIG, replicates=60, engine="numpy")
    assert judge(CLAIM["saturation-slows-by-slope"], real_rows(config)).verdict == "holds"
    monkeypatch.setitem(ACTIVATIONS, "tanh", floored(ACTIVATIONS["tanh"]))
    assert judge(CLAIM["saturation-slows-by-slope"], real_rows(config)).verdict == "undecided"


def test_the_doses_of_other_networks_support_nothing() -> None:
    shuffled = table(3.0)
    shuffled["saturated/layer1:first"] = np.random.default_rng(1).permutation(shuffled["saturated/layer1:first"])
    assert judge(CLAIM["saturation-slows"], shuffled).verdict == "undecided"


def test_an_activation_without_a_bound_is_refused() -> None:
    with pytest.raises(InputError, match="activation: expected one of sigmoid, tanh in this experiment, got 'relu'"):
        trial(replace(CONFIG, activation="relu"))
