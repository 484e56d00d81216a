"""A second route to the numbers of the ledger: eleven claims from plain code, with draws of its own.

Nothing here comes from the sandbox but the ledger's data. Samples are rows, gradients are written for one hidden layer at a
time, the data come straight from scikit-learn. The 95 % interval of what such code finds has to meet the ledger's.
"""

import json
import math
from collections.abc import Callable
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.datasets import load_breast_cancer, load_wine, make_circles, make_moons
from sklearn.linear_model import LogisticRegression

Array = NDArray[np.float64]
LEDGER = Path(__file__).parents[2] / "experiments" / "LEDGER.json"
VERDICTS = {line["claim"]: line["verdict"] for line in json.loads(LEDGER.read_text(encoding="utf-8"))}
SEED = 42_000  # of these draws; the ledger's have other ones


def stratum(claim: str, name: str) -> dict[str, Any]:
    """What the ledger says of one stratum of a claim."""
    (found,) = [part for part in VERDICTS[claim]["strata"] if part["stratum"] == name]
    return dict(found)


def agree(claim: str, name: str, numbers: Any, rounding: float = 0.0) -> None:
    """The median of these numbers, or where each is 0, 1/2 or 1 their mean, is what the ledger says, up to both intervals."""
    found, low, high = (
        np.sort(np.asarray(numbers, float)),
        *(stratum(claim, name)["interval"][e] for e in ("low", "high")),
    )
    n = len(found)
    if VERDICTS[claim]["statistic"] == "share":
        middle, spread = found.mean(), 1.96 * found.std() / math.sqrt(n)
        ours = middle - spread, middle + spread
    else:
        rank = 0.98 * math.sqrt(n)
        ours = found[max(0, math.floor(n / 2 - rank))], found[min(n - 1, math.ceil(n / 2 + rank) - 1)]
    assert low - rounding <= ours[1] and ours[0] <= high + rounding, f"{ours} does not meet [{low}, {high}]"


def sigma(z: Array) -> Array:
    return np.asarray(0.5 * (1 + np.tanh(z / 2)))


def cost(z: Array, y: Array) -> Array:
    """Mean cross-entropy of outputs z, the last axis but one counts samples."""
    return np.asarray((np.logaddexp(0, z) - y * z).mean(axis=(-2, -1)))


def parts(X: Array, y: NDArray[Any], share: float, rng: np.random.Generator) -> tuple[Any, ...]:
    """Training and test samples, `share` of each class for testing, in the units of the training samples."""
    test = np.zeros(len(y), bool)
    for label in np.unique(y):
        members = rng.permutation(np.flatnonzero(y == label))
        test[members[: math.floor(share * len(members) + 0.5)]] = True
    middle, size = X[~test].mean(0), X[~test].std(0)
    size = np.where(size > 0, size, 1.0)
    return (X[~test] - middle) / size, y[~test, None] * 1.0, (X[test] - middle) / size, y[test, None] * 1.0


def moons(samples: int, draw: int, share: float = 0.25) -> tuple[Any, ...]:
    X, y = make_moons(samples, noise=0.2, random_state=SEED + draw)
    return parts(X, y, share, np.random.default_rng(draw))


ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "sigmoid": (sigma, lambda a: a * (1 - a)),
    "tanh": (np.tanh, lambda a: 1 - a * a),
    "relu": (lambda z: np.maximum(z, 0), lambda a: np.where(a > 0, 1.0, 0.0)),
}


def trained(name: str, X: Array, y: Array, start: tuple[Array, ...], rate: Any, steps: int) -> tuple[Array, ...]:
    """(U, b, v, c) of one hidden layer after so many steps; leading axes are networks that learn side by side."""
    (g, slope), (U, b, v, c) = ACTIVATIONS[name], start
    for _ in range(steps):
        a = g(X @ U + b)
        error = (sigma(a @ v + c) - y) / X.shape[-2]
        back = (error @ v.swapaxes(-1, -2)) * slope(a)
        v, c = v - rate * (a.swapaxes(-1, -2) @ error), c - rate * error.sum(-2, keepdims=True)
        U, b = U - rate * (X.swapaxes(-1, -2) @ back), b - rate * back.sum(-2, keepdims=True)
    return U, b, v, c


