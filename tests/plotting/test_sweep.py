"""The figures that compare: arms of a sweep, verdicts on claims."""

import math
from dataclasses import replace
from types import ModuleType
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from sandbox.claims.verdict import BEFORE, SYMBOLS, Answer, Interval, StratumVerdict, Verdict, Word, above, below
from sandbox.config.schema import RunConfig
from sandbox.plotting import sweep as arms_module
from sandbox.plotting import verdict as verdicts
from sandbox.plotting import verdict_overview as overview
from sandbox.plotting.canvas.fast_text import stamp_all
from sandbox.plotting.canvas.style import blank, canvas_of
from sandbox.plotting.charts import intervals
from sandbox.plotting.charts.intervals import COLOURS, prediction_words, stratum_words
from sandbox.plotting.charts.panels import MOST_ARMS, default_metric, panels_of
from sandbox.plotting.mechanism import Arm, Picture
from sandbox.plotting.sweep import curve_chart, dot_chart, extremes, learning_curves, sweep_figure
from sandbox.plotting.verdict import verdict_figure
from sandbox.plotting.verdict_overview import placement, verdict_overview
from sandbox.system.arrays import Array
from sandbox.trial.outcome import Outcome, Result

STEPS = np.array([0, 1, 10, 100])


def sweep_of(grid: dict[str, list[object]], R: int = 6) -> tuple[pd.DataFrame, dict[str, Outcome], list[str]]:
    """The tidy table and outcomes of a sweep over a grid of settings."""
    rows, outcomes, rng = [], {}, np.random.default_rng(0)
    index = pd.MultiIndex.from_product(list(grid.values()), names=list(grid))
    for i, setting in enumerate(index):
        loss = rng.lognormal(size=(4, R))
        outcomes[f"run{i}"] = Outcome(STEPS, {"test/loss": loss})
        settings = dict(zip(grid, setting, strict=True))
        rows += [
            {**settings, "run_id": f"run{i}", "replicate": r, "test/loss": loss[-1, r], "train/accuracy": 1.0}
            for r in range(R)
        ]
    return pd.DataFrame(rows), outcomes, list(grid)


