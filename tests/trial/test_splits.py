"""Trials over several splits: the same replicates as on each split alone, and no split twice."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from sandbox.config import own
from sandbox.config.schema import DatasetConfig, ProbesConfig, RunConfig
from sandbox.nn import blocks
from sandbox.nn.probes import measure
from sandbox.trial import train as trial
from sandbox.trial.build import MOST_DRAWS, Setup, of_draw
from sandbox.trial.outcome import Outcome, steps_to
from sandbox.trial.splits import draws_of, over_draws
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


def counting(looks: list[int]) -> Any:
    """`measure` that notes at how many networks it was asked to look."""

    def counted(network: Any, parameters: Any, *given: Any) -> Any:
        looks.append(len(parameters[0].weights))
        return measure(network, parameters, *given)

    return counted


KINDS = {
    "classes, several a draw, some set aside": replace(CONFIG, hidden=[4, 4], replicates=8, first_replicate=1, per_draw=3, dataset=DatasetConfig("iris", validation_fraction=0.2), probes=ProbesConfig(count=6, names=["train/loss", "validation/loss", "validation/score"])),
    "regression that diverges": replace(CONFIG, per_draw=1, learning_rate=30.0, steps=400, dataset=DatasetConfig("sine", samples=60)),
    "no hidden layer, weight decay": replace(CONFIG, hidden=[], per_draw=1, weight_decay=0.1),
    "all probes, weights kept": replace(CONFIG, per_draw=2, probes=ProbesConfig(count=6)),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("engine", ["numpy", "fused"])
def test_draws_that_are_watched_together_are_those_watched_alone_bit_for_bit(
    kind: str, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, looks = replace(KINDS[kind], engine=engine), list[int]()
    alone = over_draws(config, partial(train))  # as one of somebody's own
    monkeypatch.setattr(trial, "measure", counting(looks))
    together = over_draws(config, train)
    assert len(looks) == len(together.steps), "all draws at once"
    mine, theirs = (each.curves | each.values | each.snapshots for each in (together, alone))
    assert {name: values.tobytes() for name, values in mine.items()} == {
        name: values.tobytes() for name, values in theirs.items()
    }
    assert np.isfinite(together.values["diverged_step"]).any() == ("diverges" in kind)


def test_draws_that_do_not_fit_into_a_block_are_watched_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    config = replace(CONFIG, replicates=7, per_draw=1)
    whole = over_draws(config, train)
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 3 * 16 * 40 * 6)  # of 40 samples and 2, 3 and 1 units
    looks: list[int] = []
    monkeypatch.setattr(trial, "measure", counting(looks))
    few = over_draws(config, train)
    assert looks == [3] * len(few.steps) + [3] * len(few.steps) + [1] * len(few.steps)
    for name, curve in whole.curves.items():
        assert few.curves[name].tobytes() == curve.tobytes()


def test_draws_that_leave_unequally_many_for_testing_are_not_watched_together() -> None:
    config = replace(CONFIG, per_draw=1, dataset=DatasetConfig("hastie", samples=41))  # whose classes vary in size
    sizes = {Setup(each).data.X.shape for each in draws_of(config)}
    assert len(sizes) > 1
    together, alone = over_draws(config, train), over_draws(config, partial(train))
    for name, curve in alone.curves.items():
        assert together.curves[name].tobytes() == curve.tobytes()


def test_each_network_is_held_against_the_threshold_of_its_own_samples() -> None:
    steps, losses = np.array([0, 10]), np.array([[1.0, 1.0], [0.0, 0.0]])
    np.testing.assert_allclose(steps_to(steps, losses, np.array([0.5, 0.2])), [5.0, 8.0])


def test_predictions_are_those_of_the_first_draw() -> None:
    config = replace(
        CONFIG, replicates=4, per_draw=2, probes=ProbesConfig(count=3, names=["train/loss"], predictions=True)
    )
    kept, first = over_draws(config, train).predictions, train(next(draws_of(config))).predictions
    assert {name: each.tobytes() for name, each in kept.items()} == {
        name: each.tobytes() for name, each in first.items()
    }


def test_parts_of_a_users_own_see_one_table_of_samples_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    monkeypatch.setattr(trial, "measure", counting(looks))
    monkeypatch.setattr(own, "code_of", lambda config: "of a probe that reads s.data.X.T")
    over_draws(replace(CONFIG, replicates=6, per_draw=2), train)
    assert set(looks) == {2}


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
