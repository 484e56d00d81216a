"""What a trial measured, and the file that keeps every number of it: `history.npz`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from sandbox.config.schema import RunConfig
from sandbox.system.arrays import Array
from sandbox.system.errors import InputError


@dataclass(frozen=True)
class Outcome:
    """All that one run yields, for R replicates at T probe steps.

    A replicate that diverged is NaN from that step on. `values` holds single numbers: "steps_to_threshold" is inf if
    never reached, "diverged_step" is NaN if it did not. `snapshots` are the weights of the first K replicates.
    """

    steps: NDArray[np.int64]  # (T,)
    curves: dict[str, Array]  # "train/loss" -> (T, R)
    values: dict[str, Array] = field(default_factory=dict)  # "steps_to_threshold" -> (R,)
    snapshots: dict[str, NDArray[Any]] = field(default_factory=dict)  # "W1" -> (T, K, n1, n0), "b1" ...
    predictions: dict[str, NDArray[Any]] = field(default_factory=dict)  # see `packed`; empty unless asked for

    def with_values(self, values: Mapping[str, Array | float]) -> "Outcome":
        """The same, and beside its own these values, each (R,) or one number for all replicates."""
        R = next(iter(self.curves.values())).shape[1]
        return replace(self, values=self.values | {name: np.broadcast_to(x, R).copy() for name, x in values.items()})


@dataclass(frozen=True)
class Result:
    """A run's outcome as its sweep gets it: without stored weights, and with what the run was."""

    config: RunConfig
    run_id: str  # "" where nothing is recorded; begins with tracking.WAITING while the store has not taken it
    outcome: Outcome
    seconds: float
    arm: int = 0  # which of its sweep's
    manifest: str = ""  # SHA-256 of its record's
    made_with: Mapping[str, str] = field(default_factory=dict)  # versions and processor, by name


def steps_to(steps: NDArray[np.int64], losses: Array, goal: float) -> Array:
    """The first step (R,) at which the loss (T, R) is at most `goal`: linear between probe steps, inf if it never is."""
    below = losses <= goal
    first = below.argmax(axis=0)
    result = np.full(losses.shape[1], np.inf)
    for r in np.flatnonzero(below.any(axis=0)):
        t = first[r]
        if t == 0:
            result[r] = steps[0]
            continue
        high, low = losses[t - 1, r], losses[t, r]
        result[r] = steps[t - 1] + (steps[t] - steps[t - 1]) * (high - goal) / (high - low)
    return result


def while_alive(curve: Array) -> Array:
    """The largest value (R,) of a curve (T, R) before it turned to NaN, for what must hold of every network there is."""
    return np.asarray(np.where(np.isnan(curve), -np.inf, curve).max(axis=0))


def save_history(path: Path, outcome: Outcome) -> None:
    """Every array of the outcome, bit for bit, under a name that says what it is.

    Not compressed: the low bits of a curve are noise to a compressor, which saves 5 % of the bytes for 10 times the time.
    """
    arrays: dict[str, NDArray[Any]] = {"steps": outcome.steps}
    for kind, named in (("curve", outcome.curves), ("value", outcome.values), ("snapshot", outcome.snapshots)):
        arrays |= {f"{kind}/{name}": array for name, array in named.items()}
    np.savez(path, allow_pickle=False, **arrays)


def packed(predictions: Mapping[str, NDArray[Any]]) -> bytes:
    """The file predictions.npz, for each part (train, test, validation) that has samples.

    PART (R, n_y, m): what each replicate predicts after the last step, NaN if it diverged. PART/labels (n_y, m): what was to be
    predicted. PART/rows (m,): which sample of the set each one is, from 0. classes (K,): what the rows of n_y, or 0 and 1, mean.
    """
    file = BytesIO()
    np.savez(file, allow_pickle=False, **predictions)
    return file.getvalue()


def load_history(path: Path) -> Outcome:
    """The outcome that `save_history` wrote; raises InputError on any other file."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        return Outcome(
            steps=arrays["steps"],
            curves=_within(arrays, "curve/"),
            values=_within(arrays, "value/"),
            snapshots=_within(arrays, "snapshot/"),
        )
    # np.load answers a foreign file in any of these ways; TypeError is a lone .npy, which is no archive
    except (OSError, ValueError, KeyError, EOFError, TypeError, BadZipFile) as error:
        raise InputError(f"{path}: expected a history.npz of a run, got {type(error).__name__}") from error


def _within(arrays: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
