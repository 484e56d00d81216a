"""Outputs: cost and dZ agree with each other and with the textbook formula, and stay finite for |z| up to 10^4."""

import numpy as np
import pytest
from sklearn.metrics import log_loss

from sandbox.nn.engines import ENGINES
from sandbox.nn.network import Layer, Network
from sandbox.nn.outputs import OUTPUTS, default_output


@pytest.mark.parametrize("name", OUTPUTS)
def test_stable_for_large_z(name: str) -> None:
    z = np.array([[-1e4, -800.0, 0.0, 800.0, 1e4]])
    z = np.concatenate([z, -z[:, ::1], z * 0]) if name == "softmax" else z
    for y in (np.zeros_like(z), np.ones_like(z)):
        y = np.eye(3)[[0, 1, 2, 0, 1]].T if name == "softmax" else y
        output = OUTPUTS[name]
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            assert np.isfinite(output.cost(z, y))
            assert np.isfinite(output.delta(output.function(z), y)).all()


@pytest.mark.parametrize("name", OUTPUTS)
def test_delta_is_m_times_the_slope_of_the_cost(name: str) -> None:
    rng = np.random.default_rng(0)
    output = OUTPUTS[name]
    z = rng.normal(size=(3, 5))
    y = np.eye(3)[rng.integers(3, size=5)].T
    delta, h = output.delta(output.function(z), y), 1e-5
    for index in np.ndindex(z.shape):
        up, down = z.copy(), z.copy()
        up[index] += h
        down[index] -= h
        slope = (output.cost(up, y) - output.cost(down, y)) / (2 * h)
        assert delta[index] / 5 == pytest.approx(float(slope), abs=1e-9)


def test_cross_entropies_equal_scikit_learns_log_loss() -> None:
    rng = np.random.default_rng(1)
    z, y = rng.normal(size=(1, 40)), (rng.random((1, 40)) > 0.4).astype(float)
    assert OUTPUTS["sigmoid"].cost(z, y) == pytest.approx(log_loss(y[0], OUTPUTS["sigmoid"].function(z)[0]))
    z, c = rng.normal(size=(4, 40)), rng.integers(4, size=40)
    expected = log_loss(c, OUTPUTS["softmax"].function(z).T, labels=range(4))
    assert OUTPUTS["softmax"].cost(z, np.eye(4)[c].T) == pytest.approx(expected)


def test_cost_is_a_mean_over_samples() -> None:
    """The notes print a sum up to n in J; it is over the m samples: repeating the data changes nothing."""
    rng = np.random.default_rng(2)
    z, y = rng.normal(size=(1, 9)), rng.normal(size=(1, 9))
    for output in (OUTPUTS["identity"], OUTPUTS["tanh"]):
        assert output.cost(z, y) == pytest.approx(float(output.cost(np.tile(z, 3), np.tile(y, 3))))


@pytest.mark.parametrize("name", OUTPUTS)
def test_inverse_undoes_the_function(name: str) -> None:
    a = np.array([[0.1, 0.5, 0.9], [0.9, 0.5, 0.1]]) if name == "softmax" else np.array([[0.1, 0.5, 0.9]])
    np.testing.assert_allclose(OUTPUTS[name].function(OUTPUTS[name].inverse(a)), a, rtol=1e-12)


def test_one_against_all_is_a_network_of_its_own_for_each_class() -> None:
    """Without hidden layers, where nothing is shared: W's rows learn what as many logistic regressions do."""
    rng = np.random.default_rng(3)
    X, Y = rng.normal(size=(2, 30)), np.eye(3)[rng.integers(3, size=30)].T
    start = Layer(rng.normal(size=(1, 3, 2)), np.zeros((1, 3, 1)))
    for engine in ENGINES.values():
        (together,) = engine(Network((), OUTPUTS["one_vs_all"]), (start,), X, Y, 0.5, 40)
        for k in range(3):
            alone = Layer(start.weights[:, k : k + 1], start.bias[:, k : k + 1])
            (trained,) = engine(Network((), OUTPUTS["sigmoid"]), (alone,), X, Y[k : k + 1], 0.5, 40)
            np.testing.assert_allclose(together.weights[:, k : k + 1], trained.weights, rtol=1e-12)
            np.testing.assert_allclose(together.bias[:, k : k + 1], trained.bias, rtol=1e-12)


def test_default_outputs_go_by_the_labels() -> None:
    assert [default_output(kind) for kind in ("binary", "multiclass", "regression")] == [
        "sigmoid",
        "softmax",
        "identity",
    ]
