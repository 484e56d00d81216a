"""Identity layers: the theorem on random networks, its sabotage, the reference, and verdicts in both directions."""

import numpy as np
import pandas as pd

from experiments.linear_collapse import CLAIMS, trial
from sandbox.analysis.linear import linear_score
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.network import Network
from sandbox.nn.outputs import OUTPUTS
from sandbox.trial.table import rows

R = 200
CLAIM = {claim.id: claim for claim in CLAIMS}
BLOBS = DatasetConfig("blobs", samples=200, test_fraction=0.5)


def network(activation: str, depth: int) -> Network:
    return Network((ACTIVATIONS[activation],) * (depth - 1), OUTPUTS["sigmoid"])


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
        for hidden in ("4", "4-4", "4-4-4-4-4-4-4-4-4"):
            for activation, level in (("linear", linear), ("tanh", tanh)):
                for rate in (0.1, 0.3, 1.0):
                    mean = logistic if dataset == "blobs" else level
                    arm = pd.DataFrame({"replicate": range(R), "test/accuracy": mean + 0.001 * rng.normal(size=R)})
                    arm["validation/loss"] = rate + 0.001 * rng.normal(size=R)
                    arm["discrepancy/ever"] = error if activation == "linear" else 0.1
                    settings = {"hidden": hidden, "learning_rate": rate, "logistic": logistic}
                    arms.append(arm.assign(dataset=dataset, activation=activation, **settings))
    return pd.concat(arms, ignore_index=True)


def test_verdicts_go_with_the_accuracies() -> None:
    as_said = accuracies(linear=0.85, tanh=0.95)
    assert judge(CLAIM["linear-no-better"], as_said).verdict == "holds"
    assert judge(CLAIM["linear-below-tanh"], as_said).verdict == "holds"
    better = accuracies(linear=0.90, tanh=0.95)
    assert judge(CLAIM["linear-no-better"], better).verdict == "holds where"  # blobs still agree
    level = accuracies(linear=0.95, tanh=0.95)
    assert judge(CLAIM["linear-below-tanh"], level).verdict == "fails"
    poor = accuracies(linear=0.85, tanh=0.85)
    assert judge(CLAIM["linear-no-better"], poor).verdict == "invalid"  # tanh could not show that there is more to gain


def test_one_network_that_does_not_collapse_refutes_the_theorem() -> None:
    assert judge(CLAIM["linear-collapse"], accuracies(0.85, 0.95)).verdict == "holds"
    broken = accuracies(0.85, 0.95)
    broken.loc[broken["activation"] == "linear", "discrepancy/ever"] = np.where(np.arange(R) == 7, 1e-3, 0.0).repeat(27)
    assert judge(CLAIM["linear-collapse"], broken).verdict == "fails"
