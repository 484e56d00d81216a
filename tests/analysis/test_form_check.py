"""The ways to read the notes held against shapes and differences: what each misprint changes, and no more."""

import numpy as np
import pytest

from sandbox.analysis import misprints
from sandbox.analysis.form_check import cases, checked, misshapen, shapes
from sandbox.analysis.misprints import FORMS, RIGHT
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.network import Layer, Network
from sandbox.nn.outputs import OUTPUTS


@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
def test_shapes_are_right_in_the_right_form_and_never_where_they_are_misprinted(output: str) -> None:
    assert [misshapen(RIGHT, output, 0, r) for r in range(5)] == [0.0] * 5
    assert misshapen("g_for_slope", output, 0, 0) == 0.0  # wrong numbers in the right places
    for form in ("n2_by_1", "db_as_dw"):
        assert misshapen(form, output, 0, 0) == 8.0


def test_a_transposed_w_fits_where_it_is_square_and_nowhere_else() -> None:
    counted = [shapes("transposed_w", "sigmoid", 0, r) for r in range(8)]
    assert all(misfit == oblong for misfit, oblong in counted)
    assert {0.0} < {8.0 - oblong for _, oblong in counted}  # some are square


def test_the_sum_to_n_is_right_where_there_are_as_many_samples_as_inputs() -> None:
    case = next(iter(cases("sigmoid", 0, 0, 2).values()))
    n = case.X.shape[-2]
    arguments = case.network, case.parameters, case.X[..., :n], case.Y[..., :n]
    for printed, right in zip(FORMS["sum_to_n"].run(*arguments)[2], FORMS[RIGHT].run(*arguments)[2], strict=True):
        np.testing.assert_allclose(printed.weights, right.weights, rtol=1e-14)


def test_a_leak_of_one_is_no_leak() -> None:
    printed = misprints._leak_of_one(Network((ACTIVATIONS["leaky_relu"],), OUTPUTS["sigmoid"]))
    z = np.array([-3.0, 2.0])
    assert printed.hidden[0].function(z).tolist() == [-3.0, 2.0]


def test_gradients_of_layers_are_layers() -> None:
    case = next(iter(cases("sigmoid", 0, 0, 2).values()))
    parameters, trace, gradient = FORMS["db_as_dw"].run(case.network, case.parameters, case.X, case.Y)
    assert all(isinstance(layer, Layer) for layer in (*parameters, *gradient))
    assert trace.activations[0] is case.X


def test_swapped_slopes_are_found_unless_they_are_the_same() -> None:
    rngs = [np.random.default_rng(r) for r in range(3)]
    for first, second, differ in (("tanh", "sigmoid", True), ("relu", "relu_kink0", False)):
        network = Network((ACTIVATIONS[first], ACTIVATIONS[second]), OUTPUTS["sigmoid"])
        right, wrong = checked(network, (2, 4, 3, 1), rngs)
        assert (right < 1e-7).all()
        assert ((wrong > 1e-3) == differ).all()
