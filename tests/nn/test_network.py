"""The forward and backward pass against independent routes: differences, loops over units and samples, separate networks."""

from itertools import pairwise

import numpy as np
import pytest

from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.initialisers import initialise
from sandbox.nn.network import Layer, Network, Parameters, backward, cost, forward, objective, replicate, sizes, stack
from sandbox.nn.outputs import OUTPUTS

SEVERAL = ("softmax", "one_vs_all")  # classes


def labels(rng: np.random.Generator, output: str, n_y: int, m: int) -> np.ndarray:
    if output in SEVERAL:
        return np.eye(n_y)[rng.integers(n_y, size=m)].T
    return (rng.random((n_y, m)) > 0.5).astype(float) if output == "sigmoid" else rng.normal(size=(n_y, m))


def some_network(
    hidden: str, output: str, depth: int, R: int = 3
) -> tuple[Network, Parameters, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    n_y = 3 if output in SEVERAL else 1
    shape = (2, *[4] * depth, n_y)
    parameters = initialise("xavier", shape, R, seed=1, scale=1.5)
    # away from the ReLU's kink, where a difference quotient is not the slope
    parameters = tuple(Layer(W, rng.normal(0.0, 0.3, b.shape)) for W, b in parameters)
    X = rng.normal(size=(2, 7))
    return Network((ACTIVATIONS[hidden],) * depth, OUTPUTS[output]), parameters, X, labels(rng, output, n_y, 7)


def along(parameters: Parameters, direction: Parameters, h: float) -> Parameters:
    return tuple(Layer(W + h * dW, b + h * db) for (W, b), (dW, db) in zip(parameters, direction, strict=True))


def directional_error(network: Network, parameters: Parameters, X: np.ndarray, Y: np.ndarray) -> float:
    """The gradient's component along a random direction against a five-point difference of J; worst over replicates."""
    rng = np.random.default_rng(3)
    direction = tuple(Layer(rng.normal(size=W.shape), rng.normal(size=b.shape)) for W, b in parameters)

    def J(h: float) -> np.ndarray:
        return objective(network, along(parameters, direction, h), X, Y)

    gradients = backward(network, parameters, forward(network, parameters, X), Y)
    claimed = sum(
        (dW * vW).sum(axis=(-2, -1)) + (db * vb).sum(axis=(-2, -1))
        for (dW, db), (vW, vb) in zip(gradients, direction, strict=True)
    )
    errors = []
    for h in (
        3e-3,
        1e-3,
        3e-4,
        1e-4,
    ):  # truncation falls with h, rounding grows: no wrong gradient agrees at any of them
        measured = (8 * (J(h) - J(-h)) - (J(2 * h) - J(-2 * h))) / (12 * h)
        errors.append(np.abs(claimed - measured) / np.maximum(1e-3, np.abs(measured)))
    return float(np.max(np.min(errors, axis=0)))


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("hidden", ACTIVATIONS)
def test_backward_is_the_gradient_of_the_cost(hidden: str, output: str, depth: int) -> None:
    network, parameters, X, Y = some_network(hidden, output, depth)
    assert directional_error(network, parameters, X, Y) < 1e-7
    single = replicate(parameters, 1)
    assert directional_error(network, single, X, Y) < 1e-7


def test_every_single_parameter_has_its_own_gradient() -> None:
    """The full check, one parameter at a time: a direction could hide two errors that cancel."""
    network, parameters, X, Y = some_network("tanh", "sigmoid", 2, R=1)
    single = replicate(parameters, 0)
    gradients = backward(network, single, forward(network, single, X), Y)
    h = 1e-5
    for l, layer in enumerate(single):
        for part, values in enumerate(layer):
            for index in np.ndindex(values.shape):
                moved = []
                for sign in (1, -1):
                    changed = values.copy()
                    changed[index] += sign * h
                    moved.append((*single[:l], layer._replace(**{layer._fields[part]: changed}), *single[l + 1 :]))
                up, down = (cost(network, forward(network, p, X), Y) for p in moved)
                assert gradients[l][part][index] == pytest.approx((up - down) / (2 * h), abs=1e-9)


def test_printed_form_with_g_instead_of_its_slope_fails_the_check() -> None:
    """The notes print dZ1 = W2^T dZ2 * g(Z1); the gradient check tells it from g'(Z1)."""
    network, parameters, X, Y = some_network("tanh", "sigmoid", 1)
    printed = ACTIVATIONS["tanh"].__class__(np.tanh, lambda z, a: a, 1.0, "as printed")
    assert directional_error(network, parameters, X, Y) < 1e-7
    assert directional_error(network._replace(hidden=(printed,)), parameters, X, Y) > 1e-2


@pytest.mark.parametrize("hidden", ACTIVATIONS)
def test_matrix_form_equals_loops_over_units_and_samples(hidden: str) -> None:
    network, parameters, X, _ = some_network(hidden, "identity", 2, R=1)
    single = replicate(parameters, 0)
    prediction = forward(network, single, X).activations[-1]
    functions = [*(g.function for g in network.hidden), network.output.function]
    for i in range(X.shape[1]):
        a = [float(x) for x in X[:, i]]
        for g, (W, b) in zip(functions, single, strict=True):
            z = [sum(W[k, j] * a[j] for j in range(len(a))) + b[k, 0] for k in range(W.shape[0])]
            a = [float(g(np.array(value))) for value in z]
        assert prediction[0, i] == pytest.approx(a[0], rel=1e-12, abs=1e-13)


def test_stacked_replicates_compute_what_each_computes_alone() -> None:
    network, parameters, X, Y = some_network("sigmoid", "softmax", 3, R=5)
    together = backward(network, parameters, forward(network, parameters, X), Y)
    alone = [
        backward(network, single, forward(network, single, X), Y)
        for single in (replicate(parameters, r) for r in range(5))
    ]
    for stacked, separate in zip(together, stack(alone), strict=True):
        np.testing.assert_allclose(stacked.weights, separate.weights, rtol=1e-13, atol=1e-16)
        np.testing.assert_allclose(stacked.bias, separate.bias, rtol=1e-13, atol=1e-16)


def test_shapes_are_those_of_the_notes() -> None:
    network, parameters, X, Y = some_network("tanh", "softmax", 4, R=2)
    trace = forward(network, parameters, X)
    gradients = backward(network, parameters, trace, Y)
    n = sizes(parameters)
    for l, (below, here) in enumerate(pairwise(n), start=1):
        assert parameters[l - 1].weights.shape == gradients[l - 1].weights.shape == (2, here, below)
        assert parameters[l - 1].bias.shape == gradients[l - 1].bias.shape == (2, here, 1)
        assert trace.pre_activations[l - 1].shape == trace.activations[l].shape == (2, here, X.shape[1])


def test_layers_that_do_not_chain_are_refused() -> None:
    with pytest.raises(ValueError, match="do not chain"):
        sizes((Layer(np.zeros((3, 2)), np.zeros((3, 1))), Layer(np.zeros((1, 4)), np.zeros((1, 1)))))


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_the_penalty_is_in_the_gradient_and_leaves_biases_alone(depth: int) -> None:
    free, parameters, X, Y = some_network("tanh", "sigmoid", depth)
    network = free._replace(weight_decay=0.7)
    assert directional_error(network, parameters, X, Y) < 1e-7
    trace = forward(network, parameters, X)
    for (dW, db), (fW, fb), (W, _) in zip(
        backward(network, parameters, trace, Y), backward(free, parameters, trace, Y), parameters, strict=True
    ):
        np.testing.assert_allclose(dW - fW, 0.7 * W, rtol=1e-12, atol=1e-15)
        np.testing.assert_array_equal(db, fb)
