"""Is cross-entropy nearly always better than the squared error, for an output of one sigmoid unit?

The squared error's gradient carries the output's slope a (1 - a), which is small where the output is wrong with
confidence, and so it is said to learn slowly; more so from large weights, which make confident outputs to begin with.
Losses in different units cannot be compared, hence right answers, and the steps it takes to get them.
"""

from functools import partial

import numpy as np
import pandas as pd

from sandbox.claims.claim import NEARLY_ALWAYS, Claim, Interval, Placebo
from sandbox.claims.measures import Paired
from sandbox.claims.rows import numbers_of
from sandbox.trial.experiment import Experiment, Outcome, RunConfig
from sandbox.trial.outcome import steps_to
from sandbox.trial.train import train

CROSS_ENTROPY, SQUARED_ERROR = {"output": "sigmoid"}, {"output": "sigmoid_mse"}
MARGIN = 0.01  # of test samples
WRONG, GOAL = "wrong answers", 0.1
STEPS, STEPS_LATE = "steps to nine in ten", "steps to nineteen in twenty"
NIELSEN = "Nielsen 2015 (Neural Networks and Deep Learning), ch. 3: 'nearly always the better choice'"


def validation_errors(rows: pd.DataFrame) -> pd.Series:
    """The share of validation samples that are told wrongly, to choose by."""
    return 1.0 - numbers_of(rows, "validation/accuracy")


def trial(config: RunConfig) -> Outcome:
    """Training, and the steps until nine training samples in ten are told rightly, and nineteen in twenty."""
    outcome = train(config)
    wrong = 1.0 - np.nan_to_num(outcome.curves["train/accuracy"])
    late = steps_to(outcome.steps, wrong, GOAL / 2)
    return outcome.with_values({STEPS: steps_to(outcome.steps, wrong, GOAL), STEPS_LATE: late})


claim = partial(Claim, source=NIELSEN, strata=("dataset", "init.scale"), real_data="samples", control=Placebo())
accuracy = partial(
    Paired,
    "test/accuracy",
    better=CROSS_ENTROPY,
    than=SQUARED_ERROR,
    lower_is_better=False,
    best_over="learning_rate",
    choose_by=validation_errors,
)

CLAIMS = (
    claim(
        "cross-entropy",
        "Cross-entropy is nearly always better than the squared error: more test samples are told rightly.",
        measure=accuracy(),
        prediction=NEARLY_ALWAYS,
        reason="'nearly always' leaves room for an exception: one draw in ten",
        effect="of draws in which cross-entropy tells more test samples rightly, equal ones counting half, each cost at the "
        "rate that validation chooses",
    ),
    claim(
        "cross-entropy-same",
        "The squared error is as good: the same share of test samples is told rightly, to one in a hundred.",
        source="Hui and Belkin 2021, who find it as good or better in most tasks",
        measure=accuracy(effect="difference", margin=MARGIN),
        statistic="median",
        prediction=Interval(-MARGIN, MARGIN),
        reason="one right answer in a hundred is the least that somebody would notice",
        effect="by how much the test accuracy is higher with cross-entropy, each cost at the rate that validation chooses",
    ),
    claim(
        "cross-entropy-faster",
        "Cross-entropy learns faster nearly always: nine training samples in ten are told rightly after fewer steps.",
        measure=Paired(STEPS, better=CROSS_ENTROPY, than=SQUARED_ERROR, size="ratio"),
        strata=("dataset", "init.scale", "learning_rate"),
        prediction=NEARLY_ALWAYS,
        reason="the squared error's gradient is the other one's times a slope of at most 1/4",
        effect="of draws in which cross-entropy takes fewer steps, at one and the same rate",
        variants={
            "nineteen in twenty": Paired(STEPS_LATE, better=CROSS_ENTROPY, than=SQUARED_ERROR, size="ratio"),
        },
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, quick=("dataset=moons", "learning_rate=1,4"))
