"""What papers and a course have published, computed with our own networks: a function per source, a record per number.

Only published numbers and formulae are here of which we are certain; how far a number may be off is derived, not chosen
after the fact: half a unit of the last printed digit, or four to five standard errors of what is drawn.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from experiments import born_dead, deep_linear
from sandbox.analysis.born_dead import lower_bound, upper_bound
from sandbox.analysis.deep_linear import START, STRENGTHS
from sandbox.config.schema import RunConfig
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.engines import ENGINES
from sandbox.nn.initialisers import INITIALISERS, initialise
from sandbox.nn.network import Layer, Network, Parameters, backward, cost, forward
from sandbox.nn.outputs import OUTPUTS
from sandbox.system.arrays import Array


class Reproduction(NamedTuple):
    """A published number, ours, and how far apart they may be; or a published range for ours."""

    source: str
    quantity: str
    published: float | tuple[float, float]
    ours: float
    allowed: float
    why: str  # the reason for `allowed`

    def off(self) -> float:
        """The distance of ours from the published number or range."""
        low, high = self.published if isinstance(self.published, tuple) else (self.published, self.published)
        return float(np.maximum(max(low - self.ours, self.ours - high), 0.0))

    def agrees(self) -> bool:
        return self.off() <= self.allowed  # and not so for NaN


# --- Ng's course: the very numbers of its programming assignment ----------------------------------------------------

COURSE = "Ng, Neural Networks and Deep Learning, week 3: planar data"
COSTS = {
    0: 0.693048,
    1000: 0.288083,
    2000: 0.254385,
    3000: 0.233864,
    4000: 0.226792,
    5000: 0.222644,
    6000: 0.219731,
    7000: 0.217504,
}
ACCURACIES = {1: 0.675, 2: 0.6725, 3: 0.9075, 4: 0.905, 5: 0.9125}  # by hidden units, after 5000 updates
SIX_DIGITS = "the last printed digit; later costs differ from copy to copy of the assignment, by chaos"


def course_flower() -> tuple[Array, Array]:
    """The assignment's 400 points on eight petals and their classes, from the generator that NumPy had at that time."""
    rng = np.random.RandomState(1)
    petals = []
    for k in range(2):
        t = np.linspace(k * 3.12, (k + 1) * 3.12, 200) + 0.2 * rng.randn(200)
        r = 4.0 * np.sin(4.0 * t) + 0.2 * rng.randn(200)
        petals.append(r * np.stack([np.sin(t), np.cos(t)]))
    return np.concatenate(petals, axis=1), np.repeat([[0.0, 1.0]], 200, axis=1)


def course_start(n: int) -> Parameters:
    """Its initial weights for n hidden units, a stack of one network: 0.01 times normal draws from seed 2."""
    rng = np.random.RandomState(2)
    W1, W2 = 0.01 * rng.randn(n, 2), 0.01 * rng.randn(1, n)
    return Layer(W1[None], np.zeros((1, n, 1))), Layer(W2[None], np.zeros((1, 1, 1)))


def course(engine: str = "numpy") -> Iterator[Reproduction]:
    """Its costs and accuracies with learning rate 1.2, digit for digit."""
    (X, Y), advance = course_flower(), ENGINES[engine]
    network = Network((ACTIVATIONS["tanh"],), OUTPUTS["sigmoid"])
    parameters, before = course_start(4), 0
    for step, published in COSTS.items():
        parameters, before = advance(network, parameters, X, Y, 1.2, step - before), step
        J = round(float(cost(network, forward(network, parameters, X), Y)[0]), 6)
        yield Reproduction(COURSE, f"cost after {step} updates, 4 tanh units", published, J, 5e-7, SIX_DIGITS)
    for n, published in ACCURACIES.items():
        parameters = advance(network, course_start(n), X, Y, 1.2, 5000)
        ours = _accuracy(network, parameters, X, Y)
        yield Reproduction(COURSE, f"accuracy of {n} tanh units", published, ours, 1e-12, "shares of 400 points")
    linear = Network((ACTIVATIONS["linear"],), OUTPUTS["sigmoid"])
    parameters = advance(linear, course_start(4), X, Y, 0.1, 2000)
    what = "accuracy of logistic regression (ours: 4 identity units)"
    yield Reproduction(COURSE, what, 0.47, _accuracy(linear, parameters, X, Y), 0.01, "printed as whole per cent")