def outputs(name: str, X: Array, network: tuple[Array, ...]) -> Array:
    U, b, v, c = network
    return np.asarray(ACTIVATIONS[name][0](X @ U + b) @ v + c)


def drawn(rng: np.random.Generator, inputs: int, units: int, scale: float, networks: int = 1) -> tuple[Array, ...]:
    U, v = rng.normal(size=(networks, inputs, units)), rng.normal(size=(networks, units, 1))
    return scale * U, np.zeros((networks, 1, units)), scale * v, np.zeros((networks, 1, 1))


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_large_vanishes(activation: str) -> None:
    """The size of the gradient of W1 at scale 100 over that at scale 1."""
    ratios, g = [], ACTIVATIONS[activation]
    for draw in range(60):
        X, y, *_ = moons(400, draw)
        norms = []
        for scale in (1.0, 100.0):
            U, b, v, c = (part[0] for part in drawn(np.random.default_rng(draw), 2, 4, scale))
            a = g[0](X @ U + b)
            error = (sigma(a @ v + c) - y) / len(X)
            norms.append(np.linalg.norm(X.T @ ((error @ v.T) * g[1](a))))
        ratios.append(norms[1] / norms[0])
    agree("large-vanishes", f"activation={activation} dataset=moons", ratios)


def test_large_saturates() -> None:
    """The mean slope falls with every scale, in every network."""
    scales = [0.001, 0.01, 0.1, 1, 3, 10, 30, 100, 300, 1000]
    for draw in range(20):
        X, *_ = moons(400, draw)
        U, *_ = (part[0] for part in drawn(np.random.default_rng(draw), 2, 4, 1.0))
        slopes = [(1 - np.tanh(scale * (X @ U)) ** 2).mean() for scale in scales]
        order = np.corrcoef(np.argsort(np.argsort(slopes)), np.arange(len(scales)))[0, 1]
        agree("large-saturates", "activation=tanh dataset=moons", [order], rounding=1e-12)


@pytest.mark.parametrize(("start", "variance"), [("xavier", 1 / 16), ("he", 2 / 16)])
def test_depth_vanishes(start: str, variance: float) -> None:
    """The factor per layer from the product of Jacobians, one sample after another."""
    factors = []
    for draw in range(30):
        X, y, *_ = moons(100, draw)
        rng = np.random.default_rng(SEED + draw)
        first = rng.normal(0, math.sqrt(2 / 18 if start == "xavier" else 2 / 2), (2, 16))
        middle = [rng.normal(0, math.sqrt(variance), (16, 16)) for _ in range(4)]
        last = rng.normal(0, math.sqrt(2 / 17 if start == "xavier" else 2 / 16), (16, 1))
        top, bottom = [], []
        for x, label in zip(X, y, strict=True):
            a = [sigma(x @ first)]
            for W in middle:
                a.append(sigma(a[-1] @ W))
            error = (sigma(a[-1] @ last) - label).item()
            highest = error * last[:, 0] * a[-1] * (1 - a[-1])
            jacobian = np.eye(16)
            for W, below in zip(middle[::-1], a[-2::-1], strict=True):
                jacobian = np.diag(below * (1 - below)) @ W @ jacobian
            top.append(highest)
            bottom.append(jacobian @ highest)
        factors.append((np.linalg.norm(bottom) / np.linalg.norm(top)) ** (1 / 4))
    agree("depth-vanishes", f"dataset=moons hidden=16-16-16-16-16 init={start}", factors)


