"""Activation functions g of the hidden layers, each with its slope g'.

A new activation is one line in `ACTIVATIONS`; every parametrised test meets it on arrival.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import erf

from sandbox.system.arrays import Array

LEAK = 0.01  # slope of the leaky ReLU for z < 0 (notes, § Derivatives of activation functions)
SCALED_TANH = 1.7159  # LeCun's amplitude: with the factor 2/3 it makes g(1) = 1 and g(-1) = -1
ROOT_2 = np.sqrt(2.0)
ROOT_2_PI = np.sqrt(2.0 * np.pi)


@dataclass(frozen=True)
class Activation:
    """An activation function and its slope.

    function: Z -> A = g(Z), any shape.
    derivative: (Z, A) -> g'(Z), where A = g(Z) has been computed already; a new array of the same shape.
    steepest: the largest absolute slope, against which saturation is measured.
    """

    function: Callable[[Array], Array]
    derivative: Callable[[Array, Array], Array]
    steepest: float
    source: str


def sigmoid(z: Array) -> Array:
    """sigma(z) = 1 / (1 + e^-z) to a few ulp, 0 below z = -709.8; twice as fast as SciPy's expit."""
    e = np.asarray(np.negative(z))
    with np.errstate(over="ignore"):  # e^-z may be inf, and then 1 / inf is right
        np.exp(e, out=e)  # in one array: a new one for each pass takes longer than the pass
    e += 1.0
    return np.asarray(np.reciprocal(e, out=e))


def _tanh_derivative(z: Array, a: Array) -> Array:
    square = a * a
    return np.subtract(1.0, square, out=np.asarray(square))


def _sigmoid_derivative(z: Array, a: Array) -> Array:
    rest = np.asarray(1.0 - a)
    rest *= a
    return rest


def _softplus(z: Array) -> Array:
    return np.logaddexp(0.0, z)


def _elu_derivative(z: Array, a: Array) -> Array:
    return np.where(z > 0, 1.0, a + 1.0)


def _gelu_cdf(z: Array) -> Array:
    return np.asarray(0.5 * (1.0 + erf(z / ROOT_2)))


def _gelu_derivative(z: Array, a: Array) -> Array:
    # z * density: the density underflows to 0 long before z overflows, so the product is 0 there and never NaN.
    return np.asarray(_gelu_cdf(z) + z * np.exp(-0.5 * np.square(np.clip(z, -40.0, 40.0))) / ROOT_2_PI)


def _scaled_tanh(z: Array) -> Array:
    return np.asarray(SCALED_TANH * np.tanh(z * (2.0 / 3.0)))


def _scaled_tanh_derivative(z: Array, a: Array) -> Array:
    return (2.0 / 3.0) * (SCALED_TANH - np.square(a) / SCALED_TANH)


def _one(z: Array, a: Array) -> Array:
    return np.ones_like(z)


# fmt: off
ACTIVATIONS: dict[str, Activation] = {
    "linear": Activation(lambda z: z, _one, 1.0, "notes, § Non-linear activation functions"),
    "sigmoid": Activation(sigmoid, _sigmoid_derivative, 0.25, "notes, § Activation functions"),
    "tanh": Activation(np.tanh, _tanh_derivative, 1.0, "notes, § Activation functions"),
    "relu": Activation(lambda z: np.maximum(z, 0.0), lambda z, a: (z >= 0).astype(z.dtype), 1.0, "notes, § Derivatives: g'(0) = 1"),
    "relu_kink0": Activation(lambda z: np.maximum(z, 0.0), lambda z, a: (z > 0).astype(z.dtype), 1.0, "notes, § Derivatives: g'(0) = 0"),
    "leaky_relu": Activation(lambda z: np.maximum(z, LEAK * z), lambda z, a: np.where(z >= 0, 1.0, LEAK), 1.0, "notes, § Derivatives"),
    "sigmoid_centred": Activation(lambda z: sigmoid(z) - 0.5, lambda z, a: 0.25 - a * a, 0.25, "sigmoid - 1/2: same slope, mean near 0"),
    "tanh_shifted": Activation(lambda z: np.tanh(z) + 1.0, lambda z, a: a * (2.0 - a), 1.0, "tanh + 1: same slope, mean near 1"),
    "softplus": Activation(_softplus, lambda z, a: sigmoid(z), 1.0, "Dugas et al. 2001, eq. 3"),
    "elu": Activation(lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0.0))), _elu_derivative, 1.0, "Clevert et al. 2016, eq. 15"),
    "gelu": Activation(lambda z: z * _gelu_cdf(z), _gelu_derivative, 1.1289, "Hendrycks and Gimpel 2016, § 2"),
    "softsign": Activation(lambda z: z / (1.0 + np.abs(z)), lambda z, a: np.square(1.0 - np.abs(a)), 1.0, "Bergstra et al. 2009; Glorot and Bengio 2010"),
    "scaled_tanh": Activation(_scaled_tanh, _scaled_tanh_derivative, SCALED_TANH * 2.0 / 3.0, "LeCun et al. 1998, § 4.4"),
}
# fmt: on
