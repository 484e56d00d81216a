"""Hidden values that the data do not hold: twins, what is no twin, and the distance of networks whose units are matched."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.hidden_values import (
    CLAIMS,
    HIDDEN,
    MATCHED,
    MIRRORS,
    OUTPUTS,
    apart,
    best_apart,
    half_twin,
    trial,
    twin,
)
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, ProbesConfig, RunConfig
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.initialisers import initialise
from sandbox.nn.network import Network, forward
from sandbox.nn.outputs import OUTPUTS as OUTPUT_LAYERS

CLAIM = {claim.id: claim for claim in CLAIMS}


@pytest.mark.parametrize("name", MIRRORS)
def test_a_twin_computes_the_same_from_other_hidden_values_that_match_when_they_are_paired(name: str) -> None:
    network = Network((ACTIVATIONS[name],), OUTPUT_LAYERS["softmax"])
    parameters = initialise("normal", [3, 6, 3], 5, seed=1, bias="normal")
    X = np.random.default_rng(0).normal(size=(3, 40))
    (_, H, Y), (_, other, same), (_, _, half) = (
        forward(network, each, X).activations for each in (parameters, twin(name, parameters), half_twin(parameters))
    )
    np.testing.assert_allclose(same, Y, atol=1e-13)
    assert (apart(H, other) > 0.1).all()
    assert (np.abs(half - Y).max(axis=(-2, -1)) > 0.01).all()
    assert best_apart(name, H[0], other[0]) < 1e-7
    assert best_apart(name, H[0], H[1]) > 0.1


def test_verdicts_go_both_ways() -> None:
    known: dict[str, Any] = {
        "replicate": range(40),
        "draw": range(40),
        OUTPUTS: 1e-15,
        HIDDEN: 1.0,
        "half twin: outputs apart": 0.5,
    }
    known[MATCHED] = 1e-12
    table = pd.DataFrame(known | {"other: outputs apart": 0.1, "other: hidden values apart": 0.4})
    table = table.assign(activation="tanh", dataset="moons", overlap=0.0)
    assert [judge(claim, table).verdict for claim in CLAIMS] == ["holds", "holds"]
    alike, nearer = table.assign(**{HIDDEN: 0.0}), table.assign(**{"other: hidden values apart": 0.05})
    assert judge(CLAIM["hidden-not-in-data"], alike).verdict == "fails"
    assert judge(CLAIM["hidden-not-in-data"], table.assign(**{"half twin: outputs apart": 0.0})).verdict == "invalid"
    assert judge(CLAIM["hidden-not-in-data-trained"], nearer).verdict == "fails"
    assert judge(CLAIM["hidden-not-in-data-trained"], table.assign(**{MATCHED: 0.2})).verdict == "invalid"


def test_two_starts_are_two_trainings() -> None:
    probes = ProbesConfig(count=2, names=["train/loss"], snapshots=0)
    config = RunConfig(steps=50, replicates=2, dataset=DatasetConfig("moons", samples=40), probes=probes)
    values = trial(config).values
    assert (values[OUTPUTS] < 1e-12).all() and (values[MATCHED] < 1e-6).all()
    assert (values["other: hidden values apart"] > 0.01).all() and (values["other: outputs apart"] > 0).all()
