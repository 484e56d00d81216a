"""The slopes of the notes' activations to 50 digits, and in doubles in two forms: as printed, and without a cancelling difference."""

from collections.abc import Callable
from decimal import Decimal, localcontext

import numpy as np

from sandbox.nn.activations import ACTIVATIONS, LEAK, sigmoid
from sandbox.system.arrays import Array

FORMS = ("printed", "cancellation_free")


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
