"""The heat map: which two factors it shows, and what its cells say."""

import numpy as np
import pandas as pd
import pytest

from sandbox.plotting import heat_map as module
from sandbox.plotting.heat_map import heat_map, two_factors
from tests.plotting.test_sweep import assert_texts_inside, caught, readings


def table_of(**levels: list[object]) -> pd.DataFrame:
    """Five replicates in every cell, whose loss is that of its scale and rate: best where both are in the middle."""
    index = pd.MultiIndex.from_product([*levels.values(), range(5)], names=[*levels, "replicate"])
    table = index.to_frame(index=False)
    scale, rate = table["init.scale"].to_numpy(float), table["learning_rate"].to_numpy(float)
    loss = 0.1 + np.log10(scale) ** 2 + np.log10(rate) ** 2
    return table.assign(**{"test/loss": loss * (1 + 0.1 * table["replicate"]), "run_id": scale.astype(str)})


GRID: dict[str, list[object]] = {"init.scale": [0.1, 1.0, 10.0], "learning_rate": [0.1, 1.0]}


def test_a_cell_has_the_median_and_the_spread_of_its_replicates_and_the_best_is_framed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    figures = caught(monkeypatch, module)
    heat_map(table_of(**GRID), names=list(GRID), of="mine")
    texts = readings(figures[0])
    assert "mine: what rate and scale do to the test loss J" in texts
    assert "0.12" in texts and "0.1 to 0.14" in texts  # 0.1 times 1 to 1.4: its median and its 10-90 %
    (frame,) = (patch for patch in figures[0].axes[0].patches if patch.get_linewidth() == 2)
    assert tuple(np.round(frame.get_extents().get_points().mean(axis=0))) == tuple(
        figures[0].axes[0].transData.transform((1, 1)).round()
    )
    assert_texts_inside(figures[0])


def test_the_two_factors_that_matter_most_are_shown_and_the_others_are_panels_or_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    figures = caught(monkeypatch, module)
    table = table_of(**GRID, seed=list(range(9)), dataset=["moons", "circles"])
    names = ["seed", "dataset", *GRID]
    assert set(two_factors(table, names, "test/loss") or ()) == set(GRID)
    heat_map(table, names=names)
    assert [ax.get_title(loc="left") for ax in figures[0].axes] == ["moons", "circles"]
    assert any("over all values of seed" in text for text in readings(figures[0]))


def test_what_diverged_is_counted_and_what_was_never_run_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = caught(monkeypatch, module)
    table = table_of(**(GRID | {"learning_rate": [0.1, 1.0, 10.0]}))
    table.loc[:4, "test/loss"] = np.nan
    table.loc[5:6, "test/loss"] = np.inf
    heat_map(table.iloc[:-5], names=list(GRID))
    said = " | ".join(readings(figures[0]))
    assert "✖ all" in said and "✖2" in said and "no run" in said


def test_there_is_no_map_of_one_factor_nor_of_a_few_cells() -> None:
    assert heat_map(table_of(**(GRID | {"learning_rate": [1.0]})), names=list(GRID)) is None
    assert heat_map(table_of(**(GRID | {"init.scale": [1.0, 10.0]})), names=list(GRID)) is None


def test_who_never_arrives_takes_longest_and_has_not_diverged(monkeypatch: pytest.MonkeyPatch) -> None:
    figures, never = caught(monkeypatch, module), np.inf
    table = table_of(**GRID).assign(steps_to_threshold=50.0)
    first, second = ((table["init.scale"] == scale) & (table["learning_rate"] == 0.1) for scale in (0.1, 1.0))
    table.loc[first, "steps_to_threshold"] = [27.0, never, never, never, never]
    table.loc[second, "steps_to_threshold"] = [20.0, 30.0, 40.0, 41.0, never]
    heat_map(table, names=list(GRID), metric="steps_to_threshold")
    texts = readings(figures[0])
    assert "✖ 4 of 5" in texts and "20 to never ✖1" in texts and "40" in texts
    assert any("✖: never, which is longest" in text for text in texts)
