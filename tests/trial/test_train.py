"""The default trial: outcomes that follow from their curves, stored weights, divergence by step, paired arms, looks beside the probes."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from sandbox.config.checks import check
from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig
from sandbox.data.datasets import Data
from sandbox.nn.network import Network, Parameters
from sandbox.nn.outputs import OUTPUTS
from sandbox.system.arrays import Array
from sandbox.trial.build import Setup
from sandbox.trial.train import train

SMALL = RunConfig(
    dataset=DatasetConfig(samples=60), probes=ProbesConfig(count=8), steps=200, replicates=5, learning_rate=0.5
)
CONFIG = RunConfig(
    hidden=[3],
    steps=40,
    replicates=5,
    dataset=DatasetConfig("moons", samples=40),
    init=InitConfig("xavier"),
    probes=ProbesConfig(count=6, names=["train/loss", "test/loss"], snapshots=0),
)


@pytest.mark.parametrize(
    ("dataset", "output"),
    [("moons", "auto"), ("iris", "auto"), ("sine", "auto"), ("moons", "tanh"), ("sine", "sigmoid_mse")],
)
def test_training_lowers_the_loss_on_every_kind_of_labels(dataset: str, output: str) -> None:
    config = replace(SMALL, dataset=DatasetConfig(name=dataset), output=output, learning_rate=0.1)
    outcome = train(check(config))
    loss = outcome.curves["train/loss"]
    assert np.isfinite(loss).all() and (loss[-1] < loss[0]).all()


def test_replicates_added_later_continue_the_earlier_ones() -> None:
    many = train(replace(SMALL, replicates=5))
    later = train(replace(SMALL, replicates=2, first_replicate=3))
    for name, curve in later.curves.items():
        np.testing.assert_allclose(curve, many.curves[name][:, 3:], rtol=1e-9, atol=1e-12, err_msg=name)


def test_stored_weights_are_the_networks_that_were_measured() -> None:
    config = replace(SMALL, probes=ProbesConfig(count=8, snapshots=2))
    outcome = train(config)
    setup = Setup(config)
    data, network = setup.data, setup.network
    W1, b1, W2, b2 = (outcome.snapshots[name].astype(float) for name in ("W1", "b1", "W2", "b2"))
    assert W1.shape == (len(outcome.steps), 2, 4, 2)
    A = network.hidden[0].function(W1[-1] @ data.X + b1[-1])
    loss = OUTPUTS["sigmoid"].cost(W2[-1] @ A + b2[-1], data.Y)
    np.testing.assert_allclose(loss, outcome.curves["train/loss"][-1, :2], rtol=1e-5)  # float32 weights


def test_stored_weights_stay_below_the_limit() -> None:
    wide = replace(SMALL, hidden=[400, 400], steps=1, probes=ProbesConfig(count=2, snapshots=5), replicates=6)
    outcome = train(wide)
    assert sum(array.nbytes for array in outcome.snapshots.values()) <= 4 * 2**20


def test_divergence_is_reported_with_its_step_and_ends_that_replicate_only() -> None:
    config = replace(
        SMALL,
        dataset=DatasetConfig(name="sine"),
        activation="relu",
        learning_rate=1.3,
        init=InitConfig(name="normal", scale=1.2),
        replicates=12,
        steps=300,
    )
    outcome = train(config)
    when = outcome.values["diverged_step"]
    assert 0 < np.isfinite(when).sum() < 12
    loss = outcome.curves["train/loss"]
    for r in range(12):
        ended = outcome.steps >= when[r] if np.isfinite(when[r]) else np.zeros(len(outcome.steps), dtype=bool)
        assert (np.isnan(loss[:, r]) == ended).all()


def test_arms_are_paired_replicate_by_replicate() -> None:
    """The same draws, whatever the activation: replicate r of two arms starts from the same weights."""
    tanh, relu = (train(replace(SMALL, activation=name)) for name in ("tanh", "relu"))
    np.testing.assert_array_equal(tanh.snapshots["W1"][0], relu.snapshots["W1"][0])


def test_probe_steps_may_be_given() -> None:
    outcome = train(replace(SMALL, probes=ProbesConfig(steps=[0, 50, 200])))
    assert outcome.steps.tolist() == [0, 50, 200]


def first_bias(network: Network, parameters: Parameters, data: Data) -> Mapping[str, Array]:
    return {"bias": parameters[0].bias[:, 0, 0]}


def test_a_look_changes_nothing_about_the_training() -> None:
    plain, seen = train(CONFIG), train(CONFIG, look=first_bias)
    assert np.array_equal(plain.steps, seen.steps)
    for name, curve in plain.curves.items():
        np.testing.assert_array_equal(seen.curves[name], curve)
    np.testing.assert_array_equal(seen.values["steps_to_threshold"], plain.values["steps_to_threshold"])
    assert seen.curves["bias"].shape == (len(seen.steps), 5)
    assert (seen.curves["bias"][0] == 0).all() and (seen.curves["bias"][-1] != 0).all()


def test_where_somebody_looks_a_diverged_network_is_told_by_the_probe_step_after_it() -> None:
    config = replace(CONFIG, activation="linear", output="identity", learning_rate=50.0, steps=400)
    plain, seen = train(config), train(config, look=first_bias)
    exact, coarse = plain.values["diverged_step"], seen.values["diverged_step"]
    assert np.isfinite(coarse).all()
    assert (coarse >= exact).all() and np.isin(coarse, seen.steps).all()
    assert np.isnan(seen.curves["bias"][-1]).all()


def test_of_networks_that_are_not_what_the_configuration_says_no_weights_are_stored() -> None:
    config = replace(CONFIG, probes=ProbesConfig(count=6, snapshots=2))
    setup = Setup(config)
    assert set(train(config).snapshots) == {"W1", "b1", "W2", "b2"}
    for others in (train(config, look=first_bias), train(config, data=setup.data), train(config, start=setup.start)):
        assert others.snapshots == {}
        np.testing.assert_array_equal(others.curves["train/loss"], train(config).curves["train/loss"])
