"""Gradients of networks that have learned: others are left unknown, and verdicts go both ways."""

import numpy as np
import pandas as pd

from experiments.depth import PerLayer, layers
from experiments.depth_trained import CLAIMS, OfLearned, trial
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig

CLAIM = {claim.id: claim for claim in CLAIMS}


def table(factor: float, at_start: float = 0.25, learned: float = 1.0) -> pd.DataFrame:
    """40 networks of 3 and of 5 layers whose gradients change by `factor` from layer to layer once trained."""
    arms = []
    for depth in (3, 5):
        for init in ("xavier", "normal"):
            arm = pd.DataFrame({"replicate": range(40), "init": init, "dataset": "moons", "hidden": layers(16, depth)})
            for l in range(1, depth + 1):
                for probe in ("gradient", "gradient_z"):
                    arm[f"{probe}/layer{l}"] = factor ** (depth - l)
                    arm[f"{probe}/layer{l}:first"] = at_start ** (depth - l)
            arms.append(arm.assign(learned=learned))
    return pd.concat(arms, ignore_index=True)


def test_verdicts_go_with_what_is_left_after_training() -> None:
    for claim in CLAIMS:
        assert judge(claim, table(0.25)).verdict == "holds"
        assert judge(claim, table(1.0)).verdict == "fails"
        assert judge(claim, table(0.25, at_start=1.0)).verdict == "invalid"


def test_networks_that_have_not_learned_say_nothing() -> None:
    assert {judge(claim, table(0.25, learned=0.0)).verdict for claim in CLAIMS} == {"undecided"}
    half = table(0.25)
    half.loc[half["replicate"] < 20, "learned"] = 0.0
    one = half[(half["init"] == "normal") & (half["hidden"] == layers(16, 3))]
    assert OfLearned(PerLayer(when="last"))(one).isna().sum() == 20


def test_to_have_learned_is_to_end_below_the_threshold() -> None:
    config = RunConfig(
        hidden=[4],
        learning_rate=1.0,
        steps=150,
        replicates=3,
        dataset=DatasetConfig("blobs", samples=60),
        init=InitConfig("xavier"),
        probes=ProbesConfig(count=3, names=["train/loss"], snapshots=0),
    )
    assert trial(config).values["learned"].tolist() == [1.0] * 3
    config.steps = 0
    np.testing.assert_array_equal(trial(config).values["learned"], 0.0)
