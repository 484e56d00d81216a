"""For labels 0 and 1, does a sigmoid output serve better than a tanh output, and is it for its range or for its cost?

Sigmoid with the squared error differs from tanh in its range alone, sigmoid with cross-entropy in its cost as well.
"""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from sandbox.analysis.probabilities import brier_score, share_outside
from sandbox.claims.claim import MORE_OFTEN_THAN_NOT, NEARLY_ALWAYS, Claim, Control, Interval
from sandbox.claims.measures import Paired, Value
from sandbox.claims.rows import numbers_of
from sandbox.data.datasets import Data
from sandbox.nn.network import Network, Parameters, forward
from sandbox.system.arrays import Array
from sandbox.trial.build import data_of
from sandbox.trial.experiment import Experiment, Outcome, RunConfig
from sandbox.trial.outcome import while_alive
from sandbox.trial.train import in_blocks, train

STRATA = ("dataset", "activation")
RATE = "learning_rate"
USUAL = {RATE: (0.1, 0.4, 1.6, 6.4)}  # the outermost rates are there so that every arm's best lies inside the grid
SIGMOID, TANH, SIGMOID_MSE = {"output": "sigmoid"}, {"output": "tanh"}, {"output": "sigmoid_mse"}


@in_blocks
def look(network: Network, parameters: Parameters, data: Data) -> dict[str, Array]:
    """What the predictions on the test part are worth as probabilities, as they are and cut off at 0 and 1."""
    A = forward(network, parameters, data.X_test).activations[-1]
    return {
        "brier": brier_score(A, data.Y_test),
        "brier/clipped": brier_score(np.clip(A, 0.0, 1.0), data.Y_test),
        "outside": share_outside(A),
    }


@in_blocks
def look_at_fitting_labels(network: Network, parameters: Parameters, data: Data) -> dict[str, Array]:
    """Predictions between -1 and 1 of labels -1 and 1, read as probabilities (1 + a) / 2."""
    A = forward(network, parameters, data.X_test).activations[-1]
    return {"brier": brier_score((1.0 + A) / 2.0, (1.0 + data.Y_test) / 2.0)}


def trial(config: RunConfig) -> Outcome:
    """Train as configured; a tanh output also on labels -1 and 1, which fill its range: `brier/fitting`.

    `outside/ever` is the largest share of predictions outside [0, 1] at any probe step.
    """
    outcome = train(config, look=look)
    fitting = outcome.curves["brier"][-1]
    if config.output == "tanh":
        data = data_of(config.dataset)
        relabelled = replace(data, Y=2.0 * data.Y - 1.0, Y_test=2.0 * data.Y_test - 1.0)
        fitting = train(config, look=look_at_fitting_labels, data=relabelled).curves["brier"][-1]
    ever = while_alive(outcome.curves["outside"])
    return outcome.with_values({"brier/fitting": fitting, "outside/ever": ever})


def fitting_brier(rows: pd.DataFrame) -> pd.Series:
    """The Brier score of each output trained on labels that fill its range."""
    return numbers_of(rows, "brier/fitting")


claim = partial(Claim, source="notes, § Activation functions", strata=STRATA, prediction=MORE_OFTEN_THAN_NOT)
serves_better = partial(
    claim,
    effect="of replicates whose Brier score on the test part is lower with a sigmoid output",
    control=Control(
        "with labels -1 and 1, which fill its range, a tanh output is as good as the sigmoid of the same cost",
        Paired(fitting_brier, better=SIGMOID_MSE, than=TANH, effect="difference", best_over=RATE),
        Interval(-0.02, 0.02),  # a constant prediction's Brier score is 0.25
        statistic="median",
        strata=STRATA,
    ),
)

CLAIMS = (
    serves_better(
        "sigmoid-output",
        "For labels 0 and 1 a sigmoid output (cross-entropy) serves better than a tanh output (squared error), each at its "
        "own best learning rate.",
        measure=Paired("brier", better=SIGMOID, than=TANH, best_over=RATE),
        reason="'better' without a qualifier: it must win more often than it loses, whatever the dataset",
    ),
    serves_better(
        "sigmoid-output-fixed",
        "The same at one and the same learning rate and budget.",
        measure=Paired("brier", better=SIGMOID, than=TANH),
        where=USUAL,
        strata=(*STRATA, RATE),
        reason="as above, at every learning rate",
    ),
    serves_better(
        "sigmoid-output-range",
        "It is the range (0, 1) that makes the difference: with the squared error for both, sigmoid is still better.",
        measure=Paired("brier", better=SIGMOID_MSE, than=TANH, best_over=RATE),
        reason="the notes argue from the range alone: 0 <= y <= 1, so that a prediction should lie there as well",
        effect="of replicates whose Brier score is lower with a sigmoid of the same cost",
    ),
    claim(
        "sigmoid-output-outside",
        "A tanh output predicts values that are no probabilities, a sigmoid output never does.",
        measure=Paired("outside", better=SIGMOID, than=TANH),
        where=USUAL,
        strata=(*STRATA, RATE),
        prediction=NEARLY_ALWAYS,
        reason="a tanh that fits label 0 has to aim at z = 0, and misses it downwards for some of the samples",
        effect="of replicates in which a larger share of test predictions lies outside [0, 1] with a tanh output",
        control=Control(
            "a sigmoid output, whatever its cost, never leaves [0, 1]",
            Value("outside/ever"),  # a network that diverged has no prediction left at the last step
            Interval(0.0, 0.0),
            where={"output": ("sigmoid", "sigmoid_mse")},
            strata=("output", *STRATA, RATE),
        ),
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, quick=("dataset=moons", "learning_rate=0.4,1.6"))