def _accuracy(network: Network, parameters: Parameters, X: Array, Y: Array) -> float:
    return float(((forward(network, parameters, X).activations[-1] > 0.5) == (Y > 0.5)).mean())


# --- Glorot and Bengio 2010; He et al. 2015: what a layer does to the size of signals and gradients -----------------

GLOROT, HE = "Glorot and Bengio 2010", "He et al. 2015"
WIDTH, LAYERS = 64, 10
# Each layer's gain scatters by sqrt(5 / 64) at most, nine layers by 1; over 400 networks and taken to the power of 1/9
# that is 1/20/9 = 0.6 % per layer
SCATTER = "4 standard errors of 400 networks, per layer"
FILTERS = {64: 0.059, 128: 0.042, 256: 0.029, 512: 0.021}  # of 3 x 3, and the standard deviation that suits them
VGG = (64, 128, 128, 256, 256, 512, 512, 512, 512)  # model B from its second convolution to its tenth


def sizes_by_layer(activation: str, init: str, scale: float, replicates: int, seed: int) -> tuple[Array, Array, Array]:
    """Mean squares (L,) of Z^[l], of dJ/dZ^[l] and of dW^[l] over networks on one normal input each: L = 11.

    With a single sample db^[l] is dJ/dZ^[l] itself.
    """
    network = Network((ACTIVATIONS[activation],) * LAYERS, OUTPUTS["identity"])
    parameters = initialise(init, (WIDTH,) * (LAYERS + 2), replicates, seed, scale)
    X = np.random.default_rng(seed).normal(size=(WIDTH, 1))
    trace = forward(network, parameters, X)
    # an error that does not depend on the signal, as the derivation assumes
    error = trace.activations[-1] - np.random.default_rng(seed + 1).normal(size=(replicates, WIDTH, 1))
    gradients = backward(network, parameters, trace, error)
    squares = [trace.pre_activations, [g.bias for g in gradients], [g.weights for g in gradients]]
    signal, back, weights = (np.array([np.square(layer).mean() for layer in layers]) for layers in squares)
    return signal, back, weights


def per_layer(sizes: Array) -> float:
    """The factor from each of the hidden layers to the next, towards the output, as a geometric mean."""
    return float((sizes[-2] / sizes[0]) ** (1.0 / (LAYERS - 1)))


def glorot(replicates: int = 400, seed: int = 0) -> Iterator[Reproduction]:
    """Equations 5 to 16 in the linear regime that they are derived for."""
    allowed = 0.03 * np.sqrt(400 / replicates)
    standard = sizes_by_layer("linear", "uniform", WIDTH**-0.5, replicates, seed)  # eq. 1
    normalised = sizes_by_layer("linear", "xavier", 1.0, replicates, seed)  # eq. 12
    for what, sizes, published in [
        ("eq. 15, standard initialisation: n Var[W], per layer of the signal's variance", standard[0], 1 / 3),
        ("eq. 12, normalised initialisation: the same", normalised[0], 1.0),
    ]:
        yield Reproduction(GLOROT, what, published, per_layer(sizes), allowed * published, SCATTER)
    for what, sizes, published in [
        ("eq. 13 and 15, standard: of the gradient's variance, towards the input", standard[1], 1 / 3),
        ("eq. 11 and 12, normalised: the same", normalised[1], 1.0),
        ("eq. 14, standard: of the variance of dW, the same in all layers", standard[2], 1.0),
    ]:
        yield Reproduction(GLOROT, what, published, 1.0 / per_layer(sizes), allowed * published, SCATTER)


