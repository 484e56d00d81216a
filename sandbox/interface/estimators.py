"""Our networks by scikit-learn's conventions: `cross_val_score`, pipelines and `GridSearchCV` take them as they take any other.

A fit is the training of a run, on all samples given and without a test part: with the same settings the weights are those of
`sandbox.run(..., dataset__test_fraction=0)`, bit for bit. Predictions are the mean over the replicates, an ensemble.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.random import RandomState
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from sandbox.config.checks import check
from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig, TrackingConfig
from sandbox.data.datasets import Data, standardised
from sandbox.nn.network import Layer, Network, Parameters, forward
from sandbox.system.arrays import Array
from sandbox.system.errors import InputError
from sandbox.trial.build import Setup
from sandbox.trial.train import LOSS, trained

MOST_SEED = 2**31 - 1


class _Networks(BaseEstimator):  # type: ignore[misc] # scikit-learn ships no types
    """What both have in common: the settings of a run that shape a network and its training."""

    def __init__(
        self,
        hidden: tuple[int, ...] = (8,),
        activation: str | tuple[str, ...] = "tanh",
        output: str = "auto",
        init: str = "normal",
        init_scale: float = 1.0,
        learning_rate: float = 0.3,
        weight_decay: float = 0.0,
        steps: int = 1000,
        replicates: int = 1,
        engine: str = "auto",
        standardise: bool = True,
        random_state: int | RandomState | None = 0,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.output = output
        self.init = init
        self.init_scale = init_scale
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.steps = steps
        self.replicates = replicates
        self.engine = engine
        self.standardise = standardise
        self.random_state = random_state

    def _config(self) -> RunConfig:
        """The settings as those of a run. Raises InputError."""
        activation = self.activation if isinstance(self.activation, str) else list(self.activation)
        return check(
            RunConfig(
                dataset=DatasetConfig(name="file"),
                init=InitConfig(name=self.init, scale=self.init_scale),
                probes=ProbesConfig(names=[LOSS], snapshots=0),
                tracking=TrackingConfig(kind="none"),
                activation=activation,
                hidden=[int(n) for n in self.hidden],
                output=self.output,
                learning_rate=self.learning_rate,
                weight_decay=self.weight_decay,
                steps=self.steps,
                replicates=self.replicates,
                seed=_seed(self.random_state),
                engine=self.engine,
            )
        )

    def _train(self, X: Array, Y: Array, kind: Any, classes: tuple[str, ...] = ()) -> None:
        """Train on X (m, n_x) and Y (n_y, m), and keep the weights."""
        self.mean_ = X.mean(axis=0) if self.standardise else np.zeros(X.shape[1])
        spread = X.std(axis=0)
        self.scale_ = np.where((spread > 0) & bool(self.standardise), spread, 1.0)
        columns = np.ascontiguousarray(X.T)
        columns = standardised(columns)[0] if self.standardise else columns
        nothing = columns[:, :0], Y[:, :0]
        names = tuple(f"x{i + 1}" for i in range(X.shape[1]))
        setup = Setup(self._config(), Data("own data", kind, columns, Y, *nothing, names, classes))
        seen: list[Parameters] = []

        def keep(network: Network, parameters: Parameters, data: Data) -> Mapping[str, Array]:
            seen[:] = [parameters]
            return {}

        outcome = trained(setup, keep)
        (last,) = seen
        self.weights_, self.biases_ = [W for W, _ in last], [b for _, b in last]
        self.curve_ = pd.DataFrame(outcome.curves[LOSS], index=pd.Index(outcome.steps, name="step"))
        self.settings_ = asdict(setup.config) | {"output": setup.output}
        if not self._alive.any():
            raise InputError(
                f"learning_rate: expected one with which training stays finite, got {self.learning_rate:g}; lower it"
            )

    @property
    def _alive(self) -> NDArray[np.bool_]:
        return ~np.isnan(self.biases_[0][:, 0, 0])

    def _outputs(self, X: Any) -> Array:
        """The mean over the replicates that have not diverged (n_y, m) of A^[L]."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        columns = ((X - self.mean_) / self.scale_).T
        settings = self.settings_
        config = RunConfig(
            activation=settings["activation"],
            hidden=settings["hidden"],
            output=settings["output"],
            weight_decay=settings["weight_decay"],
        )
        network = _network(config)
        alive = self._alive
        layers = tuple(Layer(W[alive], b[alive]) for W, b in zip(self.weights_, self.biases_, strict=True))
        return np.asarray(forward(network, layers, columns).activations[-1].mean(axis=0))


def _network(config: RunConfig) -> Network:
    from sandbox.config.checks import hidden_activations
    from sandbox.nn.activations import ACTIVATIONS
    from sandbox.nn.outputs import OUTPUTS

    hidden = tuple(ACTIVATIONS[name] for name in hidden_activations(config))
    return Network(hidden, OUTPUTS[config.output], config.weight_decay)


def _seed(random_state: int | RandomState | None) -> int:
    if isinstance(random_state, int | np.integer):
        return int(random_state)
    return int(check_random_state(random_state).randint(MOST_SEED))


class SandboxClassifier(ClassifierMixin, _Networks):  # type: ignore[misc] # scikit-learn ships no types
    """A classifier of two or more classes.

    Parameters are those of a run of the same name; `random_state` is its `seed`. After `fit`: `classes_`; `weights_` and
    `biases_`, a layer each, (R, n_l, n_l-1) and (R, n_l, 1); `curve_`, the training loss by step and replicate.
    """

    def fit(self, X: Any, y: Any) -> Self:
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        K = len(self.classes_)
        if K < 2:
            raise InputError(
                f"y: expected labels of two classes or more, got only one class, {self.classes_[0]!r}; bring others"
            )
        Y = np.eye(K)[labels].T if K > 2 else labels[None].astype(np.float64)
        self._train(X, np.ascontiguousarray(Y), "multiclass" if K > 2 else "binary", tuple(map(str, self.classes_)))
        return self

    def predict_proba(self, X: Any) -> Array:
        """Of each class (m, K)."""
        A = np.clip(self._outputs(X), 0.0, 1.0)
        if len(self.classes_) == 2:
            return np.stack([1.0 - A[0], A[0]], axis=1)
        total = A.sum(axis=0)
        return np.where(total > 0, A / np.where(total > 0, total, 1.0), 1.0 / len(A)).T

    def predict(self, X: Any) -> NDArray[Any]:
        likeliest = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[likeliest])


class SandboxRegressor(RegressorMixin, _Networks):  # type: ignore[misc] # scikit-learn ships no types
    """A regression on one target, which is standardised as the features are; see `SandboxClassifier`."""

    def fit(self, X: Any, y: Any) -> Self:
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True)
        y = column_or_1d(y, warn=True).astype(np.float64)
        spread = y.std()
        self.target_ = (y.mean(), spread if spread > 0 else 1.0) if self.standardise else (0.0, 1.0)
        Y = standardised(y[None])[0] if self.standardise else y[None]
        self._train(X, Y, "regression")
        return self

    def predict(self, X: Any) -> Array:
        outputs = self._outputs(X)[0]
        mean, spread = self.target_
        return np.asarray(outputs * spread + mean)
