"""Speed and slopes of rectifiers: the share of steep slopes on known z, and verdicts both ways."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from experiments.relu_speed import CLAIMS, THRESHOLDS, steep_share, trial
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, ProbesConfig, RunConfig
from sandbox.data.datasets import Data
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.network import Layer, Network, Parameters
from sandbox.nn.outputs import OUTPUTS

R = 200
CLAIM = {claim.id: claim for claim in CLAIMS}
ARMS = ("relu", "leaky_relu", "sigmoid", "tanh")
X = np.linspace(-4.0, 4.0, 400)[None]
DATA = Data("line", "binary", X, (X > 0).astype(float), X, (X > 0).astype(float), ("x",), ("0", "1"))


def network(name: str, depth: int = 1) -> Network:
    return Network((ACTIVATIONS[name],) * depth, OUTPUTS["sigmoid"])


def identity(depth: int = 1, weight: float = 1.0) -> Parameters:
    """Two replicates in which every layer of one unit passes `weight` times its input on."""
    return tuple(Layer(np.full((2, 1, 1), weight), np.zeros((2, 1, 1))) for _ in range(depth + 1))


def test_the_share_of_steep_slopes_is_known_where_z_is() -> None:
    """z is spread evenly over (-4, 4): half of it is positive; tanh' > 0.1 for |z| < 1.818, sigma' > 0.1 for |z| < 2.063."""
    for name, share in (("relu", 0.5), ("leaky_relu", 0.5), ("tanh", 1.818 / 4), ("sigmoid", 2.063 / 4)):
        assert steep_share(network(name), identity(), DATA)["steep"] == pytest.approx([share, share], abs=1 / 400)


def test_all_hidden_layers_count_and_diverged_networks_are_nan() -> None:
    np.testing.assert_allclose(steep_share(network("relu", 2), identity(2), DATA)["steep"], 0.75, atol=1 / 400)
    broken = tuple(Layer(np.where(np.arange(2)[:, None, None] == 1, np.nan, W), b) for W, b in identity())
    assert np.isnan(steep_share(network("relu"), broken, DATA)["steep"]).tolist() == [False, True]


def table(steps_of: Mapping[str, float], steep: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Steps to the threshold and shares of steep slopes around each arm's median, at two depths and rates."""
    rng, arms = np.random.default_rng(0), []
    for hidden in ("8", "8-8-8-8"):
        for rate in (0.25, 1.0):
            for activation in ARMS:
                steps = steps_of[activation] * rng.uniform(0.9, 1.1, size=R)
                share = (steep or dict.fromkeys(ARMS, 0.5))[activation] + 0.05 * rng.uniform(-1, 1, size=R)
                arm = pd.DataFrame({"replicate": range(R), "steps/0.1": steps, "steep:mean": share})
                for threshold in (0.5, 0.25, 0.05):
                    arm[f"steps/{threshold:g}"] = steps
                arm["steep:first"] = 0.5 + 0.05 * rng.uniform(-1, 1, size=R)
                arms.append(arm.assign(activation=activation, hidden=hidden, learning_rate=rate))
    return pd.concat(arms, ignore_index=True).assign(dataset="circles", steps=600)


@pytest.mark.parametrize("claim", [claim for claim in CLAIM if claim.startswith("relu-faster")])
def test_faster_and_slower_are_told_apart_also_where_the_slow_never_arrive(claim: str) -> None:
    rectified = {"relu": 50.0, "leaky_relu": 50.0}
    for slow in (100.0, math.inf):
        assert judge(CLAIM[claim], table(rectified | {"sigmoid": slow, "tanh": slow})).verdict == "holds"
    assert judge(CLAIM[claim], table(rectified | {"sigmoid": 25.0, "tanh": 25.0})).verdict == "fails"
    assert judge(CLAIM[claim], table(dict.fromkeys(ARMS, math.inf))).verdict == "undecided"


def test_slopes_are_compared_as_they_are() -> None:
    equal_speed = dict.fromkeys(ARMS, 50.0)
    steep = table(equal_speed, {"relu": 0.8, "leaky_relu": 0.8, "sigmoid": 0.3, "tanh": 0.3})
    flat = table(equal_speed, {"relu": 0.3, "leaky_relu": 0.3, "sigmoid": 0.8, "tanh": 0.8})
    for claim in ("relu-slopes", "leaky-slopes", "relu-slopes-sigmoid", "relu-slopes-tanh"):
        assert judge(CLAIM[claim], steep).verdict == "holds"
        assert judge(CLAIM[claim], flat).verdict == "fails"


def test_slopes_that_are_not_symmetric_at_the_start_make_the_verdict_invalid() -> None:
    biased = table(dict.fromkeys(ARMS, 50.0)).assign(**{"steep:first": 0.9})
    assert judge(CLAIM["relu-slopes"], biased).verdict == "invalid"


def test_a_leak_is_far_from_0_only_if_far_is_very_near() -> None:
    found = steep_share(network("leaky_relu"), identity(), DATA)
    np.testing.assert_allclose(found["steep/0.005"], 1.0)
    np.testing.assert_allclose(found["steep/0.5"], 0.5, atol=1 / 400)


def test_lower_thresholds_take_longer() -> None:
    config = RunConfig(
        hidden=[4], learning_rate=1.0, steps=200, replicates=4, dataset=DatasetConfig("blobs", samples=60)
    )
    config.probes = ProbesConfig(count=20, names=["train/loss"], snapshots=0)
    config.trial = {"start": "own_gain"}
    values = trial(config).values
    times = np.array([values[f"steps/{threshold:g}"] for threshold in THRESHOLDS])
    assert (np.diff(times, axis=0) > 0).all()
