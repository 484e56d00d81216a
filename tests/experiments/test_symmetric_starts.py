"""Where a symmetric start hurts: verdicts on tables of known truth."""

import numpy as np
import pandas as pd
import pytest

from experiments.symmetric_starts import CLAIMS
from sandbox.claims.judge import judge

R = 40


def table(cost: dict[str, float]) -> pd.DataFrame:
    """Per data set the loss that equal units add, and the accuracy that they lose."""
    rng, arms = np.random.default_rng(0), []
    for dataset, more in cost.items():
        for init in ("constant", "normal"):
            for rate in (0.1, 0.5, 2.5):
                loss = 0.3 + (more if init == "constant" else 0.0) + 1e-3 * rng.normal(size=R) + 0.1 * (rate != 0.5)
                arm = {"replicate": range(R), "draw": range(R), "test/loss": loss, "validation/loss": loss}
                arms.append(pd.DataFrame(arm | {"test/accuracy": 1.0 - loss}))
                arms[-1] = arms[-1].assign(dataset=dataset, init=init, learning_rate=rate, activation="tanh")
    return pd.concat(arms, ignore_index=True).assign(overlap=0.0)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: str(claim.id))
def test_it_hurts_where_more_than_one_unit_is_needed(claim: object) -> None:
    harmed = dict.fromkeys("abcdef", 0.2)
    assert judge(claim, table(harmed)).verdict == "holds"  # type: ignore[arg-type]
    assert judge(claim, table(dict.fromkeys("abcdef", 0.0))).verdict == "fails"  # type: ignore[arg-type]
    assert judge(claim, table(dict.fromkeys("abcdef", 0.005))).verdict == "fails"  # type: ignore[arg-type]
