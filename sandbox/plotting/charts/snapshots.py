"""Networks out of the snapshots of an outcome."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sandbox.nn.network import Layer, Network, Parameters, forward
from sandbox.system.arrays import Array

Snapshots = Mapping[str, NDArray[np.float32]]


def parameters_at(snapshots: Snapshots, t: int, replicate: int | slice = 0) -> Parameters:
    """The stored network at the t-th probe step, in the precision that the functions expect."""
    depth = sum(name.startswith("W") for name in snapshots)
    return tuple(
        Layer(*(snapshots[f"{kind}{l}"][t, replicate].astype(np.float64) for kind in "Wb")) for l in range(1, depth + 1)
    )


def last_finite(snapshots: Snapshots, replicate: int = 0) -> int | None:
    """The last probe step at which the stored replicate had not diverged; None if there is none."""
    if not snapshots:
        return None
    finite = np.stack([np.isfinite(w[:, replicate]).all(axis=(1, 2)) for w in snapshots.values()]).all(axis=0)
    return int(np.flatnonzero(finite)[-1]) if finite.any() else None


def middle_replicate(curves: Mapping[str, Array], stored: int) -> int:
    """Of the first `stored` replicates the one whose last training loss is nearest the median of all; 0 if none has one."""
    last = curves["train/loss"][-1] if "train/loss" in curves else np.empty(0)
    alive = last[np.isfinite(last)]
    if not len(alive) or not np.isfinite(last[:stored]).any():
        return 0
    return int(np.nanargmin(np.where(np.isfinite(last), np.abs(last - np.median(alive)), np.nan)[:stored]))


def predict(network: Network, parameters: Parameters, X: Array) -> Array:
    """A^[L]; overflow is the network's own affair, and shows in the picture."""
    with np.errstate(over="ignore", invalid="ignore"):
        return forward(network, parameters, X).activations[-1]
