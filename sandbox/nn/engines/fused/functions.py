"""Every activation and output of the reference once more, for the fused engine: the same functions on `Lanes`.

Exponentials are split as e^x = 2^k e^r with |r| <= log(2) / 2, and e^r - 1 is a polynomial. The polynomials interpolate at
Chebyshev nodes, with relative errors below 5e-17, so that what remains is rounding: a few 1e-16.
Tests hold every function against the reference. NaN passes through all of them.
"""

from collections.abc import Callable

import numpy as np

from sandbox.nn.activations import LEAK, ROOT_2_PI, SCALED_TANH
from sandbox.nn.engines.fused.simd import (
    Lanes,
    at_least,
    at_most,
    fma,
    magnitude,
    polynomial,
    power_of_two,
    where_less,
    with_sign_of,
)

LOG2_E, ROOT_HALF = 1.0 / float(np.log(2.0)), float(np.sqrt(0.5))


TO_INTEGER = 1.5 * 2.0**52  # to so large a number nothing but an integer can be added: the sum rounds
LN2_HIGH, LN2_LOW = 0.6931471805599453, 2.3190468138462996e-17  # together log 2, to twice the precision
LIMIT = 708.0  # e^-LIMIT and e^LIMIT are ordinary numbers still; every function below is flat before, or nearly

# fmt: off
# (e^r - 1 - r) / r^2 for |r| <= log(2) / 2
EXPM1_TAIL = (
    0.5000000000000001, 0.16666666666666669, 0.04166666666662413, 0.008333333333330062, 0.0013888888917213717,
    0.00019841269863053618, 2.4801521295954376e-05, 2.7557268459997064e-06, 2.7620088445409746e-07, 2.510038549551032e-08,
)
# (2 artanh(s) / s - 2) / s^2 in powers of s^2 <= 1/9
ARTANH_TAIL = (
    0.6666666666666666, 0.40000000000014585, 0.2857142856710876, 0.22222222717427864, 0.18181789436132859,
    0.15385570064958623, 0.13314144209654935, 0.12001072809590713, 0.08800738486144674, 0.1616404561194353,
)
# e^(x^2) erfc(x) in powers of (x - 3) / (x + 3), for x in 0 .. 7; beyond, the factor e^-x^2 leaves nothing of it
SCALED_ERFC = (
    0.17900115118138998, -0.32623356004303766, 0.24560380171231996, -0.1501159365007229, 0.07166583719885529,
    -0.02439249932002355, 0.00426913630567601, 0.0007077464312659461, -0.0005970615582760439, 4.525590519702439e-05,
    6.40540825988748e-05, -1.2867852531613508e-05, -7.975647495973666e-06, 2.1529496937609404e-06, 1.290841163340267e-06,
    -3.203696090675585e-07, -3.438822200451588e-07, -8.860905866493273e-08, -7.642838114349333e-09,
)
# fmt: on


def exp(x: Lanes) -> Lanes:
    """e^x, held at e^-LIMIT and e^LIMIT."""
    scale, p = _split(at_least(-LIMIT, at_most(LIMIT, x)))
    return fma(scale, p, scale)


def expm1(x: Lanes) -> Lanes:
    """e^x - 1 for |x| <= LIMIT, to the last digits also where it is small."""
    scale, p = _split(x)
    return fma(scale, p, scale - 1.0)


def _split(x: Lanes) -> tuple[Lanes, Lanes]:
    """2^k and e^r - 1."""
    t = fma(x, LOG2_E, TO_INTEGER)
    k = t - TO_INTEGER
    r = fma(k, -LN2_LOW, fma(k, -LN2_HIGH, x))
    return power_of_two(t), fma(r * r, polynomial(EXPM1_TAIL, r), r)


def sigmoid(z: Lanes) -> Lanes:
    return 1.0 / (1.0 + exp(-z))


def tanh(z: Lanes) -> Lanes:
    """(e - 1) / (e + 1) with e = e^-2|z|, with the sign of z; it is 1 from 20 on."""
    minus = expm1(-2.0 * at_most(20.0, magnitude(z)))
    return with_sign_of(minus / (2.0 + minus), z)


# z -> (a, slope)


def _linear(z: Lanes) -> tuple[Lanes, Lanes]:
    return z, z.same(1.0)


