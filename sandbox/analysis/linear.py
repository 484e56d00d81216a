"""What identity hidden layers amount to: the one layer they collapse to, and the linear models that scikit-learn fits."""

from dataclasses import astuple
from functools import lru_cache

import numpy as np

from sandbox.config.schema import DatasetConfig
from sandbox.nn.network import Layer, Network, Parameters, forward
from sandbox.nn.probes import score
from sandbox.system.arrays import Array
from sandbox.trial.build import data_of


def collapsed(parameters: Parameters) -> Layer:
    """The one layer that identity hidden layers amount to: W' = W^[L] .. W^[1], b' = W^[L] b + b^[L] and so on."""
    W, b = parameters[0]
    for layer in parameters[1:]:
        W, b = layer.weights @ W, layer.weights @ b + layer.bias
    return Layer(W, b)


def discrepancy(network: Network, parameters: Parameters, X: Array) -> Array:
    """How far Z^[L] is from W' X + b' (R,), relative to the size of the numbers that were added up to make it.

    That size, |W^[L]| (.. (|W^[1]| |X| + |b^[1]|) ..) + |b^[L]|, is what rounding errors are proportional to (Higham 2002,
    eq. 3.13); Z itself may be small by cancellation.
    """
    W, b = collapsed(parameters)
    difference = np.abs(forward(network, parameters, X).pre_activations[-1] - (W @ X + b))
    size = np.abs(X)
    for layer in parameters:
        size = np.abs(layer.weights) @ size + np.abs(layer.bias)
    return np.asarray((difference / np.where(size > 0, size, 1.0)).max(axis=(-2, -1)))


def linear_score(dataset: DatasetConfig) -> float:
    """On the test part, without hidden layers: accuracy of logistic regression without penalty, or R2 of least squares."""
    return _linear_score(*astuple(dataset))


@lru_cache(maxsize=1024)  # many arms share a draw of the data
def _linear_score(*dataset: object) -> float:
    from sklearn.linear_model import LinearRegression, LogisticRegression

    data = data_of(DatasetConfig(*dataset))  # type: ignore[arg-type]
    if data.kind == "regression":
        predicted = LinearRegression().fit(data.X.T, data.Y.T).predict(data.X_test.T).T
        return float(score("regression", predicted, data.Y_test))
    fitted = LogisticRegression(C=np.inf, tol=1e-8, max_iter=10_000).fit(data.X.T, data.Y[0])
    return float(fitted.score(data.X_test.T, data.Y_test[0]))
