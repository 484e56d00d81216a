"""The gradient check against an exact gradient, and against gradients that are wrong in one place only."""

import numpy as np
import pytest

from sandbox.analysis.gradient_check import MARGIN, WIDTHS, along, component, differences, disagreement, draw
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.network import Layer, Network, Parameters, backward, forward, stack
from sandbox.nn.outputs import OUTPUTS


def some_case(
    hidden: str = "tanh", output: str = "sigmoid", depth: int = 2
) -> tuple[Network, Parameters, np.ndarray, np.ndarray]:
    network = Network((ACTIVATIONS[hidden],) * depth, OUTPUTS[output])
    drawn = [draw(network, (3, *[4] * depth, 2), 6, np.random.default_rng(r)) for r in range(3)]
    return (
        network,
        stack([one[0] for one in drawn]),
        np.stack([one[1] for one in drawn]),
        np.stack([one[2] for one in drawn]),
    )


def test_differences_of_a_linear_least_squares_fit_are_its_known_gradient() -> None:
    """J = |W X + b - Y|^2 / 2 m has the gradient (W X + b - Y) X^T / m; a parabola is what differences get exactly."""
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(3, 8)), rng.normal(size=(2, 8))
    W, b = rng.normal(size=(2, 3)), rng.normal(size=(2, 1))
    ((dW, db),) = differences(Network((), OUTPUTS["identity"]), (Layer(W, b),), X, Y, 1e-3)
    residual = W @ X + b - Y
    np.testing.assert_allclose(dW, residual @ X.T / 8, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(db[:, 0], residual.mean(axis=1), rtol=1e-10, atol=1e-12)


def test_a_stack_is_measured_as_each_of_its_networks() -> None:
    network, parameters, X, Y = some_case()
    together = differences(network, parameters, X, Y, 1e-3)
    for r in range(3):
        alone = differences(network, tuple(Layer(W[r], b[r]) for W, b in parameters), X[r], Y[r], 1e-3)
        for stacked, single in zip(together, alone, strict=True):
            np.testing.assert_allclose(stacked.weights[r], single.weights, atol=1e-11)
            np.testing.assert_allclose(stacked.bias[r], single.bias, atol=1e-11)


def test_the_component_along_a_direction_is_that_of_the_whole_gradient() -> None:
    network, parameters, X, Y = some_case()
    rng = np.random.default_rng(1)
    direction = tuple(Layer(rng.normal(size=W.shape), rng.normal(size=b.shape)) for W, b in parameters)
    whole = component(differences(network, parameters, X, Y, 1e-3), direction)
    np.testing.assert_allclose(along(network, parameters, X, Y, direction, 1e-3), whole, rtol=1e-8)


@pytest.mark.parametrize("layer", [0, 1, 2])
@pytest.mark.parametrize("part", Layer._fields)
def test_one_wrong_layer_in_one_replicate_is_found(layer: int, part: str) -> None:
    network, parameters, X, Y = some_case()
    measured = [differences(network, parameters, X, Y, h) for h in WIDTHS]
    gradients = backward(network, parameters, forward(network, parameters, X), Y)
    assert (disagreement(gradients, measured) < 1e-8).all()
    getattr(gradients[layer], part)[1] *= 1.01
    errors = disagreement(gradients, measured)
    assert errors[1] > 1e-5
    assert (errors[[0, 2]] < 1e-8).all()


def test_a_gradient_of_another_shape_is_infinitely_wrong() -> None:
    network, parameters, X, Y = some_case()
    measured = [differences(network, parameters, X, Y, 1e-3)]
    first, *rest = backward(network, parameters, forward(network, parameters, X), Y)
    assert np.isinf(disagreement((Layer(first.weights, first.weights), *rest), measured)).all()


@pytest.mark.parametrize("hidden", ACTIVATIONS)
def test_drawn_networks_stay_off_kinks_and_do_not_saturate(hidden: str) -> None:
    network = Network((ACTIVATIONS[hidden],) * 8, OUTPUTS["softmax"])
    parameters, X, Y = draw(network, (2, *[3] * 8, 3), 6, np.random.default_rng(0))
    *inner, last = forward(network, parameters, X).pre_activations
    assert all(np.abs(Z).min() > MARGIN for Z in inner)
    assert np.abs(last).max() <= 3.0 + 1e-12
    assert (Y.sum(axis=0) == 1).all()
    assert set(Y.ravel()) <= {0.0, 1.0}
