"""Identity layers for regression: the reference by its normal equations, and verdicts in both directions."""

from typing import Any

import numpy as np
import pandas as pd

from experiments.linear_regression import CLAIMS, trial
from sandbox.analysis.linear import linear_score
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig
from sandbox.trial.build import data_of
from sandbox.trial.table import rows

R = 100
(CLAIM,) = CLAIMS


def table(linear: float, tanh: float, least_squares: float = 0.5) -> pd.DataFrame:
    rng, arms = np.random.default_rng(0), []
    for dataset in ("diabetes", "sine"):
        for activation, level in (("linear", linear), ("tanh", tanh)):
            for rate in (0.1, 0.3):
                arm = pd.DataFrame({"replicate": range(R), "test/r2": level + 0.001 * rng.normal(size=R)})
                settings: dict[str, Any] = {
                    "hidden": "4",
                    "learning_rate": rate,
                    "least_squares": least_squares,
                    "train/loss": rate,
                }
                arms.append(arm.assign(dataset=dataset, activation=activation, **settings))
    return pd.concat(arms, ignore_index=True)


def test_the_verdict_goes_with_the_distance_from_least_squares() -> None:
    assert judge(CLAIM, table(linear=0.5, tanh=0.9)).verdict == "holds"
    assert judge(CLAIM, table(linear=0.6, tanh=0.9)).verdict == "fails"
    assert judge(CLAIM, table(linear=0.4, tanh=0.9)).verdict == "fails"
    assert judge(CLAIM, table(linear=0.5, tanh=0.5)).verdict == "invalid"


def test_least_squares_solve_the_normal_equations_and_identity_layers_arrive_there() -> None:
    dataset = DatasetConfig("diabetes")
    data = data_of(dataset)
    X, X_test = (np.vstack([x, np.ones(x.shape[1])]) for x in (data.X, data.X_test))
    predicted = (np.linalg.solve(X @ X.T, X @ data.Y.T).T @ X_test)[0]
    left = np.square(data.Y_test[0] - predicted).sum() / np.square(data.Y_test[0] - data.Y_test[0].mean()).sum()
    np.testing.assert_allclose(linear_score(dataset), 1 - left, rtol=1e-9)
    config = RunConfig(
        hidden=[4],
        activation="linear",
        learning_rate=0.1,
        steps=1500,
        replicates=4,
        dataset=dataset,
        init=InitConfig("xavier"),
        probes=ProbesConfig(count=4, names=["train/loss", "test/score"], snapshots=0),
    )
    found = rows("", config, trial(config))
    assert (np.abs(found["test/r2"] - found["least_squares"]) < 0.01).all()
