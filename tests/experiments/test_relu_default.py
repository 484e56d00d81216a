"""ReLU as the default: no worse is what is asked, both ways, and every activation has weights of its own size."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.relu_default import CLAIMS, trial
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig

R = 40


def table(worse: float) -> pd.DataFrame:
    """ReLU's test loss exceeds, and its accuracy falls short of, that of the others by `worse`."""
    rng, arms = np.random.default_rng(0), []
    for dataset in ("moons", "wine"):
        for activation in ("relu", "leaky_relu", "tanh"):
            for rate in (0.1, 0.4, 1.6):
                loss = 0.3 + worse * (activation == "relu") + 1e-3 * rng.normal(size=R) + 0.1 * (rate != 0.4)
                arm: dict[str, Any] = {
                    "replicate": range(R),
                    "draw": range(R),
                    "test/loss": loss,
                    "test/accuracy": 1 - loss,
                }
                arm |= {"validation/loss": loss, "dataset": dataset, "activation": activation, "learning_rate": rate}
                arms.append(pd.DataFrame(arm))
    return pd.concat(arms, ignore_index=True).assign(hidden="8", overlap=0.0)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: str(claim.id))
def test_a_default_must_not_lose_and_need_not_win(claim: object) -> None:
    verdicts = [judge(claim, table(worse)).verdict for worse in (-0.1, 0.0, 0.1)]  # type: ignore[arg-type]
    assert verdicts == ["holds", "holds", "fails"]


def test_each_starts_with_weights_of_its_own_size() -> None:
    probes = ProbesConfig(count=2, names=["train/loss", "weight"], snapshots=0)
    config = RunConfig(
        steps=0,
        replicates=1,
        init=InitConfig("lecun"),
        dataset=DatasetConfig("moons", samples=40),
        probes=probes,
        trial={"start": "own_gain"},
    )
    sizes = {}
    for name in ("relu", "tanh"):
        config.activation = name
        sizes[name] = trial(config).curves["weight/layer1"][0, 0]
    np.testing.assert_allclose(sizes["relu"] / sizes["tanh"], np.sqrt(2.0))
