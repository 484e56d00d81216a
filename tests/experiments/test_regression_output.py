"""Outputs for regression: targets moved in and out of their ranges, verdicts in both directions."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.regression_output import CLAIMS, AgainstBoth, rescaled, trial
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig
from sandbox.system.errors import InputError
from sandbox.trial.build import data_of
from sandbox.trial.table import rows

R = 160
CLAIM = {claim.id: claim for claim in CLAIMS}
CONFIG = RunConfig(
    hidden=[3],
    output="identity",
    learning_rate=0.1,
    steps=100,
    replicates=4,
    dataset=DatasetConfig("sine", samples=80),
    init=InitConfig("xavier"),
    probes=ProbesConfig(count=4, names=["train/loss", "test/loss", "test/score"], snapshots=0),
    trial={"targets": "inside"},
)


def table(r2: Mapping[str, float], inside: Mapping[str, float]) -> pd.DataFrame:
    rng, arms = np.random.default_rng(0), []
    for dataset in ("regression", "sine"):
        for targets in ("standardised", "original", "inside"):
            for output in r2:
                for rate in (0.1, 1.0):
                    level = (inside if targets == "inside" else r2)[output]
                    arm = pd.DataFrame({"replicate": range(R), "test/r2": level + 0.01 * rng.normal(size=R)})
                    arm["chosen_by"] = rng.random(R)
                    settings: dict[str, Any] = {"output": output, "learning_rate": rate, "trial.targets": targets}
                    arms.append(arm.assign(dataset=dataset, **settings))
    return pd.concat(arms, ignore_index=True)


EQUAL = {"identity": 0.8, "sigmoid_mse": 0.8, "tanh": 0.8}
IDENTITY = {"identity": 0.9, "sigmoid_mse": 0.2, "tanh": 0.6}
ONE_RIVAL = {"identity": 0.6, "sigmoid_mse": 0.2, "tanh": 0.9}


@pytest.mark.parametrize("claim", CLAIM)
def test_identity_must_beat_both_of_its_rivals(claim: str) -> None:
    assert judge(CLAIM[claim], table(IDENTITY, EQUAL)).verdict == "holds"
    assert judge(CLAIM[claim], table(ONE_RIVAL, EQUAL)).verdict == "fails"
    assert judge(CLAIM[claim], table(EQUAL, EQUAL)).verdict == "fails"  # the better of two equal rivals mostly wins


def test_an_advantage_of_identity_where_no_target_leaves_any_range_makes_the_verdict_invalid() -> None:
    assert judge(CLAIM["identity-output"], table(IDENTITY, IDENTITY)).verdict == "invalid"


def test_the_stronger_rival_counts_in_wins_and_in_differences() -> None:
    r2 = {"identity": [0.5, 0.5], "sigmoid_mse": [0.4, 0.6], "tanh": [0.1, 0.2]}
    arms = [pd.DataFrame({"replicate": [0, 1], "output": output, "test/r2": numbers}) for output, numbers in r2.items()]
    assert list(AgainstBoth()(pd.concat(arms))["low"]) == [1.0, 0.0]
    np.testing.assert_allclose(AgainstBoth("difference")(pd.concat(arms))["low"], [0.1, -0.1])


def test_targets_are_moved_as_they_are_named() -> None:
    data = data_of(CONFIG.dataset)
    inside = rescaled(CONFIG, data)
    assert inside.Y.min() == pytest.approx(0.1) and inside.Y.max() == pytest.approx(0.9)
    original = rescaled(replace(CONFIG, trial={"targets": "original"}), data)
    raw = data_of(replace(CONFIG.dataset, standardise=False))
    np.testing.assert_allclose(original.Y, raw.Y, atol=1e-12)
    np.testing.assert_allclose(original.Y_test, raw.Y_test, atol=1e-12)
    assert np.array_equal(rescaled(replace(CONFIG, trial={}), data).Y, data.Y)


def test_a_scale_that_does_not_exist_is_named() -> None:
    with pytest.raises(InputError, match=r"trial.targets: expected one of .*, got 'insid'; did you mean 'inside'"):
        trial(replace(CONFIG, trial={"targets": "insid"}))


def test_no_output_reaches_beyond_its_range() -> None:
    beyond = replace(CONFIG, trial={"targets": "original"}, output="sigmoid_mse")
    table = rows("", beyond, trial(beyond))
    assert (table["beyond/sigmoid"] > 0.3).all()  # half of a sine is negative
    assert (table["beyond/tanh"] < table["beyond/sigmoid"]).all()
    assert (table["test/r2"] < 0.7).all()  # and can be fitted by 0 at best
