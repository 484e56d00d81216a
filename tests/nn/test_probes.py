"""Probes: each number against a second way to compute it, on one replicate at a time."""

from dataclasses import replace

import numpy as np
import pytest

from sandbox.data.datasets import load
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.initialisers import initialise
from sandbox.nn.network import Layer, Network, Parameters, backward, forward, replicate
from sandbox.nn.outputs import OUTPUTS
from sandbox.nn.probes import PROBES, curve_names, measure, relative_spread, score

DATA = load("moons", samples=40, seed=1)


def some(hidden: str = "tanh", R: int = 4, scale: float = 1.0, init: str = "normal") -> tuple[Network, Parameters]:
    return Network((ACTIVATIONS[hidden],) * 2, OUTPUTS["sigmoid"]), initialise(init, (2, 5, 3, 1), R, 0, scale)


def test_every_replicate_is_measured_as_if_it_were_alone() -> None:
    network, parameters = some()
    together = measure(network, parameters, DATA)
    for r in range(4):
        alone = measure(network, replicate(parameters, slice(r, r + 1)), DATA)
        for name, values in together.items():
            np.testing.assert_allclose(values[r], alone[name][0], rtol=1e-12, atol=1e-14, err_msg=name)


def test_layer_probes_agree_with_plain_loops() -> None:
    network, parameters = some("sigmoid")
    measured = measure(network, parameters, DATA)
    single = replicate(parameters, 2)
    trace = forward(network, single, DATA.X)
    gradients = backward(network, single, trace, DATA.Y)
    A, Z = trace.activations[1], trace.pre_activations[0]
    slopes = np.array([[a * (1 - a) for a in row] for row in A])
    assert measured["slope/layer1"][2] == pytest.approx(slopes.mean())
    assert measured["saturated/layer1"][2] == pytest.approx(np.mean([s < 0.025 for s in slopes.ravel()]))
    assert measured["positive/layer1"][2] == pytest.approx(np.mean([z > 0 for z in Z.ravel()]))
    assert measured["activation_mean/layer1"][2] == pytest.approx(np.mean([abs(np.mean(row)) for row in A]))
    assert measured["activation_std/layer1"][2] == pytest.approx(np.std(A))
    assert measured["gradient/layer2"][2] == pytest.approx(np.linalg.norm(gradients[1].weights))
    assert measured["relative_gradient/layer2"][2] == pytest.approx(
        np.linalg.norm(gradients[1].weights) / np.linalg.norm(single[1].weights)
    )
    assert measured["gradient_b/layer1"][2] == pytest.approx(np.linalg.norm(gradients[0].bias))
    assert measured["gradient_z/layer3"][2] == pytest.approx(np.linalg.norm(trace.activations[3] - DATA.Y) / 30)
    values = np.linalg.svd(single[0].weights, compute_uv=False)
    p = values / values.sum()
    assert measured["rank/layer1"][2] == pytest.approx(np.exp(-(p * np.log(p)).sum()))


def test_equal_units_have_no_spread_and_are_one_unit() -> None:
    network, parameters = some(init="constant")
    measured = measure(network, parameters, DATA)
    assert not measured["spread/layer1"].any() and not measured["gradient_spread/layer1"].any()
    assert (measured["distinct/layer1"] == 1).all() and (measured["rank/layer1"] < 1 + 1e-6).all()
    network, parameters = some()
    measured = measure(network, parameters, DATA)
    assert (measured["spread/layer1"] > 0.1).all() and (measured["distinct/layer1"] == 5).all()


def test_one_unit_moved_away_is_seen() -> None:
    network, parameters = some(init="constant")
    W, b = parameters[0]
    b = b.copy()
    b[:, 3] += 0.01
    measured = measure(network, (Layer(W, b), *parameters[1:]), DATA)
    assert (measured["distinct/layer1"] == 2).all() and (measured["spread/layer1"] > 1e-3).all()


