"""What a measure reads off a table: pairs, ties, what diverged and what never arrived, and what is missing."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sandbox.claims.measures import AgainstTheNext, AtBest, DoseResponse, Paired, Trend, Value
from sandbox.claims.rows import at_best
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
        (NAN, NAN, 0.5),
        (5, INF, 1),
        (INF, 5, 0),
        (INF, INF, 0.5),
    ],
)
def test_a_diverged_or_unfinished_replicate_loses_and_two_of_them_tie(normal: Any, zero: Any, score: Any) -> None:
    pair = NORMAL_WINS(arms(normal=[float(normal)], zero=[float(zero)]))
    assert pair["low"].item() == pair["high"].item() == score
    swapped = replace(NORMAL_WINS, better=NORMAL_WINS.than, than=NORMAL_WINS.better)
    assert swapped(arms(normal=[float(normal)], zero=[float(zero)]))["low"].item() == 1 - score


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
    assert pairs["low"].tolist() == [-1.0] * 4  # normal at 0.1 has 3, zero at 1.0 has 2


def test_the_best_rate_is_chosen_on_other_replicates_so_that_pure_noise_gains_nothing() -> None:
    rng = np.random.default_rng(0)
    losses = rng.normal(size=(50, 400))  # 50 rates that make no difference
    runs = [arms(normal=row).assign(learning_rate=rate) for rate, row in enumerate(losses)]
    chosen = at_best(pd.concat(runs, ignore_index=True), "loss", "learning_rate", lower_is_better=True)
    assert len(chosen) == 400
    assert abs(chosen["loss"].mean()) < 5 / math.sqrt(400)  # five standard errors


def test_the_best_of_several_settings_is_the_best_combination() -> None:
    losses = {(1, 0.1): 3.0, (1, 1.0): 2.0, (10, 0.1): 1.0, (10, 1.0): 4.0}
    runs = [
        pd.DataFrame({"seed": 0, "replicate": range(4), "init.scale": scale, "learning_rate": rate, "loss": loss})
        for (scale, rate), loss in losses.items()
    ]
    table = pd.concat(runs, ignore_index=True)
    chosen = at_best(table, "loss", ("init.scale", "learning_rate"), lower_is_better=True)
    assert chosen["loss"].tolist() == [1.0] * 4
    pair = Paired(
        "loss",
        better={"init.scale": 1},
        than={"init.scale": (1, 10)},
        effect="difference",
        best_over=("init.scale", "learning_rate"),
    )
    assert pair(table)["low"].tolist() == [-1.0] * 4


def test_a_trend_is_taken_within_each_replicate() -> None:
    table = pd.concat(arms("slope", run=str(k), normal=[-float(k), k**2.0, 1.0]).assign(scale=k) for k in (1, 2, 4))
    trend = Trend("slope", over="scale")(table)
    assert trend["low"].tolist() == [-1, 1, -1]
    assert trend["high"].tolist() == [-1, 1, 1]  # the same response to every dose says nothing


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


def test_a_placebo_sets_each_replicate_against_the_next_of_the_same_arm() -> None:
    table = arms("loss", normal=[1.0, NAN, 2.0, 2.0, NAN, INF], zero=[0.0] * 6)
    placebo = AgainstTheNext("loss", where={"init": "normal"})
    assert placebo(table).tolist() == [1, 0, 0.5, 1, 0.5, 0]
    assert replace(placebo, lower_is_better=False)(table).tolist() == [1, 0, 0.5, 1, 0, 1]


def test_a_placebo_finds_nothing_in_noise_however_it_is_distributed() -> None:
    draws = np.random.default_rng(0).standard_cauchy(400)
    share = AgainstTheNext("loss")(arms(normal=draws.tolist())).mean()
    assert abs(share - 0.5) < 5 * math.sqrt(1 / 12 / 400)  # neighbours share a draw: the variance is 1/12n


def test_each_replicate_is_read_at_the_setting_that_trains_best_for_the_others() -> None:
    runs = [
        pd.DataFrame(
            {"seed": 0, "replicate": range(4), "rate": rate, "run_id": str(rate), "train/loss": loss, "test": test}
        )
        for rate, loss, test in [(0.1, [3, 1, 3, 1], [1, 2, 3, 4]), (1.0, [2, 2, 2, 2], [5, 6, 7, NAN])]
    ]
    # replicates 1 and 3 are judged by 0 and 2, which train better at rate 1, and the other way round
    read = AtBest("test", over="rate")(pd.concat(runs, ignore_index=True))
    assert list(read["low"]) == [1, 6, 3, -INF]
    assert list(read["high"]) == [1, 6, 3, INF]
    assert list(read["diverged"]) == [False, False, False, True]
