"""scikit-learn takes our networks as it takes any other estimator, and they are the networks of a run."""

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris, make_moons
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import sandbox
from sandbox import SandboxClassifier, SandboxRegressor


@pytest.mark.parametrize("estimator", [SandboxClassifier(), SandboxRegressor()], ids=["classifier", "regressor"])
@pytest.mark.filterwarnings("ignore:Skipping check check_array_api_input")  # it asks for an environment of its own
def test_scikit_learns_own_checks_pass(estimator: Any) -> None:
    results = check_estimator(estimator, on_fail=None)
    assert len(results) > 40
    assert {result["check_name"] for result in results if result["status"] != "passed"} <= {"check_array_api_input"}


@pytest.mark.parametrize("engine", ["numpy", "fused"])
def test_the_weights_are_those_of_a_run_bit_for_bit(engine: str) -> None:
    X, y = make_moons(60, noise=0.2, random_state=0)
    run = sandbox.run(
        data=(X, y), dataset__test_fraction=0, hidden=[3], steps=20, replicates=2, learning_rate=0.3, engine=engine
    )
    fitted = SandboxClassifier(hidden=(3,), steps=20, replicates=2, learning_rate=0.3, engine=engine).fit(X, y)
    for layer, W, b in zip(run.weights(), fitted.weights_, fitted.biases_, strict=True):
        assert np.array_equal(layer.weights, W) and np.array_equal(layer.bias, b)


def test_it_goes_through_pipelines_cross_validation_and_a_grid() -> None:
    X, y = load_iris(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), SandboxClassifier(steps=300, replicates=3, standardise=False))
    assert cross_val_score(pipeline, X, y, cv=3).mean() > 0.9
    grid = GridSearchCV(
        SandboxClassifier(steps=100), {"activation": ["tanh", "relu"], "learning_rate": [1e-6, 0.3]}, cv=2
    ).fit(X, y)
    assert grid.best_params_["learning_rate"] == 0.3
    assert np.allclose(grid.predict_proba(X).sum(axis=1), 1.0)


def test_a_regression_is_told_in_the_targets_unit() -> None:
    X = np.linspace(-1, 1, 80)[:, None]
    y = 1000 + 50 * X[:, 0] ** 2
    assert SandboxRegressor(steps=2000).fit(X, y).score(X, y) > 0.95


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"activation": "tanhh"}, "activation: expected a known name, got 'tanhh'"),
        ({"learning_rate": 0.0}, "learning_rate: expected > 0, got 0"),
        (
            {"learning_rate": 1e300},
            "learning_rate: expected one with which training stays finite, got 1e+300; lower it",
        ),
    ],
)
def test_a_mistake_is_answered_in_one_line(settings: dict[str, Any], said: str) -> None:
    X, y = make_moons(40, random_state=0)
    with pytest.raises(sandbox.InputError) as mistake:
        SandboxClassifier(steps=20, activation="relu").set_params(**settings).fit(X, y)
    assert str(mistake.value).startswith(said) and "\n" not in str(mistake.value)
