"""Does a tanh hidden layer do better than a sigmoid one nearly always, and are its activations closer to mean 0?

Both start as the very same function: sigma(z) is (1 + tanh(z/2)) / 2, so that suitable weights make them equal, and only the
way they learn differs. Every 20 replicates get a draw and split of the data of their own: on one split alone the share of
wins may be far from what it is on the next, and verdicts on single strata changed with it. The intervals take replicates as
independent.
"""

from functools import partial

import numpy as np

from sandbox.analysis.matched_starts import start_of
from sandbox.claims.claim import NEARLY_ALWAYS, Claim, Placebo
from sandbox.claims.measures import Paired
from sandbox.system.arrays import Array
from sandbox.trial.experiment import Experiment, Outcome, RunConfig
from sandbox.trial.train import train

RATE, LOSS, EARLY_LOSS = "learning_rate", "test/loss", "test/loss/early"
STRATA = ("dataset", "hidden")
TANH, SIGMOID = {"activation": "tanh"}, {"activation": "sigmoid"}
TWO_LAYERS = {"hidden": "8-8"}
EARLY = 0.1  # of the budget


def early_loss(outcome: Outcome) -> Array:
    """The test loss (R,) when a tenth of the budget is spent, linear in log(1 + step) between probe steps."""
    at, steps = np.log1p(EARLY * outcome.steps[-1]), np.log1p(outcome.steps)
    return np.array([np.interp(at, steps, loss) for loss in outcome.curves[LOSS].T])


def trial(config: RunConfig) -> Outcome:
    """Training from the start that `trial.start` names; the test loss when a tenth of the budget is spent is `test/loss/early`."""
    outcome = train(config, start=start_of(config))
    return outcome.with_values({EARLY_LOSS: early_loss(outcome)})


claim = partial(
    Claim,
    source="notes, § Activation functions",
    strata=(*STRATA, RATE),
    prediction=NEARLY_ALWAYS,
    reason="'nearly always' leaves room for an exception: one pair in ten",
    control=Placebo(),
)
loses_less = partial(claim, effect="of replicates whose test loss is lower with tanh than with sigmoid")
loses_less_early = partial(
    claim,
    effect="of replicates whose test loss is lower with tanh than with sigmoid, after a tenth of the budget",
)
centred = partial(
    claim, effect="of replicates whose activations have a smaller absolute mean, averaged over units and probe steps"
)

CLAIMS = (
    loses_less(
        "tanh-beats-sigmoid",
        "A tanh hidden layer does better than a sigmoid one nearly always, each at its own best learning rate.",
        measure=Paired(LOSS, better=TANH, than=SIGMOID, best_over=RATE),
        strata=STRATA,
    ),
    loses_less_early(
        "tanh-beats-sigmoid-early",
        "The same when only a tenth of the budget is spent, each at the rate that is best until then.",
        measure=Paired(EARLY_LOSS, better=TANH, than=SIGMOID, best_over=RATE),
        strata=STRATA,
    ),
    loses_less(
        "tanh-beats-sigmoid-fixed",
        "The same at one and the same learning rate and budget.",
        measure=Paired(LOSS, better=TANH, than=SIGMOID),
    ),
    loses_less_early(
        "tanh-beats-sigmoid-fixed-early",
        "The same at one and the same learning rate, when only a tenth of the budget is spent.",
        measure=Paired(EARLY_LOSS, better=TANH, than=SIGMOID),
    ),
    centred(
        "tanh-centred",
        "The activations of a tanh layer have a mean closer to 0 than those of a sigmoid layer, throughout training.",
        measure=Paired("activation_mean/layer1:mean", better=TANH, than=SIGMOID),
        reason="the notes state it without exception; a unit that training drives to one side may be one",
    ),
    centred(
        "tanh-centred-deeper",
        "The same in a second hidden layer.",
        measure=Paired("activation_mean/layer2:mean", better=TANH, than=SIGMOID),
        where=TWO_LAYERS,
        reason="as in the first layer",
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, quick=("dataset=moons", "hidden=[4],[8,8]", "learning_rate=1,4"))
