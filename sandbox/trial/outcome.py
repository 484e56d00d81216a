"""What a trial measured, and the file that keeps every number of it: `history.npz`."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo
from zlib import crc32

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
    data: str = ""  # digest of the samples in a user's file, as they were; "" without a file


def steps_to(steps: NDArray[np.int64], losses: Array, goal: Array | float) -> Array:
    """The first step (R,) at which the loss (T, R) is at most `goal`, of all or of each (R,): linear between probe steps, inf
    if it never is.
    """
    below = losses <= goal
    first = below.argmax(axis=0)
    goals, result = np.broadcast_to(goal, losses.shape[1]), np.full(losses.shape[1], np.inf)
    for r in np.flatnonzero(below.any(axis=0)):
        t = first[r]
        if t == 0:
            result[r] = steps[0]
            continue
        high, low = losses[t - 1, r], losses[t, r]
        result[r] = steps[t - 1] + (steps[t] - steps[t - 1]) * (high - goals[r]) / (high - low)
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


def load_history(path: Path, *, snapshots: bool = True) -> Outcome:
    """The outcome that `save_history` wrote, if wanted with its weights; raises InputError on any other file."""
    try:
        arrays = _unpacked(path.read_bytes(), "" if snapshots else "snapshot/")
        return Outcome(
            steps=arrays["steps"],
            curves=_within(arrays, "curve/"),
            values=_within(arrays, "value/"),
            snapshots=_within(arrays, "snapshot/"),
        )
    # a foreign file shows itself in any of these ways
    except (OSError, ValueError, KeyError, EOFError, TypeError, IndexError, struct.error, BadZipFile) as error:
        raise InputError(f"{path}: expected a history.npz of a run, got {type(error).__name__}") from error


def _unpacked(content: bytes, without: str) -> dict[str, NDArray[Any]]:
    """The arrays of an .npz that is not compressed, but for those whose names begin so.

    np.load takes 0.1 ms for each of a hundred small arrays, most of it for headers that are all alike.
    """
    found: dict[str, NDArray[Any]] = {}
    with ZipFile(BytesIO(content)) as archive:
        for entry in archive.infolist():
            name = entry.filename.removesuffix(".npy")
            if not (without and name.startswith(without)):
                found[name] = _array(_stored(content, entry))
    return found


def _stored(content: bytes, entry: ZipInfo) -> memoryview:
    """What an archive holds as one of its entries, behind a header with two lengths in it. Raises BadZipFile."""
    lengths = struct.unpack_from("<HH", content, entry.header_offset + 26)
    begin = entry.header_offset + 30 + sum(lengths)
    data = memoryview(content)[begin : begin + entry.file_size]
    if entry.compress_type != ZIP_STORED or crc32(data) != entry.CRC:
        raise BadZipFile(f"{entry.filename} is not what was stored")
    return data


def _array(data: memoryview) -> NDArray[Any]:
    """One array as NumPy writes it (numpy.lib.format, version 1.0). Raises ValueError."""
    if bytes(data[:8]) != b"\x93NUMPY\x01\x00":
        raise ValueError("expected an array in NumPy's first format")
    begin = 10 + int.from_bytes(data[8:10], "little")
    shape, fortran, dtype = _header(bytes(data[8:begin]))
    if dtype.hasobject:
        raise ValueError("expected numbers")
    flat = np.frombuffer(data[begin:], dtype).copy()
    return flat.reshape(shape, order="F" if fortran else "C")


@lru_cache(maxsize=1024)
def _header(header: bytes) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    return np.lib.format.read_array_header_1_0(BytesIO(header))  # type: ignore[no-any-return, no-untyped-call, unused-ignore]


def _within(arrays: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
