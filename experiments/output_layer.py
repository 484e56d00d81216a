"""For labels 0 and 1, does a sigmoid output serve better than a tanh output, and is it for its range or for its cost?

Sigmoid with the squared error differs from tanh in its range alone, sigmoid with cross-entropy in its cost as well.
"""

from dataclasses import replace
from functools import partial

import numpy as np

from sandbox.analysis.probabilities import brier_score, share_outside
from sandbox.claims.claim import MORE_OFTEN_THAN_NOT, Claim, Control, Interval
from sandbox.claims.measures import Paired, Value
from sandbox.data.datasets import Data
from sandbox.nn.network import Network, Parameters, forward
from sandbox.system.arrays import Array
from sandbox.trial.build import data_of
from sandbox.trial.experiment import Experiment, Outcome, RunConfig
from sandbox.trial.outcome import while_alive
from sandbox.trial.train import in_blocks, train

STRATA = ("dataset",)
RATE = "learning_rate"
SAME = 0.002  # Brier scores that differ by no more are the same; a constant prediction has 0.25
SIGMOID, TANH, SIGMOID_MSE = {"output": "sigmoid"}, {"output": "tanh"}, {"output": "sigmoid_mse"}


@in_blocks
def look(network: Network, parameters: Parameters, data: Data) -> dict[str, Array]:
    """What the predictions on the test part are worth as probabilities, as they are and cut off at 0 and 1."""
    A = forward(network, parameters, data.X_test).activations[-1]
    return {
        "brier": brier_score(A, data.Y_test),
        "brier/clipped": brier_score(np.clip(A, 0.0, 1.0), data.Y_test),
        "outside": share_outside(A),
        "brier/validation": validation_brier(network, parameters, data),
    }


def validation_brier(network: Network, parameters: Parameters, data: Data) -> Array:
    """The score on the samples that choose the rate: losses of different outputs are no such scale."""
    assert data.validation is not None
    X, Y = data.validation
    return brier_score(forward(network, parameters, X).activations[-1], Y)


@in_blocks
def look_at_fitting_labels(network: Network, parameters: Parameters, data: Data) -> dict[str, Array]:
    """Predictions between -1 and 1 of labels -1 and 1, read as probabilities (1 + a) / 2."""
    A = forward(network, parameters, data.X_test).activations[-1]
    assert data.validation is not None
    X, Y = data.validation
    chosen_by = forward(network, parameters, X).activations[-1]
    return {
        "brier": brier_score((1.0 + A) / 2.0, (1.0 + data.Y_test) / 2.0),
        "brier/validation": brier_score((1.0 + chosen_by) / 2.0, (1.0 + Y) / 2.0),
    }


def trial(config: RunConfig) -> Outcome:
    """Train as configured; a tanh output also on labels -1 and 1, which fill its range: `brier/fitting`.

    `outside/ever` is the largest share of predictions outside [0, 1] at any probe step.
    """
    outcome = train(config, look=look)
    fitting = outcome
    if config.output == "tanh":
        data = data_of(config.dataset)
        assert data.validation is not None
        X, Y = data.validation
        relabelled = replace(data, Y=2 * data.Y - 1, Y_test=2 * data.Y_test - 1, validation=(X, 2 * Y - 1))
        fitting = train(config, look=look_at_fitting_labels, data=relabelled)
    ever = while_alive(outcome.curves["outside"])
    scores = {"brier/fitting": "brier", "brier/fitting/validation": "brier/validation"}
    found = {name: fitting.curves[curve][-1] for name, curve in scores.items()}
    return outcome.with_values(found | {"outside/ever": ever})


at_best = partial(Paired, best_over=RATE, choose_by="brier/validation", margin=SAME)
claim = partial(
    Claim, real_data="samples", source="notes, § Activation functions", strata=STRATA, prediction=MORE_OFTEN_THAN_NOT
)
serves_better = partial(
    claim,
    effect="of replicates whose Brier score on the test part is lower with a sigmoid output, equal ones counting half",
    control=Control(
        "with labels -1 and 1, which fill its range, a tanh output is as good as the sigmoid of the same cost",
        Paired(
            *("brier/fitting", SIGMOID_MSE, TANH, "difference"), best_over=RATE, choose_by="brier/fitting/validation"
        ),
        Interval(-0.02, 0.02),  # a constant prediction's Brier score is 0.25
        statistic="median",
        where={"dataset": ("moons", "circles")},
        strata=STRATA,
    ),
)

CLAIMS = (
    serves_better(
        "sigmoid-output",
        "For labels 0 and 1 a sigmoid output (cross-entropy) serves better than a tanh output (squared error), each at its "
        "own best learning rate.",
        measure=at_best("brier", better=SIGMOID, than=TANH),
        reason="'better' without a qualifier: it must win more often than it loses, whatever the dataset",
    ),
    serves_better(
        "sigmoid-output-fixed",
        "The same at one and the same learning rate and budget.",
        source="sharper than the notes, § Activation functions: they name no learning rate",
        measure=Paired("brier", better=SIGMOID, than=TANH, margin=SAME),
        strata=(*STRATA, RATE),
        reason="as above, at every learning rate",
    ),
    serves_better(
        "sigmoid-output-range",
        "It is the range (0, 1) that makes the difference: with the squared error for both, sigmoid is still better.",
        measure=at_best("brier", better=SIGMOID_MSE, than=TANH),
        reason="the notes argue from the range alone: 0 <= y <= 1, so that a prediction should lie there as well",
        effect="of replicates whose Brier score is lower with a sigmoid of the same cost, equal ones counting half",
    ),
    claim(
        "sigmoid-output-outside",
        "A tanh output predicts values that are no probabilities, a sigmoid output never does.",
        source="sharper than the notes, § Activation functions: a prediction had better lie in [0, 1]",
        measure=Paired("outside", better=SIGMOID, than=TANH),
        strata=(*STRATA, RATE),
        prediction=Interval(2 / 3, 1.0),
        reason="a tanh that fits label 0 has to aim at z = 0, and misses it downwards for some of the samples; two in three at "
        "least, since a pair that stays inside counts as half a win",
        effect="of replicates in which a larger share of test predictions lies outside [0, 1] with a tanh output, equal ones "
        "counting half",
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
