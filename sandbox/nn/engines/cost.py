"""How long an engine will take, from the sizes alone: so that the same configuration always gets the same engine.

Measured with tanh on one core of a Xeon with AVX-512; another machine shifts both engines more or less alike.
"""

from itertools import pairwise
from typing import NamedTuple


class Speed(NamedTuple):
    """Seconds on one core."""

    step: float  # for each step of the stack: calls
    unit: float  # for each unit and sample: activation, slope, and what moves through memory
    product: float  # for each weight and sample: forward, backward and gradient


# Fitted to the four cases of benchmarks/engines.py; within a tenth of each.
REFERENCE = Speed(step=4.0e-5, unit=3.2e-9, product=0.085e-9)
FUSED = Speed(step=0.0, unit=1.0e-9, product=0.045e-9)


def seconds(speed: Speed, sizes: tuple[int, ...], m: int, R: int, steps: int) -> float:
    """The time for `steps` steps of R replicates on m samples."""
    units, weights = sum(sizes[1:]), sum(n_in * n_out for n_in, n_out in pairwise(sizes))
    return steps * (speed.step + R * m * (units * speed.unit + weights * speed.product))
