"""tanh against sigmoid: the measures on tables of known truth, the start, and what swapping or relabelling arms does."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from experiments.activations import CLAIMS, early_loss, started, trial
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig
from sandbox.trial.build import Setup
from sandbox.trial.outcome import Outcome
from sandbox.trial.table import rows

R = 130
CLAIM = {claim.id: claim for claim in CLAIMS}
CONFIG = RunConfig(
    hidden=[8, 8],
    steps=100,
    replicates=10,
    dataset=DatasetConfig("moons", samples=60, validation_fraction=0.3),
    init=InitConfig("normal", scale=0.01),
    probes=ProbesConfig(count=8, names=["train/loss", "test/loss", "validation/loss", "activation_mean"], snapshots=0),
    trial={"start": "small"},
)


def table(column: str, number: Callable[[str, float], float], noise: float = 0.1) -> pd.DataFrame:
    """R replicates per arm of two data sets, shapes, starts and rates: number(activation, rate) and noise; validation sees it."""
    rng, arms = np.random.default_rng(0), []
    for dataset, hidden, start in itertools.product(("moons", "iris"), ("8", "8-8"), ("small", "xavier")):
        for rate, activation in itertools.product((0.25, 1.0), ("tanh", "sigmoid")):
            mean = number(activation, rate)
            arm = pd.DataFrame({"replicate": range(R), "validation/loss": mean + 0.01 * rng.normal(size=R)})
            arm[column] = mean + noise * rng.normal(size=R)
            known = {"dataset": dataset, "hidden": hidden, "activation": activation, "trial.start": start}
            arms.append(arm.assign(**known, learning_rate=rate))
    return pd.concat(arms, ignore_index=True)


def swapped(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(activation=rows["activation"].map({"tanh": "sigmoid", "sigmoid": "tanh"}))


@pytest.mark.parametrize(
    ("claim", "column"),
    [
        ("tanh-beats-sigmoid", "test/loss"),
        ("tanh-beats-sigmoid-xavier", "test/loss"),
        ("tanh-beats-sigmoid-deeper", "test/loss"),
        ("tanh-beats-sigmoid-fixed", "test/loss"),
        ("tanh-centred", "activation_mean/layer1:mean"),
        ("tanh-centred-deeper", "activation_mean/layer2:mean"),
    ],
)
def test_a_clear_difference_is_supported_its_reverse_refuted_and_none_refuted(claim: str, column: str) -> None:
    clear = table(column, lambda activation, _: 1.0 if activation == "tanh" else 2.0)
    assert judge(CLAIM[claim], clear).verdict == "holds"
    assert judge(CLAIM[claim], swapped(clear)).verdict == "fails"
    assert judge(CLAIM[claim], table(column, lambda *_: 1.0)).verdict == "fails"


def test_pairs_within_the_margin_are_the_same_and_no_win() -> None:
    by_a_hair = table("test/loss", lambda activation, _: 1.0 if activation == "tanh" else 1.005, noise=0.0)
    verdict = judge(CLAIM["tanh-beats-sigmoid"], by_a_hair)
    assert (verdict.verdict, verdict.same, verdict.estimate) == ("fails", 1.0, 0.5)
    assert next(v for v in verdict.sensitivity if v.name == "no margin").supported == 2


def test_an_advantage_at_equal_rates_that_is_only_one_of_rates_is_told_apart() -> None:
    """sigmoid at rate 1 is as good as tanh at rate 1/4: at the rate of its own choice neither wins nearly always."""
    only_rate = table(
        "test/loss", lambda activation, rate: 1.0 if rate == {"tanh": 0.25, "sigmoid": 1.0}[activation] else 2.0
    )
    assert judge(CLAIM["tanh-beats-sigmoid"], only_rate).verdict == "fails"
    by_stratum = judge(CLAIM["tanh-beats-sigmoid-fixed"], only_rate)
    assert {part.verdict for part in by_stratum.strata if "learning_rate=0.25" in part.stratum} == {"supported"}
    assert {part.verdict for part in by_stratum.strata if "learning_rate=1" in part.stratum} == {"refuted"}


def test_the_early_loss_is_read_at_a_tenth_of_the_budget() -> None:
    steps = np.array([0, 10, 100])
    on_a_probe_step = Outcome(steps, {"test/loss": np.array([[4.0, 1.0], [2.0, 1.0], [1.0, 5.0]])})
    np.testing.assert_allclose(early_loss(on_a_probe_step), [2.0, 1.0])
    between = Outcome(np.array([0, 100]), {"test/loss": np.array([[0.0], [np.log1p(100)]])})
    np.testing.assert_allclose(early_loss(between), [np.log1p(10)])


def test_the_small_start_is_the_draws_of_init_and_xaviers_is_its_own() -> None:
    small, xavier = (Setup(started(replace(CONFIG, trial={"start": name}))).start for name in ("small", "xavier"))
    assert np.std(small[1].weights) == pytest.approx(0.01, rel=0.1)
    assert np.std(xavier[1].weights) == pytest.approx(np.sqrt(2 / 16), rel=0.1)


@pytest.mark.parametrize(("stands_for_tanh", "verdict"), [("tanh", "holds"), ("tanh_shifted", "fails")])
def test_tanh_loses_its_centre_if_its_mean_is_shifted(stands_for_tanh: str, verdict: str) -> None:
    """A tiny real run; shifted by 1, tanh's mean is near 1 where sigmoid's is near 1/2."""
    claim = replace(
        CLAIM["tanh-centred"], control="none: ten networks are too few for a share", statistic="all", where={}
    )
    arms = {"tanh": stands_for_tanh, "sigmoid": "sigmoid"}
    runs = [
        rows(name, replace(CONFIG, activation=name), trial(replace(CONFIG, activation=trained)))
        for name, trained in arms.items()
    ]
    assert judge(claim, pd.concat(runs)).verdict == verdict
