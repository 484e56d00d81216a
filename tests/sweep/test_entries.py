"""Which of several tries of an experiment its verdict is taken from, and which ones are repeats of it."""

from dataclasses import replace

import pytest

from sandbox.claims.verdict import Verdict, Word
from sandbox.claims.worth import Budget
from sandbox.sweep import entries
from sandbox.sweep.entries import declared_first, entry
from sandbox.tracking import Run, Store
from sandbox.trial import registry
from tests.claims.test_repeats import tried


@pytest.mark.parametrize(("experiment", "declared"), [("symmetry", "0"), ("relu", "100")])
def test_the_try_with_the_seeds_of_the_design_comes_before_later_ones_with_others(
    experiment: str, declared: str
) -> None:
    tried = [
        Run(
            run_id=f"{seed}/{of_data}",
            name="",
            status="FINISHED",
            params={},
            tags={"seed": seed, "dataset.seed": of_data},
        )
        for seed, of_data in (("2", "2"), ("1", "1"), (declared, "7"), (declared, declared))
    ]
    assert [run.run_id for run in declared_first(experiment, tried)] == [
        f"{declared}/{declared}",
        "2/2",
        "1/1",
        f"{declared}/7",
    ]


CLAIM = registry.load("symmetry").claims[0]


def sweep(seed: str, of_data: str) -> Run:
    return Run(f"{seed}/{of_data}", "", "FINISHED", {}, {"seed": seed, "dataset.seed": of_data})


def verdict(word: Word, promise: str = "now") -> dict[str, Verdict]:
    answers = {"holds": "+++", "undecided": "+??"}.get(word, "---")
    return {CLAIM.id: replace(tried(word, answers), claim_id=CLAIM.id, prediction_hash=promise)}


def test_the_word_is_what_all_tries_say_and_settings_that_were_changed_are_no_tries_of_one_design() -> None:
    found = [(sweep("0", "0"), verdict("holds")), (sweep("1", "1"), verdict("undecided"))]
    told = entry("symmetry", CLAIM, "now", found, "declared")
    assert (told.word, told.told) == ("undecided", "undecided (holds in 1 of 2 tries)") and len(told.repeats) == 1
    budgets: tuple[Budget, ...] = ("changed", "quick")
    for budget in budgets:
        alone = entry("symmetry", CLAIM, "now", found, budget)
        assert alone.word == "holds" and not alone.repeats


def test_a_verdict_on_the_present_promise_comes_before_earlier_ones_and_these_have_no_repeats() -> None:
    old, new = (sweep("0", "0"), verdict("fails", "before")), (sweep("1", "1"), verdict("holds"))
    told = entry("symmetry", CLAIM, "now", [old, new], "declared")
    assert told.word == "holds" and told.sweep == new[0] and not told.repeats
    stale = entry("symmetry", CLAIM, "now", [old, (sweep("1", "1"), verdict("holds", "before"))], "declared")
    assert stale.word == "stale" and not stale.repeats and stale.agreement == ""
    assert entry("symmetry", CLAIM, "now", [(sweep("0", "0"), {})], "declared").word == "untried"


def test_other_weights_on_the_same_data_are_no_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "_is_intact", lambda *_: True)
    judged = [sweep("0", "0"), sweep("1", "0"), sweep("0", "1"), sweep("1", "1"), sweep("1", "1")]
    assert entries._latest(Store("none"), judged) == [judged[0], judged[3]]
