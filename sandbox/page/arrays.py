"""Arrays as the page takes them: base64 of little-endian numbers, and plain numbers for JSON."""

import base64
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike


def packed(array: ArrayLike, dtype: str = "<f8") -> str:
    """The array's bytes, row by row, as text; `dtype` is "<f8" where the page must compute what we computed, or "<f4"."""
    with np.errstate(over="ignore"):  # beyond float32's range: inf, which is drawn as such
        return base64.b64encode(np.ascontiguousarray(array, dtype=dtype).tobytes()).decode("ascii")


def rounded(numbers: Iterable[float], digits: int = 5) -> list[float | str]:
    """Numbers to look at, short; JSON has no infinity, so it becomes text."""
    return [brief(float(number), digits) for number in numbers]


def brief(number: float, digits: int = 5) -> float | str:
    return float(f"{number:.{digits}g}") if math.isfinite(number) else str(number)


def portable(value: Any) -> Any:
    """As `brief`, in whatever lists and mappings."""
    if isinstance(value, Mapping):
        return {str(key): portable(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [portable(inner) for inner in value]
    if isinstance(value, bool | int | str) or value is None:
        return value
    return brief(float(value), 9)
