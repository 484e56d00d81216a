"""XOR from few units: what counts as solved, and verdicts both ways."""

import pandas as pd

from experiments.xor_sticks import CLAIMS, nearly_solved, solved
from sandbox.claims.judge import judge

CLAIM = {claim.id: claim for claim in CLAIMS}
R = 150


def table(right: dict[str, float]) -> pd.DataFrame:
    """Networks of one to four units, of which the share `right` tells all corners and the others three."""
    arms = []
    for activation in ("sigmoid", "tanh", "relu"):
        for hidden, share in right.items():
            accuracy = [1.0 if r < share * R else 0.75 for r in range(R)]
            arms.append(pd.DataFrame({"replicate": range(R), "train/accuracy": accuracy, "hidden": hidden}))
            arms[-1]["train/loss"] = [0.01 if a == 1 else 0.35 for a in accuracy]
            arms[-1]["activation"] = activation
    return pd.concat(arms, ignore_index=True).assign(learning_rate=1.0)


def test_solved_means_all_four_corners_and_a_diverged_network_has_not() -> None:
    rows = pd.DataFrame({"replicate": range(3), "train/accuracy": [1.0, 0.75, None], "train/loss": [0.01, 0.3, None]})
    assert solved(rows).tolist() == nearly_solved(rows).tolist() == [1.0, 0.0, 0.0]


def test_verdicts_go_both_ways() -> None:
    rare = table({"1": 0.0, "2": 1.0, "3": 1.0, "4": 1.0})
    often = table({"1": 0.0, "2": 0.5, "3": 0.6, "4": 0.7})
    assert judge(CLAIM["xor-sticks"], rare).verdict == "holds"
    assert judge(CLAIM["xor-sticks"], often).verdict == "fails"
    by_width = judge(CLAIM["xor-sticks"], table({"1": 0.0, "2": 0.5, "3": 1.0, "4": 1.0}))
    assert by_width.verdict == "holds where" and "hidden" in by_width.text
    assert judge(CLAIM["xor-sticks-less"], table({"2": 0.3, "4": 1.0})).verdict == "holds"
    assert judge(CLAIM["xor-sticks-less"], table({"2": 1.0, "4": 0.3})).verdict == "fails"


def test_a_single_unit_that_learns_xor_makes_the_verdict_invalid() -> None:
    assert judge(CLAIM["xor-sticks"], table({"1": 0.1, "2": 1.0, "3": 1.0, "4": 1.0})).verdict == "invalid"
