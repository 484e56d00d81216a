"""The slopes of the notes' activations to 50 digits, and in doubles in two forms: as printed, and without a cancelling difference."""

from collections.abc import Callable
from decimal import Decimal, localcontext

import numpy as np

from sandbox.nn.activations import ACTIVATIONS, LEAK, sigmoid
from sandbox.system.arrays import Array

FORMS = ("printed", "cancellation_free")
ERRORS = ("absolute", "relative")
FARTHEST = 700.0  # e^700 is near the end of what a double can hold
EXPONENTS = np.arange(1, 16)  # of the steps of differences, h = 10^-1 .. 10^-15
EPS = float(np.finfo(float).eps)


def _sech_squared(z: Array) -> Array:
    e = np.exp(-2.0 * np.abs(z))
    return np.asarray(4.0 * e / np.square(1.0 + e))


# The slopes without a difference of nearly equal numbers; ReLU's have none as printed.
CANCELLATION_FREE: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda z: sigmoid(z) * sigmoid(-z),
    "tanh": _sech_squared,
}


def slope(name: str, form: str, z: Array) -> Array:
    """g'(z) in double precision, in one of its two forms."""
    g = ACTIVATIONS[name]
    if form == "cancellation_free" and name in CANCELLATION_FREE:
        return CANCELLATION_FREE[name](z)
    return g.derivative(z, g.function(z))


def _sigmoid_slope(z: Decimal) -> Decimal:
    e = (-abs(z)).exp()
    return e / (1 + e) ** 2


def _tanh_slope(z: Decimal) -> Decimal:
    e = (-2 * abs(z)).exp()
    return 4 * e / (1 + e) ** 2


EXACT: dict[str, Callable[[Decimal], Decimal]] = {
    "sigmoid": _sigmoid_slope,
    "tanh": _tanh_slope,
    "relu": lambda z: Decimal(int(z > 0)),
    "leaky_relu": lambda z: Decimal(1) if z > 0 else Decimal(LEAK),
}


def exact(name: str, z: Array) -> tuple[Array, Array]:
    """g'(z) to 50 digits, as the nearest double and what is left over."""
    with localcontext() as context:
        context.prec = 50
        true = [EXACT[name](Decimal(float(x))) for x in z.ravel()]
        nearest_double = [float(value) for value in true]
        rest = [float(value - Decimal(double)) for value, double in zip(true, nearest_double, strict=True)]
    return np.reshape(nearest_double, z.shape), np.reshape(rest, z.shape)


def error_of(computed: Array, true: tuple[Array, Array]) -> Array:
    """The absolute error, to its last digit; infinite where nothing finite was computed."""
    with np.errstate(invalid="ignore"):
        error = np.abs((computed - true[0]) - true[1])
    return np.where(np.isfinite(computed), error, np.inf)


def unit_of(error: str, name: str, true: Array) -> Array:
    """What errors are counted in: the last place of the slope itself, or of the steepest one."""
    return np.spacing(true) if error == "relative" else np.full_like(true, EPS * ACTIVATIONS[name].steepest)


def points(rng: np.random.Generator) -> Array:
    """200 arguments up to 700 on both sides: half of them spread evenly, half over all orders of magnitude from 1e-8."""
    sizes = np.concatenate([rng.uniform(0.0, FARTHEST, 99), 10 ** rng.uniform(-8, np.log10(FARTHEST), 99)])
    return np.concatenate([sizes * rng.choice([-1.0, 1.0], sizes.shape), [-FARTHEST, FARTHEST]])


def difference_errors(name: str, error: str, z: Array, true: tuple[Array, Array]) -> tuple[Array, Array]:
    """The worst error over z (R, n) of the forward and of the central difference, (T, R) each, by h.

    Relative to the slope, if asked for; where that is 0 by the least number a double can hold.
    """
    g = ACTIVATIONS[name].function
    size = np.maximum(true[0], np.finfo(float).tiny) if error == "relative" else np.ones_like(z)
    forward, central = [], []
    for h in 10.0**-EXPONENTS:
        forward.append((error_of((g(z + h) - g(z)) / h, true) / size).max(axis=1))
        central.append((error_of((g(z + h) - g(z - h)) / (2 * h), true) / size).max(axis=1))
    return np.array(forward), np.array(central)
