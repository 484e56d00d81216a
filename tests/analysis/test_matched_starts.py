"""Starts: equal functions are equal outputs, and gains keep the signal's size."""

from dataclasses import replace

import numpy as np
import pytest

from sandbox.analysis.matched_starts import AS_TANH, own_gain, same_function, start_of
from sandbox.config.schema import RunConfig
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.initialisers import initialise
from sandbox.nn.network import Layer, Network, Parameters, forward
from sandbox.nn.outputs import OUTPUTS
from sandbox.system.errors import InputError

X = np.random.default_rng(0).normal(size=(3, 50))


def drawn(*sizes: int, scheme: str = "lecun") -> Parameters:
    """Five networks with biases that are not zero, as after some training."""
    rng = np.random.default_rng(1)
    return tuple(Layer(W, rng.normal(size=b.shape)) for W, b in initialise(scheme, sizes, 5, seed=0))


def outputs(names: list[str], parameters: Parameters) -> np.ndarray:
    network = Network(tuple(ACTIVATIONS[name] for name in names), OUTPUTS["identity"])
    return forward(network, parameters, X).activations[-1]


@pytest.mark.parametrize("name", AS_TANH)
@pytest.mark.parametrize("hidden", [(6,), (6, 5), (4, 4, 4)])
def test_another_activation_starts_as_the_very_function_that_tanh_computes(name: str, hidden: tuple[int, ...]) -> None:
    tanh = drawn(3, *hidden, 2)
    names = [name] * len(hidden)
    same = outputs(names, same_function(names, tanh))
    np.testing.assert_allclose(same, outputs(["tanh"] * len(hidden), tanh), rtol=0, atol=1e-13)


def test_activations_may_differ_from_layer_to_layer() -> None:
    tanh = drawn(3, 6, 5, 2)
    names = ["sigmoid", "tanh_shifted"]
    np.testing.assert_allclose(outputs(names, same_function(names, tanh)), outputs(["tanh"] * 2, tanh), atol=1e-13)


def test_a_rectifier_with_its_gain_keeps_the_mean_square_through_ten_layers() -> None:
    """Widths of 100 make its size vary by about a tenth per layer in each of 20 networks; without the gain it is 2^-9."""
    start = own_gain(["relu"] * 10, initialise("lecun", (3, *[100] * 10, 1), 20, seed=0))
    network = Network((ACTIVATIONS["relu"],) * 10, OUTPUTS["identity"])
    squares = [np.square(z).mean() for z in forward(network, start, X).pre_activations[:10]]
    assert 0.7 < squares[-1] / squares[0] < 1.4


def test_what_is_no_tanh_is_refused() -> None:
    with pytest.raises(InputError, match="expected one of tanh, sigmoid"):
        same_function(["relu"], drawn(3, 4, 1))


def test_the_choice_is_read_from_the_trial() -> None:
    config = RunConfig(activation="sigmoid", replicates=2)
    plain, same = start_of(config), start_of(replace(config, trial={"start": "same_function"}))
    np.testing.assert_array_equal(same[0].weights, 2 * plain[0].weights)
    with pytest.raises(InputError, match=r"trial\.start: expected one of same_weights, .*, got 'same'"):
        start_of(replace(config, trial={"start": "same"}))
