"""Trials with eyes of their own: the same training as the default trial's, and what a network was like while it lived."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig
from sandbox.data.datasets import Data
from sandbox.nn.network import Network, Parameters
from sandbox.system.arrays import Array
from sandbox.system.errors import InputError
from sandbox.trial.build import data_of, train
from sandbox.trial.outcome import Outcome
from sandbox.trial.train import MOST_SPLITS, over_splits, watched, while_alive

CONFIG = RunConfig(
    hidden=[3],
    steps=40,
    replicates=5,
    dataset=DatasetConfig("moons", samples=40),
    init=InitConfig("xavier"),
    probes=ProbesConfig(count=6, names=["train/loss", "test/loss"], snapshots=0),
)


def first_bias(network: Network, parameters: Parameters, data: Data) -> Mapping[str, Array]:
    return {"bias": parameters[0].bias[:, 0, 0]}


def test_watching_changes_nothing_about_the_training() -> None:
    plain, seen = train(CONFIG), watched(CONFIG, data_of(CONFIG.dataset), first_bias)
    assert np.array_equal(plain.steps, seen.steps)
    for name, curve in plain.curves.items():
        np.testing.assert_array_equal(seen.curves[name], curve)
    np.testing.assert_array_equal(seen.values["steps_to_threshold"], plain.values["steps_to_threshold"])
    assert seen.curves["bias"].shape == (len(seen.steps), 5)
    assert (seen.curves["bias"][0] == 0).all() and (seen.curves["bias"][-1] != 0).all()


def test_a_diverged_network_is_told_by_the_probe_step_after_it() -> None:
    config = replace(CONFIG, activation="linear", output="identity", learning_rate=50.0, steps=400)
    plain, seen = train(config), watched(config, data_of(config.dataset), first_bias)
    exact, coarse = plain.values["diverged_step"], seen.values["diverged_step"]
    assert np.isfinite(coarse).all()
    assert (coarse >= exact).all() and np.isin(coarse, seen.steps).all()
    assert np.isnan(seen.curves["bias"][-1]).all()


def test_what_held_while_a_network_lived_is_not_lost_with_it() -> None:
    curve = np.array([[0.0, 1.0], [3.0, 2.0], [np.nan, 5.0]])
    np.testing.assert_array_equal(while_alive(curve), [3.0, 5.0])


def per_split(config: RunConfig) -> Outcome:
    return watched(config, data_of(config.dataset), first_bias)


def test_replicates_of_several_splits_are_those_of_each_split_alone() -> None:
    together = over_splits(replace(CONFIG, replicates=7, first_replicate=2), 3, per_split)
    for first, count, seed in ((2, 1, 0), (3, 3, 1), (6, 3, 2)):
        config = replace(CONFIG, first_replicate=first, replicates=count, dataset=replace(CONFIG.dataset, seed=seed))
        alone = watched(config, data_of(config.dataset), first_bias)
        for name, curve in alone.curves.items():
            np.testing.assert_array_equal(together.curves[name][:, first - 2 : first - 2 + count], curve)
    assert {len(values) for values in together.values.values()} == {7}


def test_splits_of_two_seeds_have_nothing_in_common() -> None:
    seen: list[int] = []

    def note(config: RunConfig) -> Outcome:
        seen.append(config.dataset.seed)
        return per_split(config)

    for seed in (0, 1):
        over_splits(replace(CONFIG, replicates=4, dataset=replace(CONFIG.dataset, seed=seed)), 2, note)
    assert seen == [0, 1, MOST_SPLITS, MOST_SPLITS + 1]
    with pytest.raises(InputError, match="per_split"):
        over_splits(CONFIG, 0, note)
