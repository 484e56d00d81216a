"""Shares of variance: on tables whose answer is known, and verdicts both ways."""

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.choice import CLAIMS, Effect, capped, ranked, total_effects
from sandbox.claims.judge import judge

CLAIM = {claim.id: claim for claim in CLAIMS}
LEVELS: dict[str, list[Any]] = {
    "activation": ["relu", "tanh"],
    "learning_rate": [0.5, 5.0],
    "hidden": ["2", "4"],
    "dataset": ["a", "b"],
}
R = 40


def table(**weights: float) -> pd.DataFrame:
    """A loss that is the sum of a weight for the second level of each factor, and of noise for every draw."""
    rng, arms = np.random.default_rng(0), []
    luck = weights.get("draw", 0.0) * rng.normal(size=R)
    for levels in itertools.product(*LEVELS.values()):
        setting = dict(zip(LEVELS, levels, strict=True))
        loss = 20.0 + luck + sum(weights.get(k, 0.0) * LEVELS[k].index(v) for k, v in setting.items())
        loss = loss + 1e-3 * rng.normal(size=R)
        arms.append(pd.DataFrame({"replicate": range(R), "draw": range(R), "test/loss": loss, "train/loss": loss}))
        arms[-1] = arms[-1].assign(**setting)
    return pd.concat(arms, ignore_index=True).assign(overlap=0.0)


def test_total_effects_of_a_sum_add_up_to_one_of_a_product_to_more_and_of_luck_to_nothing() -> None:
    a, b = np.array([0.0, 1.0, 2.0])[:, None], np.array([0.0, 3.0])
    alike = [np.stack([z, z]) for z in (a + b, a * b, np.ones((3, 2)))]
    whole = 2 / 3 + 9 / 4
    np.testing.assert_allclose(total_effects(alike[0]), [0.0, (2 / 3) / whole, (9 / 4) / whole])
    assert total_effects(alike[1]).sum() > 1.1
    assert (total_effects(alike[2]) == 0).all()
    luck = total_effects(np.random.default_rng(0).normal(size=(2, 60, 50)))
    np.testing.assert_allclose(luck, [0.5, 0.0, 0.0], atol=0.05)


def test_what_diverged_is_the_worst_and_no_more() -> None:
    losses = np.array([[0.1, np.nan], [np.inf, 5.0]])
    np.testing.assert_array_equal(ranked(losses), [[1.0, 3.5], [3.5, 2.0]])
    assert capped(losses).max() == np.log(10.0)


@pytest.mark.parametrize("rival", ["hidden", "learning_rate", "dataset", "draw"])
def test_what_matters_more_is_told_both_ways(rival: str) -> None:
    name = {"hidden": "width", "learning_rate": "rate", "dataset": "data", "draw": "draw"}[rival]
    ours, theirs = (
        {"dataset": 1.5} | pair for pair in ({"activation": 3.0, rival: 1.0}, {"activation": 1.0, rival: 3.0})
    )
    assert judge(CLAIM[f"choice-matters-{name}"], table(**ours)).verdict == "holds"
    assert judge(CLAIM[f"choice-matters-{name}"], table(**theirs)).verdict == "fails"


def test_an_activation_that_decides_nothing_does_not_matter() -> None:
    assert judge(CLAIM["choice-matters"], table(activation=1.0, dataset=1.0)).verdict == "holds"
    assert judge(CLAIM["choice-matters"], table(activation=0.0, dataset=1.0)).verdict == "fails"
    assert judge(CLAIM["choice-matters"], table(activation=1.0, hidden=1.0)).verdict == "invalid"


def test_a_pair_of_draws_is_one_unit() -> None:
    assert len(Effect("activation")(table(activation=1.0))) == R // 2
