"""Gradients and signals through depth: measures by hand, theory at the start, what evens gradients out, and sabotage."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from experiments.depth import CLAIMS, SMALL, PerAddedLayer, PerLayer, hidden_layers, kept, layers, trial
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.network import Layer, Network, Parameters, backward, forward
from sandbox.trial.build import Setup, data_of
from sandbox.trial.outcome import Outcome
from sandbox.trial.table import rows

R = 40
CLAIM = {claim.id: claim for claim in CLAIMS}
CONFIG = RunConfig(
    activation="sigmoid",
    hidden=[16] * 10,
    steps=0,
    replicates=R,
    dataset=DatasetConfig("moons", samples=60),
    init=InitConfig("xavier"),
    probes=ProbesConfig(count=2, names=["train/loss", "gradient", "gradient_z", "activation_std"], snapshots=0),
)


def start(config: RunConfig) -> pd.DataFrame:
    return rows("", config, trial(config))


def test_a_constant_factor_is_found_whatever_the_number_of_layers() -> None:
    table = pd.DataFrame({"replicate": range(3), "hidden": layers(4, 5)})
    for l in range(1, 7):
        table[f"gradient/layer{l}:first"] = 0.25 ** (6 - l)
        table[f"gradient/layer{l}"] = 2.0 ** (6 - l)
        table[f"gradient_z/layer{l}:first"] = 0.125 ** (6 - l)
        table[f"activation_std/layer{l}:first"] = 0.5**l
    np.testing.assert_allclose(PerLayer()(table), 0.125)
    np.testing.assert_allclose(PerLayer("gradient")(table), 0.25)
    np.testing.assert_allclose(PerLayer("gradient", "last")(table), 2.0)
    np.testing.assert_allclose(kept(table), 0.5**4)
    deeper = table.assign(hidden=layers(4, 7), **{"gradient/layer1:first": table["gradient/layer1:first"] * 0.01})
    both = pd.concat([table, deeper])
    added = PerAddedLayer(shallow={"hidden": layers(4, 5)}, deep={"hidden": layers(4, 7)})
    np.testing.assert_allclose(added(both), 0.1)
    assert hidden_layers(deeper) == 7


def test_sigmoid_loses_its_slope_with_every_layer_and_he_keeps_what_relu_passes_on() -> None:
    sigmoid = PerLayer()(start(CONFIG))
    relu = PerLayer()(start(replace(CONFIG, activation="relu", init=InitConfig("he"))))
    # rms gain of xavier's square matrices: 1; slopes are at most 1/4, and 0.24 at the activations' usual size
    assert 0.2 < sigmoid.median() < 0.25
    assert 0.8 < relu.median() < 1.25


def test_small_weights_shrink_all_layers_of_a_tanh_network_alike() -> None:
    small = replace(CONFIG, activation="tanh", init=InitConfig("xavier", scale=SMALL))
    usual = replace(CONFIG, activation="tanh")
    assert 0.9 < PerLayer("gradient")(start(small)).median() < 1.1
    assert PerLayer()(start(small)).median() < 0.06
    assert (start(small)["gradient/layer5:first"] < 1e-8 * start(usual)["gradient/layer5:first"]).all()


def norms(network: Network, parameters: Parameters, config: RunConfig) -> np.ndarray:
    data = data_of(config.dataset)
    gradients = backward(network, parameters, forward(network, parameters, data.X), data.Y)
    return np.array([np.sqrt(np.square(layer.weights).sum(axis=(1, 2))) for layer in gradients])  # (L, R)


def test_the_output_bias_alone_evens_out_the_gradients_of_a_sigmoid_network() -> None:
    network, parameters = Setup(CONFIG).network, Setup(CONFIG).start
    before = norms(network, parameters, CONFIG)
    data = data_of(CONFIG.dataset)
    for _ in range(200):  # the curvature in the bias is a (1 - a), at most 1/4
        gradients = backward(network, parameters, forward(network, parameters, data.X), data.Y)
        last = Layer(parameters[-1].weights, parameters[-1].bias - 4.0 * gradients[-1].bias)
        parameters = (*parameters[:-1], last)
    after = norms(network, parameters, CONFIG)
    assert np.median((before[1] / before[9]) ** (1 / 8)) < 0.25
    assert 0.9 < np.median((after[1] / after[9]) ** (1 / 8)) < 1.1
    assert np.median(after[9]) < 1e-3 * np.median(before[9])


def test_without_the_slope_in_the_backward_pass_nothing_vanishes(monkeypatch: pytest.MonkeyPatch) -> None:
    no_slope = replace(ACTIVATIONS["sigmoid"], derivative=lambda z, a: np.ones_like(z))
    monkeypatch.setitem(ACTIVATIONS, "sigmoid", no_slope)
    assert PerLayer()(start(CONFIG)).median() > 0.5
    assert PerLayer("gradient")(start(CONFIG)).median() > 0.5


def table_of(sigmoid: float, relu: float, signal: float, lost: float) -> pd.DataFrame:
    """Networks of all arms with a factor per layer by activation, and a signal that ends as a share of its first size."""
    rng, arms = np.random.default_rng(0), []
    for dataset in ("moons", "classification"):
        for depth in (5, 10):
            for activation, init, scale in [
                ("sigmoid", "xavier", 1.0),
                ("relu", "he", 1.0),
                ("tanh", "xavier", 1.0),
                ("relu", "xavier", SMALL),
                ("relu", "he", SMALL),
                ("tanh", "xavier", SMALL),
                ("tanh", "he", SMALL),
            ]:
                factor = (sigmoid if activation == "sigmoid" else relu) * (1 + 0.01 * rng.normal(size=100))
                arm = pd.DataFrame({"replicate": range(100)})
                for l in range(1, depth + 2):
                    arm[f"gradient/layer{l}:first"] = arm[f"gradient_z/layer{l}:first"] = factor ** (depth - l)
                last = signal if scale == 1.0 else lost
                arm["activation_std/layer1:first"], arm[f"activation_std/layer{depth}:first"] = 1.0, last
                arm["recommended"] = float((activation, init) in {("tanh", "xavier"), ("relu", "he")})
                settings = {"dataset": dataset, "activation": activation, "init": init, "init.scale": scale}
                arms.append(arm.assign(hidden=layers(16, depth), **settings))
    return pd.concat(arms, ignore_index=True)


def test_verdicts_go_with_the_factor_per_layer() -> None:
    claims = ("depth-vanishes", "variance-kept")
    as_said = table_of(sigmoid=0.25, relu=1.0, signal=0.5, lost=1e-6)
    even = table_of(sigmoid=0.9, relu=1.0, signal=0.01, lost=1e-6)
    all_vanish = table_of(sigmoid=0.25, relu=0.25, signal=0.5, lost=0.5)
    for table, word in ((as_said, "holds"), (even, "fails"), (all_vanish, "invalid")):
        assert [judge(CLAIM[claim], table).verdict for claim in claims] == [word, word]


@pytest.mark.parametrize(("z", "w", "word"), [(0.58, 1.0, "holds"), (0.58, 0.58, "fails"), (1.0, 1.0, "fails")])
def test_vanishing_in_z_alone_is_told_from_vanishing_in_both_and_in_neither(z: float, w: float, word: str) -> None:
    """H = 5 layers; Xavier's weights, the control, keep all."""
    arms = []
    for dataset in ("moons", "classification"):
        for activation, init, factors in [
            ("tanh", "root_n", (z, w)),
            ("relu", "root_n", (z, w)),
            ("tanh", "xavier", (1, 1)),
        ]:
            arm = pd.DataFrame({"replicate": range(40), "dataset": dataset, "activation": activation, "init": init})
            for l in range(1, 6):
                arm[f"gradient_z/layer{l}:first"], arm[f"gradient/layer{l}:first"] = (f ** (5 - l) for f in factors)
            arms.append(arm.assign(hidden=layers(16, 5), **{"init.scale": 1.0}))
    table = pd.concat(arms, ignore_index=True)
    assert judge(CLAIM["gradient-z-or-w"], table).verdict == word
    lossy = table.assign(**{"gradient_z/layer1:first": 1e-3})
    assert judge(CLAIM["gradient-z-or-w"], lossy).verdict == "invalid"


def test_the_recommended_schemes_are_marked() -> None:
    marks = {}
    for activation in ("tanh", "relu"):
        for init in ("xavier", "he"):
            outcome: Outcome = trial(replace(CONFIG, activation=activation, init=InitConfig(init), replicates=1))
            marks[activation, init] = outcome.values["recommended"].item()
    assert marks == {("tanh", "xavier"): 1, ("tanh", "he"): 0, ("relu", "xavier"): 0, ("relu", "he"): 1}