@pytest.mark.parametrize("width", [2, 5])
def test_born_dead(width: int) -> None:
    """With one input only two directions matter, 1 and -1; one network after another."""
    rng, died = np.random.default_rng(SEED), []
    for _ in range(800):
        signals, constant_at = [np.array([1.0]), np.array([-1.0])], None
        for layer in range(1, 31):
            W = rng.normal(size=(len(signals[0]), width))
            signals = [np.maximum(signal @ W, 0) for signal in signals]
            signals = [signal / max(signal.max(), 1e-300) for signal in signals]
            if all(signal.max() == 0 for signal in signals):
                constant_at = layer
                break
        died.append(constant_at is not None and constant_at > 3)
    agree("born-dead", f"hidden={width} trial.inputs=1", died)


@pytest.mark.parametrize(("activation", "units"), [("tanh", 2), ("sigmoid", 2), ("relu", 2), ("relu", 3)])
def test_xor_sticks(activation: str, units: int) -> None:
    corners = np.array([(-1.0, -1.0), (-1.0, 1.0), (1.0, 1.0), (1.0, -1.0)])
    X, y = (corners - corners.mean(0)) / corners.std(0), np.array([[0.0], [1.0], [0.0], [1.0]])
    start = drawn(np.random.default_rng(SEED), 2, units, 1.0, networks=200)
    told = (outputs(activation, X, trained(activation, X, y, start, 1.0, 5000)) > 0) == (y > 0.5)
    agree("xor-sticks", f"hidden={units} activation={activation} learning_rate=1", told.all(axis=(1, 2)))


@pytest.mark.parametrize(("data", "samples"), [("moons", 101), ("circles", 101)])
def test_zero_learns_as_one(data: str, samples: int) -> None:
    """All draws of the data side by side, each with a network from zero and one from normal weights."""
    draws, labels, starts = [], [], []
    for draw in range(60):
        if data == "moons":
            X, y, *_ = moons(samples, draw)
        else:
            circle, label = make_circles(samples, noise=0.1, factor=0.5, random_state=SEED + draw)
            X, y, *_ = parts(circle, label, 0.25, np.random.default_rng(draw))
        normal = drawn(np.random.default_rng(SEED + draw), 2, 4, 1.0)
        draws += [X, X]
        labels += [y, y]
        starts += [tuple(0 * part for part in normal), normal]
    X, y = np.stack(draws), np.stack(labels)
    both = tuple(np.concatenate(layer) for layer in zip(*starts, strict=True))
    learned = math.log(2) - cost(outputs("sigmoid", X, trained("sigmoid", X, y, both, 1.0, 2000)), y)
    name = f"activation=sigmoid dataset={data} dataset.samples={samples}"
    agree("zero-learns-as-one", name, learned[::2] / learned[1::2])


def test_logistic_zero_works() -> None:
    """Two other minimisers, from zero and from random weights, end with the same J."""
    tumours, label = load_breast_cancer(return_X_y=True)
    X, y, *_ = parts(tumours, label, 0.25, np.random.default_rng(SEED))
    decay, m = 0.01, len(X)

    def objective(weights: Array) -> float:
        return float(cost(X @ weights[:-1, None] + weights[-1], y) + decay / 2 * (weights[:-1] ** 2).sum())

    starts = [np.zeros(X.shape[1] + 1), np.random.default_rng(SEED).normal(size=X.shape[1] + 1)]
    ends = [minimize(objective, start, method="L-BFGS-B", options={"maxfun": 10**6}).fun for start in starts]
    agree("logistic-zero-works", "dataset=breast_cancer", [ends[1] - ends[0]])
    fitted = LogisticRegression(C=1 / (decay * m), tol=1e-8, max_iter=10_000).fit(X, y[:, 0])
    assert objective(np.append(fitted.coef_[0], fitted.intercept_)) == pytest.approx(ends[0], abs=1e-5)


