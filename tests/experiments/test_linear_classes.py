"""Identity layers for several classes: verdicts both ways, and a control that notices a measure that sees nothing."""

import numpy as np
import pandas as pd
import pytest

from experiments.linear_classes import CLAIMS
from sandbox.claims.judge import judge

R = 30
SEVERAL, BOTTLENECK = CLAIMS


def table(wide: float, one: float, digits: float = 0.3) -> pd.DataFrame:
    """Test accuracies of R splits; without hidden layers they are 0.9. One unit reaches `one`, on digits `digits`."""
    rng, arms = np.random.default_rng(0), []
    for dataset in ("iris", "wine", "digits"):
        for hidden, level in (("none", 0.9), ("1", digits if dataset == "digits" else one), ("16", wide)):
            for rate in (0.1, 0.3, 1.0):
                arm = pd.DataFrame({"replicate": range(R), "draw": range(R), "overlap": 1.0})
                arm["test/accuracy"] = level + 0.001 * rng.normal(size=R)
                arm["validation/loss"] = rng.random(R)
                arms.append(arm.assign(dataset=dataset, hidden=hidden, learning_rate=rate))
    return pd.concat(arms, ignore_index=True)


@pytest.mark.parametrize(("wide", "word"), [(0.9, "holds"), (0.8, "fails"), (0.99, "fails")])
def test_wide_layers_must_be_as_good_as_none_neither_worse_nor_better(wide: float, word: str) -> None:
    assert judge(SEVERAL, table(wide, one=0.5)).verdict == word


def test_a_bottleneck_that_costs_nothing_is_told_from_one_that_does() -> None:
    assert judge(BOTTLENECK, table(0.9, one=0.6)).verdict == "holds"
    assert judge(BOTTLENECK, table(0.9, one=0.99, digits=0.99)).verdict == "fails"


def test_an_accuracy_that_cannot_tell_makes_the_verdict_invalid() -> None:
    assert judge(SEVERAL, table(0.9, one=0.9, digits=0.9)).verdict == "invalid"
