"""Times of several ways to do the same, comparable on a machine that also does other things."""

import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from sandbox.claims.statistics import spearman
from sandbox.system.arrays import Array


def interleaved(ways: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """The shortest time of each way (seconds) over so many rounds; each round lets another way begin.

    Taking turns exposes all ways to the same disturbances, and what disturbs can only make a time longer.
    """
    shortest = [float("inf")] * len(ways)
    for first in range(rounds):
        for i in range(len(ways)):
            which = (first + i) % len(ways)
            begun = time.perf_counter()
            ways[which]()
            shortest[which] = min(shortest[which], time.perf_counter() - begun)
    return shortest


def growth(sizes: NDArray[np.int64], ratios: Array) -> Array:
    """The rank correlation (R,) of time ratios (T, R) with the sizes (T,) that they were measured at."""
    return spearman(np.broadcast_to(sizes[:, None], ratios.shape).astype(float), ratios)
