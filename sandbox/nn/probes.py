"""Probes: what is measured on a network at a probe step. One table of pure functions, one number per replicate.

A probe of the whole network is recorded as its name (`train/loss`), a probe of a layer as `name/layer1`, `name/layer2` ...
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sandbox.data.datasets import Data
from sandbox.nn.blocks import blockwise
from sandbox.nn.network import Network, Parameters, Trace, cost, errors, forward, gradients
from sandbox.system.arrays import Array, mean
from sandbox.system.own_parts import part

SAME_UNIT = 1e-6  # two units closer than this, relative to the layer's size, count as one


@dataclass(frozen=True)
class Snapshot:
    """A stack of networks at one step, with all a probe may look at; what none asks for is not computed."""

    network: Network
    parameters: Parameters
    data: Data

    @cached_property
    def trace(self) -> Trace:
        """On the training part."""
        return forward(self.network, self.parameters, self.data.X)

    @cached_property
    def loss(self) -> Array:
        """On the training part (R,)."""
        return cost(self.network, self.trace, self.data.Y)

    @cached_property
    def slopes(self) -> tuple[Array, ...]:
        """Of every hidden layer (R, n_l, m), the first at 0."""
        Zs, As = self.trace
        return tuple(g.derivative(Z, A) for g, Z, A in zip(self.network.hidden, Zs, As[1:], strict=False))

    @cached_property
    def errors(self) -> tuple[Array, ...]:
        """The dZ of every layer (R, n_l, m), m times the gradient of the training cost in Z."""
        return errors(self.network, self.parameters, self.trace, self.data.Y)

    @cached_property
    def gradients(self) -> Parameters:
        """Of the training cost."""
        return gradients(self.network, self.parameters, self.trace, self.errors)

    @cached_property
    def test(self) -> Trace | None:
        """On the test part, None where there is none."""
        return forward(self.network, self.parameters, self.data.X_test) if self.data.X_test.shape[-1] else None

    @cached_property
    def validation(self) -> tuple[Trace, Array] | None:
        """On the samples set aside to choose settings by, and their labels; None where there are none."""
        if self.data.validation is None:
            return None
        X, Y = self.data.validation
        return forward(self.network, self.parameters, X), Y


@dataclass(frozen=True)
class Probe:
    """What is measured: of the whole network, of every hidden layer, or of every layer.

    of: "network", "hidden" or "layer"; a function of (snapshot) or of (snapshot, l) with l counted from 1 -> (R,).
    unit: what the axis of its chart says.
    """

    of: str
    function: Callable[..., Array]
    unit: str


# --- of the network -------------------------------------------------------------------------------------------------


def _train_loss(s: Snapshot) -> Array:
    return s.loss


def _test_loss(s: Snapshot) -> Array:
    return _missing(s) if s.test is None else cost(s.network, s.test, s.data.Y_test)


def _train_score(s: Snapshot) -> Array:
    return score(s.data.kind, s.trace.activations[-1], s.data.Y)


def _test_score(s: Snapshot) -> Array:
    return _missing(s) if s.test is None else score(s.data.kind, s.test.activations[-1], s.data.Y_test)


def _validation_loss(s: Snapshot) -> Array:
    return _missing(s) if s.validation is None else cost(s.network, *s.validation)


def _validation_score(s: Snapshot) -> Array:
    if s.validation is None:
        return _missing(s)
    trace, Y = s.validation
    return score(s.data.kind, trace.activations[-1], Y)


def score(kind: str, A: Array, Y: Array) -> Array:
    """Accuracy of the predictions A (.., n_y, m) for classes, the coefficient of determination R2 for regression."""
    if kind == "binary":
        return np.asarray(((A > 0.5) == (Y > 0.5)).mean(axis=(-2, -1)))
    if kind == "multiclass":
        return np.asarray((A.argmax(axis=-2) == Y.argmax(axis=-2)).mean(axis=-1))
    spread = np.square(Y - Y.mean(axis=-1, keepdims=True)).sum(axis=(-2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):  # constant targets: R2 is not defined
        return np.asarray(1.0 - np.square(A - Y).sum(axis=(-2, -1)) / spread)


# --- of a hidden layer's activations --------------------------------------------------------------------------------


def _slope_of(s: Snapshot, l: int) -> Array:
    return s.slopes[l - 1]


def _slope(s: Snapshot, l: int) -> Array:
    return np.asarray(_slope_of(s, l).mean(axis=(-2, -1)))


def _saturated(s: Snapshot, l: int) -> Array:
    return np.asarray((np.abs(_slope_of(s, l)) < 0.1 * s.network.hidden[l - 1].steepest).mean(axis=(-2, -1)))


def _dead(s: Snapshot, l: int) -> Array:
    return np.asarray((_slope_of(s, l) == 0).all(axis=-1).mean(axis=-1))


def _activation_mean(s: Snapshot, l: int) -> Array:
    return mean(np.abs(mean(s.trace.activations[l])))


def _activation_std(s: Snapshot, l: int) -> Array:
    return np.asarray(s.trace.activations[l].std(axis=(-2, -1)))


def _positive(s: Snapshot, l: int) -> Array:
    return np.asarray((s.trace.pre_activations[l - 1] > 0).mean(axis=(-2, -1)))


def _exactly_zero(s: Snapshot, l: int) -> Array:
    return np.asarray((s.trace.pre_activations[l - 1] == 0).mean(axis=(-2, -1)))


# --- of a layer's weights and gradients -----------------------------------------------------------------------------


def _norm(x: Array) -> Array:
    return np.asarray(np.sqrt(np.square(x).sum(axis=(-2, -1))))


def _gradient(s: Snapshot, l: int) -> Array:
    return _norm(s.gradients[l - 1].weights)


def _gradient_b(s: Snapshot, l: int) -> Array:
    return _norm(s.gradients[l - 1].bias)


def _gradient_z(s: Snapshot, l: int) -> Array:
    return np.asarray(_norm(s.errors[l - 1]) / s.data.X.shape[-1])


def _weight(s: Snapshot, l: int) -> Array:
    return _norm(s.parameters[l - 1].weights)


def _relative_gradient(s: Snapshot, l: int) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):  # zero weights: the ratio is not defined, and recorded as NaN
        ratio = _gradient(s, l) / _weight(s, l)
    return np.where(np.isfinite(ratio), ratio, np.nan)


def units(parameters: Parameters, l: int) -> Array:
    """All that belongs to each unit of hidden layer l: incoming weights, bias, outgoing weights; (.., n_l, columns)."""
    layer, above = parameters[l - 1], parameters[l]
    return np.concatenate([layer.weights, layer.bias, above.weights.mT], axis=-1)


def relative_spread(rows: Array) -> Array:
    """How different the rows (.., n, k) are: their root-mean-square distance from the mean row over their own size.

    0 where all rows are equal (all zero included), near 1 where they are unrelated.
    """
    distance = np.sqrt(np.square(rows - rows.mean(axis=-2, keepdims=True)).sum(axis=(-2, -1)))
    size = np.sqrt(np.square(rows).sum(axis=(-2, -1)))
    return np.where(size > 0, distance / np.where(size > 0, size, 1.0), 0.0)


def _spread(s: Snapshot, l: int) -> Array:
    return relative_spread(units(s.parameters, l))


def _gradient_spread(s: Snapshot, l: int) -> Array:
    return relative_spread(s.gradients[l - 1].weights)


def _distinct(s: Snapshot, l: int) -> Array:
    rows = units(s.parameters, l)
    squares = np.square(rows).sum(axis=-1)
    # |a - b|^2 = |a|^2 + |b|^2 - 2 ab: n x n numbers instead of n x n x k; its rounding, 1e-16, is far below SAME_UNIT^2
    gaps = squares[..., :, None] + squares[..., None, :] - 2.0 * (rows @ rows.mT)
    size = squares.mean(axis=-1)[..., None, None]
    same_as_earlier = np.tril(gaps <= SAME_UNIT**2 * size, k=-1).any(axis=-1)
    return np.asarray((~same_as_earlier).sum(axis=-1), dtype=np.float64)


def _rank(s: Snapshot, l: int) -> Array:
    """Effective rank of W^[l]: e^entropy of its normalised singular values (Roy and Vetterli 2007); 0 for W = 0."""
    W = np.nan_to_num(s.parameters[l - 1].weights, nan=0.0, posinf=0.0, neginf=0.0)
    values = np.linalg.svd(W, compute_uv=False)
    total = values.sum(axis=-1, keepdims=True)
    p = values / np.where(total > 0, total, 1.0)
    entropy = -(p * np.log(np.where(p > 0, p, 1.0))).sum(axis=-1)
    return np.where(total[..., 0] > 0, np.exp(entropy), 0.0)


# fmt: off
PROBES: dict[str, Probe] = {
    "train/loss": Probe("network", _train_loss, "training loss J"),
    "test/loss": Probe("network", _test_loss, "test loss J"),
    "train/score": Probe("network", _train_score, "training score"),
    "test/score": Probe("network", _test_score, "test score"),
    "validation/loss": Probe("network", _validation_loss, "validation loss J"),
    "validation/score": Probe("network", _validation_score, "validation score"),
    "slope": Probe("hidden", _slope, "mean slope g'(Z)"),
    "saturated": Probe("hidden", _saturated, "share of slopes below a tenth of the steepest"),
    "dead": Probe("hidden", _dead, "share of units with slope 0 on every sample"),
    "activation_mean": Probe("hidden", _activation_mean, "mean over units of |mean activation|"),
    "activation_std": Probe("hidden", _activation_std, "standard deviation of the activations"),
    "positive": Probe("hidden", _positive, "share of Z > 0"),
    "exactly_zero": Probe("hidden", _exactly_zero, "share of Z = 0"),
    "spread": Probe("hidden", _spread, "relative spread between units"),
    "gradient_spread": Probe("hidden", _gradient_spread, "relative spread between rows of dW"),
    "distinct": Probe("hidden", _distinct, "distinct units"),
    "rank": Probe("layer", _rank, "effective rank of W"),
    "weight": Probe("layer", _weight, "Frobenius norm of W"),
    "gradient": Probe("layer", _gradient, "Frobenius norm of dW"),
    "gradient_b": Probe("layer", _gradient_b, "norm of db"),
    "gradient_z": Probe("layer", _gradient_z, "Frobenius norm of dJ/dZ"),
    "relative_gradient": Probe("layer", _relative_gradient, "norm of dW over norm of W"),
}
# fmt: on


def curve_names(kind: str, depth: int, probes: Iterable[str] | None = None) -> list[tuple[str, str, int]]:
    """(curve, probe, layer) of every curve that a network of `depth` hidden layers has; layer 0 is the network."""
    names = []
    for name in PROBES if probes is None else probes:
        probe, curve = part("probe", PROBES, name), name.rpartition(":")[2]  # of the user's own, the name in its file
        if probe.of == "network":
            names.append((curve.replace("score", "r2" if kind == "regression" else "accuracy"), name, 0))
        else:
            last = depth if probe.of == "hidden" else depth + 1
            names += [(f"{curve}/layer{l}", name, l) for l in range(1, last + 1)]
    return names


def measure(
    network: Network, parameters: Parameters, data: Data, probes: Iterable[str] | None = None
) -> dict[str, Array]:
    """Every curve's value (R,) for a stack of networks; NaN throughout for a replicate whose loss is not finite."""
    if probes is None and data.validation is None:
        probes = [name for name in PROBES if not name.startswith("validation/")]
    names = curve_names(data.kind, len(network.hidden), probes)
    return blockwise(lambda block: _measure(network, block, data, names), parameters, data.X.shape[-1])


def _measure(
    network: Network, parameters: Parameters, data: Data, names: list[tuple[str, str, int]]
) -> dict[str, Array]:
    with np.errstate(over="ignore", invalid="ignore"):  # diverged replicates overflow; they are masked below
        snapshot = Snapshot(network, parameters, data)
        alive = np.isfinite(snapshot.loss)
        values = {
            curve: part("probe", PROBES, name).function(snapshot, *([layer] if layer else []))
            for curve, name, layer in names
        }
    return {curve: np.where(alive, value, np.nan) for curve, value in values.items()}


def _missing(s: Snapshot) -> Array:
    return np.full(s.parameters[0].weights.shape[0], np.nan)
