"""Trials over several splits: the same replicates as on each split alone, and no split twice."""

from dataclasses import replace

import numpy as np

from sandbox.config.schema import DatasetConfig, ProbesConfig, RunConfig
from sandbox.trial.build import MOST_DRAWS, Setup, of_draw
from sandbox.trial.outcome import Outcome
from sandbox.trial.splits import over_draws
from sandbox.trial.table import rows
from sandbox.trial.train import train

CONFIG = RunConfig(
    hidden=[3],
    steps=40,
    replicates=5,
    dataset=DatasetConfig("moons", samples=40),
    probes=ProbesConfig(count=6, names=["train/loss", "test/loss"], snapshots=0),
)


def test_replicates_of_several_splits_are_those_of_each_split_alone() -> None:
    together = over_draws(replace(CONFIG, replicates=7, first_replicate=2, per_draw=3), train)
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
        over_draws(replace(CONFIG, replicates=4, per_draw=2, dataset=replace(CONFIG.dataset, seed=seed)), note)
    assert seen == [0, 1, MOST_DRAWS, MOST_DRAWS + 1]


def test_the_table_says_which_draw_a_replicate_belongs_to_and_how_much_splits_overlap() -> None:
    config = replace(
        CONFIG, replicates=5, first_replicate=2, per_draw=3, dataset=replace(CONFIG.dataset, name="iris", samples=None)
    )
    table = rows("", config, over_draws(config, train))
    assert table["draw"].tolist() == [0, 1, 1, 1, 2]
    assert set(table["overlap"]) == {1 / 3}  # of 150 irises a quarter are tests, whatever the split
    alone = rows("", CONFIG, train(CONFIG))
    assert set(alone["draw"]) == {0} and set(alone["overlap"]) == {0.0}
    other = rows("", replace(config, dataset=replace(config.dataset, seed=2)), over_draws(config, train))
    assert other["draw"].tolist() == [2000, 2001, 2001, 2001, 2002]


def test_what_is_shown_of_several_draws_are_the_first_one_and_its_networks() -> None:
    config = replace(CONFIG, first_replicate=4, replicates=4, per_draw=2, probes=ProbesConfig(count=6, snapshots=1))
    first = of_draw(replace(config, replicates=2), 2)
    outcome = over_draws(config, train)
    np.testing.assert_array_equal(outcome.snapshots["W1"], train(first).snapshots["W1"])
    np.testing.assert_array_equal(Setup(config).data.X, Setup(first).data.X)


def test_the_engine_is_chosen_for_draws_that_come_one_after_another() -> None:
    config = replace(CONFIG, steps=300, replicates=100)
    assert [Setup(replace(config, per_draw=each)).engine for each in (None, 100, 1)] == ["numpy", "numpy", "fused"]