def test_relative_spread_ignores_scale_and_is_zero_for_zeros() -> None:
    rows = np.random.default_rng(0).normal(size=(3, 5, 4))
    np.testing.assert_allclose(relative_spread(rows), relative_spread(1e6 * rows), rtol=1e-12)
    assert relative_spread(np.zeros((2, 5, 4))).tolist() == [0, 0]
    # rows +v and -v: the mean is 0, so the distance is the whole size
    assert relative_spread(np.array([[1.0, 2.0], [-1.0, -2.0]])) == pytest.approx(1.0)


def test_dead_units_are_those_without_slope_on_any_sample() -> None:
    network, parameters = some("relu")
    W, b = parameters[0]
    b = b.copy()
    b[:, 0] = -1e3
    measured = measure(network, (Layer(W, b), *parameters[1:]), DATA)
    alive = measure(network, parameters, DATA)
    np.testing.assert_allclose(measured["dead/layer1"], alive["dead/layer1"] + 1 / 5)


def test_zero_weights_have_no_relative_gradient_and_exact_zeros() -> None:
    network, parameters = some(init="zero")
    measured = measure(network, parameters, DATA)
    assert np.isnan(measured["relative_gradient/layer1"]).all()
    assert (measured["exactly_zero/layer1"] == 1).all()


def test_a_replicate_without_finite_loss_is_nan_throughout_and_alone() -> None:
    network, parameters = some()
    broken = tuple(Layer(np.where(np.arange(4)[:, None, None] == 1, np.nan, W), b) for W, b in parameters)
    measured, healthy = measure(network, broken, DATA), measure(network, parameters, DATA)
    for name, values in measured.items():
        assert np.isnan(values[1]), name
        np.testing.assert_array_equal(np.delete(values, 1), np.delete(healthy[name], 1), err_msg=name)


@pytest.mark.parametrize(("kind", "word"), [("binary", "accuracy"), ("regression", "r2")])
def test_scores_have_the_name_of_what_they_are(kind: str, word: str) -> None:
    assert f"test/{word}" in [curve for curve, _, _ in curve_names(kind, 1)]


def test_scores_equal_scikit_learns() -> None:
    from sklearn.metrics import accuracy_score, r2_score

    rng = np.random.default_rng(4)
    A, Y = rng.normal(size=(1, 30)), rng.normal(size=(1, 30))
    assert score("regression", A, Y) == pytest.approx(r2_score(Y[0], A[0]))
    labels, guesses = rng.integers(3, size=30), rng.random((3, 30))
    assert score("multiclass", guesses, np.eye(3)[labels].T) == pytest.approx(
        accuracy_score(labels, guesses.argmax(axis=0))
    )


def test_without_a_test_part_the_test_curves_are_nan() -> None:
    data = load("moons", samples=40, test_fraction=0)
    network, parameters = some()
    measured = measure(network, parameters, data, ["train/loss", "test/loss", "test/score"])
    assert np.isnan(measured["test/loss"]).all() and np.isnan(measured["test/accuracy"]).all()
    assert np.isfinite(measured["train/loss"]).all()


@pytest.mark.parametrize("probe", PROBES)
def test_every_probe_can_be_asked_for_alone(probe: str) -> None:
    network, parameters = some()
    data = load("moons", samples=40, seed=1, validation_fraction=0.2)
    alone, together = measure(network, parameters, data, [probe]), measure(network, parameters, data)
    assert alone
    for name, values in alone.items():
        np.testing.assert_array_equal(values, together[name])


def test_validation_samples_are_measured_as_tests_are_where_there_are_some() -> None:
    network, parameters = some()
    data = load("moons", samples=40, seed=1, validation_fraction=0.5)
    assert data.validation is not None
    X, Y = data.validation
    measured = measure(network, parameters, replace(data, X_test=X, Y_test=Y))
    np.testing.assert_array_equal(measured["validation/loss"], measured["test/loss"])
    np.testing.assert_array_equal(measured["validation/accuracy"], measured["test/accuracy"])
    assert not any(name.startswith("validation") for name in measure(network, parameters, DATA))
