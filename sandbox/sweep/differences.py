"""Two histories of the same run held against each other, bit for bit, and what was not the same when they were made."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox import tracking
from sandbox.config import own
from sandbox.system.arrays import Array
from sandbox.tracking import Run
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


def surroundings(recorded: Run, setup: Setup, experiment: Experiment) -> list[str]:
    """What is not as it was when the run was recorded: code, versions, CPU, engine."""
    now = {**json.loads(tracking.versions()), "CPU": tracking.cpu(), "engine": experiment.engine(setup)}
    now["code that computes"] = code_digest(setup.config.experiment)
    now["parts of your own"] = own.code_of(setup.config) or "none"
    then = {**json.loads(recorded.tags.get("versions", "{}")), "CPU": recorded.tags.get("cpu", "unknown")}
    then |= {
        "engine": recorded.tags.get("engine", "unknown"),
        "code that computes": recorded.tags.get("code", "unknown"),
        "parts of your own": recorded.tags.get("own", "none"),
    }
    return [
        f"{name}: {then.get(name, 'none')} then, {now.get(name, 'none')} now"
        for name in {**then, **now}
        if then.get(name) != now.get(name)
    ]
