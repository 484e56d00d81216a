"""Loops and matrix products: where the measure starts counting, verdicts both ways, and loops that are broken."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments import vectorisation
from experiments.vectorisation import CLAIMS, SAMPLES, from_where_on, trial
from sandbox.analysis import loops
from sandbox.claims.judge import judge
from sandbox.config.schema import RunConfig, TrackingConfig
from sandbox.nn.network import Layer
from sandbox.system.errors import InputError
from sandbox.trial.table import rows

CLAIM = {claim.id: claim for claim in CLAIMS}


def table(**columns: Any) -> pd.DataFrame:
    known = {"difference": 1e-15, "without_bias": 0.5, "starts_at": 2.0, "growth": 0.98}
    known |= {"training/starts_at": 2.0, "training/difference": 1e-15, "time_ratio/training_largest": 50.0}
    known |= {"time_ratio/itself:mean": 1.0, "time_ratio/itself:max": 1.1}
    arms = [
        pd.DataFrame({"replicate": range(32), "hidden": hidden, "trial.loop": loop, **known, **columns})
        for hidden in ("4", "32")
        for loop in ("units", "samples")
    ]
    return pd.concat(arms, ignore_index=True)


@pytest.mark.parametrize(
    ("claim", "wrong"),
    [
        ("neuron-matrix", {"difference": 1e-6}),
        ("sample-columns", {"difference": 1e-6}),
        ("vectorised-faster", {"starts_at": 1000.0}),
        ("vectorised-faster", {"starts_at": np.inf}),
        ("training-loops", {"training/starts_at": 100.0}),
        ("training-loops-ten", {"time_ratio/training_largest": 2.0}),
        ("vectorised-grows", {"growth": 0.2}),
    ],
)
def test_verdicts_go_both_ways(claim: str, wrong: dict[str, float]) -> None:
    assert judge(CLAIM[claim], table()).verdict == "holds"
    assert judge(CLAIM[claim], table(**wrong)).verdict == "fails"


@pytest.mark.parametrize(
    ("claim", "broken"),
    [
        ("neuron-matrix", {"without_bias": 0.0}),
        ("sample-columns", {"without_bias": 0.0}),
        ("vectorised-faster", {"time_ratio/itself:mean": 2.0}),
        ("training-loops", {"training/difference": 1e-3}),
        ("training-loops-ten", {"time_ratio/itself:mean": 2.0}),
        ("vectorised-grows", {"time_ratio/itself:max": 3.0}),
    ],
)
def test_a_blind_comparison_or_an_unfair_clock_makes_the_verdict_invalid(claim: str, broken: dict[str, float]) -> None:
    assert judge(CLAIM[claim], table(**broken)).verdict == "invalid"


def test_faster_from_somewhere_on_means_at_all_larger_sizes_too() -> None:
    ratios = np.full((len(SAMPLES), 4), 2.0)
    ratios[:2, 1] = 0.5
    ratios[[0, 3], 2] = 1.0  # equal is not faster
    ratios[-1, 3] = 0.9
    assert from_where_on(ratios).tolist() == [1.0, 4.0, 16.0, np.inf]


def tiny_run(loop: str, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    monkeypatch.setattr(vectorisation, "SAMPLES", np.array([1, 2, 4]))
    config = RunConfig(replicates=3, trial={"loop": loop}, tracking=TrackingConfig(kind="none"))
    return rows("run", config, trial(config))


@pytest.mark.parametrize(("loop", "claim"), [("units", "neuron-matrix"), ("samples", "sample-columns")])
def test_both_forms_agree_and_a_broken_loop_is_noticed(loop: str, claim: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert judge(CLAIM[claim], tiny_run(loop, monkeypatch)).verdict == "holds"
    right_plain, right_gradient = loops.plain, loops.summed_gradient
    monkeypatch.setattr(loops, "plain", lambda parameters: [(W[::-1], b) for W, b in right_plain(parameters)])
    monkeypatch.setattr(
        loops,
        "summed_gradient",
        lambda *arguments: tuple(Layer(2 * dW, 2 * db) for dW, db in right_gradient(*arguments)),
    )
    assert judge(CLAIM[claim], tiny_run(loop, monkeypatch)).verdict == "fails"


def test_an_unknown_loop_is_a_mistake() -> None:
    with pytest.raises(InputError, match=r"trial.loop: .*did you mean 'units'"):
        trial(RunConfig(trial={"loop": "unit"}))


@pytest.mark.parametrize("loop", ["units", "samples"])
def test_training_by_loops_ends_with_the_same_weights_and_a_broken_one_does_not(
    loop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert loops.training(loop, [3, 2], 8, np.random.default_rng(0))[1] < 1e-13
    monkeypatch.setattr(loops, "sigmoid", lambda z: 0.5)
    right = loops.summed_gradient
    monkeypatch.setattr(loops, "summed_gradient", lambda *a: tuple(Layer(2 * W, b) for W, b in right(*a)))
    assert loops.training(loop, [3, 2], 8, np.random.default_rng(0))[1] > 1e-3
