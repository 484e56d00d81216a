"""Given 100,000 steps, is the factor 0.01 then as good as any larger scale?

As `scale_training`, which asks the same at budgets up to 10,000 steps, with fewer learning rates and replicates: what is
left of a plateau is the same for all that have crossed it.
"""

from functools import partial

from sandbox.claims.claim import Claim, Control, above
from sandbox.claims.measures import Paired
from sandbox.trial.experiment import Experiment

SCALE, RATE = "init.scale", "learning_rate"
STRATA = ("activation", "dataset")
SATURATING = ("sigmoid", "tanh")


def small_against(scales: tuple[float, ...], column: str) -> Paired:
    """By how much the column is lower from 0.01 than from the best of other scales, each at its best learning rate."""
    return Paired(column, {SCALE: 0.01}, {SCALE: scales}, effect="difference", best_over=(SCALE, RATE))


claim = partial(Claim, source="notes, § Random initialisation", strata=STRATA, statistic="median")


def no_worse(name: str, statement: str, column: str) -> Claim:
    """0.01 against the best of 1, 10 and 100, by the training loss at one budget."""
    return claim(
        name,
        statement,
        measure=small_against((1, 10, 100), column),
        prediction=above(-0.01),
        reason="'prevents this': no worse than any larger scale, where a hundredth of a nat, 1.4 % of what a constant "
        "prediction costs, is called no worse",
        effect="training loss of the best of 1, 10 and 100, less that of 0.01, each at its best learning rate",
        unit="nats",
        control=Control(
            "the difference is not always small: from scale 0.01 the loss is lower than from 1000",
            small_against((1000,), column),
            above(0.0),
            statistic="median",
            where={"activation": SATURATING},
            strata=STRATA,
        ),
    )


CLAIMS = (
    no_worse(
        "small-is-safe",
        "The factor 0.01 is safe: within 100,000 steps it does no worse than 1, 10 or 100.",
        "train/loss",
    ),
)

EXPERIMENT = Experiment(CLAIMS, quick=("dataset=moons", "learning_rate=1"))
