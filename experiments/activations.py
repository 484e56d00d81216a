"""Does a tanh hidden layer do better than a sigmoid one nearly always, and are its activations closer to mean 0?

Arms: tanh and sigmoid, which start as the very same function: sigma(z) is (1 + tanh(z/2)) / 2, so that suitable weights
make them equal, and only the way they learn differs. Strata: dataset, width, depth, and learning rate; two budgets.

Every 20 replicates get a draw and split of the data of their own: on one split alone the share of wins may be far from what
it is on the next, and verdicts on single strata changed with it. The intervals take replicates as independent.
"""

from dataclasses import replace

import numpy as np

from sandbox.analysis.matched_starts import start_of
from sandbox.claims.claim import Claim, Control, Interval
from sandbox.claims.measures import AgainstTheNext, Paired
from sandbox.config.schema import RunConfig
from sandbox.system.arrays import Array
from sandbox.trial.experiment import Experiment
from sandbox.trial.outcome import Outcome
from sandbox.trial.splits import over_splits
from sandbox.trial.train import train

SOURCE = "notes, § Activation functions"
RATE = "learning_rate"
STRATA = ("dataset", "hidden")
TANH, SIGMOID = {"activation": "tanh"}, {"activation": "sigmoid"}
TWO_LAYERS = {"hidden": "8-8"}
EARLY = 0.1  # of the budget
NEARLY_ALWAYS = Interval(0.9, 1.0)
SOMETIMES = Interval(0.1, 0.9, "()")


def early_loss(outcome: Outcome) -> Array:
    """The test loss (R,) when a tenth of the budget is spent, linear in log(1 + step) between probe steps."""
    at, steps = np.log1p(EARLY * outcome.steps[-1]), np.log1p(outcome.steps)
    return np.array([np.interp(at, steps, loss) for loss in outcome.curves["test/loss"].T])


def trial(config: RunConfig) -> Outcome:
    """Training from the start that `trial.start` names, on `trial.per_split` replicates per split of the data.

    The test loss when a tenth of the budget is spent is `test/loss/early`.
    """

    def on_one_split(config: RunConfig) -> Outcome:
        outcome = train(config, start=start_of(config))
        return replace(outcome, values=outcome.values | {"test/loss/early": early_loss(outcome)})

    return over_splits(config, int(config.trial.get("per_split", config.replicates)), on_one_split)


def luck_of_the_draw(column: str) -> Control:
    """Between two draws of the same arm nothing is nearly always."""
    return Control(
        statement="between two tanh networks that differ only in their random draw neither is better nearly always",
        measure=AgainstTheNext(column, where=TANH),
        prediction=SOMETIMES,
        statistic="share",
        strata=(*STRATA, RATE),
    )


NINE_IN_TEN = "'nearly always' leaves room for an exception: one pair in ten"
WINS = "of replicates whose test loss is lower with tanh than with sigmoid"

CLAIMS = (
    Claim(
        id="tanh-beats-sigmoid",
        statement="A tanh hidden layer does better than a sigmoid one nearly always, each at its own best learning rate.",
        source=SOURCE,
        measure=Paired("test/loss", better=TANH, than=SIGMOID, best_over=RATE),
        strata=STRATA,
        prediction=NEARLY_ALWAYS,
        reason=NINE_IN_TEN,
        effect=WINS,
        control=luck_of_the_draw("test/loss"),
    ),
    Claim(
        id="tanh-beats-sigmoid-early",
        statement="The same when only a tenth of the budget is spent, each at the rate that is best until then.",
        source=SOURCE,
        measure=Paired("test/loss/early", better=TANH, than=SIGMOID, best_over=RATE),
        strata=STRATA,
        prediction=NEARLY_ALWAYS,
        reason=NINE_IN_TEN,
        effect=f"{WINS}, after a tenth of the budget",
        control=luck_of_the_draw("test/loss/early"),
    ),
    Claim(
        id="tanh-beats-sigmoid-fixed",
        statement="The same at one and the same learning rate and budget.",
        source=SOURCE,
        measure=Paired("test/loss", better=TANH, than=SIGMOID),
        strata=(*STRATA, RATE),
        prediction=NEARLY_ALWAYS,
        reason=NINE_IN_TEN,
        effect=WINS,
        control=luck_of_the_draw("test/loss"),
    ),
    Claim(
        id="tanh-beats-sigmoid-fixed-early",
        statement="The same at one and the same learning rate, when only a tenth of the budget is spent.",
        source=SOURCE,
        measure=Paired("test/loss/early", better=TANH, than=SIGMOID),
        strata=(*STRATA, RATE),
        prediction=NEARLY_ALWAYS,
        reason=NINE_IN_TEN,
        effect=f"{WINS}, after a tenth of the budget",
        control=luck_of_the_draw("test/loss/early"),
    ),
    Claim(
        id="tanh-centred",
        statement="The activations of a tanh layer have a mean closer to 0 than those of a sigmoid layer, throughout training.",
        source=SOURCE,
        measure=Paired("activation_mean/layer1:mean", better=TANH, than=SIGMOID),
        strata=(*STRATA, RATE),
        prediction=NEARLY_ALWAYS,
        reason="the notes state it without exception; a unit that training drives to one side may be one",
        effect="of replicates whose activations have a smaller absolute mean, averaged over units and probe steps",
        control=luck_of_the_draw("activation_mean/layer1:mean"),
    ),
    Claim(
        id="tanh-centred-deeper",
        statement="The same in a second hidden layer.",
        source=SOURCE,
        measure=Paired("activation_mean/layer2:mean", better=TANH, than=SIGMOID),
        where=TWO_LAYERS,
        strata=(*STRATA, RATE),
        prediction=NEARLY_ALWAYS,
        reason="as in the first layer",
        effect="of replicates whose activations have a smaller absolute mean, averaged over units and probe steps",
        control=replace(luck_of_the_draw("activation_mean/layer2:mean"), where=TWO_LAYERS),
    ),
)

EXPERIMENT = Experiment(
    claims=CLAIMS,
    trial=trial,
    quick=("dataset=moons", "hidden=[4],[8,8]", "learning_rate=1,4"),
)
