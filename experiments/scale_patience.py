"""Given 100,000 steps, is the factor 0.01 then as good as any larger scale?

As `scale_training`, which asks the same at budgets up to 10,000 steps, with fewer learning rates and replicates: what is
left of a plateau is the same for all that have crossed it. Arms: normal draws times 0.01, 1, 10, 100 and, as a control,
1000. Strata: activation and dataset, each scale at its own best learning rate.
"""

from sandbox.claims.claim import Claim, Control, above
from sandbox.claims.measures import Paired
from sandbox.trial.experiment import Experiment

SOURCE = "notes, § Random initialisation"
SCALE, RATE = "init.scale", "learning_rate"
STRATA = ("activation", "dataset")
SATURATING = ("sigmoid", "tanh")
NO_WORSE = above(-0.01)
SMALL_IS_SLOW = {
    "refuted": "The factor 0.01 does prevent saturation, but it starts the network on the plateau around zero weights, "
    "whose price is time: at this budget scale 1, which saturates little, is better.",
    "mixed": "The factor 0.01 does prevent saturation, but it starts the network on the plateau around zero weights, and "
    "leaving that takes time. Where the budget is long enough, nothing of this is left with sigmoid and tanh, while ReLU "
    "may stay for very long where a straight line already does well.",
}


def small_against(scales: tuple[float, ...], column: str) -> Paired:
    """By how much the column is lower from 0.01 than from the best of other scales, each at its best learning rate."""
    return Paired(column, {SCALE: 0.01}, {SCALE: scales}, effect="difference", best_over=(SCALE, RATE))


def no_worse(claim_id: str, statement: str, column: str) -> Claim:
    """0.01 against the best of 1, 10 and 100, by the training loss at one budget."""
    return Claim(
        id=claim_id,
        statement=statement,
        source=SOURCE,
        measure=small_against((1, 10, 100), column),
        statistic="median",
        strata=STRATA,
        prediction=NO_WORSE,
        reason="'prevents this': no worse than any larger scale, where a hundredth of a nat, 1.4 % of what a constant "
        "prediction costs, is called no worse",
        effect="training loss of the best of 1, 10 and 100, less that of 0.01, each at its best learning rate",
        unit="nats",
        control=Control(
            statement="the difference is not always small: from scale 0.01 the loss is lower than from 1000",
            measure=small_against((1000,), column),
            prediction=above(0.0),
            statistic="median",
            where={"activation": SATURATING},
            strata=STRATA,
        ),
        explanation=SMALL_IS_SLOW,
    )


CLAIMS = (
    no_worse(
        "small-is-safe",
        "The factor 0.01 is safe: within 100,000 steps it does no worse than 1, 10 or 100.",
        "train/loss",
    ),
)

EXPERIMENT = Experiment(
    name="scale_patience",
    question="Given 100,000 steps, is the factor 0.01 then as good as any larger scale?",
    claims=CLAIMS,
    quick=("dataset=moons", "learning_rate=1"),
)
