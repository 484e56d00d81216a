"""Identity layers: the theorem on random networks, its sabotage, the reference, and verdicts in both directions."""

import numpy as np
import pandas as pd
import pytest

from experiments.linear_collapse import CLAIMS, trial
from sandbox.analysis.linear import collapsed, discrepancy, linear_score
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.initialisers import initialise
from sandbox.nn.network import Layer, Network, Parameters, replicate
from sandbox.nn.outputs import OUTPUTS
from sandbox.trial.table import rows

R = 200
CLAIM = {claim.id: claim for claim in CLAIMS}
BLOBS = DatasetConfig("blobs", samples=200, test_fraction=0.5)


def network(activation: str, depth: int) -> Network:
    return Network((ACTIVATIONS[activation],) * (depth - 1), OUTPUTS["sigmoid"])


def parameters(depth: int, replicates: int = 50) -> Parameters:
    drawn = initialise("normal", (3, *[7] * (depth - 1), 1), replicates, seed=1)
    rng = np.random.default_rng(2)
    return tuple(Layer(W, rng.normal(size=b.shape)) for W, b in drawn)


@pytest.mark.parametrize("depth", range(2, 11))
def test_identity_layers_collapse_into_one_and_tanh_layers_do_not(depth: int) -> None:
    X = np.random.default_rng(0).normal(size=(3, 40))
    drawn = parameters(depth)
    # 7 products, 7 sums a layer on either way, of numbers up to the size that is divided by (Higham 2002, eq. 3.13)
    assert (discrepancy(network("linear", depth), drawn, X) <= 2 * depth * 8 * 2.0**-53).all()
    assert (discrepancy(network("tanh", depth), drawn, X) > 1e-6).all()


def test_the_collapsed_layer_is_the_formula_of_the_notes_for_two() -> None:
    (W1, b1), (W2, b2) = replicate(parameters(2), 0)
    W, b = collapsed((Layer(W1, b1), Layer(W2, b2)))
    np.testing.assert_array_equal(W, W2 @ W1)
    np.testing.assert_array_equal(b, W2 @ b1 + b2)


def test_a_bias_left_out_of_the_collapse_is_noticed() -> None:
    X, drawn = np.zeros((3, 1)), parameters(3)
    forgotten = (drawn[0], Layer(drawn[1].weights, 0 * drawn[1].bias), drawn[2])
    kept, lost = collapsed(drawn), collapsed(forgotten)
    assert (np.abs(kept.bias - lost.bias) > 1e-6).any()
    assert (discrepancy(network("linear", 3), drawn, X) < 1e-14).all()


def test_the_reference_is_what_scikit_learn_says_and_linear_networks_reach_it() -> None:
    config = RunConfig(
        hidden=[3, 3],
        activation="linear",
        learning_rate=0.3,
        steps=1500,
        replicates=5,
        dataset=BLOBS,
        init=InitConfig("xavier"),
        probes=ProbesConfig(count=4, names=["train/loss", "test/score"], snapshots=0),
    )
    table = rows("", config, trial(config))
    assert (table["logistic"] == linear_score(BLOBS)).all()
    assert table["logistic"].iloc[0] > 0.95  # two normal classes 4.2 standard deviations apart: 0.98 can be had
    assert (np.abs(table["test/accuracy"] - table["logistic"]) <= 0.02).all()
    assert (table["discrepancy/ever"] < 1e-13).all()


def accuracies(linear: float, tanh: float, logistic: float = 0.85, error: float = 1e-16) -> pd.DataFrame:
    """Test accuracies of R replicates; on blobs both activations are as good as logistic regression."""
    rng, arms = np.random.default_rng(0), []
    for dataset in ("moons", "circles", "blobs"):
        for hidden in ("4", "4-4", "4-4-4-4"):
            for activation, level in (("linear", linear), ("tanh", tanh)):
                for rate in (0.03, 0.3):
                    mean = logistic if dataset == "blobs" else level
                    arm = pd.DataFrame({"replicate": range(R), "test/accuracy": mean + 0.001 * rng.normal(size=R)})
                    arm["train/loss"] = rate + 0.001 * rng.normal(size=R)
                    arm["discrepancy/ever"] = error if activation == "linear" else 0.1
                    settings = {"hidden": hidden, "learning_rate": rate, "logistic": logistic}
                    arms.append(arm.assign(dataset=dataset, activation=activation, **settings))
    return pd.concat(arms, ignore_index=True)


def test_verdicts_go_with_the_accuracies() -> None:
    as_said = accuracies(linear=0.85, tanh=0.95)
    assert judge(CLAIM["linear-no-better"], as_said).verdict == "supported"
    assert judge(CLAIM["linear-below-tanh"], as_said).verdict == "supported"
    better = accuracies(linear=0.90, tanh=0.95)
    assert judge(CLAIM["linear-no-better"], better).verdict == "mixed"  # blobs still agree
    level = accuracies(linear=0.95, tanh=0.95)
    assert judge(CLAIM["linear-below-tanh"], level).verdict == "refuted"
    poor = accuracies(linear=0.85, tanh=0.85)
    assert judge(CLAIM["linear-no-better"], poor).verdict == "invalid"  # tanh could not show that there is more to gain


def test_one_network_that_does_not_collapse_refutes_the_theorem() -> None:
    assert judge(CLAIM["linear-collapse"], accuracies(0.85, 0.95)).verdict == "supported"
    broken = accuracies(0.85, 0.95)
    broken.loc[broken["activation"] == "linear", "discrepancy/ever"] = np.where(np.arange(R) == 7, 1e-3, 0.0).repeat(18)
    assert judge(CLAIM["linear-collapse"], broken).verdict in {"refuted", "mixed"}