@pytest.mark.parametrize("size", [8, 64, 512])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_ranges(activation: str, size: int) -> None:
    """With Python's own floats and its mathematical library."""
    rng = np.random.default_rng(SEED)
    shares = []
    for _ in range(20):
        z = [*rng.uniform(-size, size, 2000).tolist(), -size, size]
        if activation == "tanh":
            values = [-1 < math.tanh(each) < 1 for each in z]
        else:
            values = [0 < 1 / (1 + math.exp(-each)) < 1 for each in z]
        shares.append(sum(values) / len(values))
    agree("ranges", f"activation={activation} trial.precision=float64 trial.size={size}", shares)


def test_closed_forms() -> None:
    """sigmoid's slope as printed cancels where a is next to 1: its relative error against 50 digits."""
    rng, worst = np.random.default_rng(SEED), []
    with localcontext() as context:
        context.prec = 50
        for _ in range(5):
            sizes = [*rng.uniform(0, 700, 99), *10 ** rng.uniform(-8, math.log10(700), 99), 700.0]
            errors = []
            for z in sizes:
                a = 1 / (1 + math.exp(-z))
                e = (-Decimal(float(z))).exp()
                true = e / (1 + e) ** 2
                errors.append(float(abs(Decimal(a * (1 - a)) - true)) / math.ulp(float(true)))
            worst.append(max(errors))
    claim, name = "closed-forms", "activation=sigmoid trial.form=printed trial.error=relative"
    assert stratum(claim, name)["verdict"] == "refuted"
    agree(claim, name, worst)


@pytest.mark.parametrize("data", ["moons", "wine"])
def test_next_layer_condition(data: str) -> None:
    ratios = []
    for draw in range(40):
        rng = np.random.default_rng(SEED + draw)
        if data == "moons":
            X = moons(400, draw)[0]
        else:
            samples, label = load_wine(return_X_y=True)
            X = parts(samples, label, 0.25, rng)[0]
        a = sigma(X @ rng.normal(size=(X.shape[1], 16)) / math.sqrt(X.shape[1]) + rng.normal(size=16))
        valleys = []
        for inputs in (a, a - 0.5):
            with_one = np.column_stack([inputs, np.ones(len(a))])
            curvature = np.linalg.eigvalsh(with_one.T @ with_one)
            valleys.append(curvature[-1] / curvature[curvature > 1e-12 * curvature[-1]][0])
        ratios.append(valleys[0] / valleys[1])
    agree("next-layer-condition", f"dataset={data}", ratios)


def test_tanh_beats_sigmoid() -> None:
    """On circles, each network at the one of four rates that its validation samples like best."""
    wins, rates = [], np.array([0.25, 1.0, 4.0, 16.0])[:, None, None]
    for draw in range(30):
        rng = np.random.default_rng(SEED + draw)
        circle, label = make_circles(400, noise=0.1, factor=0.5, random_state=SEED + draw)
        X, y, X_test, y_test = parts(circle, label, 0.6, rng)
        kept, aside = np.zeros(len(y), bool), []
        for value in (0, 1):
            members = rng.permutation(np.flatnonzero(y[:, 0] == value))
            aside += members[: math.floor(0.3 * len(members) + 0.5)].tolist()
        kept[:] = True
        kept[aside] = False
        middle, size = X[kept].mean(0), X[kept].std(0)
        train, validation, test = ((part - middle) / size for part in (X[kept], X[~kept], X_test))
        losses = []
        for activation in ("tanh", "sigmoid"):
            start = tuple(np.repeat(part, 4, axis=0) for part in drawn(np.random.default_rng(draw), 2, 8, 0.01))
            network = trained(activation, train, y[kept], start, rates, 600)
            best = np.argmin(cost(outputs(activation, validation, network), y[~kept]))
            losses.append(cost(outputs(activation, test, network), y_test)[best])
        lead = losses[1] - losses[0]
        wins.append(1.0 if lead > 0.01 else 0.0 if lead < -0.01 else 0.5)
    agree("tanh-beats-sigmoid", "dataset=circles", wins)
