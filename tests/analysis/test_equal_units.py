"""Equal units and the single unit they amount to: outputs that never part, for any depth, width and activation."""

import numpy as np
import pytest

from sandbox.analysis.equal_units import Rates, descend_at, equalised, merged, merged_rates
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.initialisers import initialise
from sandbox.nn.network import Network, Parameters, backward, forward, sizes
from sandbox.nn.outputs import OUTPUTS

STEPS, R, M = 40, 3, 12
X = np.random.default_rng(0).normal(size=(2, M))
LABELS = {"sigmoid": (X[:1] > 0.2).astype(float), "softmax": np.eye(3)[:, np.random.default_rng(1).integers(3, size=M)]}


def stacks(hidden: list[int], output: str) -> Parameters:
    return equalised(initialise("normal", (2, *hidden, len(LABELS[output])), R, seed=3, scale=0.5))


def largest_difference(
    network: Network, wide: Parameters, single: Parameters, Y: np.ndarray, rates: Rates, rate: float
) -> float:
    same, largest = tuple((rate, rate) for _ in rates), 0.0
    for _ in range(STEPS):
        traces = forward(network, wide, X), forward(network, single, X)
        largest = max(largest, float(np.abs(traces[0].activations[-1] - traces[1].activations[-1]).max()))
        wide = descend_at(wide, backward(network, wide, traces[0], Y), same)
        single = descend_at(single, backward(network, single, traces[1], Y), rates)
    return largest


@pytest.mark.parametrize("hidden", [[5], [2], [4, 3], [3, 4, 2]])
@pytest.mark.parametrize("output", LABELS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_single_unit_at_the_merged_rates_gives_the_outputs_of_equal_ones(
    activation: str, output: str, hidden: list[int]
) -> None:
    network = Network((ACTIVATIONS[activation],) * len(hidden), OUTPUTS[output])
    wide = stacks(hidden, output)
    single, rates = merged(wide), merged_rates(wide, 0.1)
    assert sizes(single) == (2, *([1] * len(hidden)), len(LABELS[output]))
    # some hundred roundings of 1e-16 a step; small weights and few steps, so that no deep network amplifies them much
    assert largest_difference(network, wide, single, LABELS[output], rates, 0.1) < 1e-12


@pytest.mark.parametrize("wrong", ["same rates", "W1 not slowed", "W2 not quickened", "biases not slowed"])
def test_any_other_rate_gives_other_outputs(wrong: str) -> None:
    network, wide = Network((ACTIVATIONS["tanh"],), OUTPUTS["sigmoid"]), stacks([5], "sigmoid")
    (w1, b1), (w2, b2) = merged_rates(wide, 0.1)
    rates = {
        "same rates": ((0.1, 0.1), (0.1, 0.1)),
        "W1 not slowed": ((0.1, b1), (w2, b2)),
        "W2 not quickened": ((w1, b1), (0.1, b2)),
        "biases not slowed": ((w1, 0.1), (w2, b2)),
    }[wrong]
    assert largest_difference(network, wide, merged(wide), LABELS["sigmoid"], rates, 0.1) > 1e-3


def test_one_hidden_layer_of_n_units_has_the_rates_that_its_derivation_says() -> None:
    wide = stacks([5], "sigmoid")
    np.testing.assert_allclose(merged_rates(wide, 1.0), [(1 / 5, 1 / 5), (5, 1)])
    np.testing.assert_allclose(merged(wide)[1].weights, 5 * wide[1].weights[..., :1])


def test_units_that_are_equal_already_stay_as_they_are_and_others_become_the_first() -> None:
    for scheme in ("zero", "constant"):
        given = initialise(scheme, (2, 4, 3, 1), R, seed=0)
        for before, after in zip(given, equalised(given), strict=True):
            np.testing.assert_array_equal(before.weights, after.weights)
    drawn = initialise("normal", (2, 4, 1), R, seed=0)
    equal = equalised(drawn)
    np.testing.assert_array_equal(equal[0].weights, np.repeat(drawn[0].weights[:, :1], 4, axis=1))
    np.testing.assert_array_equal(equal[1].weights, np.repeat(drawn[1].weights[:, :, :1], 4, axis=2))
