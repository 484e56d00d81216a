"""Are identity hidden layers, however many, one layer in disguise, and do they do no better than none?

The reference without hidden layers is scikit-learn's logistic regression without penalty.
"""

from functools import partial

import numpy as np
import pandas as pd

from sandbox.analysis.linear import discrepancy, linear_score
from sandbox.claims.claim import Claim, Control, Interval, above
from sandbox.claims.measures import AtBest, Paired, Value
from sandbox.claims.rows import numbers_of
from sandbox.data.datasets import Data
from sandbox.nn.network import Network, Parameters
from sandbox.system.arrays import Array
from sandbox.trial.experiment import Experiment, Outcome, RunConfig
from sandbox.trial.outcome import while_alive
from sandbox.trial.train import in_blocks, train

RATE = "learning_rate"
STRATA = ("dataset", "hidden")
LINEAR, TANH = {"activation": "linear"}, {"activation": "tanh"}
CURVED = {"dataset": ("moons", "circles")}
ONE_POINT = Interval(-0.01, 0.01)


@in_blocks
def look(network: Network, parameters: Parameters, data: Data) -> dict[str, Array]:
    with np.errstate(over="ignore", invalid="ignore"):  # diverged: NaN
        return {"discrepancy": discrepancy(network, parameters, data.X)}


def trial(config: RunConfig) -> Outcome:
    """Train, collapse at every probe step, and fit the reference: `logistic`, its test accuracy.

    `discrepancy/ever` is the largest at any probe step.
    """
    outcome = train(config, look=look)
    ever = while_alive(outcome.curves["discrepancy"])
    return outcome.with_values({"logistic": linear_score(config.dataset), "discrepancy/ever": ever})


def lead(rows: pd.DataFrame) -> pd.Series:
    """Test accuracy above that of logistic regression."""
    return numbers_of(rows, "test/accuracy") - numbers_of(rows, "logistic")


claim = partial(Claim, source="notes, § Non-linear activation functions", strata=STRATA)
control = partial(Control, statistic="median", strata=STRATA)
best = partial(AtBest, lead, over=RATE, by="validation/loss")
accuracy = partial(
    Paired,
    *("test/accuracy", TANH, LINEAR),
    lower_is_better=False,
    best_over=RATE,
    choose_by="validation/loss",
    margin=0.01,
)

CLAIMS = (
    claim(
        "linear-collapse",
        "Identity hidden layers, however many, equal one layer W' = W2 W1, b' = W2 b1 + b2.",
        measure=Value("discrepancy/ever"),
        statistic="all",
        where=LINEAR,
        strata=(*STRATA, RATE),
        prediction=Interval(0.0, 1e-13),
        reason="on each of the two ways a number collects at most about 50 roundings of 2^-53, relative to what is added "
        "up: 1.1e-14, were all to add up, and 1e-13 to be safe",
        effect="largest difference between deep and collapsed output, relative to the size of what is added up",
        control=control(
            "collapsing a tanh network in the same way gives something else",
            Value("discrepancy/ever"),
            above(1e-3),
            where=TANH,
            strata=(*STRATA, RATE),
        ),
    ),
    claim(
        "linear-no-better",
        "So they do no better than no hidden layer at all.",
        measure=best(),
        statistic="median",
        where=LINEAR,
        prediction=ONE_POINT,
        reason="one percentage point of accuracy: 8 of 800 test samples, about what early stopping can make",
        effect="test accuracy above that of logistic regression without penalty",
        control=control(
            "on moons and circles tanh units do better than logistic regression by more than a point",
            best(),
            above(0.01),
            where={**TANH, **CURVED, "hidden": ("4", "4-4")},
        ),
    ),
    claim(
        "linear-below-tanh",
        "On classes that no straight line parts, identity units do worse than tanh units of the same width.",
        measure=accuracy(),
        where=CURVED,
        prediction=Interval(0.75, 1.0),
        reason="a line cannot follow the boundary, four tanh units can; one draw in four may get stuck or gain next to nothing",
        effect="of replicates whose test accuracy is higher with tanh than with identity units, by more than a point, equal ones counting half",
        control=control(
            "on blobs, whose best boundary is a line, tanh units gain less than a point",
            accuracy(effect="difference"),
            ONE_POINT,
            where={"dataset": "blobs"},
        ),
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, quick=("hidden=[4],[4,4]", "learning_rate=1"))
