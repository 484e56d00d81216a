"""What a measure reads off a table: pairs, ties, what diverged and what never arrived, and what is missing."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sandbox.claims.measures import SAME, SIZE, AtBest, DoseResponse, Paired, Permuted, Trend, Value
from sandbox.claims.rows import MissingColumnError, at_best
from sandbox.system.errors import InputError

INF, NAN = math.inf, math.nan


def arms(column: str = "loss", run: str = "", **values: list[float]) -> pd.DataFrame:
    """One run per arm, named by `init`."""
    runs = [
        pd.DataFrame({"init": arm, "run_id": arm + run, "seed": 0, "replicate": range(len(numbers)), column: numbers})
        for arm, numbers in values.items()
    ]
    return pd.concat(runs)


NORMAL_WINS = Paired("loss", better={"init": "normal"}, than={"init": "zero"})


@pytest.mark.parametrize(
    ("normal", "zero", "score"),
    [
        (1, 2, 1),
        (2, 1, 0),
        (1, 1, 0.5),
        (1, NAN, 1),
        (NAN, 1, 0),
        (5, INF, 1),
        (INF, 5, 0),
    ],
)
def test_a_diverged_or_unfinished_replicate_loses(normal: Any, zero: Any, score: Any) -> None:
    pair = NORMAL_WINS(arms(normal=[float(normal)], zero=[float(zero)]))
    assert pair["low"].item() == pair["high"].item() == score
    swapped = replace(NORMAL_WINS, better=NORMAL_WINS.than, than=NORMAL_WINS.better)
    assert swapped(arms(normal=[float(normal)], zero=[float(zero)]))["low"].item() == 1 - score


@pytest.mark.parametrize(("normal", "zero"), [(NAN, NAN), (INF, INF), (NAN, INF)])
def test_a_pair_of_which_neither_arrives_could_be_anything(normal: float, zero: float) -> None:
    pair = NORMAL_WINS(arms(normal=[normal], zero=[zero]))
    assert (pair["low"].item(), pair["high"].item()) == (0, 1)
    assert pair["unknown"].item() and not pair["tied"].item()
    assert math.isnan(pair[SIZE].item()) and math.isnan(pair[SAME].item())


def test_arms_within_the_margin_are_the_same() -> None:
    table = arms(normal=[1.0, 1.0, 1.0, 1.0], zero=[1.005, 1.02, 0.995, 0.9])
    pairs = replace(NORMAL_WINS, margin=0.01)(table)
    assert pairs["low"].tolist() == [0.5, 1, 0.5, 0]
    assert pairs[SAME].tolist() == [1, 0, 1, 0]
    assert pairs[SIZE].tolist() == pytest.approx([0.005, 0.02, -0.005, -0.1])
    times = replace(NORMAL_WINS, margin=0.05, size="ratio")(
        arms(normal=[100.0, 100.0, 100.0], zero=[104.0, 106.0, 95.0])
    )
    assert times["low"].tolist() == [0.5, 1, 0]  # 100 / 95 is more than 5 %
    assert times[SIZE].tolist() == pytest.approx([1.04, 1.06, 0.95])


def drawn(rng: np.random.Generator, draws: int = 40, per: int = 2, gap: float = 0.0) -> pd.DataFrame:
    """Two arms at four rates, all equally good but for `gap`; the test loss has the luck of its draw and its own."""
    runs = []
    luck = {rate: rng.normal(size=draws) for rate in (0.25, 1.0, 4.0, 16.0)}
    for arm, ahead in (("normal", gap), ("zero", 0.0)):
        for rate, of_draw in luck.items():
            draw = np.repeat(np.arange(draws), per)
            truth = of_draw[draw] - ahead
            numbers = {
                "loss": truth + rng.normal(size=len(draw)),
                "validation/loss": truth + rng.normal(size=len(draw)),
            }
            settings = {"init": arm, "rate": rate, "run_id": f"{arm}{rate}", "seed": 0, "draw": draw}
            runs.append(pd.DataFrame({**settings, "replicate": range(len(draw)), **numbers}))
    return pd.concat(runs, ignore_index=True)


def test_the_best_rate_is_chosen_on_validation_samples_of_other_draws() -> None:
    table = drawn(np.random.default_rng(0))
    measure = replace(NORMAL_WINS, best_over="rate", choose_by="validation/loss")
    before = measure(table)
    shuffled = table.assign(loss=table.groupby("run_id")["loss"].transform(lambda x: x.to_numpy()[::-1]))
    chosen = at_best(table, "validation/loss", "rate", lower_is_better=True)
    assert before["low"].tolist() != measure(shuffled)["low"].tolist()
    pd.testing.assert_index_equal(
        chosen.index, at_best(shuffled, "validation/loss", "rate", lower_is_better=True).index
    )
    # what is chosen for the even draws hangs on the odd ones alone
    half = table["draw"] % 2 == 0
    worse = table.assign(**{"validation/loss": table["validation/loss"] + 100.0 * half * (table["rate"] == 1)})
    again = at_best(worse, "validation/loss", "rate", lower_is_better=True)
    assert set(again[again["draw"] % 2 == 0].index) == set(chosen[chosen["draw"] % 2 == 0].index)
    with pytest.raises(MissingColumnError, match="validation/loss"):
        measure(table.drop(columns="validation/loss"))


def test_had_the_best_setting_not_been_tried_each_arm_takes_its_second_best() -> None:
    table = drawn(np.random.default_rng(1))
    table["validation/loss"] += (table["rate"] - 5) ** 2 + 100.0 * (table["init"] == "zero") * (table["rate"] == 4)
    measure = replace(NORMAL_WINS, best_over="rate", choose_by="validation/loss")
    (second,) = measure.neighbours(table).values()

    def chosen(arm: str, rank: int) -> set[float]:
        rows = table[table["init"] == arm]
        return set(at_best(rows, "validation/loss", "rate", lower_is_better=True, rank=rank)["rate"])

    assert (chosen("normal", 0), chosen("normal", 1)) == ({4.0}, {1.0})
    assert (chosen("zero", 0), chosen("zero", 1)) == ({1.0}, {0.25})
    assert second.rank == 1
    assert NORMAL_WINS.neighbours(table) == {}
    assert measure.neighbours(table[table["rate"] > 1]) == {}  # of two, the second best is the other one


@pytest.mark.parametrize("best_over", [None, "rate"])
def test_a_placebo_with_exchanged_names_finds_nothing_however_far_the_arms_are_apart(best_over: str | None) -> None:
    table = drawn(np.random.default_rng(2), gap=50.0)
    if best_over is None:
        table = table[table["rate"] == 1]
    measure = replace(NORMAL_WINS, best_over=best_over)
    assert measure(table)["low"].mean() == 1
    assert 0.3 < Permuted(measure)(table)["low"].groupby(level="draw").mean().mean() < 0.7  # 30 draws or more


def test_a_placebo_notices_a_measure_that_favours_one_side() -> None:
    class Always(Paired):
        def compared(self, rows: pd.DataFrame, better: pd.Series, than: pd.Series) -> pd.DataFrame:
            return super().compared(rows, better - 100, than)

    table = drawn(np.random.default_rng(3))
    rigged = Always("loss", better={"init": "normal"}, than={"init": "zero"}, best_over="rate")
    assert Permuted(rigged)(table)["low"].mean() == 1


@pytest.mark.parametrize(
    ("effect", "normal", "zero", "low", "high"),
    [
        ("difference", 10, 40, 30, 30),
        ("difference", 10, INF, 90, INF),  # zero arrives after step 100, if ever
        ("difference", INF, 10, -INF, -90),
        ("difference", INF, INF, -INF, INF),
        ("ratio", 10, 40, 4, 4),
        ("ratio", 10, INF, 10, INF),
        ("ratio", INF, 10, 0, 0.1),
        ("ratio", INF, INF, 0, INF),
    ],
)
def test_what_the_budget_cut_off_is_known_to_lie_beyond_it_and_no_more(
    effect: Any, normal: Any, zero: Any, low: Any, high: Any
) -> None:
    table = arms(normal=[float(normal)], zero=[float(zero)]).assign(steps=100)
    pair = replace(NORMAL_WINS, effect=effect, budget="steps")(table)
    assert (pair["low"].item(), pair["high"].item()) == (low, high)


def test_higher_can_be_better() -> None:
    table = arms("accuracy", normal=[0.9, NAN, 0.5], zero=[0.6, 0.1, NAN])
    measure = replace(NORMAL_WINS, column="accuracy", lower_is_better=False)
    assert measure(table)["low"].tolist() == [1, 0, 1]
    assert replace(measure, effect="ratio")(table)["low"].tolist() == [pytest.approx(1.5), 0, INF]
    assert replace(measure, effect="difference")(table)["low"].tolist() == [pytest.approx(0.3), -INF, INF]


def test_replicates_are_paired_by_seed_and_number_in_any_order_of_rows() -> None:
    first, second = arms(normal=[1.0, 9.0], zero=[2.0, 8.0]), arms(run="'", normal=[3.0], zero=[7.0]).assign(seed=1)
    table = pd.concat([first, second])
    shuffled = table.sample(frac=1, random_state=3)
    assert NORMAL_WINS(table)["low"].tolist() == [1, 0, 1]
    pd.testing.assert_frame_equal(NORMAL_WINS(shuffled), NORMAL_WINS(table))


def test_units_cancel_in_a_ratio() -> None:
    table = arms(normal=[1.0, 2.0], zero=[3.0, 5.0])
    ratio = replace(NORMAL_WINS, effect="ratio")
    np.testing.assert_allclose(ratio(table.assign(loss=table["loss"] * 1024))["low"], ratio(table)["low"], rtol=0)


def test_each_arm_uses_its_own_best_rate() -> None:
    rates = [arms(run=str(rate), normal=[good] * 4, zero=[bad] * 4).assign(learning_rate=rate)
             for rate, good, bad in ((0.1, 3.0, 4.0), (1.0, 9.0, 2.0))]  # fmt: skip
    pairs = replace(NORMAL_WINS, effect="difference", best_over="learning_rate")(
        pd.concat(rates).reset_index(drop=True)
    )
    assert pairs["low"].tolist() == [-1.0] * 3  # normal at 0.1 has 3, zero at 1.0 has 2; the first replicate chose


def test_the_best_rate_is_chosen_on_a_pilot_so_that_pure_noise_gains_nothing() -> None:
    rng = np.random.default_rng(0)
    losses = rng.normal(size=(50, 400))  # 50 rates that make no difference
    runs = [arms(normal=row).assign(learning_rate=rate) for rate, row in enumerate(losses)]
    chosen = at_best(pd.concat(runs, ignore_index=True), "loss", "learning_rate", lower_is_better=True)
    assert len(chosen) == 300
    assert abs(chosen["loss"].mean()) < 5 / math.sqrt(300)  # five standard errors


def test_the_best_of_several_settings_is_the_best_combination() -> None:
    losses = {(1, 0.1): 3.0, (1, 1.0): 2.0, (10, 0.1): 1.0, (10, 1.0): 4.0}
    runs = [
        pd.DataFrame({"seed": 0, "replicate": range(4), "init.scale": scale, "learning_rate": rate, "loss": loss})
        for (scale, rate), loss in losses.items()
    ]
    table = pd.concat(runs, ignore_index=True)
    chosen = at_best(table, "loss", ("init.scale", "learning_rate"), lower_is_better=True)
    assert chosen["loss"].tolist() == [1.0] * 3
    pair = Paired(
        "loss",
        better={"init.scale": 1},
        than={"init.scale": (1, 10)},
        effect="difference",
        best_over=("init.scale", "learning_rate"),
    )
    assert pair(table)["low"].tolist() == [-1.0] * 3


def test_a_trend_is_taken_within_each_replicate() -> None:
    table = pd.concat(arms("slope", run=str(k), normal=[-float(k), k**2.0, 1.0]).assign(scale=k) for k in (1, 2, 4))
    trend = Trend("slope", over="scale")(table)
    assert trend["low"].tolist() == [-1, 1, 0]
    assert trend["high"].tolist() == [-1, 1, 0]  # the same response to every dose is no trend
    never = Trend("slope", over="scale")(table.assign(slope=INF))
    assert (never["low"].tolist(), never["high"].tolist()) == ([-1] * 3, [1] * 3)  # none at all could be any


def test_a_trend_may_use_a_measured_dose_and_diverged_is_the_worst_response() -> None:
    table = pd.concat(arms("steps", normal=[steps]).assign(scale=k, dose=-k, run_id=k)
                      for k, steps in ((1, NAN), (2, 5.0), (4, 3.0)))  # fmt: skip
    assert Trend("steps", over="scale", dose="dose")(table)["low"].tolist() == [1]


def test_dose_and_response_of_single_replicates() -> None:
    table = arms("steps", normal=[5.0, NAN, 7.0]).assign(dose=[0.1, 0.2, 0.3])
    frame = DoseResponse("dose", "steps")(table)
    assert frame["response"].tolist() == [5, INF, 7]
    with pytest.raises(InputError, match="expected a dose for every replicate, got 1 NaN"):
        DoseResponse("steps", "dose")(table)


def test_a_value_may_be_computed_from_several_columns() -> None:
    table = arms(normal=[1.0, NAN], zero=[0.0, 0.0]).assign(other=2.0)
    frame = Value(lambda rows: rows["loss"] + rows["other"], where={"init": "normal"})(table)
    assert frame["low"].tolist() == [3, -INF]
    assert frame["high"].tolist() == [3, INF]
    assert frame["diverged"].tolist() == [False, True]


@pytest.mark.parametrize(
    ("measure", "message"),
    [
        (Value("los"), "expected a column 'los' in the table; did you mean 'loss'?"),
        (Value("loss", where={"int": "zero"}), "expected a column 'int' in the table; did you mean 'init'?"),
        (Value("loss", where={"init": ("he", "xavier")}), "expected runs with init=he,xavier, got init: normal, zero"),
        (Value("loss"), "expected one row per replicate, got 2 that differ in init, scale; name it in strata or where"),
        (Value("init"), "expected numbers in column 'init', got 'normal'"),
        (Trend("loss", over="scale"), "expected at least 3 values of scale for a trend, got 2"),
    ],
)  # fmt: skip
def test_what_the_table_lacks_is_named(measure: Any, message: Any) -> None:
    with pytest.raises(InputError) as error:
        measure(arms(normal=[1.0, 4.0], zero=[2.0, 3.0]).assign(scale=[1, 1, 2, 2]))
    assert str(error.value) == message


def test_an_unpaired_replicate_is_an_error() -> None:
    with pytest.raises(InputError, match="same replicates of init=normal and init=zero, got 1 of one arm only"):
        NORMAL_WINS(arms(normal=[1.0, 2.0], zero=[2.0]))


def test_two_runs_of_one_configuration_are_an_error() -> None:
    with pytest.raises(InputError, match="got 2 of equal configuration"):
        Value("loss")(pd.concat([arms(normal=[1.0]), arms(normal=[1.0], run="again")]))


def test_a_negative_number_has_no_ratio() -> None:
    with pytest.raises(InputError, match="numbers >= 0 for a ratio"):
        replace(NORMAL_WINS, effect="ratio")(arms(normal=[-1.0], zero=[2.0]))


def test_each_replicate_is_read_at_the_setting_that_trains_best() -> None:
    runs = [
        pd.DataFrame(
            {"seed": 0, "replicate": range(4), "rate": rate, "run_id": str(rate), "train/loss": loss, "test": test}
        )
        for rate, loss, test in [(0.1, [3, 1, 3, 1], [1, 2, 3, 4]), (1.0, [2, 2, 2, 2], [5, 6, 7, NAN])]
    ]
    read = AtBest("test", over="rate")(pd.concat(runs, ignore_index=True))
    assert list(read["low"]) == [5, 2, 7, 4]
    runs[1] = runs[1].assign(**{"train/loss": [0, 0, 0, 0]})
    read = AtBest("test", over="rate")(pd.concat(runs, ignore_index=True))
    assert list(read["high"]) == [5, 6, 7, INF]
    assert list(read["diverged"]) == [False, False, False, True]
