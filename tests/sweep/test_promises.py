"""The registry of promises: what is promised stands in it, and what changed is explained."""

from pathlib import Path

import pytest

from sandbox.sweep import promises
from sandbox.sweep.promises import AMENDMENTS, FIRST, amendments, changes, faults, registered, with_changes
from sandbox.system.errors import InputError

NOW = {"zero-fails": ("symmetry", "b" * 64), "depth-vanishes": ("depth", "d" * 64)}
KEPT: promises.Kept = {
    "zero-fails": [{"promise": "a" * 64, "since": FIRST}],
    "depth-vanishes": [{"promise": "d" * 64, "since": FIRST}],
}
LOG = amendments("# Amendments\n\n## 2026-01-01: more draws\n\n- **What:** symmetry has 120 of them.\n")


def test_every_promise_is_registered_and_every_change_explained() -> None:
    """If this fails: say in experiments/AMENDMENTS.md what was changed, and run `sandbox promises --write`."""
    log = amendments(AMENDMENTS.read_text(encoding="utf-8"))
    assert list(faults(promises.promised(), registered(), log)) == []


def test_a_change_that_an_entry_names_is_added_to_what_was_promised_before() -> None:
    kept = with_changes(KEPT, changes(NOW, KEPT, LOG))
    assert [entry["since"] for entry in kept["zero-fails"]] == [FIRST, "2026-01-01: more draws"]
    assert kept["zero-fails"][0] == KEPT["zero-fails"][0] and kept["depth-vanishes"] == KEPT["depth-vanishes"]
    assert list(faults(NOW, kept, LOG)) == []


@pytest.mark.parametrize("text", ["", "## later\n\nasymmetry, not symmetry-like, zero-fails-again\n"])
def test_a_change_that_no_entry_names_is_refused(text: str) -> None:
    found = changes(NOW, KEPT, amendments(text))
    with pytest.raises(InputError, match="got none for zero-fails; say there"):
        with_changes(KEPT, found)
    assert list(faults(NOW, KEPT, amendments(text))) == [
        "zero-fails: bbbbbbbbbbbb has changed without an entry of AMENDMENTS.md"
    ]


def test_an_entry_explains_one_change_and_no_other() -> None:
    kept = with_changes(KEPT, changes(NOW, KEPT, LOG))
    again = {**NOW, "zero-fails": ("symmetry", "c" * 64)}
    with pytest.raises(InputError, match="zero-fails"):
        with_changes(kept, changes(again, kept, LOG))
    assert with_changes(kept, changes(again, kept, {**LOG, "2026-02-02": "all experiments"}))


def test_a_promise_that_is_withdrawn_needs_an_entry_as_well() -> None:
    fewer = {"zero-fails": ("symmetry", "a" * 64)}
    assert [change.claim for change in changes(fewer, KEPT, LOG)] == ["depth-vanishes"]
    with pytest.raises(InputError, match="depth-vanishes"):
        with_changes(KEPT, changes(fewer, KEPT, LOG))
    assert with_changes(KEPT, changes(fewer, KEPT, {"later": "depth-vanishes is asked no more"}))


def test_a_claim_that_is_new_needs_none_but_has_to_be_registered() -> None:
    more = {**NOW, "zero-fails": ("symmetry", "a" * 64), "new": ("symmetry", "e" * 64)}
    assert list(faults(more, KEPT, {})) == ["new: eeeeeeeeeeee is not registered"]
    assert with_changes(KEPT, changes(more, KEPT, {}))["new"] == [{"promise": "e" * 64, "since": FIRST}]


def test_a_registry_that_was_edited_is_noticed() -> None:
    """A hash put in place of another one, with an entry that is not in the log or was used before."""
    since = "2026-03-03: never written"
    forged: promises.Kept = {"zero-fails": [*KEPT["zero-fails"], {"promise": "b" * 64, "since": since}]}
    now = {"zero-fails": NOW["zero-fails"]}
    assert list(faults(now, forged, LOG)) == [f"zero-fails: AMENDMENTS.md has no entry {since!r}"]
    twice: promises.Kept = {"zero-fails": [KEPT["zero-fails"][0], {"promise": "b" * 64, "since": FIRST}]}
    assert "a new entry for every change" in next(faults(now, twice, LOG))


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "promises.yaml"
    promises.write(KEPT, path)
    assert registered(path) == KEPT
    assert registered(tmp_path / "none.yaml") == {}
