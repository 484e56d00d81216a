"""Times and losses against the scale: what is read off a run, verdicts both ways, and sabotage."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from experiments.scale_training import CLAIMS, TIME, TrendAtBest, trial
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig

R, NEVER = 120, np.inf
CLAIM = {claim.id: claim for claim in CLAIMS}
SAFE = [claim for claim in CLAIM if claim.startswith("small-is-safe")]
SLOW = {0.01: 300.0, 1: 100.0, 10: 200.0, 100: 400.0, 1000: NEVER}
FLAT = {0.01: 300.0, 1: 100.0, 10: 100.0, 100: 100.0, 1000: 100.0}
FAST = {0.01: 300.0, 1: 100.0, 10: 50.0, 100: 25.0, 1000: 12.0}
LOSSES = {0.01: 0.1, 1: 0.2, 10: 0.3, 100: 0.4, 1000: 5.0}


def table(
    both: Mapping[float, float] = SLOW,
    w1: Mapping[float, float] = SLOW,
    w2: Mapping[float, float] = FLAT,
    relu: Mapping[float, float] = FLAT,
    losses: Mapping[float, float] = LOSSES,
) -> pd.DataFrame:
    """R replicates with noise around these times and losses; rate 10 is never of use."""
    rng, parts = np.random.default_rng(0), []
    for activation in ("tanh", "relu"):
        for rate in (1.0, 10.0):
            for scale in SLOW:
                noise = rng.uniform(0.9, 1.1, size=R) if rate == 1.0 else 1e3
                part = pd.DataFrame({"replicate": range(R), "seed": 0})
                part[TIME] = (relu if activation == "relu" else both)[scale] * noise
                part[f"W1 alone/{TIME}"], part[f"W2 alone/{TIME}"] = w1[scale] * noise, w2[scale] * noise
                for column in ("train/loss", "train/loss@100", "train/loss@1000"):
                    part[column] = losses[scale] * noise
                parts.append(part.assign(activation=activation, learning_rate=rate, **{"init.scale": scale}))
    return pd.concat(parts, ignore_index=True).assign(dataset="moons", steps=20_000)


def verdicts(rows: pd.DataFrame) -> dict[str, str]:
    return {name: judge(claim, rows).verdict for name, claim in CLAIM.items()}


def test_slowness_by_saturation_alone_supports_all_that_the_notes_say() -> None:
    assert set(verdicts(table()).values()) == {"holds"}


def test_slowness_by_large_outputs_alone_leaves_the_advice_and_takes_its_reason() -> None:
    found = verdicts(table(w1=FLAT, w2=SLOW, relu=SLOW))
    assert found["large-slows"] == found["large-slows-best-rate"] == "holds"
    # a time that is the same at all scales has no trend in either direction: 0 on average, and not a clear rise
    assert found["large-slows-w1"] == "fails"
    assert found["large-slows-w2"] == found["large-slows-relu"] == "fails"


def test_large_weights_that_are_faster_refute() -> None:
    found = verdicts(table(both=FAST))
    assert found["large-slows"] == found["large-slows-best-rate"] == "fails"
    assert found["large-slows-relu"] == "invalid"  # nothing is slowed, so that ReLU is no exception


@pytest.mark.parametrize("claim", SAFE)
def test_small_is_safe_unless_a_larger_scale_is_better_by_more_than_a_hundredth(claim: str) -> None:
    assert judge(CLAIM[claim], table()).verdict == "holds"
    assert judge(CLAIM[claim], table(losses=LOSSES | {0.01: 0.2})).verdict == "holds"  # as good as scale 1
    assert judge(CLAIM[claim], table(losses=LOSSES | {100: 0.05})).verdict == "fails"
    assert judge(CLAIM[claim], table(losses=dict.fromkeys(LOSSES, 0.2))).verdict != "holds"  # nor could it be seen


def test_each_scale_has_its_own_best_rate() -> None:
    rows = table()
    rows["learning_rate"] = np.where(rows["init.scale"] == 10, 11.0 - rows["learning_rate"], rows["learning_rate"])
    tanh = rows[rows["activation"] == "tanh"]
    at_best = TrendAtBest(TIME, where={"init.scale": (1, 10, 100, 1000)})(tanh)
    assert at_best["low"].median() == pytest.approx(1.0)


def test_a_run_keeps_the_loss_at_each_budget_and_scales_one_layer_at_a_time() -> None:
    config = RunConfig(
        steps=1000,
        replicates=3,
        dataset=DatasetConfig("moons", samples=40),
        probes=ProbesConfig(steps=[0, 10, 90, 500, 1000], snapshots=0),
    )
    outcome = trial(config)
    losses = outcome.curves["train/loss"]
    np.testing.assert_array_equal(outcome.values["train/loss@100"], losses[2])  # the last probe within the budget
    np.testing.assert_array_equal(outcome.values["train/loss@1000"], losses[-1])
    for layer in ("W1", "W2"):  # at scale 1 all three are one run
        np.testing.assert_array_equal(outcome.values[f"{layer} alone/{TIME}"], outcome.values[TIME])
    large = trial(replace(config, init=InitConfig(scale=3.0))).values
    assert len({tuple(large[name]) for name in (TIME, f"W1 alone/{TIME}", f"W2 alone/{TIME}")}) == 3
    relu = trial(replace(config, activation="relu", init=InitConfig(scale=3.0))).values
    assert f"W1 alone/{TIME}" not in relu  # nobody asks
