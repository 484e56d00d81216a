"""Gradient descent: stacked against separate, against scikit-learn's network, divergence, and the steps that are probed."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.descent import first_diverged_step, gradient_descent, probe_steps
from sandbox.nn.engines import ENGINES
from sandbox.nn.initialisers import initialise
from sandbox.nn.network import Layer, Network, Parameters, cost, forward, replicate
from sandbox.nn.outputs import OUTPUTS

TANH = Network((ACTIVATIONS["tanh"],), OUTPUTS["sigmoid"])


def two_classes(m: int = 60) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2, m))
    return X, (X[:1] * X[1:] > 0).astype(float)


def trained(network: Network, start: Parameters, X: np.ndarray, Y: np.ndarray, rate: float, steps: int) -> Parameters:
    *_, (_, parameters) = gradient_descent(network, start, X, Y, rate, (0, steps), ENGINES["numpy"])
    return parameters


@pytest.mark.parametrize("hidden", ["tanh", "sigmoid", "relu"])
def test_stacked_training_equals_separate_training_after_1000_steps(hidden: str) -> None:
    X, Y = two_classes()
    network = Network((ACTIVATIONS[hidden],), OUTPUTS["sigmoid"])
    start = initialise("xavier", (2, 4, 1), replicates=40, seed=3)
    together = trained(network, start, X, Y, 0.3, 1000)
    for r in (0, 17, 39):
        alone = trained(network, replicate(start, slice(r, r + 1)), X, Y, 0.3, 1000)
        for stacked, single in zip(together, alone, strict=True):
            np.testing.assert_allclose(stacked.weights[r], single.weights[0], rtol=0, atol=1e-12)
            np.testing.assert_allclose(stacked.bias[r], single.bias[0], rtol=0, atol=1e-12)


@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("engine", ["numpy", "fused"])
def test_stacked_training_equals_separate_training_at_any_depth_and_output(
    engine: str, output: str, depth: int
) -> None:
    X, Y = two_classes()
    Y = np.concatenate([Y, 1 - Y]) if output == "softmax" else Y
    network = Network((ACTIVATIONS["tanh"],) * depth, OUTPUTS[output])
    start = initialise("xavier", (2, *[5] * depth, len(Y)), replicates=4, seed=3)
    (_, together), (_, last) = (
        list(gradient_descent(network, networks, X, Y, 0.3, (0, 1000), ENGINES[engine]))[-1]
        for networks in (start, replicate(start, 3))
    )
    for stacked, single in zip(together, last, strict=True):
        np.testing.assert_allclose(stacked.weights[3], single.weights, rtol=0, atol=1e-12)
        np.testing.assert_allclose(stacked.bias[3], single.bias, rtol=0, atol=1e-12)


ORACLES = [
    ("tanh", "sigmoid", "tanh", MLPClassifier),
    ("sigmoid", "sigmoid", "logistic", MLPClassifier),
    ("relu", "softmax", "relu", MLPClassifier),
    ("tanh", "identity", "tanh", MLPRegressor),
]


@pytest.mark.parametrize(("hidden", "output", "theirs", "oracle"), ORACLES)
def test_trains_as_scikit_learns_network_from_equal_weights(
    hidden: str, output: str, theirs: str, oracle: type
) -> None:
    """An independent program, the same start, 200 steps: equal to 1e-10."""
    X, Y = two_classes()
    rng = np.random.default_rng(5)
    labels = rng.integers(3, size=X.shape[1]) if output == "softmax" else Y[0]
    Y = np.eye(3)[labels].T if output == "softmax" else Y
    start = initialise("xavier", (2, 5, 4, Y.shape[0]), replicates=1, seed=1)
    ours = trained(Network((ACTIVATIONS[hidden],) * 2, OUTPUTS[output]), start, X, Y, 0.1, 200)

    model = oracle(hidden_layer_sizes=(5, 4), activation=theirs, solver="sgd", alpha=0.0, learning_rate_init=0.1)
    model.set_params(
        batch_size=X.shape[1], momentum=0.0, max_iter=1, shuffle=False, warm_start=True, n_iter_no_change=10**6, tol=0.0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X.T, labels)  # builds the arrays; the weights are then replaced and 200 steps are taken
        model.coefs_ = [layer.weights[0].T.copy() for layer in start]
        model.intercepts_ = [layer.bias[0, :, 0].copy() for layer in start]
        model._optimizer.params = model.coefs_ + model.intercepts_
        model._optimizer.velocities = [np.zeros_like(p) for p in model._optimizer.params]
        model.set_params(max_iter=200)
        model.fit(X.T, labels)
    assert model.n_iter_ == 200
    for layer, W, b in zip(ours, model.coefs_, model.intercepts_, strict=True):
        np.testing.assert_allclose(layer.weights[0], W.T, rtol=0, atol=1e-10)
        np.testing.assert_allclose(layer.bias[0, :, 0], b, rtol=0, atol=1e-10)


def test_a_diverging_replicate_ends_alone_at_the_step_it_diverged() -> None:
    X, Y = two_classes()
    network = Network((ACTIVATIONS["relu"],), OUTPUTS["identity"])
    start = initialise("xavier", (2, 4, 1), replicates=3, seed=0)
    wild = tuple(Layer(np.where(np.arange(3)[:, None, None] == 1, 40 * W, W), b) for W, b in start)
    probed = dict(gradient_descent(network, wild, X, Y, 0.1, (0, 10, 50, 400), ENGINES["numpy"]))
    calm = dict(gradient_descent(network, start, X, Y, 0.1, (0, 10, 50, 400), ENGINES["numpy"]))
    for layer, same in zip(probed[400], calm[400], strict=True):
        assert np.isnan(layer.weights[1]).all()
        np.testing.assert_array_equal(layer.weights[[0, 2]], same.weights[[0, 2]])

    alone = replicate(wild, slice(1, 2))
    step = first_diverged_step(network, alone, X, Y, 0.1, 400, ENGINES["numpy"])
    parameters, one_by_one = alone, None
    with np.errstate(over="ignore", invalid="ignore"):
        for n in range(1, 401):
            parameters = ENGINES["numpy"](network, parameters, X, Y, 0.1, 1)
            if not np.isfinite(cost(network, forward(network, parameters, X), Y))[0]:
                one_by_one = n
                break
    assert step == one_by_one


def test_a_network_that_stays_finite_has_no_diverged_step() -> None:
    X, Y = two_classes()
    start = initialise("xavier", (2, 4, 1), replicates=1, seed=0)
    assert first_diverged_step(TANH, start, X, Y, 0.1, 100, ENGINES["numpy"]) is None


def test_probing_more_often_changes_nothing() -> None:
    X, Y = two_classes()
    start = initialise("normal", (2, 4, 1), replicates=4, seed=2)
    rarely = dict(gradient_descent(TANH, start, X, Y, 0.5, (0, 300), ENGINES["numpy"]))
    often = dict(gradient_descent(TANH, start, X, Y, 0.5, range(0, 301, 7), ENGINES["numpy"]))
    extra = dict(gradient_descent(TANH, start, X, Y, 0.5, (0, 294, 300), ENGINES["numpy"]))
    np.testing.assert_array_equal(often[294][0].weights, extra[294][0].weights)
    np.testing.assert_array_equal(rarely[300][0].weights, extra[300][0].weights)


@pytest.mark.parametrize(("steps", "count"), [(0, 30), (1, 30), (7, 30), (2000, 30), (10**6, 100), (50, 2)])
def test_probe_steps_are_increasing_and_include_both_ends(steps: int, count: int) -> None:
    probed = probe_steps(steps, count)
    assert probed[0] == 0 and probed[-1] == steps
    assert list(probed) == sorted(set(probed))
    assert len(probed) <= count


@pytest.mark.parametrize("engine", ENGINES)
def test_one_network_is_trained_without_the_replicates_axis(engine: str) -> None:
    X, Y = two_classes()
    start = initialise("xavier", (2, 4, 1), replicates=3, seed=3)
    stacked = dict(gradient_descent(TANH, start, X, Y, 0.5, (0, 3, 50), ENGINES[engine]))
    single = dict(gradient_descent(TANH, replicate(start, 1), X, Y, 0.5, (0, 3, 50), ENGINES[engine]))
    assert list(single) == [0, 3, 50]
    for step, layers in single.items():
        for one, many in zip(layers, stacked[step], strict=True):
            np.testing.assert_array_equal(one.weights, many.weights[1])
            np.testing.assert_array_equal(one.bias, many.bias[1])
