"""Trials over several splits: the same replicates as on each split alone, and no split twice."""

from dataclasses import replace

import numpy as np
import pytest

from sandbox.config.schema import DatasetConfig, ProbesConfig, RunConfig
from sandbox.system.errors import InputError
from sandbox.trial.outcome import Outcome
from sandbox.trial.splits import MOST_SPLITS, over_splits
from sandbox.trial.train import train

CONFIG = RunConfig(
    hidden=[3],
    steps=40,
    replicates=5,
    dataset=DatasetConfig("moons", samples=40),
    probes=ProbesConfig(count=6, names=["train/loss", "test/loss"], snapshots=0),
)


def test_replicates_of_several_splits_are_those_of_each_split_alone() -> None:
    together = over_splits(replace(CONFIG, replicates=7, first_replicate=2), 3, train)
    for first, count, seed in ((2, 1, 0), (3, 3, 1), (6, 3, 2)):
        config = replace(CONFIG, first_replicate=first, replicates=count, dataset=replace(CONFIG.dataset, seed=seed))
        alone = train(config)
        for name, curve in alone.curves.items():
            np.testing.assert_array_equal(together.curves[name][:, first - 2 : first - 2 + count], curve)
    assert {len(values) for values in together.values.values()} == {7}


def test_splits_of_two_seeds_have_nothing_in_common() -> None:
    seen: list[int] = []

    def note(config: RunConfig) -> Outcome:
        seen.append(config.dataset.seed)
        return train(config)

    for seed in (0, 1):
        over_splits(replace(CONFIG, replicates=4, dataset=replace(CONFIG.dataset, seed=seed)), 2, note)
    assert seen == [0, 1, MOST_SPLITS, MOST_SPLITS + 1]
    with pytest.raises(InputError, match="per_split"):
        over_splits(CONFIG, 0, note)
