"""Logistic regression from zero: convexity seen and its absence, and the verdict both ways on tiny runs."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from experiments.logistic import CLAIMS, trial
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig
from sandbox.trial.table import rows

CLAIM = {claim.id: claim for claim in CLAIMS}
CONFIG = RunConfig(
    steps=300,
    replicates=2,
    learning_rate=0.3,
    weight_decay=0.01,
    dataset=DatasetConfig("moons", samples=80),
    probes=ProbesConfig(count=4, names=["train/loss", "test/loss"], snapshots=0),
)


def runs(stands_for_logistic: list[int]) -> pd.DataFrame:
    """Tiny runs of both shapes and starts, the first shape trained as given."""
    tables = []
    for hidden, trained in (("none", stands_for_logistic), ("4", [4])):
        for init in ("zero", "normal"):
            config = replace(CONFIG, hidden=trained, init=InitConfig(init))
            tables.append(rows(f"{hidden} {init}", config, trial(config)).assign(hidden=hidden))
    return pd.concat(tables)


@pytest.mark.parametrize(("hidden", "answer"), [([], "supported"), ([4], "refuted")])
def test_zero_serves_without_a_hidden_layer_and_not_with_one(hidden: list[int], answer: str) -> None:
    table = runs(hidden)
    for claim in CLAIMS:
        (part,) = judge(replace(claim, control="none: two networks are too few for a median"), table).strata
        assert part.verdict == answer, claim.id


def test_the_control_sees_the_hidden_layer() -> None:
    table = runs([])
    worse = CLAIM["logistic-zero-works"].measure(table[table["hidden"] == "4"])
    assert (worse["high"] < -0.01).all()
    excess = table[table["hidden"] == "4"]["excess"]
    assert (excess > 0.01).all() and np.isfinite(excess).all()