def he(replicates: int = 400, seed: int = 0) -> Iterator[Reproduction]:
    """Equations 9 to 14 for ReLU, and the numbers that are computed from them in the text."""
    allowed = 0.03 * np.sqrt(400 / replicates)
    for scheme, what, published in [
        ("he", "eq. 10, n Var[w] / 2 = 1: factor per layer of the signal's variance", 1.0),
        ("xavier", "eq. 9 with n Var[w] = 1: the same", 0.5),
    ]:
        signal, back, _ = sizes_by_layer("relu", scheme, 1.0, replicates, seed)
        yield Reproduction(HE, what, published, per_layer(signal), allowed * published, SCATTER)
        of_gradient = what.replace("signal", "gradient").replace("eq. 9", "eq. 13").replace("eq. 10", "eq. 14")
        yield Reproduction(HE, of_gradient, published, 1.0 / per_layer(back), allowed * published, SCATTER)
    rng = np.random.default_rng(seed)
    for filters, published in FILTERS.items():
        drawn = INITIALISERS["he"].draw(rng, 64, 9 * filters)
        allowed = 5e-4 + 4 * published / np.sqrt(2 * drawn.size)
        what = f"§ 2.2, standard deviation for {filters} filters of 3 x 3"
        yield Reproduction(
            HE, what, published, float(drawn.std()), allowed, "the last printed digit, and 4 standard errors"
        )
    what = "§ 2.2, gradient from layer 10 to 2, with 0.01 instead: so much smaller"
    yield Reproduction(HE, what, 1.7e4, loss_of_a_fixed_deviation(seed), 500.0, "the last printed digit")


def loss_of_a_fixed_deviation(seed: int) -> float:
    """How much less of the gradient passes nine ReLU layers drawn with 0.01 than with the deviations that suit them."""
    network = Network((ACTIVATIONS["relu"],) * len(VGG), OUTPUTS["identity"])
    suited = initialise("he", (32,) * (len(VGG) + 2), 1, seed)
    factors = [*(0.01 / np.sqrt(INITIALISERS["he"].variance(1, 9 * filters)) for filters in VGG)]
    fixed = (suited[0], *(Layer(f * layer.weights, layer.bias) for f, layer in zip(factors, suited[1:], strict=True)))
    X, passed = np.random.default_rng(seed).normal(size=(32, 1)), []
    for parameters in (suited, fixed):
        trace = forward(network, parameters, X)
        gradients = backward(network, parameters, trace, trace.activations[-1] - 1.0)  # errors of 1 in both
        passed.append(float(np.sqrt(np.square(gradients[0].bias).sum())))
    return passed[0] / passed[1]


# --- Lu et al. 2019: networks born dead -----------------------------------------------------------------------------

LU = "Lu et al. 2019"


def lu(replicates: int = 4000, seed: int = 0) -> Iterator[Reproduction]:
    """The upper bound of § 3, which one input attains; with one dimension, our own lower bound beside it."""
    for width in (2, 3, 4, 5):
        config = RunConfig(hidden=[width], replicates=replicates, seed=seed, trial={"inputs": 1})
        outcome = born_dead.trial(config)
        for depth in (3, 10, 30):
            bound, least = upper_bound(width, depth), lower_bound(width, depth)
            allowed = 5 * np.sqrt(bound * (1 - bound) / replicates) + 1 / replicates
            first, both = (float(outcome.curves[name][depth - 1].mean()) for name in ("first_input_dead", "constant"))
            why = "5 standard errors"
            what = f"width {width}, {depth} hidden layers: probability that an input arrives as 0"
            yield Reproduction(LU, what, bound, first, allowed, why)
            what = f"width {width}, {depth} hidden layers: that the network is constant (lower bound ours)"
            yield Reproduction(LU, what, (least, bound), both, allowed, why)


# --- Saxe et al. 2013: the time scales of deep linear networks ------------------------------------------------------

SAXE = "Saxe et al. 2013"
EULER = "a step of size alpha lags by s alpha / 2; half times are read off between points 10 steps apart"


def saxe(
    replicates: int = 2, steps: int = 10 * (deep_linear.POINTS - 1), rate: float = 0.005
) -> Iterator[Reproduction]:
    """Two balanced layers: t = ln(s / u0 - 1) / (2 s) until a mode has half its strength, in steps of size `rate`."""
    config = RunConfig(hidden=[8], learning_rate=rate, steps=steps, replicates=replicates)
    config.trial = {"layers": 2, "start": "balanced"}
    outcome, u0 = deep_linear.trial(config), START[2] ** 2
    for k, s in enumerate(STRENGTHS):
        published = float(np.log(s / u0 - 1) / (2 * s * rate))
        ours = float(np.median(outcome.values[f"time/mode{k + 1}"]))
        allowed = published * s * rate / 2 + 1.0
        yield Reproduction(SAXE, f"§ 1.2, steps to half of the mode s = {s:.3g}", published, ours, allowed, EULER)
    off = float(outcome.values["off_theory"].max())
    yield Reproduction(
        SAXE, "§ 1.2, sigmoidal solution: largest distance from it", 0.0, off, 0.05, "see deep-linear-exact"
    )