def _sigmoid(z: Lanes) -> tuple[Lanes, Lanes]:
    a = sigmoid(z)
    return a, a * (1.0 - a)


def _tanh(z: Lanes) -> tuple[Lanes, Lanes]:
    a = tanh(z)
    return a, fma(-a, a, 1.0)


def _relu(z: Lanes) -> tuple[Lanes, Lanes]:
    return at_least(0.0, z), where_less(z, 0.0, 0.0, 1.0)


def _relu_kink0(z: Lanes) -> tuple[Lanes, Lanes]:
    return at_least(0.0, z), where_less(z.same(0.0), z, 1.0, 0.0)


def _leaky_relu(z: Lanes) -> tuple[Lanes, Lanes]:
    return where_less(z, 0.0, LEAK * z, z), where_less(z, 0.0, LEAK, 1.0)


def _sigmoid_centred(z: Lanes) -> tuple[Lanes, Lanes]:
    a = sigmoid(z) - 0.5
    return a, fma(-a, a, 0.25)


def _tanh_shifted(z: Lanes) -> tuple[Lanes, Lanes]:
    a = tanh(z) + 1.0
    return a, a * (2.0 - a)


def _softplus(z: Lanes) -> tuple[Lanes, Lanes]:
    """max(z, 0) + log(1 + u) with u = e^-|z|; log(1 + u) = 2 artanh(u / (2 + u))."""
    u = exp(-magnitude(z))
    s = u / (2.0 + u)
    log1p = fma(s * s * s, polynomial(ARTANH_TAIL, s * s), 2.0 * s)
    return at_least(0.0, z) + log1p, where_less(z, 0.0, u, 1.0) / (1.0 + u)


def _elu(z: Lanes) -> tuple[Lanes, Lanes]:
    e = expm1(at_least(-LIMIT, at_most(0.0, z)))
    positive = z.same(0.0)
    return where_less(positive, z, z, e), where_less(positive, z, 1.0, e + 1.0)


def _gelu(z: Lanes) -> tuple[Lanes, Lanes]:
    """Z Phi(z). The normal density is 0 where it would underflow: z times it is never NaN, however large z."""
    x = at_most(30.0, ROOT_HALF * magnitude(z))
    e = where_less(x.same(26.0), x, 0.0, exp(-(x * x)))
    beyond = 0.5 * e * polynomial(SCALED_ERFC, (x - 3.0) / (x + 3.0))
    cdf = where_less(z, 0.0, beyond, 1.0 - beyond)
    return z * cdf, fma(z, e * (1.0 / ROOT_2_PI), cdf)


def _softsign(z: Lanes) -> tuple[Lanes, Lanes]:
    a = z / (1.0 + magnitude(z))
    rest = 1.0 - magnitude(a)
    return a, rest * rest


def _scaled_tanh(z: Lanes) -> tuple[Lanes, Lanes]:
    a = SCALED_TANH * tanh(z * (2.0 / 3.0))
    return a, (2.0 / 3.0) * (SCALED_TANH - a * a / SCALED_TANH)


HIDDEN: dict[str, Callable[[Lanes], tuple[Lanes, Lanes]]] = {
    "linear": _linear,
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "relu": _relu,
    "relu_kink0": _relu_kink0,
    "leaky_relu": _leaky_relu,
    "sigmoid_centred": _sigmoid_centred,
    "tanh_shifted": _tanh_shifted,
    "softplus": _softplus,
    "elu": _elu,
    "gelu": _gelu,
    "softsign": _softsign,
    "scaled_tanh": _scaled_tanh,
}

# (z, y) -> dz of the outputs that treat every unit alike


def _from_tanh(z: Lanes, y: Lanes) -> Lanes:
    a = tanh(z)
    return (a - y) * (1.0 - a * a)


def _from_sigmoid(z: Lanes, y: Lanes) -> Lanes:
    a = sigmoid(z)
    return (a - y) * a * (1.0 - a)


OUTPUT: dict[str, Callable[[Lanes, Lanes], Lanes]] = {
    "sigmoid": lambda z, y: sigmoid(z) - y,
    "identity": lambda z, y: z - y,
    "tanh": _from_tanh,
    "sigmoid_mse": _from_sigmoid,
}
