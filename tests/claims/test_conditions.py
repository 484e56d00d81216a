"""Where a claim holds: conditions that are planted are found, and none is found where there is none."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from sandbox.claims.conditions import Condition, Sorting, Term, candidates, deciding, factors, with_shapes

RATES, SETS, SHAPES = (0.25, 1, 4, 16), ("moons", "circles", "iris", "wine"), ("4", "16", "8-8")
SETTINGS = [
    {"dataset": data, "hidden": hidden, "learning_rate": rate}
    for data, hidden, rate in itertools.product(SETS, SHAPES, RATES)
]


def holds_in(condition: Any) -> list[bool]:
    return [bool(condition(settings)) for settings in SETTINGS]


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        (lambda s: s["learning_rate"] <= 1, "learning_rate <= 1: 24 of 24; elsewhere: 0 of 24"),
        (lambda s: s["learning_rate"] > 4, "learning_rate > 4: 12 of 12; elsewhere: 0 of 36"),
        (lambda s: s["dataset"] != "iris", "dataset is not iris: 36 of 36; elsewhere: 0 of 12"),
        (lambda s: 0.25 < s["learning_rate"] <= 4, "learning_rate > 0.25 and learning_rate <= 4: 24 of 24; elsewhere: 0 of 24"),
        (
            lambda s: s["learning_rate"] <= 1 and s["dataset"] != "wine",
            "dataset is not wine and learning_rate <= 1: 18 of 18; elsewhere: 0 of 30",
        ),
        (lambda s: s["dataset"] in {"iris", "wine"}, "dataset is iris or dataset is wine: 24 of 24; elsewhere: 0 of 24"),
    ],
)  # fmt: skip
def test_a_planted_condition_is_found_and_counted(planted: Any, found: str) -> None:
    answers = holds_in(planted)
    sorting = deciding(SETTINGS, answers, answers, answers)
    assert str(sorting) == found
    assert sorting is not None and sorting.luck < 0.01


def test_a_condition_survives_exceptions_that_it_counts() -> None:
    answers = holds_in(lambda s: s["learning_rate"] <= 1)
    answers[0], answers[-1] = not answers[0], not answers[-1]
    sorting = deciding(SETTINGS, answers, answers, answers)
    assert str(sorting) == "learning_rate <= 1: 23 of 24; elsewhere: 1 of 24"


def test_strata_without_an_answer_are_not_counted() -> None:
    answers: list[bool | None] = [*holds_in(lambda s: s["learning_rate"] <= 1)]
    answers[:10] = [None] * 10
    sorting = deciding(SETTINGS, answers, answers, answers)
    assert sorting is not None and sorting.decided == 38


def test_what_the_other_half_of_the_draws_does_not_confirm_is_no_condition() -> None:
    answers, other = holds_in(lambda s: s["learning_rate"] <= 1), holds_in(lambda s: s["dataset"] == "iris")
    assert deciding(SETTINGS, answers, answers, answers) is not None
    assert deciding(SETTINGS, answers, answers, other) is None
    assert deciding(SETTINGS, answers, other, other) is None  # found on half, refuted by what all draws say


def test_answers_without_a_pattern_have_no_condition() -> None:
    """With 48 strata and a thousand candidates, half-and-half answers at random are sorted nine in ten by luck only."""
    found = 0
    for seed in range(40):
        answers = [bool(x) for x in np.random.default_rng(seed).random(len(SETTINGS)) < 0.5]
        found += deciding(SETTINGS, answers, answers, answers) is not None
    assert found == 0


def test_luck_is_stated_where_strata_are_few() -> None:
    few = [{"activation": a, "dataset": d} for a in ("tanh", "relu", "sigmoid") for d in ("moons", "circles")]
    answers = [s["activation"] != "relu" for s in few]
    sorting = deciding(few, answers, answers, answers)
    assert sorting is not None and str(sorting.condition) == "activation is not relu"
    # of the 15 ways in which two of six strata may be refuted, three are one activation, and no data set has two
    assert sorting.luck == pytest.approx(3 / 15, abs=0.08)  # four standard errors of 400 shuffles
    alone = [s["activation"] != "relu" or s["dataset"] == "moons" for s in few]
    assert deciding(few, alone, alone, alone) is None  # two comparisons for one stratum of six: luck


def test_one_kind_of_answer_needs_no_condition() -> None:
    assert deciding(SETTINGS, [True] * 48, [True] * 48, [True] * 48) is None
    assert deciding([], [], [], []) is None


def test_candidates_differ_in_what_they_hold_in_and_the_simplest_comes_first() -> None:
    conditions, holds = candidates(SETTINGS)
    assert len({row.tobytes() for row in holds}) == len(conditions)
    lengths = [len(condition.terms) for condition in conditions]
    assert lengths == sorted(lengths)
    for condition, row in zip(conditions, holds, strict=True):
        assert [condition.holds(settings) for settings in SETTINGS] == row.tolist()


def test_lists_are_ordered_by_their_length_and_their_first_number() -> None:
    settings = [
        with_shapes({"hidden": hidden}) for hidden in ("4", "8", "16", "4-4", "16-16", "16-16-16", "32", "4-4-4")
    ]
    assert settings[4] == {"hidden": "16-16", "layers of hidden": 2, "width of hidden": 16}
    answers = [s["layers of hidden"] == 1 for s in settings]
    sorting = deciding(settings, answers, answers, answers)
    assert sorting is not None and str(sorting.condition) == "layers of hidden <= 1"
    assert factors([{"a": 1, "b": "x"}, {"a": 1, "b": "y"}]) == ["b"]


def test_where_widths_are_equal_a_condition_speaks_of_the_number_of_layers() -> None:
    settings = [
        with_shapes({"hidden": hidden, "dataset": d}) for hidden in ("4", "4-4") for d in ("moons", "circles", "xor")
    ]
    answers = [s["hidden"] == "4" for s in settings]
    sorting = deciding(settings, answers, answers, answers)
    assert sorting is not None and str(sorting.condition) == "layers of hidden <= 1"
    deeper = [with_shapes({"hidden": hidden}) for hidden in ("4", "4-4", "4-4-4")]
    assert {"layers of hidden <= 1", "hidden is 4-4"} <= {str(condition) for condition in candidates(deeper)[0]}
    wider = [with_shapes({"hidden": hidden}) for hidden in ("4", "8-8")]  # which of the two it is nobody knows
    assert str(candidates(wider)[0][0]) == "hidden is 4"


def test_a_condition_reads_as_it_is_typed() -> None:
    assert (
        str(Condition((Term("rate", "<=", 0.5), Term("init", "is not", "zero")), "or"))
        == "rate <= 0.5 or init is not zero"
    )


def test_undecided_strata_count_where_it_is_to_hold_and_elsewhere() -> None:
    """Five that support it and seven that say nothing are no place where a claim holds; one refuted of four is no elsewhere."""

    def found(inside: Sequence[bool | None], outside: Sequence[bool | None], average: bool = False) -> Sorting | None:
        settings = [{"rate": i, "side": 1} for i in range(len(inside))]
        settings += [{"rate": i, "side": 2} for i in range(len(outside))]
        answers = [*inside, *outside]
        leans = [answer is not False if i < len(inside) else bool(answer) for i, answer in enumerate(answers)]
        return deciding(
            settings, answers, leans, leans, on_average=lambda where: average and where.sum() == len(inside)
        )

    clear = found([True] * 6 + [None] * 2, [False] * 4 + [None] * 4)
    assert clear is not None
    assert (clear.inside, clear.outside, clear.open) == ((6, 6), (0, 4), (2, 4))
    assert str(clear) == "side <= 1: 6 of 6, 2 undecided; elsewhere: 0 of 4, 4 undecided"
    assert found([True] * 5 + [None] * 3, [False] * 4 + [None] * 4) is None
    assert (
        found([True] * 5 + [None] * 3, [False] * 4 + [None] * 4, average=True) is not None
    )  # as where it holds everywhere
    assert found([True] * 3 + [None] * 5, [False] * 4 + [None] * 4, average=True) is None
    assert found([True] * 6 + [None] * 2, [False] * 3 + [None] * 5) is None


def test_strata_without_a_hidden_layer_are_told_apart_as_well() -> None:
    settings = [
        with_shapes({"hidden": hidden, "dataset": d}) for hidden in ("none", "8", "8-8") for d in ("moons", "wine")
    ]
    conditions, holds = candidates(settings)
    told = {str(condition): list(held) for condition, held in zip(conditions, holds, strict=True)}
    assert told["hidden is not none"] == [False, False, True, True, True, True]
    lacking = [{"a": 1, "b": 1}, {"a": 2}]
    assert factors(lacking) == ["a"] and candidates(lacking)[0]
