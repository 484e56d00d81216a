"""What others call a key or a name leads to ours, and nothing else does."""

import pytest

from sandbox.config.hints import KEYS, LACKING, NAMES, key_hint, name_hint
from sandbox.config.names import TABLES, groups, keys, names_of, options_of

OURS = {*keys(), *groups(), "hydra/launcher"}


def test_every_hint_leads_to_a_key_that_is_there_from_one_that_is_not() -> None:
    assert {*KEYS.values()} <= OURS
    assert not OURS & {*KEYS, *LACKING}


def test_every_name_that_is_meant_is_there() -> None:
    there = {name for group in groups() for name in options_of(group)} | {n for key in TABLES for n in names_of(key)}
    assert {*NAMES.values()} <= there


@pytest.mark.parametrize("key", ["stpes", "replicate", "dataset.sample", "Learning-Rate"])
def test_a_mistyped_key_has_a_nearest_one(key: str) -> None:
    assert "did you mean" in key_hint(key, OURS)


@pytest.mark.parametrize("key", ["zebra", "look", "threads", "x"])
def test_a_word_that_is_like_nothing_gets_no_far_fetched_suggestion(key: str) -> None:
    assert key_hint(key, OURS) in ("; --help lists them", "; did you mean 'looks'?" if key == "look" else "")


@pytest.mark.parametrize(
    ("got", "meant"), [("RELU", "relu"), ("leaky", "leaky_relu"), ("tahn", "tanh"), ("Logistic", "sigmoid")]
)
def test_a_name_is_found_by_its_spelling_or_its_other_name(got: str, meant: str) -> None:
    assert name_hint(got, names_of("activation")) == f"; did you mean {meant!r}?"


def test_where_nothing_is_near_all_names_are_listed() -> None:
    assert name_hint("moonshine", ["circles", "xor"]) == "; one of: circles, xor"
