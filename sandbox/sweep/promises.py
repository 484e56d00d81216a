"""The registry of promises: every hash that a claim's promise has had, and the amendment under which it changed.

A promise that differs from the registered one needs an entry of `experiments/AMENDMENTS.md` that names the claim, its
experiment, or all experiments. An entry explains one change of a claim, so that a later change needs another one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from sandbox.system.errors import InputError
from sandbox.trial import registry

EXPERIMENTS = Path(__file__).resolve().parents[2] / "experiments"
REGISTRY, AMENDMENTS = EXPERIMENTS / "promises.yaml", EXPERIMENTS / "AMENDMENTS.md"
FIRST, WITHDRAWN = "first promise", "withdrawn"
ABOUT = "# Every promise that was made, the latest last; written by `sandbox promises --write`, do not edit.\n"

Entry = Mapping[str, str]  # promise: its hash, or WITHDRAWN; since: FIRST, or the amendment's heading
Kept = dict[str, list[Entry]]  # by claim
Promised = Mapping[str, tuple[str, str]]  # claim -> its experiment and the hash


@dataclass(frozen=True)
class Change:
    """A promise that the registry does not know, and the entry that explains it; "" if none does."""

    claim: str
    experiment: str
    promise: str
    since: str


def promised() -> dict[str, tuple[str, str]]:
    """Every claim's experiment and the hash of what is promised now."""
    loaded = map(registry.load, registry.names())
    return {claim.id: (each.name, each.promise(claim)) for each in loaded for claim in each.claims}


def registered(path: Path | None = None) -> Kept:
    """What the registry holds; nothing where there is none yet."""
    path = path or REGISTRY
    return (yaml.safe_load(path.read_text(encoding="utf-8")) or {}) if path.exists() else {}


def amendments(text: str) -> dict[str, str]:
    """The log's entries by their headings; raises InputError where two have the same."""
    parts = re.split(r"^## +(.+?) *$", text, flags=re.MULTILINE)[1:]
    headings = parts[::2]
    if twice := next((heading for heading in headings if headings.count(heading) > 1), None):
        raise InputError(f"AMENDMENTS.md: expected headings of their own, got twice: {twice}; add to one of them")
    return dict(zip(headings, parts[1::2], strict=True))


def changes(now: Promised, kept: Kept, log: Mapping[str, str]) -> list[Change]:
    """What is promised otherwise than it was registered, and what is promised no more."""
    found = []
    for claim, (experiment, promise) in now.items():
        if claim not in kept:
            found.append(Change(claim, experiment, promise, FIRST))
        elif kept[claim][-1]["promise"] != promise:
            found.append(Change(claim, experiment, promise, explained(claim, experiment, kept[claim], log)))
    gone = (claim for claim in kept if claim not in now and kept[claim][-1]["promise"] != WITHDRAWN)
    return found + [Change(claim, "", WITHDRAWN, explained(claim, "", kept[claim], log)) for claim in gone]


def explained(claim: str, experiment: str, before: Sequence[Entry], log: Mapping[str, str]) -> str:
    """The heading of the latest entry that names a claim and has not explained an earlier change of it; "" if there is none."""
    used = {entry["since"] for entry in before}
    names = "|".join(re.escape(name) for name in (claim, experiment, "all experiments") if name)
    named = re.compile(rf"(?<![\w-])(?:{names})(?![\w-])")
    fresh = [heading for heading, text in log.items() if heading not in used and named.search(f"{heading} {text}")]
    return fresh[-1] if fresh else ""


def with_changes(kept: Kept, found: Sequence[Change]) -> Kept:
    """The registry with these changes; raises InputError if one of them is not explained."""
    if silent := [change.claim for change in found if not change.since]:
        raise InputError(
            f"promises: expected an entry of AMENDMENTS.md that names each changed claim or its experiment, got none for "
            f"{', '.join(silent)}; say there what was changed, why, and what had been seen"
        )
    added = {change.claim: [{"promise": change.promise, "since": change.since}] for change in found}
    return {claim: [*kept.get(claim, []), *added.get(claim, [])] for claim in (*kept, *(set(added) - set(kept)))}


def write(kept: Kept, path: Path | None = None) -> None:
    text = yaml.safe_dump({claim: list(map(dict, kept[claim])) for claim in sorted(kept)}, sort_keys=False, width=200)
    (path or REGISTRY).write_text(ABOUT + text, encoding="utf-8")


def faults(now: Promised, kept: Kept, log: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with a registry: a promise that is not in it, or a change without an entry of its own."""
    for change in changes(now, kept, log):
        reason = "is not registered" if change.since else "has changed without an entry of AMENDMENTS.md"
        yield f"{change.claim}: {change.promise[:12]} {reason}"
    for claim, entries in kept.items():
        since = [entry["since"] for entry in entries]
        if since[0] != FIRST or FIRST in since[1:] or len({*since}) < len(since):
            yield f"{claim}: expected a first promise and a new entry for every change, got {'; '.join(since)}"
        yield from (f"{claim}: AMENDMENTS.md has no entry {each!r}" for each in since[1:] if each not in log)
