"""The tidy table: a row per run and replicate, columns that say what they are."""

from dataclasses import replace

import numpy as np

from sandbox.config.schema import TECHNICAL, DatasetConfig, InitConfig, ProbesConfig, RunConfig, keys_with
from sandbox.system.terminal import console, results_table
from sandbox.tracking import summary
from sandbox.trial.outcome import Outcome
from sandbox.trial.table import compared, rows, varying


def outcome() -> Outcome:
    curve = np.array([[3.0, 1.0, np.nan], [1.0, 2.0, np.nan], [2.0, np.nan, np.nan]])
    return Outcome(np.array([0, 1, 2]), {"train/loss": curve}, {"steps_to_threshold": np.array([1.0, np.inf, 2.0])})


def test_a_row_per_replicate_with_every_summary_of_a_curve() -> None:
    table = rows("id", RunConfig(first_replicate=7), outcome())
    assert table["replicate"].tolist() == [7, 8, 9]
    expected = {"": [2.0, np.nan, np.nan], ":first": [3.0, 1.0, np.nan], ":max": [3.0, 2.0, np.nan]}
    expected |= {":min": [1.0, 1.0, np.nan], ":mean": [2.0, 1.5, np.nan]}
    for suffix, values in expected.items():
        np.testing.assert_array_equal(table[f"train/loss{suffix}"], values)
    assert table["steps_to_threshold"].tolist() == [1.0, np.inf, 2.0]
    assert set(table["run_id"]) == {"id"}


def test_arms_that_differ_in_how_they_are_done_are_told_apart_by_it() -> None:
    probes = ProbesConfig(count=3, snapshots=1, names=["spread"], steps=[0, 5], float64=True, predictions=True)
    other = RunConfig(engine="numpy", replicates=3, first_replicate=2, per_draw=1, probes=probes)
    keys = keys_with(TECHNICAL) - {"experiment", "probes"} | {f"probes.{name}" for name in vars(probes)}
    assert {*varying([RunConfig(), other])} == keys


def test_a_diverged_replicate_has_no_extremes() -> None:
    ended = {"diverged_step": np.array([np.nan, 2.0, 0.0])}
    table = rows("id", RunConfig(), replace(outcome(), values=ended))
    for suffix in (":max", ":min", ":mean"):
        assert np.isfinite(table[f"train/loss{suffix}"]).tolist() == [True, False, False]


def test_configuration_columns_are_flat_and_lists_are_words() -> None:
    config = RunConfig(hidden=[16, 8], activation=["relu", "tanh"], init=InitConfig("he", 2.0, None, [1]))
    flat = compared(config)
    assert (flat["hidden"], flat["activation"], flat["init"], flat["init.scale"]) == ("16-8", "relu-tanh", "he", 2.0)
    assert flat["init.zero_layers"] == "1" and "init.path" not in flat
    assert not {"tracking", "engine", "replicates", "resume"} & set(flat)


def test_columns_that_only_follow_their_group_are_not_choices() -> None:
    moons, circles = (
        RunConfig(dataset=DatasetConfig(name, noise=noise)) for name, noise in (("moons", 0.2), ("circles", 0.1))
    )
    assert varying([moons, circles]) == ["dataset"]
    noisy = RunConfig(dataset=DatasetConfig("moons", noise=0.5))
    assert varying([moons, circles, noisy]) == ["dataset", "dataset.noise"]


def test_the_table_on_the_screen_says_what_the_dashboard_says() -> None:
    rng = np.random.default_rng(0)
    losses, times = rng.random((1, 6)), np.array([3.0, 4.5, 7.25, 9.0, np.inf, np.inf])
    found = Outcome(np.array([9]), {"test/loss": losses}, {"steps_to_threshold": times})
    recorded = {name: value for name, _, value in summary(found)}
    with console.capture() as drawn:
        console.print(results_table(rows("id", RunConfig(), found).assign(arm=0), [], list(recorded)[:2]))
    for name in ("test/loss", "steps_to_threshold"):
        assert f"{recorded[name]:.4g}" in drawn.get()
