"""The phase diagram's measures, on tables that follow the theory and on tables that do not."""

import numpy as np
import pandas as pd
import pytest

from experiments.phase_diagram import CLAIMS, by_theory, depths, in_depth_scales, measured, without_slopes
from sandbox.claims.judge import judge
from sandbox.config.compose import declared_grid

R = 60
EDGE, FACTOR, DEPTH = CLAIMS


def table(off: float = 0.0, reverse: bool = False, trainable: float = 6.0) -> pd.DataFrame:
    """Networks whose gradients follow the theory, `off` orders for each layer beside it, and learn up to so many depth scales."""
    rng, grid, arms = np.random.default_rng(0), declared_grid("phase_diagram"), []
    for activation in grid["activation"]:
        for scale in map(float, grid["init.scale"]):
            for words in grid["hidden"]:
                n = words.count(",") + 1
                arm = pd.DataFrame({"replicate": range(R), "activation": activation, "init.scale": scale})
                ratio = by_theory(activation, scale, n) * (-1 if reverse else 1) + off * (n - 1)
                arm["gradient_z/layer1:first"] = 10 ** (ratio + rng.normal(0, 0.1, R))
                arm[f"gradient_z/layer{n}:first"] = 1.0
                learns = in_depth_scales(activation, scale, n) < trainable or n == 2
                arms.append(arm.assign(hidden="-".join(["32"] * n), steps_to_threshold=30.0 if learns else np.inf))
    return pd.concat(arms, ignore_index=True)


def test_each_claim_holds_of_networks_that_follow_the_theory() -> None:
    assert [judge(claim, table()).verdict for claim in CLAIMS] == ["holds"] * 3


def test_each_claim_fails_of_networks_that_do_not() -> None:
    assert judge(EDGE, table(reverse=True)).verdict == "fails"
    assert judge(FACTOR, table(off=0.08)).verdict == "fails"
    assert judge(DEPTH, table(trainable=np.inf)).verdict == "fails"


def test_the_ratio_is_of_the_first_and_each_networks_own_last_layer() -> None:
    rows = pd.DataFrame(
        {"hidden": ["32-32", "32-32-32"], "gradient_z/layer1:first": [10.0, 1.0], "gradient_z/layer2:first": [1.0, 7.0], "gradient_z/layer3:first": [np.nan, 100.0]}
    )  # fmt: skip
    assert depths(rows).tolist() == [2, 3]
    assert measured(rows).tolist() == pytest.approx([1.0, -2.0])


def test_a_theory_without_slopes_agrees_where_they_are_1_and_nowhere_else() -> None:
    assert without_slopes("tanh", 0.5, 9) == pytest.approx(by_theory("tanh", 0.5, 9), abs=0.5)
    assert abs(without_slopes("relu", 2.0, 9) - by_theory("relu", 2.0, 9)) == pytest.approx(
        8 * np.log10(np.sqrt(2)), rel=1e-3
    )
