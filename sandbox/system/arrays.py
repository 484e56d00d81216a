"""The one type that all mathematics here speaks of, and its mean."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def mean(x: Array) -> Array:
    """Over the last axis: x.mean(axis=-1) to the last bit, in half of its time where x is small."""
    return np.asarray(np.add.reduce(x, axis=-1) / x.shape[-1])
