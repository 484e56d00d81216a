"""What is kept on request: predictions of every sample, and weights to the last bit."""

import io
from dataclasses import replace

import numpy as np
import pytest

from sandbox.config.checks import check
from sandbox.config.schema import DatasetConfig, ProbesConfig, RunConfig
from sandbox.nn.network import Layer, forward
from sandbox.system.errors import InputError
from sandbox.trial.build import Setup
from sandbox.trial.outcome import packed
from sandbox.trial.train import train

CONFIG = RunConfig(
    dataset=DatasetConfig("iris", validation_fraction=0.2),
    steps=20,
    replicates=3,
    hidden=[5],
    probes=ProbesConfig(count=3, float64=True, predictions=True),
)


def test_predictions_are_those_of_the_weights_that_are_kept_bit_for_bit() -> None:
    outcome, setup = train(CONFIG), Setup(CONFIG)
    assert outcome.snapshots["W1"].dtype == np.float64
    last = tuple(Layer(outcome.snapshots[f"W{l}"][-1], outcome.snapshots[f"b{l}"][-1]) for l in (1, 2))
    with np.load(io.BytesIO(packed(outcome.predictions)), allow_pickle=False) as file:
        kept = dict(file)
    data = setup.data
    assert data.validation is not None
    for part, (X, Y) in {
        "train": (data.X, data.Y),
        "test": (data.X_test, data.Y_test),
        "validation": data.validation,
    }.items():
        np.testing.assert_array_equal(kept[part], forward(setup.network, last, X).activations[-1])
        np.testing.assert_array_equal(kept[f"{part}/labels"], Y)
        assert kept[part].shape == (3, 3, Y.shape[1]) and kept[f"{part}/rows"].shape == (Y.shape[1],)
    accuracy = (kept["test"].argmax(axis=1) == kept["test/labels"].argmax(axis=0)).mean(axis=-1)
    np.testing.assert_allclose(accuracy, outcome.curves["test/accuracy"][-1])
    assert kept["classes"].tolist() == ["setosa", "versicolor", "virginica"]


def test_unless_asked_for_nothing_is_kept_and_the_numbers_are_the_same() -> None:
    asked, usual = train(CONFIG), train(replace(CONFIG, probes=ProbesConfig(count=3)))
    assert usual.predictions == {} and usual.snapshots["W1"].dtype == np.float32
    np.testing.assert_array_equal(asked.curves["train/loss"], usual.curves["train/loss"])
    np.testing.assert_array_equal(asked.snapshots["W1"].astype(np.float32), usual.snapshots["W1"])


def test_networks_on_draws_of_their_own_have_no_common_samples_to_predict() -> None:
    with pytest.raises(InputError, match=r"probes\.predictions: expected replicates that share one draw"):
        check(replace(CONFIG, per_draw=1))
