"""Are identity hidden layers useless for regression as well?

The reference without hidden layers is ordinary least squares.
"""

import pandas as pd

from sandbox.analysis.linear import linear_score
from sandbox.claims.claim import Claim, Control, Interval, above
from sandbox.claims.measures import AtBest
from sandbox.claims.rows import numbers_of
from sandbox.trial.experiment import Experiment, Outcome, RunConfig
from sandbox.trial.train import train

STRATA = ("dataset", "hidden")


def trial(config: RunConfig) -> Outcome:
    """Train, and fit the reference: `least_squares`, its R2."""
    return train(config).with_values({"least_squares": linear_score(config.dataset)})


def lead(rows: pd.DataFrame) -> pd.Series:
    """R2 on the test part above that of least squares."""
    return numbers_of(rows, "test/r2") - numbers_of(rows, "least_squares")


CLAIMS = (
    Claim(
        "identity-hidden-regression",
        "Identity hidden layers are useless for regression, too: they do what least squares does.",
        source="notes, § Non-linear activation functions",
        measure=AtBest(lead, over="learning_rate"),
        statistic="median",
        where={"activation": "linear"},
        strata=STRATA,
        real_data="samples",
        prediction=Interval(-0.01, 0.01),
        reason="the same functions and the same cost, so the same optimum; a hundredth of the variance is left for descent "
        "that has not quite arrived",
        effect="R2 on the test part above that of ordinary least squares",
        control=Control(
            "tanh units explain more of a sine than a line does, by a tenth of its variance or more",
            AtBest(lead, over="learning_rate"),
            above(0.1),
            statistic="median",
            where={"activation": "tanh", "dataset": "sine"},
            strata=STRATA,
        ),
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, quick=("dataset=sine", "learning_rate=0.1"))
