"""Two histories of the same run held against each other, bit for bit, and what was not the same when they were made."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox import tracking
from sandbox.config import own
from sandbox.data.fingerprint import change
from sandbox.sweep.recorder import FILES, files_of
from sandbox.system.arrays import Array
from sandbox.system.errors import InputError
from sandbox.tracking import Run, Store
from sandbox.trial.build import Setup
from sandbox.trial.digest import code_digest
from sandbox.trial.experiment import Experiment
from sandbox.trial.outcome import Outcome


@dataclass(frozen=True)
class Difference:
    """The first place where two histories part, and the largest distance anywhere."""

    probe: str
    step: int | None  # None where the probe has no steps, or is there only once
    ulps: float

    def __str__(self) -> str:
        where = f"from step {self.step} on" if self.step is not None else "in its single value"
        much = f"at most {self.ulps:.0f} ulp" if np.isfinite(self.ulps) else "without bound"
        return f"{where} in {self.probe} ({much})"


def differences(before: Outcome, after: Outcome, clocked: tuple[str, ...] = ()) -> Iterator[Difference]:
    """Where two histories part, probe by probe: every replicate, every step, bit for bit; a NaN equals a NaN."""
    if before.steps.tolist() != after.steps.tolist():
        yield Difference("steps", None, np.inf)
        return
    for old, new, stepped in (
        (before.curves, after.curves, True),
        (before.values, after.values, False),
        (before.snapshots, after.snapshots, True),
    ):
        for name in sorted({*old, *new}):
            if name.partition(":")[0].startswith(clocked) if clocked else False:
                continue
            if name not in old or name not in new or old[name].shape != new[name].shape:
                yield Difference(name, None, np.inf)
                continue
            apart = ulps(np.asarray(old[name]), np.asarray(new[name]))
            if apart.any():
                at = int(np.flatnonzero(apart.reshape(len(apart), -1).any(axis=1))[0])
                yield Difference(name, int(before.steps[at]) if stepped else None, float(apart.max()))


def only_recorded(before: Outcome, after: Outcome) -> tuple[Outcome, list[str]]:
    """A new outcome without what the old one does not know at all, and the names of that: later code measures more."""
    known = replace(
        after,
        curves=_shared(after.curves, before.curves),
        values=_shared(after.values, before.values),
        snapshots=_shared(after.snapshots, before.snapshots),
    )
    more = {*after.curves, *after.values, *after.snapshots} - {*known.curves, *known.values, *known.snapshots}
    return known, sorted(more)


def _shared(new: Mapping[str, NDArray[Any]], old: Mapping[str, object]) -> dict[str, NDArray[Any]]:
    return {name: array for name, array in new.items() if name in old}


def ulps(a: NDArray[np.floating], b: NDArray[np.floating]) -> Array:
    """How many floating-point numbers apart; 0 means the same bits, or two NaN; inf where only one of them is finite.

    The integers behind the bits, mirrored for negative numbers, count the floats in order. 0.0 and -0.0 are 1 apart.
    """
    if a.dtype != b.dtype or a.dtype.kind != "f":
        return np.where(a == b, 0.0, np.inf)
    kind = np.dtype(f"i{a.dtype.itemsize}")
    least = np.iinfo(kind).min
    order = [
        np.where(bits < 0, least - bits - 1, bits) for bits in (x.view(kind) for x in map(np.ascontiguousarray, (a, b)))
    ]
    apart = np.abs(order[0].astype(np.float64) - order[1].astype(np.float64))
    apart = np.where((apart == 0) & (order[0] != order[1]), 1.0, apart)
    apart = np.where(np.isfinite(a) != np.isfinite(b), np.inf, apart)
    return np.where(np.isnan(a) & np.isnan(b), 0.0, apart)


def surroundings(store: Store, recorded: Run, setup: Setup, experiment: Experiment) -> list[str]:
    """What is not as it was when the run was recorded, the likeliest cause first: the user's files, code, versions, processor."""
    then = {
        "code that computes": recorded.tags.get("code", "unknown"),
        "engine": recorded.tags.get("engine", "unknown"),
        "parts of your own": recorded.tags.get("own", "none"),
    }
    now = {"code that computes": code_digest(setup.config.experiment), "engine": then["engine"]}
    now["parts of your own"] = own.code_of(setup.config) or "none"
    with suppress(InputError):  # a file that is gone has no size to choose an engine by
        now["engine"] = experiment.engine(setup)
    kernel = json.loads(tracking.kernel(now["engine"]))
    then |= tracking.made_with(recorded.tags)
    now |= {**json.loads(tracking.versions()), **kernel, "CPU": tracking.cpu()}
    said_by_one = {*kernel} ^ {*json.loads(recorded.tags.get("kernel", "{}"))}  # an earlier version, or another engine
    return [
        *changed_files(store, recorded, setup),
        *(
            f"{name}: {then.get(name, 'none')} then, {now.get(name, 'none')} now"
            for name in {**now, **then}
            if then.get(name) != now.get(name) and name not in said_by_one
        ),
    ]


def changed_files(store: Store, recorded: Run, setup: Setup) -> list[str]:
    """The user's files that are not as they were, and in how much."""
    paths = files_of(setup.config)
    if not any(paths.values()):
        return []
    try:
        then = json.loads(tracking.fetch_text(store, recorded.run_id, FILES))
    except tracking.StoreError:  # of an earlier version
        return []
    said = [change(told, Path(paths[key] or "")) for key, told in then.items()]
    return [words for words in said if words]
