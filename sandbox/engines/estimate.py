"""How long an engine will take, from the sizes alone: so that the same configuration always gets the same engine.

Measured with tanh on one core of a 2.6 GHz Xeon with AVX-512; another machine shifts both engines alike.
"""

from itertools import pairwise
from typing import NamedTuple


class Speed(NamedTuple):
    """Seconds on one core."""

    step: float  # for each step of a block of replicates (calls)
    unit: float  # for each unit and sample (activation, slope, and what moves through memory)
    product: float  # for each weight and sample (three products: forward, backward, gradient)


REFERENCE = Speed(step=2.0e-4, unit=3.0e-9, product=0.8e-10)
FUSED = Speed(step=0.0, unit=0.9e-9, product=0.35e-10)


def seconds(speed: Speed, sizes: tuple[int, ...], m: int, R: int, steps: int) -> float:
    """The time for `steps` steps of R replicates on m samples."""
    units, weights = sum(sizes[1:]), sum(n_in * n_out for n_in, n_out in pairwise(sizes))
    return steps * R * (speed.step / R + m * (units * speed.unit + weights * speed.product))
