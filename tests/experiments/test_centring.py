"""Interventions on the mean: the pairs start equal, the scaling law behind `steepness-is-rate`, verdicts both ways."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from experiments.centring import CLAIMS, trial
from sandbox.analysis.matched_starts import same_function
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig
from sandbox.data.datasets import load
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.engines.reference import advance
from sandbox.nn.initialisers import initialise
from sandbox.nn.network import Network
from sandbox.nn.outputs import OUTPUTS
from sandbox.trial.table import rows

R = 200
CLAIM = {claim.id: claim for claim in CLAIMS}
ARMS = ("sigmoid", "sigmoid_centred", "tanh", "tanh_shifted")
CONFIG = RunConfig(
    hidden=[8],
    steps=20,
    replicates=6,
    dataset=DatasetConfig("circles", samples=60),
    init=InitConfig("xavier"),
    probes=ProbesConfig(count=4, names=["train/loss", "test/loss"], snapshots=0),
)


def table(steps_of: Mapping[str, float], rates: tuple[float, ...] = (1.0, 4.0)) -> pd.DataFrame:
    """Every arm's steps to the threshold, R replicates of noise around its median; the starts agree."""
    rng, arms = np.random.default_rng(0), []
    start_loss = rng.uniform(size=R)
    for start in ("same_weights", "same_function"):
        for rate in rates:
            for activation in ARMS:
                steps = steps_of[activation] * rng.uniform(0.9, 1.1, size=R)
                arm = pd.DataFrame({"replicate": range(R), "steps_to_threshold": steps, "train/loss:first": start_loss})
                arms.append(arm.assign(activation=activation, learning_rate=rate, **{"trial.start": start}))
    return pd.concat(arms, ignore_index=True).assign(
        dataset="circles", hidden="8", steps=1000, **{"test/loss": 0.5, "validation/loss": 0.5}
    )


CENTRED_WINS = {"sigmoid": 200.0, "sigmoid_centred": 100.0, "tanh": 100.0, "tanh_shifted": 200.0}
SHIFTED_WINS = {"sigmoid": 100.0, "sigmoid_centred": 200.0, "tanh": 200.0, "tanh_shifted": 100.0}


@pytest.mark.parametrize("claim", [claim for claim in CLAIM if claim.startswith("centring")])
def test_centring_is_supported_or_refuted_as_the_steps_have_it(claim: str) -> None:
    assert judge(CLAIM[claim], table(CENTRED_WINS)).verdict == "holds"
    assert judge(CLAIM[claim], table(SHIFTED_WINS)).verdict == "fails"
    assert judge(CLAIM[claim], table(dict.fromkeys(ARMS, 100.0))).verdict == "fails"


def test_a_pair_that_does_not_start_as_one_function_makes_the_verdict_invalid() -> None:
    broken = table(CENTRED_WINS)
    broken.loc[broken["activation"] == "sigmoid", "train/loss:first"] += 1e-6
    assert judge(CLAIM["centring-causes-fixed"], broken).verdict == "invalid"


def test_what_is_left_of_tanh_is_a_matter_of_rates_or_not() -> None:
    assert judge(CLAIM["steepness-is-rate"], table(dict.fromkeys(ARMS, 100.0))).verdict == "holds"
    assert judge(CLAIM["steepness-is-rate"], table(SHIFTED_WINS | {"sigmoid_centred": 900.0})).verdict == "fails"


@pytest.mark.parametrize(
    "pair", [("sigmoid_centred", "sigmoid"), ("tanh", "tanh_shifted"), ("tanh", "sigmoid_centred")]
)
@pytest.mark.parametrize(("start", "equal"), [("same_function", True), ("same_weights", False)])
def test_pairs_start_with_the_same_loss_if_their_biases_make_up_for_the_shift(
    pair: tuple[str, str], start: str, equal: bool
) -> None:
    """A tiny real run: without the bias' help the control fails, as it should."""
    runs = [
        rows(name, config, trial(config))
        for name in pair
        for config in [replace(CONFIG, activation=name, trial={"start": start})]
    ]
    gap = np.abs(runs[0]["train/loss:first"] - runs[1]["train/loss:first"])
    assert (gap < 1e-12).all() if equal else (gap > 1e-6).all()


def test_sigmoid_less_a_half_at_rate_4a_is_tanh_at_rate_a_but_for_the_output_bias() -> None:
    """One step of both from the same function: the weights still match, to rounding; the output's bias has moved 4 times."""
    data, rate = load("moons", samples=80), 0.3
    start = initialise("xavier", (2, 6, 1), 5, seed=0)
    after = {}
    for name, step in (("tanh", rate), ("sigmoid_centred", 4 * rate)):
        network = Network((ACTIVATIONS[name],), OUTPUTS["sigmoid"])
        after[name] = advance(network, same_function([name], start), data.X, data.Y, step, 1)
    (hidden, output), (centred_hidden, centred_output) = after["tanh"], after["sigmoid_centred"]
    np.testing.assert_allclose(centred_hidden.weights, 2 * hidden.weights, rtol=1e-12)
    np.testing.assert_allclose(centred_hidden.bias, 2 * hidden.bias, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(centred_output.weights, 2 * output.weights, rtol=1e-12)
    np.testing.assert_allclose(centred_output.bias, 4 * output.bias, rtol=1e-12, atol=1e-15)
