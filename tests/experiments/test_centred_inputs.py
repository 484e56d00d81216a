"""What a layer is fed: pairs that differ by a constant and nothing else, and what that does to the valley."""

from dataclasses import replace

import numpy as np
import pytest

from experiments.centred_inputs import INPUTS, condition, fed, seen_by_the_layer, trial
from sandbox.config.schema import DatasetConfig, ProbesConfig, RunConfig
from sandbox.trial.build import data_of

PAIRS = [("shifted", "standardised", 0.5), ("unit", "unit_centred", 0.5), ("sigmoid", "sigmoid_centred", 0.5)]
PAIRS += [("tanh_shifted", "tanh", 1.0)]
CONFIG = RunConfig(
    hidden=[],
    steps=60,
    replicates=1,
    threshold=0.6,
    dataset=DatasetConfig("moons", samples=80),
    probes=ProbesConfig(count=30, names=["train/loss"], snapshots=0),
)


@pytest.mark.parametrize(("off", "centred", "by"), PAIRS)
def test_a_pair_differs_by_one_constant(off: str, centred: str, by: float) -> None:
    data = data_of(CONFIG.dataset)
    a, b = (fed(data, seen_by_the_layer(name, data.X, 0, 3)) for name in (off, centred))
    np.testing.assert_allclose(a.X - b.X, by, atol=1e-14)
    np.testing.assert_allclose(a.X_test - b.X_test, by, atol=1e-14)
    assert np.array_equal(a.Y, b.Y)
    assert condition(a.X) > condition(b.X)


def test_the_unit_range_is_that_of_the_training_samples() -> None:
    data = data_of(CONFIG.dataset)
    scaled = fed(data, seen_by_the_layer("unit", data.X, 0, 0))
    assert scaled.X.min() == 0.0 and scaled.X.max() == 1.0


def test_every_input_trains_and_frozen_layers_are_those_of_the_replicate() -> None:
    for name in INPUTS:
        outcome = trial(replace(CONFIG, trial={"inputs": name}))
        assert np.isfinite(outcome.curves["train/loss"]).all()
        assert outcome.values["condition"] > 1.0
    X = data_of(CONFIG.dataset).X
    layers = [seen_by_the_layer("tanh", X, 0, r)(X) for r in (0, 0, 1)]
    assert np.array_equal(layers[0], layers[1]) and not np.array_equal(layers[0], layers[2])


def test_the_condition_of_round_and_of_narrow_valleys() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3, 4000))
    assert condition(X) < 1.3
    assert condition(X + 3.0) > 20.0
