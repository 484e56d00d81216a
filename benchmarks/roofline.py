"""The limit of this machine: how fast it multiplies matrices and takes tanh, and what a network-step needs of both."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from benchmarks.engines import Case
from sandbox.system.threads import available_cores
from sandbox.tracking.provenance import cpu


class Peak(NamedTuple):
    """Measured with every core at work."""

    products: float  # floating point operations per second in matrix products, of all cores together
    tanh: float  # float64 per second, of all cores together
    processor: str  # which one, and the widest instructions that were used

    def or_better(self, other: "Peak") -> "Peak":
        return self._replace(products=max(self.products, other.products), tanh=max(self.tanh, other.tanh))

    def shown(self) -> str:
        rates = f"{self.products / 1e9:.0f} GFLOP/s in matrix products, {self.tanh / 1e6:.0f} M tanh/s"
        return f"{rates}, on {available_cores()} cores of {self.processor}"


def measured(seconds: float = 1.0) -> Peak:
    """The best of several goes: what the machine can do when nobody is in its way."""
    n = 768
    A = np.random.default_rng(0).normal(size=(n, n))
    products = [(A.copy(), A.copy(), np.empty((n, n))) for _ in range(available_cores())]
    best_product = _rate(lambda i: np.matmul(products[i][0], products[i][1], out=products[i][2]), seconds)
    best_tanh = max(_rate(*_numpy_tanh(), seconds), _rate(*_compiled_tanh(), seconds))
    return Peak(best_product * 2 * n**3, best_tanh, f"{cpu()}, {instructions()}")


def instructions() -> str:
    """The widest vector instructions that the fused engine uses here, as NumPy does."""
    from sandbox.nn.engines.fused.simd import REGISTER

    return "AVX-512" if REGISTER == 8 else "no AVX-512"


def microseconds(case: Case, peak: Peak) -> float:
    """The least time of a network-step with tanh: its products at the one peak and its tanh (and output) at the other."""
    weights = [n_in * n_out for n_in, n_out in pairwise(case.sizes)]
    products = 2 * case.m * (3 * sum(weights) - weights[0])  # forward, dW, and W^T dZ but for the first layer
    return 1e6 * (products / peak.products + case.m * sum(case.sizes[1:]) / peak.tanh)


def _numpy_tanh() -> tuple[Callable[[int], Any], int]:
    z = [np.linspace(-3, 3, 4096) for _ in range(available_cores())]
    a = [np.empty_like(x) for x in z]

    def go(i: int) -> None:
        for _ in range(100):
            np.tanh(z[i], out=a[i])

    return go, 100 * 4096


def _compiled_tanh() -> tuple[Callable[[int], Any], int]:
    """The fused engine's own, with the slope that comes with it."""
    from numba import njit

    from sandbox.nn.engines.fused import kernel

    count, code = 2048, np.int64(kernel.HIDDEN_CODES["tanh"])
    start, stop = np.uintp(0), np.uintp(count)

    @njit(nogil=True)  # type: ignore[untyped-decorator]
    def go(a: Any, slopes: Any) -> None:
        for _ in range(1000):
            kernel.activate(code, a, slopes, start, stop)

    rooms = [(np.linspace(-3, 3, count), np.empty(count)) for _ in range(available_cores())]
    go(*rooms[0])
    return lambda i: go(*rooms[i]), 1000 * count


def _rate(go: Callable[[int], Any], *size_and_seconds: float) -> float:
    """How much is done per second by one call per core at a time; the best go of several."""
    *size, seconds = size_and_seconds
    cores, best = available_cores(), np.inf
    with ThreadPoolExecutor(cores) as pool:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            begin = time.perf_counter()
            list(pool.map(go, range(cores)))
            best = min(best, time.perf_counter() - begin)
    return cores * (size[0] if size else 1.0) / best
