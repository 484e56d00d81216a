"""Where values round to the ends of their range, and what that does to the cost as it is printed."""

import numpy as np
import pandas as pd
import pytest

from experiments.ranges import CLAIMS, PRECISIONS, cost_error, inside, printed_cost, stable_cost, trial
from sandbox.claims.judge import judge
from sandbox.config.schema import RunConfig
from sandbox.nn.activations import ACTIVATIONS
from sandbox.trial.table import rows

ENDS = {("sigmoid", "float64"): 54 * np.log(2), ("sigmoid", "float32"): 25 * np.log(2)}  # e^-z = 2^-54, 2^-25
ENDS |= {("tanh", p): (ENDS["sigmoid", p] + np.log(2)) / 2 for p in PRECISIONS}  # 2 e^-2z = the same


@pytest.mark.parametrize(("name", "precision"), ENDS)
def test_a_value_is_an_end_where_theory_says_so(name: str, precision: str) -> None:
    end = ENDS[name, precision]
    a = ACTIVATIONS[name].function(np.array([end - 1.0, end + 1.0], dtype=precision))
    assert (a == 1).tolist() == [False, True]


def test_verdicts_follow_the_size_of_z() -> None:
    arms = []
    for activation in ("sigmoid", "tanh", "scaled_tanh"):
        for precision in PRECISIONS:
            for size in (2, 4, 8, 64, 256, 512):
                config = RunConfig(activation=activation, replicates=4, trial={"precision": precision, "size": size})
                arms.append(rows(f"{activation} {precision} {size}", config, trial(config)))
    table = pd.concat(arms)
    assert [judge(claim, table).verdict for claim in CLAIMS] == ["holds where"] * 3
    small = table[table["trial.size"] <= 8]
    assert [judge(claim, small).verdict for claim in CLAIMS] == ["holds"] * 3


def test_the_control_of_the_range_can_fail() -> None:
    z = np.linspace(-8.0, 8.0, 101)[None]
    assert inside("tanh", z) == 1.0 and inside("scaled_tanh", z) < 1.0
    assert inside("scaled_tanh", z / 16) == 1.0  # for |z| up to 1/2 it would not see the contrast


def test_the_printed_cost_loses_what_the_stable_one_keeps() -> None:
    z = np.array([[3.0, 36.0]])
    assert cost_error(z, stable_cost(z, 0), 0) < 1e-15
    assert cost_error(z[:, :1], printed_cost(z[:, :1], 0), 0) < 1e-13
    assert cost_error(z, printed_cost(z, 0), 0) > 1e-4
    assert np.isinf(printed_cost(np.array([[40.0]]), 0)).all()
