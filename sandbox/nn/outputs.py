"""Output layers: the last activation, the cost J and dZ = dJ/dZ^[L] (times m) together, each in its stable form.

They belong together because cross-entropy is computed from Z, never from A: that is what keeps it free of log 0.
The squared error carries the factor 1/2 (as in scikit-learn's MLPRegressor; PyTorch's MSELoss does not), so that
dZ = A - Y for every output whose cost is its canonical one.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sandbox.nn.activations import sigmoid
from sandbox.system.arrays import Array, mean


@dataclass(frozen=True)
class Output:
    """An output layer.

    function: Z (.., n_y, m) -> A, the prediction.
    cost: (Z, Y) -> J (..), the mean over the m samples; non-finite only where Z is, or where its square overflows.
    inverse: A -> Z, held inside (0, 1) or (-1, 1) where the function has these limits.
    delta: (A, Y) -> dZ (.., n_y, m), without the factor 1/m, as in the notes, § Gradient descent.
    kinds: the kinds of labels it can be trained on; the first output that lists a kind is that kind's default.
    """

    function: Callable[[Array], Array]
    inverse: Callable[[Array], Array]
    cost: Callable[[Array, Array], Array]
    delta: Callable[[Array, Array], Array]
    kinds: frozenset[str]
    unit: str


def _over_samples(losses: Array) -> Array:
    return mean(losses.sum(axis=-2))


def _binary_cross_entropy(z: Array, y: Array) -> Array:
    # max(z, 0) - z y + log(1 + e^-|z|) = -y log a - (1 - y) log(1 - a) without computing a
    return _over_samples(np.maximum(z, 0.0) - z * y + np.log1p(np.exp(-np.abs(z))))


def _cross_entropy(z: Array, y: Array) -> Array:
    shifted = z - z.max(axis=-2, keepdims=True)  # keeps e^z below 1; the same constant on both terms below
    return mean(np.log(np.exp(shifted).sum(axis=-2)) - (shifted * y).sum(axis=-2))


def _squared_error_of(function: Callable[[Array], Array]) -> Callable[[Array, Array], Array]:
    return lambda z, y: _over_samples(0.5 * np.square(function(z) - y))


def _identity(z: Array) -> Array:
    return z


def _softmax(z: Array) -> Array:
    e = np.exp(z - z.max(axis=-2, keepdims=True))
    return np.asarray(e / e.sum(axis=-2, keepdims=True))


def _residual(a: Array, y: Array) -> Array:
    return a - y


TINY = 1e-12  # how near to its limits an inverse may go


def _logit(a: Array) -> Array:
    p = np.clip(a, TINY, 1.0 - TINY)
    return np.asarray(np.log(p) - np.log1p(-p))


def _artanh(a: Array) -> Array:
    return np.asarray(np.arctanh(np.clip(a, TINY - 1.0, 1.0 - TINY)))


def _log(a: Array) -> Array:
    return np.asarray(np.log(np.clip(a, TINY, 1.0)))


BINARY, MULTICLASS, REGRESSION = "binary", "multiclass", "regression"
_ANY = frozenset({BINARY, MULTICLASS, REGRESSION})

# fmt: off
OUTPUTS: dict[str, Output] = {
    "sigmoid": Output(sigmoid, _logit, _binary_cross_entropy, _residual, frozenset({BINARY}), "cross-entropy, nats"),
    "softmax": Output(_softmax, _log, _cross_entropy, _residual, frozenset({MULTICLASS}), "cross-entropy, nats"),
    "one_vs_all": Output(sigmoid, _logit, _binary_cross_entropy, _residual, frozenset({MULTICLASS}), "cross-entropy, nats"),  # one sigmoid per class
    "identity": Output(_identity, _identity, _squared_error_of(_identity), _residual, _ANY, "half the squared error"),
    "tanh": Output(np.tanh, _artanh, _squared_error_of(np.tanh), lambda a, y: (a - y) * (1.0 - a * a), _ANY, "half the squared error"),
    "sigmoid_mse": Output(sigmoid, _logit, _squared_error_of(sigmoid), lambda a, y: (a - y) * a * (1.0 - a), _ANY, "half the squared error"),
}
# fmt: on


def default_output(kind: str) -> str:
    """The name of the output that `output=auto` stands for: sigmoid, softmax or identity by the kind of the labels."""
    return next(name for name, output in OUTPUTS.items() if kind in output.kinds)


def constant_loss(output: Output, Y: Array) -> Array:
    """The cost (..) of predicting the mean label for every sample: what is reached without learning anything."""
    mean = Y.mean(axis=-1, keepdims=True)
    return output.cost(output.inverse(mean) + np.zeros_like(Y), Y)
