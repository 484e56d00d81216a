"""What predictions are worth as probabilities."""

import numpy as np

from sandbox.system.arrays import Array


def brier_score(A: Array, Y: Array) -> Array:
    """Mean squared difference (R,) between predictions A (R, 1, m) and labels 0 or 1 (Brier 1950, for one class)."""
    return np.asarray(np.square(A - Y).mean(axis=(-2, -1)))


def share_outside(A: Array) -> Array:
    """Share (R,) of predictions that are no probabilities; NaN where the network diverged."""
    share = ((A < 0.0) | (A > 1.0)).mean(axis=(-2, -1))
    return np.where(np.isnan(A).any(axis=(-2, -1)), np.nan, share)
