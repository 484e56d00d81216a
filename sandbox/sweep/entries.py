"""Every claim with its latest verdict and the repeats of it, as the store has them; and the same as data for a file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox import tracking
from sandbox.claims.claim import Claim
from sandbox.claims.repeats import standing, told_of_all
from sandbox.claims.report import agreement, told
from sandbox.claims.verdict import Verdict, portable
from sandbox.claims.worth import Budget
from sandbox.config.compose import declared_sweep
from sandbox.system.terminal import console
from sandbox.tracking import Run, Store
from sandbox.trial import registry


@dataclass(frozen=True)
class Entry:
    """A claim and where it stands: its verdict and the sweep behind it, or None while it has not been tried.

    promise: the hash of what is promised now. repeats: the latest verdicts of sweeps with other seeds on the same promise.
    """

    experiment: str
    claim: Claim
    verdict: Verdict | None
    sweep: Run | None
    promise: str = ""
    repeats: tuple[Verdict, ...] = ()

    @property
    def tries(self) -> tuple[Verdict, ...]:
        """The verdict and its repeats, none while the claim has not been tried."""
        return (self.verdict, *self.repeats) if self.verdict else ()

    @property
    def word(self) -> str:
        """What all tries say, in a word; `stale` where the prediction is no longer the one that was tried."""
        if self.verdict is None:
            return "untried"
        return standing(self.tries) if self.verdict.prediction_hash == self.promise else "stale"

    @property
    def told(self) -> str:
        """The word with its condition and with what only some tries say, or with what was said of an earlier promise."""
        if self.verdict is None:
            return self.word
        return f"stale, was: {told(self.verdict)}" if self.word == "stale" else told_of_all(self.tries)

    @property
    def agreement(self) -> str:
        return agreement(self.verdict, self.repeats) if self.verdict else ""


def entries(store: Store, budget: Budget = "declared") -> list[Entry]:
    """Every claim of every experiment with the latest verdict on it that was reached with this budget, if possible with its design's seeds."""
    ledger = []
    for name in registry.names():
        sweeps = tracking.latest_sweeps(store, name, f"tags.budget = '{budget}'")
        judged = [sweep for sweep in sweeps if any(tag.startswith("verdict.") for tag in sweep.tags)]
        latest = _latest(store, declared_first(name, judged))
        found = [(sweep, _verdicts(store, sweep)) for sweep in latest]
        experiment = registry.load(name)
        ledger += [entry(name, claim, experiment.promise(claim), found, budget) for claim in experiment.claims]
    return ledger


def entry(
    experiment: str, claim: Claim, promise: str, found: Sequence[tuple[Run, Mapping[str, Verdict]]], budget: Budget
) -> Entry:
    """Where a claim stands by the verdicts of some sweeps, the one to be told first: those on an earlier promise come last.

    Repeats are sweeps of one design, so there are none where settings were changed, nor of an earlier promise.
    """
    tried = [(sweep, verdicts[claim.id]) for sweep, verdicts in found if claim.id in verdicts]
    if not tried:
        return Entry(experiment, claim, None, None, promise)
    fresh = [(sweep, verdict) for sweep, verdict in tried if verdict.prediction_hash == promise]
    (sweep, verdict), *again = fresh or tried[:1]
    repeats = tuple(other for _, other in again) if budget == "declared" else ()
    return Entry(experiment, claim, verdict, sweep, promise, repeats)


def _latest(store: Store, judged: Sequence[Run]) -> list[Run]:
    """Sweeps of which no two have a seed in common, each as it was recorded: other weights on the same data are no repeat."""
    found: list[Run] = []
    for sweep in judged:
        own = _seeds(sweep)
        shared = any(mine == theirs for other in found for mine, theirs in zip(own, _seeds(other), strict=True))
        if not shared and _is_intact(store, sweep):
            found.append(sweep)
    return found


def _is_intact(store: Store, sweep: Run) -> bool:
    """Whether a sweep and its runs are as they were recorded; one that is not is no evidence, and is named."""
    wrong = tracking.damage_within(store, sweep)
    if wrong:
        console.print(f"sweep {sweep.run_id} is no evidence: {wrong}", markup=False, soft_wrap=True)
    return not wrong


def declared_first(experiment: str, judged: Sequence[Run]) -> list[Run]:
    """The same sweeps, those with the seeds of the experiment's design before all others."""
    declared = declared_seeds(experiment)
    return sorted(judged, key=lambda sweep: _seeds(sweep) != declared)


def declared_seeds(experiment: str) -> tuple[str, str]:
    """The seeds of the weights and of the data that an experiment's design names, 0 where it names none."""
    design = declared_sweep(experiment)
    return str(design.get("seed", 0)), str(design.get("dataset", {}).get("seed", 0))


def _seeds(sweep: Run) -> tuple[str | None, ...]:
    return sweep.tags.get("seed"), sweep.tags.get("dataset.seed")


def _verdicts(store: Store, sweep: Run) -> dict[str, Verdict]:
    found = json.loads(tracking.fetch_text(store, sweep.run_id, "verdicts.json"))
    return {verdict["claim_id"]: Verdict.from_dict(verdict) for verdict in found}


def data(found: Sequence[Entry]) -> str:
    """The ledger for programs: a claim a line, its verdict in full, of every repeat the word and the strata's answers."""
    lines = [json.dumps(_plain(entry), allow_nan=False, separators=(",", ":")) for entry in found]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def _plain(entry: Entry) -> dict[str, Any]:
    verdict = entry.verdict
    return {
        "claim": entry.claim.id,
        "experiment": entry.experiment,
        "word": entry.word,
        "told": entry.told,
        "promise": entry.promise,
        "sweep": entry.sweep.run_id if entry.sweep else None,
        "verdict": verdict.to_dict() if verdict else None,
        "repeats": [_short(repeat) for repeat in entry.repeats],
    }


def _short(verdict: Verdict) -> dict[str, Any]:
    strata: Mapping[str, str] = {part.stratum: part.verdict for part in verdict.strata}
    return {"told": told(verdict), "estimate": portable(verdict.estimate), "strata": strata}
