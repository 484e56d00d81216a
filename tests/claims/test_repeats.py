"""Several tries of one claim, compared: words, conditions, strata."""

from dataclasses import replace

import pytest

from sandbox.claims.conditions import Condition, Sorting, Term
from sandbox.claims.repeats import compared, standing, summary, told_of_all
from sandbox.claims.verdict import NEARLY_ALWAYS, Answer, Interval, StratumVerdict, Verdict, Word

SIGNS: dict[str, Answer] = {"+": "supported", "-": "refuted", "?": "undecided"}


def tried(word: Word, answers: str, condition: tuple[str, float] | None = None) -> Verdict:
    """One try: a letter per stratum, and the bound of a factor if it holds where that is not exceeded."""
    strata = tuple(StratumVerdict(f"rate={i}", SIGNS[each], 0.5, Interval(0, 1), 9) for i, each in enumerate(answers))
    where = None
    if condition:
        where = Sorting(Condition((Term(condition[0], "<=", condition[1]),)), (1, 1), (0, 1), (2, 2), 0.01)
    return Verdict(
        claim_id="c", verdict=word, estimate=0.5, interval=Interval(0, 1), level=0.95, look=1, strata=strata, control=(),
        replicates=9, runs=2, statistic="share", effect="of pairs", unit="", prediction=NEARLY_ALWAYS,
        prediction_hash="0" * 64, where=where,
    )  # fmt: skip


def test_a_claim_that_says_the_same_every_time_differs_in_nothing() -> None:
    found = compared([tried("holds", "+++?")] * 3)
    assert found.same_word and not found.flipped and found.opposite == () and found.strata == (4, 4)
    assert "the same every time for 1 of 1" in summary([found]) and "fails in another: none" in summary([found])


def test_a_word_that_turns_into_its_opposite_is_a_flip_and_one_left_open_is_none() -> None:
    flipped = compared([tried("holds", "+++"), tried("fails", "--+")])
    assert flipped.flipped and flipped.opposite == ("rate=0", "rate=1") and flipped.strata == (1, 3)
    assert "fails in another: c" in summary([flipped])
    left_open = compared([tried("holds", "++"), tried("undecided", "+?")])
    assert not left_open.flipped and not left_open.same_word and left_open.opposite == ()


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ([("rate", 1.0), ("rate", 1.0)], "alike"),
        ([("rate", 1.0), ("rate", 4.0)], "the same factors"),
        ([("rate", 1.0), ("width", 1.0)], "others"),
        ([("rate", 1.0), None], ""),
    ],
)
def test_conditions_are_compared_by_what_they_name(conditions: list[tuple[str, float] | None], said: str) -> None:
    found = compared([tried("holds where" if each else "fails", "+-", each) for each in conditions])
    assert found.conditions == said


def test_a_stratum_that_one_try_lacks_does_not_count_as_the_same() -> None:
    less = tried("holds", "+++")
    assert compared([less, replace(less, strata=less.strata[:2])]).strata == (2, 3)


def test_without_repeats_the_summary_says_so() -> None:
    assert summary([]) == "No claim has been tried with other seeds yet."


RATE, WIDTH = ("rate", 1.0), ("width", 1.0)


@pytest.mark.parametrize(
    ("tries", "word", "said"),
    [
        ([tried("holds", "+++")] * 3, "holds", "holds"),
        ([tried("holds", "+++"), tried("undecided", "+??")], "undecided", "undecided (holds in 1 of 2 tries)"),
        ([tried("undecided", "?"), tried("fails", "-"), tried("fails", "-")], "undecided", "(fails in 2 of 3 tries)"),
        ([tried("holds", "+"), tried("fails", "-")], "undecided", "(holds in 1 of 2 tries, fails in 1 of 2 tries)"),
        ([tried("holds where", "+-", RATE)] * 2, "holds where", "holds where rate <= 1"),
        (
            [tried("holds where", "+-", RATE), tried("fails", "+-")],
            "fails",
            "fails in 1 of 2 (holds where rate <= 1 in",
        ),
        ([tried("holds where", "+-", RATE), tried("holds where", "+-", WIDTH)], "fails", "holds where width <= 1 in 1"),
        ([tried("holds where", "+-", RATE), tried("undecided", "+?")], "undecided", "(holds where rate <= 1 in 1 of 2"),
        ([tried("fails", "+--"), tried("fails", "+-+")], "fails", "fails in 1 to 2 of 3"),
        ([tried("holds", "+"), tried("invalid", "+")], "invalid", "invalid (holds in 1 of 2 tries)"),
    ],
)
def test_what_stands_is_what_every_try_says(tries: list[Verdict], word: Word, said: str) -> None:
    assert standing(tries) == standing(tries[::-1]) == word
    assert said in told_of_all(tries)


def test_a_condition_that_one_try_does_not_find_is_named_as_that() -> None:
    found = compared([tried("holds where", "+-", RATE), tried("fails", "+-")])
    assert "found every time: 0" in summary([found]) and "in some tries only: c" in summary([found])
