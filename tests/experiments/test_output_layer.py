"""Output layers for labels 0 and 1: the measures by hand, verdicts in both directions, and sabotage."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from experiments.output_layer import CLAIMS, trial
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig
from sandbox.trial.table import rows

R = 160
CLAIM = {claim.id: claim for claim in CLAIMS}
BETTER = {"sigmoid": 0.05, "sigmoid_mse": 0.06, "tanh": 0.10}  # Brier scores
RATES = (0.1, 0.4, 1.6, 6.4)


def table(brier: Mapping[str, float], outside: float = 0.3, fitting: float = 0.06) -> pd.DataFrame:
    """R replicates per arm whose scores scatter by 0.01 around `brier`; tanh alone predicts outside [0, 1]."""
    rng, arms = np.random.default_rng(0), []
    for dataset in ("moons", "circles"):
        for output, score in brier.items():
            for rate in RATES:
                arm = pd.DataFrame({"replicate": range(R), "brier": score + 0.01 * rng.normal(size=R)})
                arm["outside"] = np.where(output == "tanh", outside, 0.0)
                arm["outside/ever"] = arm["outside"]
                arm["brier/validation"] = arm["brier/fitting/validation"] = rng.random(R)
                arm["brier/fitting"] = fitting if output == "tanh" else arm["brier"]
                arms.append(arm.assign(dataset=dataset, activation="tanh", output=output, learning_rate=rate))
    return pd.concat(arms, ignore_index=True)


@pytest.mark.parametrize("claim", ["sigmoid-output", "sigmoid-output-fixed", "sigmoid-output-range"])
def test_the_better_output_decides_in_both_directions(claim: str) -> None:
    assert judge(CLAIM[claim], table(BETTER)).verdict == "holds"
    worse = {"sigmoid": 0.10, "sigmoid_mse": 0.10, "tanh": 0.05}
    assert judge(CLAIM[claim], table(worse, fitting=0.10)).verdict == "fails"


def test_a_tanh_that_fails_even_where_labels_fit_it_makes_the_verdict_invalid() -> None:
    assert judge(CLAIM["sigmoid-output"], table(BETTER, fitting=0.2)).verdict == "invalid"


def test_predictions_outside_are_counted_against_tanh_and_a_sigmoid_outside_is_impossible() -> None:
    assert judge(CLAIM["sigmoid-output-outside"], table(BETTER)).verdict == "holds"
    assert judge(CLAIM["sigmoid-output-outside"], table(BETTER, outside=0.0)).verdict == "fails"
    swapped = table(BETTER)
    swapped["output"] = swapped["output"].map({"tanh": "sigmoid", "sigmoid": "tanh", "sigmoid_mse": "sigmoid_mse"})
    assert judge(CLAIM["sigmoid-output-outside"], swapped).verdict == "invalid"


def trained(output: str) -> pd.DataFrame:
    config = RunConfig(
        hidden=[4],
        output=output,
        steps=150,
        replicates=20,
        dataset=DatasetConfig("blobs", samples=80, validation_fraction=0.25),
        init=InitConfig("xavier"),
        probes=ProbesConfig(count=4, names=["train/loss", "test/loss"], snapshots=0),
    )
    return rows("", config, trial(config))


def test_a_sigmoid_never_leaves_the_range_and_a_tanh_does_unless_its_labels_fit() -> None:
    sigmoid, tanh = trained("sigmoid_mse"), trained("tanh")
    assert (sigmoid["outside/ever"] == 0).all()
    assert (tanh["outside"] > 0).mean() > 0.5
    assert (tanh["brier/fitting"] < 0.25).mean() > 0.9  # it has learned something: a constant prediction has 0.25
    assert (tanh["brier/clipped"] <= tanh["brier"]).all()