# --- Regression and logistic regression: networks without a hidden layer --------------------------------------------

NIST = "NIST Statistical Reference Datasets: Norris"
NORRIS = (  # x and y of 36 calibrations of ozone monitors
    (
        "0.2 337.4 118.2 884.6 10.1 226.5 666.3 996.3 448.6 777.0 558.2 0.4 0.6 775.5 666.9 338.0 447.5 11.6 "
        "556.0 228.1 995.8 887.6 120.2 0.3 0.3 556.8 339.1 887.2 999.0 779.0 11.1 118.3 229.2 669.1 448.9 0.5"
    ),
    (
        "0.1 338.8 118.1 888.0 9.2 228.1 668.5 998.5 449.1 778.9 559.2 0.3 0.1 778.1 668.8 339.3 448.9 10.8 "
        "557.7 228.3 998.0 888.8 119.6 0.3 0.6 557.6 339.3 888.0 998.5 778.9 10.2 117.6 228.9 668.4 449.2 0.2"
    ),
)
CERTIFIED = (-0.262323073774029, 1.00211681802045)  # intercept and slope
GREENE = "Greene, Econometric Analysis, table of the logit model (data: Spector and Mazzeo 1980)"
SPECTOR = (  # grade point average, a test's points, taught by the new method, and whether the grade improved
    (
        "2.66 2.89 3.28 2.92 4.00 2.86 2.76 2.87 3.03 3.92 2.63 3.32 3.57 3.26 3.53 2.74 "
        "2.75 2.83 3.12 3.16 2.06 3.62 2.89 3.51 3.54 2.83 3.39 2.67 3.65 4.00 3.10 2.39"
    ),
    "20 22 24 12 21 17 17 21 25 29 20 23 23 25 26 19 25 19 23 25 22 28 14 26 24 27 17 24 21 23 21 19",
    "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
    "0 0 0 0 1 0 0 0 0 1 0 0 0 1 0 0 0 0 0 1 0 1 0 0 1 1 1 0 1 1 0 1",
)
LOGIT = {"constant": -13.021, "GPA": 2.826, "TUCE": 0.095, "PSI": 2.379}
CONVERGED = "the last printed digit; gradient descent has converged far beyond it"


def rows_of(columns: tuple[str, ...]) -> Array:
    """A row per column of numbers."""
    return np.array([[float(word) for word in column.split()] for column in columns])


def fitted(output: str, X: Array, y: Array, rate: float, steps: int) -> Array:
    """Constant and weights of a network without a hidden layer from zero weights, in the units of X (n, m)."""
    mean, size = X.mean(axis=1, keepdims=True), X.std(axis=1, keepdims=True)
    start: Parameters = (Layer(np.zeros((1, 1, len(X))), np.zeros((1, 1, 1))),)
    network = Network((), OUTPUTS[output])
    (end,) = ENGINES["numpy"](network, start, (X - mean) / size, y[None], rate, steps)
    weights = end.weights[0, 0] / size[:, 0]
    return np.array([end.bias[0, 0, 0] - weights @ mean[:, 0], *weights])


def nist() -> Iterator[Reproduction]:
    """The least squares that NIST certifies, by gradient descent on half the squared error."""
    x, y = rows_of(NORRIS)
    found = fitted("identity", x[None], y, rate=1.0, steps=200)
    for what, certified, ours in zip(("intercept", "slope"), CERTIFIED, found, strict=True):
        yield Reproduction(NIST, what, certified, float(ours), 1e-11, "rounding of values of size 1000")


def greene() -> Iterator[Reproduction]:
    """The maximum of the likelihood is the minimum of the cross-entropy."""
    *X, y = rows_of(SPECTOR)
    found = fitted("sigmoid", np.array(X), y, rate=4.0, steps=3000)
    for (what, published), ours in zip(LOGIT.items(), found, strict=True):
        yield Reproduction(GREENE, f"logit, {what}", published, float(ours), 5e-4, CONVERGED)


SOURCES: dict[str, Callable[[], Iterator[Reproduction]]] = {
    "course": course,
    "glorot": glorot,
    "he": he,
    "lu": lu,
    "saxe": saxe,
    "nist": nist,
    "greene": greene,
}
