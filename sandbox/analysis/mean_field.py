"""Very wide networks before training: how large signals are from layer to layer, how alike two of them, how far a gradient gets.

Weights are N(0, sigma^2 / n), biases 0. A sum of so many terms is normal, so that a layer is told by one number, the variance
q of its Z, and two inputs by their correlation c (Poole et al. 2016). A gradient's square changes by chi from one layer to
the one before; chi = 1 is the edge of chaos, and 1 / |log chi*| the depth scale at which two inputs become alike, or
strangers (Schoenholz et al. 2017). All integrals over normal variables are sums over a fine grid.
"""

from functools import lru_cache

import numpy as np

from sandbox.nn.activations import ACTIVATIONS
from sandbox.system.arrays import Array

WIDEST = 8.0  # standard deviations: beyond them lie 1e-15 of a normal variable
POINTS = 2_000  # an even number, so that no point is 0, where ReLU has no slope
POINTS_OF_TWO = 160  # for each of two variables
LAYERS = 2_000  # after which what has not settled never will
SETTLED = 1e-10
LARGEST = 1e12  # of a variance that grows without end

_Z = (np.arange(POINTS) + 0.5) / POINTS * 2 * WIDEST - WIDEST
_WEIGHTS = np.exp(-(_Z**2) / 2) / np.exp(-(_Z**2) / 2).sum()
_Z2 = (np.arange(POINTS_OF_TWO) + 0.5) / POINTS_OF_TWO * 2 * WIDEST - WIDEST
_WEIGHTS2 = np.exp(-(_Z2**2) / 2) / np.exp(-(_Z2**2) / 2).sum()


def next_variance(activation: str, sigma: float, q: float) -> float:
    """The next layer's q: sigma^2 E[g(Z)^2] for Z ~ N(0, q)."""
    return float(sigma**2 * _WEIGHTS @ ACTIVATIONS[activation].function(np.sqrt(q) * _Z) ** 2)


def chi(activation: str, sigma: float, q: float) -> float:
    """By how much the square of a gradient changes from a layer to the one before: sigma^2 E[g'(Z)^2] for Z ~ N(0, q)."""
    Z = np.sqrt(q) * _Z
    known = ACTIVATIONS[activation]
    return float(sigma**2 * _WEIGHTS @ known.derivative(Z, known.function(Z)) ** 2)


def variances(activation: str, sigma: float, q: float, layers: int) -> Array:
    """The variances q of Z (layers,), from that of the first layer on."""
    found = [q]
    while len(found) < layers:
        found.append(min(next_variance(activation, sigma, found[-1]), LARGEST))
    return np.array(found[:layers])


def gradient_ratio(activation: str, sigma: float, layers: int, q: float | None = None) -> float:
    """log10 of the norm of dJ/dZ of the first hidden layer over that of the last, of so many.

    q: variance of the first layer's Z; by default that of standardised inputs, sigma^2.
    """
    each = variances(activation, sigma, sigma**2 if q is None else q, layers)[:-1]
    with np.errstate(divide="ignore"):
        return float(0.5 * np.sum(np.log10([chi(activation, sigma, q) for q in each])))


@lru_cache(maxsize=4096)
def settled_variance(activation: str, sigma: float) -> float:
    """The variance q after very many layers, from that of standardised inputs on; infinite where it grows without end."""
    q = sigma**2
    for _ in range(LAYERS):
        before, q = q, next_variance(activation, sigma, q)
        if q > LARGEST:
            return float("inf")
        if abs(q - before) <= SETTLED * max(q, SETTLED):
            break
    return q


@lru_cache(maxsize=4096)
def settled_correlation(activation: str, sigma: float, start: float = 0.5) -> float:
    """The correlation c of two inputs after very many layers; 1 where all become alike."""
    q = settled_variance(activation, sigma)
    if not SETTLED < q < LARGEST:
        return 1.0
    c = start
    for _ in range(LAYERS):
        before, c = c, min(_two(activation, sigma, q, c, slopes=False) / next_variance(activation, sigma, q), 1.0)
        if abs(c - before) <= 1e-8:
            break
    return c


def depth_scale(activation: str, sigma: float) -> float:
    """xi: over so many layers what tells two inputs apart, or what they have in common, falls to 1/e; infinite at the edge."""
    q = settled_variance(activation, sigma)
    q = min(q, LARGEST)
    alike = chi(activation, sigma, q)
    c = settled_correlation(activation, sigma)
    settled = alike if c > 1 - 1e-3 or alike <= 1 else _two(activation, sigma, q, c, slopes=True)
    if settled <= 0:
        return 0.0
    return float("inf") if settled == 1 else float(1.0 / abs(np.log(settled)))


def edge_of_chaos(activation: str, low: float = 0.05, high: float = 20.0) -> float:
    """The sigma at which chi is 1; NaN where there is none in between."""

    def above(sigma: float) -> bool:
        return chi(activation, sigma, min(settled_variance(activation, sigma), LARGEST)) > 1

    if above(low) or not above(high):
        return float("nan")
    while high / low > 1 + 1e-6:
        middle = float(np.sqrt(low * high))
        low, high = (low, middle) if above(middle) else (middle, high)
    return float(np.sqrt(low * high))


def _two(activation: str, sigma: float, q: float, c: float, *, slopes: bool) -> float:
    """sigma^2 E[f(Z1) f(Z2)] of two Z of variance q and correlation c, where f is g, or g' for `slopes`."""
    first = np.sqrt(q) * _Z2
    second = np.sqrt(q) * (c * _Z2[:, None] + np.sqrt(1 - c**2) * _Z2)
    g = ACTIVATIONS[activation]
    a, b = (g.derivative(Z, g.function(Z)) if slopes else g.function(Z) for Z in (first, second))
    return float(sigma**2 * _WEIGHTS2 @ (a * (b @ _WEIGHTS2)))
