"""Numbers at their limits: finite or declared diverged, without warnings, and neighbours in the stack stay as they were."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sandbox.config.checks import check
from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig
from sandbox.nn import engines
from sandbox.nn.network import Layer
from sandbox.system.errors import InputError
from sandbox.trial.build import Setup
from sandbox.trial.outcome import Outcome
from sandbox.trial.train import train

BASE = RunConfig(
    steps=30, replicates=2, dataset=DatasetConfig(samples=24), probes=ProbesConfig(count=5), engine="numpy", hidden=[3]
)
compiled = pytest.mark.skipif(engines._why_not_fused() is not None, reason="no numba")
ENGINES = ["numpy", pytest.param("fused", marks=compiled)]


def checked(config: RunConfig) -> Outcome:
    """Train; every replicate is finite throughout, or declared diverged, and then NaN from there on."""
    outcome = train(check(config))
    loss, diverged = outcome.curves["train/loss"], outcome.values["diverged_step"]
    for r in range(config.replicates):
        gone = outcome.steps >= diverged[r]  # NaN: never
        assert np.isfinite(loss[~gone, r]).all(), (config, diverged[r])
        assert np.isnan(loss[gone, r]).all(), (config, diverged[r])
    return outcome


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("scale", [0.0, 1e-300, 1e-150, 1e-10, 1e10, 1e150, 1e300, -1.0])
def test_any_scale_of_weights(scale: float, engine: str) -> None:
    for activation in ("tanh", "sigmoid", "relu", "linear", "softplus"):
        for dataset in ("moons", "sine", "iris"):
            config = replace(
                BASE, activation=activation, init=InitConfig(scale=scale), dataset=DatasetConfig(name=dataset)
            )
            checked(replace(config, engine=engine, steps=5))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rate", [1e-300, 1e-6, 1e3, 1e6, 1e300])
def test_any_learning_rate(rate: float, engine: str) -> None:
    for activation, dataset in (("relu", "sine"), ("tanh", "moons"), ("linear", "regression"), ("relu", "iris")):
        config = replace(BASE, learning_rate=rate, activation=activation, dataset=DatasetConfig(name=dataset))
        checked(replace(config, engine=engine))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("hidden", [[1], [1000], [1, 1, 1], [2] * 50])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_any_width_and_depth(hidden: list[int], activation: str, engine: str) -> None:
    checked(replace(BASE, hidden=hidden, activation=activation, steps=10, init=InitConfig("he"), engine=engine))


FILES = {
    "a constant feature": "a,b,y\n1,5,0\n2,5,1\n3,5,0\n4,5,1\n",
    "nearly constant": "a,b,y\n1,5,0\n2,5.0000000000000001,1\n3,5,0\n4,5.000000000000001,1\n",
    "huge features": "a,y\n1e300,0\n-1e300,1\n1e299,0\n3e300,1\n",
    "tiny features": "a,y\n1e-300,0\n-1e-300,1\n1e-320,0\n0,1\n",
    "huge targets": "a,y\n1,1.5e200\n2,-1e200\n3,1e199\n4,7e200\n",
    "two samples": "a,y\n1,0\n2,1\n",
    "one sample": "a,y\n1,2.5\n",
    "one class": "a,y\n1,x\n2,x\n",
}
# What cannot be learned from, by the share that is to be set aside; all others are trained on.
REFUSED = {("two samples", 0.25): "dataset.test_fraction: expected at least one test sample"} | {
    (name, share): "expected at least two different labels"
    for name in ("one sample", "one class")
    for share in (0.0, 0.25)
}


@pytest.mark.parametrize("share", [0.0, 0.25])
@pytest.mark.parametrize("standardise", [True, False])
@pytest.mark.parametrize("name", FILES)
def test_any_data_is_trained_on_or_refused_for_what_it_lacks(
    name: str, standardise: bool, share: float, tmp_path: Path
) -> None:
    path = tmp_path / "given.csv"
    path.write_text(FILES[name])
    config = replace(BASE, dataset=DatasetConfig("file", path=str(path), standardise=standardise, test_fraction=share))
    if words := REFUSED.get((name, share)):
        with pytest.raises(InputError, match=words):
            train(config)
    else:
        checked(config)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("extreme", [1e300, 1e-300, np.inf, np.nan])
def test_neighbours_of_a_replicate_that_diverges_stay_as_they_are_bit_for_bit(extreme: float, engine: str) -> None:
    setup = Setup(replace(BASE, replicates=5, activation="relu", hidden=[4, 3]))
    data, network, start = setup.data, setup.network, setup.start
    W = start[0].weights.copy()
    W[2] *= extreme
    disturbed = (Layer(W, start[0].bias), *start[1:])
    advance = engines.choose(engine)
    before = advance(network, start, data.X, data.Y, 0.5, 40)
    after = advance(network, disturbed, data.X, data.Y, 0.5, 40)
    others = [0, 1, 3, 4]
    for one, two in zip(before, after, strict=True):
        assert one.weights[others].tobytes() == two.weights[others].tobytes()
        assert one.bias[others].tobytes() == two.bias[others].tobytes()
