"""When does a symmetric start hurt at all?

Units that start equal stay one unit, but one unit is all that some tasks ask for. A start can be harmful only where more
is needed than the straight line of a single unit.
"""

from functools import partial

from sandbox.claims.claim import Claim, Placebo, above
from sandbox.claims.measures import Paired
from sandbox.trial.experiment import Experiment

EQUAL, DRAWN = {"init": "constant"}, {"init": "normal"}
MARGIN = 0.01  # nats, and share of samples

hurts = partial(
    Paired,
    better=DRAWN,
    than=EQUAL,
    effect="difference",
    best_over="learning_rate",
    choose_by="validation/loss",
    margin=MARGIN,
)
claim = partial(
    Claim,
    source="sharper than the notes, § Random initialisation: that zero weights do not work properly, of no task in particular",
    statistic="median",
    strata=("dataset", "activation"),
    prediction=above(MARGIN),
    real_data="samples",
    control=Placebo(),
)

CLAIMS = (
    claim(
        "symmetric-hurts",
        "A symmetric start hurts: from equal units the test loss ends higher than from drawn ones.",
        measure=hurts("test/loss"),
        reason=f"a loss that is higher by more than {MARGIN} nats is one that somebody would notice",
        effect="by how much the test loss is lower from drawn units, each start at the rate that validation chooses",
        unit="nats",
    ),
    claim(
        "symmetric-hurts-accuracy",
        "It costs right answers: from equal units the test accuracy ends lower than from drawn ones.",
        measure=hurts("test/accuracy", lower_is_better=False),
        reason="one right answer in a hundred is one that somebody would notice",
        effect="by how much the test accuracy is higher from drawn units, each start at the rate that validation chooses",
    ),
)

EXPERIMENT = Experiment(CLAIMS, quick=("dataset=moons", "activation=tanh"))
