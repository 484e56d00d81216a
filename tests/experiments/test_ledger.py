"""The ledger's data: no verdict says other than its own strata, and what was found is told of the right word."""

import json
from typing import Any, get_args

import pytest

from experiments import every_claim, findings
from sandbox.claims.conclusion import contradictions
from sandbox.claims.report import told
from sandbox.claims.verdict import Verdict, Word
from sandbox.sweep.ledger import LEDGER
from sandbox.sweep.promises import promised

DATA = LEDGER.with_suffix(".json")
LINES: list[dict[str, Any]] = json.loads(DATA.read_text(encoding="utf-8")) if DATA.exists() else []
TRIED = [line for line in LINES if line["verdict"]]
written = pytest.mark.skipif(not LINES, reason="no study of all claims has been written down yet")


@written
@pytest.mark.parametrize("line", TRIED, ids=[line["claim"] for line in TRIED])
def test_no_verdict_says_other_than_its_own_strata(line: dict[str, Any]) -> None:
    verdict = Verdict.from_dict(line["verdict"])
    assert contradictions(verdict) == []


@written
@pytest.mark.parametrize("line", TRIED, ids=[line["claim"] for line in TRIED])
def test_no_word_on_the_ledger_is_that_of_some_tries_only(line: dict[str, Any]) -> None:
    said = [line["verdict"]["verdict"], *(repeat["told"] for repeat in line["repeats"])]
    if line["word"] in ("holds", "holds where"):
        assert all(each.startswith(line["word"]) for each in said)
        assert line["word"] != "holds" or not any(each.startswith("holds where") for each in said)
    if line["word"] == "fails":
        assert all(each.startswith(("fails", "holds where")) for each in said)


@written
@pytest.mark.parametrize("line", TRIED, ids=[line["claim"] for line in TRIED])
def test_what_was_found_is_told_of_the_word_that_it_belongs_to(line: dict[str, Any]) -> None:
    verdict = Verdict.from_dict(line["verdict"])
    found = findings(line["experiment"]).get(verdict.claim_id, {})
    own = found.get(verdict.verdict, "")  # a mechanism may be told under several words
    assert line["word"] == "stale" or own.strip() in verdict.text
    for word, text in found.items():
        assert text == own or text.strip() not in verdict.text, f"{told(verdict)}: tells of {word}"


@written
@pytest.mark.parametrize("line", TRIED, ids=[line["claim"] for line in TRIED])
def test_nothing_is_explained_that_did_not_happen(line: dict[str, Any]) -> None:
    said = [line["verdict"]["verdict"], *(repeat["told"] for repeat in line["repeats"])]
    for word in findings(line["experiment"]).get(line["claim"], {}):
        others = [other for other in get_args(Word) if len(other) > len(word) and other.startswith(word)]
        assert any(each.startswith(word) and not each.startswith(tuple(others)) for each in said), word


@written
def test_the_ledger_has_every_claim_and_says_of_which_promise_it_speaks() -> None:
    assert [line["claim"] for line in LINES] == [claim.id for claim in every_claim()]
    now = promised()
    for line in TRIED:
        fresh = line["verdict"]["prediction_hash"] == now[line["claim"]][1]
        assert (line["word"] == "stale") == (not fresh), line["claim"]


@written
def test_the_page_and_the_data_tell_the_same() -> None:
    page = LEDGER.read_text(encoding="utf-8")
    for line in LINES:
        assert f"### {line['claim']}: {line['word']}" in page or line["verdict"] is None
        assert line["word"] in (*get_args(Word), "stale", "untried")
