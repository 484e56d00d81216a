"""Cross-entropy against the squared error: the steps that are counted, and verdicts both ways."""

from dataclasses import replace

import numpy as np
import pandas as pd

from experiments.cross_entropy import CLAIMS, STEPS, STEPS_LATE, trial
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, ProbesConfig, RunConfig
from sandbox.trial.table import rows

CLAIM = {claim.id: claim for claim in CLAIMS}
R = 150
CONFIG = RunConfig(
    steps=200,
    replicates=3,
    dataset=DatasetConfig("blobs", samples=80, validation_fraction=0.25),
    probes=ProbesConfig(count=20, names=["train/loss", "train/score", "test/score", "validation/score"], snapshots=0),
)


def table(better: float, slower: float) -> pd.DataFrame:
    """Accuracy that cross-entropy has more, and how many times its steps go into the squared error's."""
    rng, arms = np.random.default_rng(0), []
    for dataset in ("moons", "wine"):
        for rate in (0.25, 1.0, 4.0):
            for output in ("sigmoid", "sigmoid_mse"):
                ours = output == "sigmoid"
                accuracy = 0.9 + better * ours + 1e-3 * rng.normal(size=R)
                steps = rng.uniform(9.0, 10.0, size=R) * (1.0 if ours else slower)
                arm = {"replicate": range(R), "draw": range(R), "test/accuracy": accuracy, STEPS: steps}
                arm |= {STEPS_LATE: 2 * steps, "validation/accuracy": accuracy}
                arms.append(pd.DataFrame(arm).assign(dataset=dataset, output=output, learning_rate=rate))
    return pd.concat(arms, ignore_index=True).assign(**{"init.scale": 1.0, "overlap": 0.0})


def test_verdicts_go_both_ways() -> None:
    clear, equal, reverse = table(0.05, 3.0), table(0.0, 1.0), table(-0.05, 1 / 3)
    for name in ("cross-entropy", "cross-entropy-faster"):
        assert judge(CLAIM[name], clear).verdict == "holds"
        assert judge(CLAIM[name], reverse).verdict == "fails"
        assert judge(CLAIM[name], equal).verdict == "fails"
    assert judge(CLAIM["cross-entropy-same"], equal).verdict == "holds"
    assert judge(CLAIM["cross-entropy-same"], clear).verdict == "fails"


def test_steps_are_counted_to_nine_right_answers_in_ten_and_never_where_there_are_fewer() -> None:
    outcome = trial(CONFIG)
    right = outcome.curves["train/accuracy"]
    for r in range(3):
        arrived = int(np.flatnonzero(right[:, r] >= 0.9)[0])
        assert outcome.steps[max(arrived - 1, 0)] <= outcome.values[STEPS][r] <= outcome.steps[arrived]
    assert (outcome.values[STEPS] <= outcome.values[STEPS_LATE]).all()
    assert np.isinf(trial(replace(CONFIG, steps=0)).values[STEPS_LATE]).any()
    assert STEPS in rows("", CONFIG, outcome)