def caught(monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> list[Figure]:
    """The figures that a module would have turned into PNGs."""
    figures: list[Figure] = []

    def keep(figure: Figure) -> bytes:
        figures.append(figure)
        return b""

    monkeypatch.setattr(module, "png", keep)
    return figures


def numbers(line: Line2D, axis: str) -> Array:
    return np.asarray(line.get_xdata() if axis == "x" else line.get_ydata(), float)


# --- sweeps -----------------------------------------------------------------------------------------------------------


SWEEPS: dict[str, dict[str, list[object]]] = {
    "one arm": {"init": ["zero"]},
    "two arms": {"init": ["zero", "normal"]},
    "only data sets": {"dataset": ["moons", "circles"]},
    "the usual": {"init": ["zero", "normal"], "activation": ["tanh", "relu"], "dataset": ["moons", "circles"]},
    "numbers": {"init.scale": [10.0, 0.001, 1.0], "hidden": ["4", "16-16"]},
    "many data sets": {"dataset": [f"set{i}" for i in range(7)], "init": ["zero", "normal"]},
    "sixty arms": {"activation": [f"g{i}" for i in range(12)], "seed": [0, 1, 2, 3, 4]},
    "hundreds of arms": {
        "activation": [f"g{i}" for i in range(9)],
        "seed": list(range(20)),
        "init": ["zero", "normal"],
    },
}


@pytest.mark.parametrize("name", SWEEPS)
def test_sweeps_of_any_size_are_drawn_and_no_text_leaves_the_figure(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = caught(monkeypatch, arms_module)
    table, outcomes, names = sweep_of(SWEEPS[name])
    sweep_figure(table, outcomes, names=names, title=name)
    assert_texts_inside(figures[0])


def assert_texts_inside(figure: Figure) -> None:
    stamp_all(figure)
    canvas_of(figure).draw()
    width, height = canvas_of(figure).get_width_height()
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text():
            box = text.get_window_extent()
            assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1 and box.y1 <= height + 1, text.get_text()


def test_a_sweep_is_drawn_with_diverged_and_missing_runs_and_without_outcomes() -> None:
    table, outcomes, names = sweep_of({"init": ["zero", "normal"], "dataset": ["moons", "sine"]})
    table.loc[table["run_id"] == "run0", "test/loss"] = np.nan
    table.loc[table.index[8], "test/loss"] = np.inf
    table.loc[table.index[9], "test/loss"] = 1e300
    table = table[table["run_id"] != "run3"]
    outcomes["run1"].curves["test/loss"][1:] = np.nan
    assert sweep_figure(table, outcomes, names=names)
    assert sweep_figure(table, names=names)
    assert sweep_figure(table, names=names, metric="train/loss")


def readings(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def test_rare_marks_are_explained_where_they_occur_and_one_is_not_many(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = caught(monkeypatch, arms_module)
    table, outcomes, names = sweep_of({"init": ["zero", "normal"]}, R=1)
    sweep_figure(table, outcomes, names=names)
    table, outcomes, names = sweep_of({"activation": [f"g{i}" for i in range(10)], "seed": [0, 1, 2]}, R=40)
    table.loc[table.index[0], "test/loss"] = np.nan
    table.loc[table.index[1], "test/loss"] = 1e9
    sweep_figure(table, outcomes, names=names)
    assert_texts_inside(figures[1])
    few, many = (" ".join(readings(figure)) for figure in figures)
    assert "2 runs × 1 replicate  ·" in few and "30 runs × 40 replicates  ·" in many
    for mark in ("▶: beyond the axis", "✖: diverged", "bold: median over the arms"):
        assert mark in many and mark not in few


@pytest.mark.parametrize(
    ("columns", "unit"),
    [
        ({}, "cross-entropy, nats"),
        ({"output": "auto"}, "cross-entropy, nats"),
        ({"train/accuracy": np.nan, "train/r2": 0.5}, "half the squared error"),
        ({"output": "sigmoid_mse"}, "half the squared error"),
        ({"output": ["auto", "auto", "sigmoid_mse", "sigmoid"] * 3}, ""),
        ({"train/accuracy": [np.nan, 1.0] * 6}, "cross-entropy, nats"),  # some have diverged
        ({"train/accuracy": np.nan}, ""),  # what kind of labels there were cannot be seen
    ],
)
def test_a_loss_has_its_unit_where_all_runs_share_it(columns: dict[str, Any], unit: str) -> None:
    table, _, names = sweep_of({"init": ["zero", "normal"]})
    (panel,) = panels_of(table.assign(**columns), names, "test/loss")
    assert panel.unit == unit
    (panel,) = panels_of(table.assign(**columns), names, "train/accuracy")
    assert panel.unit == ""


@pytest.mark.parametrize("kinds", [1, 2])
def test_panels_share_the_axis_of_their_curves_exactly_where_they_are_comparable(
    kinds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = caught(monkeypatch, arms_module)
    table, outcomes, names = sweep_of({"dataset": ["moons", "other"], "init": ["zero", "normal"]})
    for run, outcome in outcomes.items():
        outcome.curves["test/loss"][:] = np.linspace(1, 0.5 if run in ("run0", "run1") else 1e-3, 4)[:, None]
    if kinds == 2:
        second = table["dataset"] == "other"
        table = table.assign(
            **{"train/accuracy": np.where(second, np.nan, 1.0), "train/r2": np.where(second, 1.0, np.nan)}
        )
    sweep_figure(table, outcomes, names=names)
    axes = [(ax.get_yscale(), ax.get_ylim()) for ax in figures[0].axes if ax.get_xlabel() == "gradient-descent step"]
    assert len(axes) == 2 and axes[1][0] == "log" and (axes[0] == axes[1]) == (kinds == 1)
    labels = {ax.get_ylabel() for ax in figures[0].axes if ax.get_ylabel()}
    units = ["cross-entropy, nats", "half the squared error"][:kinds]
    assert labels == {f"test loss J ({unit})" for unit in units}


def test_data_sets_are_panels_and_every_combination_of_the_rest_is_a_row() -> None:
    table, _, names = sweep_of(SWEEPS["the usual"])
    panels = panels_of(table, names, "test/loss")
    assert [panel.title for panel in panels] == ["moons", "circles"]
    assert [arm.label for arm in panels[0].arms] == ["zero · tanh", "zero · relu", "normal · tanh", "normal · relu"]
    chosen = table.query("dataset == 'circles' and init == 'normal' and activation == 'tanh'")
    np.testing.assert_array_equal(panels[1].arms[2].values, chosen["test/loss"])


def test_numbers_are_sorted_and_named() -> None:
    table, _, names = sweep_of(SWEEPS["numbers"])
    (panel,) = panels_of(table, names, "test/loss")
    assert [arm.label for arm in panel.arms][:3] == [
        "scale 0.001 · hidden 4",
        "scale 0.001 · hidden 16×2",
        "scale 1 · hidden 4",
    ]


def test_beyond_sixty_arms_every_setting_gets_a_panel_with_a_row_per_value() -> None:
    table, _, names = sweep_of(SWEEPS["hundreds of arms"])
    panels = panels_of(table, names, "test/loss")
    assert [panel.title for panel in panels] == ["by activation", "by seed", "by init"]
    assert [len(panel.arms) for panel in panels] == [9, 20, 2]
    medians = table[table["init"] == "zero"].groupby("run_id", sort=False)["test/loss"].median()
    np.testing.assert_array_equal(panels[2].arms[0].values, medians)
    assert all(len(panel.arms) <= MOST_ARMS for panel in panels)


def test_the_tick_of_an_arm_is_its_median_and_the_curve_that_of_its_replicates() -> None:
    table, outcomes, names = sweep_of({"init": ["zero", "normal"]})
    (panel,) = panels_of(table, names, "test/loss")
    ax = blank(4, 3).add_axes((0.1, 0.1, 0.8, 0.8))
    dot_chart(ax, panel, table["test/loss"].to_numpy())
    drawn = {float(x[0]) for x in (numbers(line, "x") for line in ax.lines) if len(x) == 2 and x[0] == x[1]}
    for arm in panel.arms:
        assert any(math.isclose(x, np.median(arm.values), rel_tol=1e-12) for x in drawn)
    lines = learning_curves(panel, outcomes, "test/loss")
    curve_chart(ax := blank(4, 3).add_axes((0.1, 0.1, 0.8, 0.8)), lines, extremes(lines), "test/loss")
    for line, run in zip(ax.lines, outcomes, strict=True):
        np.testing.assert_allclose(numbers(line, "y"), np.median(outcomes[run].curves["test/loss"], axis=1), rtol=1e-12)


def test_the_metric_is_the_test_loss_if_there_is_one() -> None:
    table, _, _ = sweep_of({"init": ["zero"]})
    assert default_metric(table) == "test/loss"
    without = table.assign(**{"test/loss": np.nan})
    assert default_metric(without.assign(**{"train/loss": 1.0})) == "train/loss"
    assert default_metric(without) == "train/accuracy"  # what was probed, where no loss was


# --- verdicts ---------------------------------------------------------------------------------------------------------


def verdict_of(word: Word, estimate: float, interval: Interval, prediction: Interval, strata: int = 1) -> Verdict:
    answers: dict[Word, Answer] = {"holds": "supported", "fails": "refuted"}
    answer = answers.get(word, "undecided")
    rows = tuple(StratumVerdict(f"dataset=set{i} hidden={i}", answer, estimate, interval, 20) for i in range(strata))
    return Verdict(
        claim_id="a-claim", verdict=word, estimate=estimate, interval=interval, level=0.99, look=1, strata=rows,
        control=(), replicates=20, runs=8, statistic="median", effect="of something", unit="steps", prediction=prediction,
        prediction_hash="abc", text="What is behind it. " * 40,
    )  # fmt: skip


INFINITE = Interval(-math.inf, math.inf)
VERDICTS = {
    "supported share": verdict_of("holds", 0.97, Interval(0.92, 1), Interval(0.9, 1), 4),
    "refuted share": verdict_of("fails", 0.2, Interval(0.1, 0.5), Interval(0.9, 1), 2),
    "rounding": verdict_of("holds", 0.0, Interval(0, 3e-16), Interval(0, 1e-10)),
    "far from rounding": verdict_of("fails", 0.4, Interval(0.2, 0.8), Interval(0, 1e-10)),
    "an exact number": verdict_of("holds", 1.0, Interval(1, 1), Interval(1, 1)),
    "one-sided": verdict_of("undecided", 1.1, Interval(0.9, math.inf), above(1)),
    "other side": verdict_of("holds", -3.0, Interval(-5, -1), below(0)),
    "nothing known": verdict_of("undecided", math.nan, INFINITE, above(0)),
    "anything goes": verdict_of("holds", 2.0, Interval(1, 3), INFINITE),
    "infinite": verdict_of("holds", math.inf, Interval(5, math.inf), above(1)),
    "invalid": verdict_of("invalid", 2.0, Interval(1, 3), above(1)),
    "a condition, many strata": verdict_of("holds where", 0.5, Interval(0.2, 0.7), Interval(0.9, 1), 90),
}


@pytest.mark.parametrize("name", VERDICTS)
def test_any_verdict_is_drawn_and_said_and_no_text_leaves_the_figure(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = caught(monkeypatch, verdicts)
    verdict = VERDICTS[name]
    rng = np.random.default_rng(0)
    dots = {row.stratum: rng.normal(size=20) for row in verdict.strata}
    verdict_figure(verdict, "A statement that takes more than one line to be said in full. " * 3, dots)
    assert_texts_inside(figures[0])
    texts = [text.get_text() for text in figures[0].findobj(Text)]
    assert verdict.verdict in texts and SYMBOLS[verdict.verdict] in texts
    assert f"predicted {prediction_words(verdict.prediction)}" in texts


def test_long_words_of_a_verdict_stay_inside_its_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = caught(monkeypatch, verdicts)
    long = "share of replicates in which W1 = 0 with random W2, and random W1 with W2 = 0, end below constant weights' loss"
    verdict = replace(verdict_of("fails", 0.2, Interval(0.1, 0.5), Interval(0.9, 1), 3), effect=f"{long} and {long}")
    steps = np.array([0, 1, 10, 100])
    outcome = Outcome(steps, {"train/loss": np.geomspace(1, 0.1, 4)[:, None] * np.ones(4)}, {})
    arms = tuple(
        Arm(f"constant · rate {i} · no zero layers at all", (Result(RunConfig(), "r", outcome, 1.0),)) for i in range(3)
    )
    behind = [Picture("Training loss J", "curves", arms, "train/loss", "sigmoid · moons")] * 2
    verdict_figure(verdict, "The same.", behind=behind, asked="Is it zero that traps a layer, or equality?")
    assert_texts_inside(figures[0])
    left, right = figures[0].axes[1:]
    named = [text.get_window_extent().x1 for text in left.texts if "constant" in text.get_text()]
    beside = right.get_tightbbox()
    assert beside is not None and len(named) == len(arms) and max(named) < beside.x0
    assert "Is it zero that traps a layer, or equality?" in "".join(t.get_text() for t in figures[0].findobj(Text))


@pytest.mark.parametrize("name", VERDICTS)
def test_an_interval_lies_inside_its_band_exactly_where_the_prediction_contains_it(name: str) -> None:
    verdict = VERDICTS[name]
    place = placement(verdict.prediction, [verdict.estimate, verdict.interval.low, verdict.interval.high])
    ends, band = [[place(x.low), place(x.high)] for x in (verdict.interval, verdict.prediction)]
    assert 0 <= ends[0] <= ends[1] <= 1
    closed = Interval(verdict.prediction.low, verdict.prediction.high)
    assert (band[0] <= ends[0] and ends[1] <= band[1]) == closed.contains(verdict.interval)


def test_the_overview_has_a_row_per_claim_and_counts_the_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = caught(monkeypatch, overview)
    verdict_overview(list(VERDICTS.values()), {"a-claim": "A statement of some length. " * 9})
    assert_texts_inside(figures[0])
    texts = [text.get_text() for text in figures[0].findobj(Text)]
    assert texts.count("a-claim") == len(VERDICTS)
    holding = sum(verdict.verdict == "holds" for verdict in VERDICTS.values())
    assert any(f"✓ {holding} holds  ·" in text for text in texts)


def test_an_interval_of_one_number_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = caught(monkeypatch, overview)
    verdict_overview([VERDICTS["an exact number"], VERDICTS["supported share"]])
    texts = readings(figures[0])
    assert "1" in texts and "0.97,  0.92 to 1" in texts and "1,  1 to 1" not in texts


def test_every_word_has_a_sign_and_a_colour_of_its_own_and_so_has_what_it_was_called_before() -> None:
    words = set(get_args(Word))
    assert set(SYMBOLS) == set(COLOURS) == words | set(BEFORE.values())
    assert len({SYMBOLS[word] for word in words}) == len({COLOURS[word] for word in words}) == len(words)
    assert all(SYMBOLS[was] == SYMBOLS[word] and COLOURS[was] == COLOURS[word] for word, was in BEFORE.items())


def test_predictions_and_strata_are_put_in_words() -> None:
    assert prediction_words(above(1)) == "> 1"
    assert prediction_words(Interval(-math.inf, 0.5)) == "≤ 0.5"
    assert prediction_words(Interval(0, 1e-10)) == "0 to 10⁻¹⁰"
    assert stratum_words("dataset=moons hidden=4 init.scale=0.01") == "moons · hidden 4 · scale 0.01"
    assert stratum_words("hidden=16-16-16 init=he") == "hidden 16×3 · he"
    assert stratum_words("hidden=16-8-8 activation=relu-tanh") == "hidden 16-8-8 · relu-tanh"
    assert (
        stratum_words("dataset=digits_3_8 hidden=none dataset.standardise=False")
        == "digits 3/8 · no hidden layer · as measured"
    )
    assert stratum_words("activation=leaky_relu trial.size=8") == "leaky relu · |z| 8"
    assert stratum_words("not a condition") == "not a condition"
    assert intervals.number(math.nan) == "unknown"
