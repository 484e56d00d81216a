"""All that the page shows, read from a store as plain lists and mappings."""

import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sandbox import tracking
from sandbox.claims.worth import Budget
from sandbox.page import texts
from sandbox.page.evidence import claim_of, contexts, mathml
from sandbox.page.laboratory import laboratory, planar
from sandbox.page.stage import Library, pair
from sandbox.page.trust import measured
from sandbox.sweep import ledger
from sandbox.sweep.ledger import Entry
from sandbox.tracking import Run, Store

BUDGETS: tuple[Budget, ...] = ("declared", "changed", "quick")  # the first of which there are verdicts


def gathered(store: Store, budget: Budget | None = None, entries: Sequence[Entry] | None = None) -> dict[str, Any]:
    """The page's data; of the evidence with the best budget there is, unless one is named, or its entries are given."""
    found, worth = (entries, budget) if entries is not None and budget else _entries(store, budget)
    library = Library(store)
    # in the claims' order, so that a page made again is the same
    sweeps = dict.fromkeys(entry.sweep.run_id for entry in found if entry.sweep)
    runs = {sweep: finished(tracking.runs_of(store, sweep)) for sweep in sweeps}
    claims = [_with_runs(entry, library, runs) for entry in found]
    contexts(claims)
    sections = _sections(claims)
    return {
        "meta": _meta(store, found, runs, worth),
        "measured": measured(),
        "sections": sections,
        "claims": claims,
        "runs": {
            sweep: [[run.run_id, run.tags.get("digest", ""), run.name] for run in own] for sweep, own in runs.items()
        },
        "links": {sweep: _link(store, sweep) for sweep, own in runs.items() if own},
        "arms": {name: arm for name, arm in library.arms.items() if arm is not None},
        "data": library.data | planar(),
        "laboratory": laboratory(store, {e.sweep.run_id: e.experiment for e in found if e.sweep}, runs),
        "texts": texts.interface(),
    }


def finished(runs: Sequence[Run]) -> list[Run]:
    """Those that answered: one that was stopped or failed has been done again since, or counts for nothing."""
    return [run for run in runs if run.status == "FINISHED"]


def _entries(store: Store, budget: Budget | None) -> tuple[Sequence[Entry], Budget]:
    worth: Budget = budget or BUDGETS[0]
    found: list[Entry] = []
    for worth in [budget] if budget else BUDGETS:
        found = ledger.entries(store, worth)
        if any(entry.verdict for entry in found):
            break
    return found, worth


def _with_runs(entry: Entry, library: Library, runs: dict[str, list[Run]]) -> dict[str, Any]:
    """A claim with its runs and the two arms of its stage."""
    told = claim_of(entry)
    if entry.sweep is None or entry.verdict is None:
        return told
    own = runs[entry.sweep.run_id]
    chosen = pair(entry.claim, own, texts.stage_of(entry.experiment, entry.claim))
    arms = [library.arm(run, entry.experiment) for run in chosen or ()]
    return told | {"stage": [arm["run"] for arm in arms if arm] if all(arms) else []}


def _sections(claims: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The notes' sections in their order, those that some claim is from."""
    used = {claim["section"] for claim in claims}
    return [
        {
            "id": name,
            "title": words["title"],
            "about": words["about"],
            "equations": [mathml(latex) for latex in words.get("equations", [])],
        }
        for name, words in texts.table("sections").items()
        if name in used
    ]


def _meta(store: Store, found: Sequence[Entry], runs: dict[str, list[Run]], worth: Budget) -> dict[str, Any]:
    sweeps = [entry.sweep for entry in found if entry.sweep]
    first = sweeps[0] if sweeps else None
    again = [len({verdict.verdict for verdict in entry.tries}) == 1 for entry in found if entry.repeats]
    return {
        "made": time.strftime("%Y-%m-%d %H:%M"),
        "store": store.shown,
        "budget": worth,
        "sweeps": len(runs),
        "runs": sum(map(len, runs.values())),
        "networks": sum(_number(run.params.get("replicates", "0")) for own in runs.values() for run in own),
        "draws": max((entry.verdict.draws for entry in found if entry.verdict), default=1),
        "again": [sum(again), len(again)],
        "commit": first.tags.get("git.commit", "")[:12] if first else "",
        "versions": first.tags.get("versions", "") if first else "",
        "counts": dict(Counter(entry.word for entry in found)),
    }


def _link(store: Store, sweep: str) -> list[str]:
    """What stands before and after the id of one of a sweep's runs in its address on the dashboards."""
    address = tracking.dashboard_hint(store, sweep, kind="run").rpartition("\n")[2]
    return list(address.partition(sweep)[::2])


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
