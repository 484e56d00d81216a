"""Loops against numbers worked out by hand; matrix form and loops are compared by the experiment on them."""

import numpy as np

from sandbox.analysis.loops import plain, sample_by_sample, scalar, summed_gradient, unit_by_unit
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.network import Layer, Network
from sandbox.nn.outputs import OUTPUTS

PARAMETERS = (
    Layer(np.array([[1.0, 2.0], [-1.0, 0.0]]), np.array([[0.5], [0.0]])),
    Layer(np.array([[1.0, -3.0]]), np.array([[1.0]])),
)
NETWORK = Network((ACTIVATIONS["relu"],), OUTPUTS["identity"])
X = np.array([[1.0, -1.0], [1.0, 0.0]])
PREDICTION = [[4.5, -2.0]]  # z1 = (3.5, -1) and (-0.5, 1); a1 = (3.5, 0) and (0, 1)


def test_both_loops_give_the_prediction_worked_out_by_hand() -> None:
    functions = [scalar(NETWORK.hidden[0].function), float]
    assert unit_by_unit(plain(PARAMETERS), functions, X.T.tolist()).tolist() == PREDICTION
    assert sample_by_sample(NETWORK, PARAMETERS, X).tolist() == PREDICTION


def test_the_summed_gradient_is_the_mean_over_samples() -> None:
    """Residuals 4.5 and -2, so that dW2 = (4.5 a1(1) - 2 a1(2)) / 2."""
    _, last = summed_gradient(NETWORK, PARAMETERS, X, np.zeros((1, 2)))
    assert last.weights.tolist() == [[4.5 * 3.5 / 2, -2.0 / 2]]
    assert last.bias.tolist() == [[1.25]]
