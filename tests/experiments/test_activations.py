"""tanh against sigmoid: the measures on tables of known truth, the start, and what swapping or relabelling arms does."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from experiments.activations import CLAIMS, early_loss, trial
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig
from sandbox.trial.outcome import Outcome
from sandbox.trial.table import rows

R = 150
CLAIM = {claim.id: claim for claim in CLAIMS}
CONFIG = RunConfig(
    hidden=[8, 8],
    steps=100,
    replicates=10,
    dataset=DatasetConfig("moons", samples=60),
    init=InitConfig("xavier"),
    probes=ProbesConfig(count=8, names=["train/loss", "test/loss", "activation_mean"], snapshots=0),
    trial={"start": "same_function"},
)


def table(column: str, number: Callable[[str, float], float], noise: float = 0.1) -> pd.DataFrame:
    """R replicates per arm of two data sets, shapes and rates, whose column is number(activation, rate) and noise."""
    rng, arms = np.random.default_rng(0), []
    for dataset in ("moons", "iris"):
        for hidden in ("4", "8-8"):
            for rate in (0.25, 1.0):
                for activation in ("tanh", "sigmoid"):
                    arm = pd.DataFrame(
                        {"replicate": range(R), column: number(activation, rate) + noise * rng.normal(size=R)}
                    )
                    arms.append(arm.assign(dataset=dataset, hidden=hidden, learning_rate=rate, activation=activation))
    return pd.concat(arms, ignore_index=True)


def swapped(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(activation=rows["activation"].map({"tanh": "sigmoid", "sigmoid": "tanh"}))


@pytest.mark.parametrize(
    ("claim", "column"),
    [
        ("tanh-beats-sigmoid", "test/loss"),
        ("tanh-beats-sigmoid-early", "test/loss/early"),
        ("tanh-beats-sigmoid-fixed", "test/loss"),
        ("tanh-beats-sigmoid-fixed-early", "test/loss/early"),
        ("tanh-centred", "activation_mean/layer1:mean"),
        ("tanh-centred-deeper", "activation_mean/layer2:mean"),
    ],
)
def test_a_clear_difference_is_supported_its_reverse_refuted_and_none_refuted(claim: str, column: str) -> None:
    clear = table(column, lambda activation, _: 1.0 if activation == "tanh" else 2.0)
    assert judge(CLAIM[claim], clear).verdict == "holds"
    assert judge(CLAIM[claim], swapped(clear)).verdict == "fails"
    assert judge(CLAIM[claim], table(column, lambda *_: 1.0)).verdict == "fails"


def test_an_advantage_at_equal_rates_that_is_only_one_of_rates_is_told_apart() -> None:
    """sigmoid at rate 1 is as good as tanh at rate 1/4: at its own best rate neither wins nearly always."""
    only_rate = table(
        "test/loss", lambda activation, rate: 1.0 if rate == {"tanh": 0.25, "sigmoid": 1.0}[activation] else 2.0
    )
    assert judge(CLAIM["tanh-beats-sigmoid"], only_rate).verdict == "fails"
    by_stratum = judge(CLAIM["tanh-beats-sigmoid-fixed"], only_rate)
    assert by_stratum.verdict == "holds where"
    assert {part.verdict for part in by_stratum.strata if "learning_rate=0.25" in part.stratum} == {"supported"}


def test_the_early_loss_is_read_at_a_tenth_of_the_budget() -> None:
    steps = np.array([0, 10, 100])
    on_a_probe_step = Outcome(steps, {"test/loss": np.array([[4.0, 1.0], [2.0, 1.0], [1.0, 5.0]])})
    np.testing.assert_allclose(early_loss(on_a_probe_step), [2.0, 1.0])
    between = Outcome(np.array([0, 100]), {"test/loss": np.array([[0.0], [np.log1p(100)]])})
    np.testing.assert_allclose(early_loss(between), [np.log1p(10)])


def test_both_arms_start_as_the_same_function_and_then_part() -> None:
    tanh, sigmoid = (trial(replace(CONFIG, activation=name)).curves["train/loss"] for name in ("tanh", "sigmoid"))
    np.testing.assert_allclose(tanh[0], sigmoid[0], rtol=1e-12)
    assert (np.abs(tanh[-1] - sigmoid[-1]) > 1e-3).all()


@pytest.mark.parametrize(("stands_for_tanh", "verdict"), [("tanh", "holds"), ("tanh_shifted", "fails")])
def test_tanh_loses_its_centre_if_its_mean_is_shifted(stands_for_tanh: str, verdict: str) -> None:
    """A tiny real run; shifted by 1, tanh's mean is near 1 where sigmoid's is near 1/2."""
    claim = replace(CLAIM["tanh-centred"], control="none: ten networks are too few for a share", statistic="all")
    arms = {"tanh": stands_for_tanh, "sigmoid": "sigmoid"}
    runs = [
        rows(name, replace(CONFIG, activation=name), trial(replace(CONFIG, activation=trained)))
        for name, trained in arms.items()
    ]
    assert judge(claim, pd.concat(runs)).verdict == verdict
