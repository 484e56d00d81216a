"""Identity layers collapse into the notes' one layer, others do not."""

import numpy as np
import pytest

from sandbox.analysis.linear import collapsed, discrepancy
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.initialisers import initialise
from sandbox.nn.network import Layer, Network, Parameters, replicate
from sandbox.nn.outputs import OUTPUTS


def network(activation: str, depth: int) -> Network:
    return Network((ACTIVATIONS[activation],) * (depth - 1), OUTPUTS["sigmoid"])


def parameters(depth: int, replicates: int = 50) -> Parameters:
    drawn = initialise("normal", (3, *[7] * (depth - 1), 1), replicates, seed=1)
    rng = np.random.default_rng(2)
    return tuple(Layer(W, rng.normal(size=b.shape)) for W, b in drawn)


@pytest.mark.parametrize("depth", range(2, 11))
def test_identity_layers_collapse_into_one_and_tanh_layers_do_not(depth: int) -> None:
    X = np.random.default_rng(0).normal(size=(3, 40))
    drawn = parameters(depth)
    # 7 products, 7 sums a layer on either way, of numbers up to the size that is divided by (Higham 2002, eq. 3.13)
    assert (discrepancy(network("linear", depth), drawn, X) <= 2 * depth * 8 * 2.0**-53).all()
    assert (discrepancy(network("tanh", depth), drawn, X) > 1e-6).all()


def test_the_collapsed_layer_is_the_formula_of_the_notes_for_two() -> None:
    (W1, b1), (W2, b2) = replicate(parameters(2), 0)
    W, b = collapsed((Layer(W1, b1), Layer(W2, b2)))
    np.testing.assert_array_equal(W, W2 @ W1)
    np.testing.assert_array_equal(b, W2 @ b1 + b2)


def test_a_bias_left_out_of_the_collapse_is_noticed() -> None:
    X, drawn = np.zeros((3, 1)), parameters(3)
    forgotten = (drawn[0], Layer(drawn[1].weights, 0 * drawn[1].bias), drawn[2])
    kept, lost = collapsed(drawn), collapsed(forgotten)
    assert (np.abs(kept.bias - lost.bias) > 1e-6).any()
    assert (discrepancy(network("linear", 3), drawn, X) < 1e-14).all()
