"""Slopes and gradients against the scale: a theorem on real starts, mechanisms kept apart, and sabotage."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from experiments.initial_scale import CLAIMS, Extremes, trial
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig
from sandbox.nn.activations import ACTIVATIONS
from sandbox.trial.table import rows

CLAIM = {claim.id: claim for claim in CLAIMS}
SCALES = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)
CONFIG = RunConfig(
    steps=0,
    replicates=40,
    dataset=DatasetConfig("moons", samples=60),
    probes=ProbesConfig(names=["slope", "gradient", "relative_gradient"], snapshots=0),
)


def table(*activations: str) -> pd.DataFrame:
    configs = [replace(CONFIG, activation=a, init=InitConfig(scale=scale)) for a in activations for scale in SCALES]
    return pd.concat([rows(str(i), c, trial(c)) for i, c in enumerate(configs)], ignore_index=True)


def test_slopes_fall_without_exception_since_z_is_proportional_to_the_scale() -> None:
    assert judge(CLAIM["large-saturates"], table("sigmoid", "tanh", "relu")).verdict == "holds"


def test_an_activation_that_keeps_its_slope_does_not_saturate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ACTIVATIONS, "tanh", ACTIVATIONS["leaky_relu"])
    assert judge(CLAIM["large-saturates"], table("tanh", "relu")).verdict == "fails"


def test_without_the_slope_in_the_backward_pass_the_gradient_does_not_vanish(monkeypatch: pytest.MonkeyPatch) -> None:
    assert judge(CLAIM["large-vanishes-slope"], table("tanh", "relu")).verdict == "holds"
    no_slope = replace(ACTIVATIONS["tanh"], derivative=lambda z, a: np.ones_like(z))
    monkeypatch.setitem(ACTIVATIONS, "tanh", no_slope)
    assert judge(CLAIM["large-vanishes-slope"], table("tanh", "relu")).verdict != "holds"


def test_a_raw_gradient_that_falls_is_told_from_one_that_falls_in_relation_to_its_weights_alone() -> None:
    rows = table("tanh", "relu")
    assert judge(CLAIM["large-vanishes"], rows).verdict == "fails"
    assert judge(CLAIM["large-vanishes-relative"], rows).verdict == "holds"
    kept = rows["gradient/layer1:first"].where(rows["activation"] == "relu")
    falling = rows.assign(**{"gradient/layer1:first": kept.fillna(1 / rows["init.scale"] ** 2)})
    assert judge(CLAIM["large-vanishes"], falling).verdict == "holds"


def test_scales_dealt_out_the_other_way_round_refute() -> None:
    rows = table("sigmoid", "relu")
    turned = rows.assign(**{"init.scale": 1.0 / rows["init.scale"]})
    assert judge(CLAIM["large-saturates"], turned).verdict == "fails"
    assert judge(CLAIM["large-vanishes-slope"], turned).verdict != "holds"


def test_w1_alone_is_the_whole_at_scale_one_and_differs_by_what_w2_carries_elsewhere() -> None:
    rows = table("tanh")
    one = rows[rows["init.scale"] == 1.0]
    np.testing.assert_array_equal(one["W1 alone/gradient/layer1"], one["gradient/layer1"])
    large = rows[rows["init.scale"] == 100.0]
    # W2 carries the error to layer 1, a hundred times as large, and the error is larger as well
    assert (large["gradient/layer1"] / large["W1 alone/gradient/layer1"]).median() > 10


def test_extremes_compare_the_largest_scale_with_scale_one() -> None:
    rows = pd.DataFrame({"replicate": [0, 0], "init.scale": [1.0, 1000.0], "slope": [0.2, 0.1]})
    assert Extremes("slope")(rows).tolist() == [0.5]
