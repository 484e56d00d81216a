"""Do identity hidden layers equal none for several classes as well, and what does a layer that is too narrow cost?

The scores of k classes differ in k - 1 directions at most, so that k - 1 identity units are as good as none at all; fewer are a
bottleneck. The network without hidden layers is trained beside.
"""

from functools import partial

from sandbox.claims.claim import MORE_OFTEN_THAN_NOT, Claim, Control, Interval, Placebo, above
from sandbox.claims.measures import Paired
from sandbox.trial.experiment import Experiment

STRATA = ("dataset",)
NONE, ONE, WIDE = {"hidden": "none"}, {"hidden": "1"}, {"hidden": "16"}
MARGIN = 0.02  # of accuracy


gained = partial(
    Paired,
    "test/accuracy",
    lower_is_better=False,
    best_over="learning_rate",
    choose_by="validation/loss",
    margin=MARGIN,
)
claim = partial(Claim, source="notes, § Non-linear activation functions", strata=STRATA, real_data="samples")

CLAIMS = (
    claim(
        "linear-several-classes",
        "For several classes, too, identity hidden units equal none, if there are more of them than classes.",
        source="sharper than the notes, § Non-linear activation functions: their network has a single output",
        measure=gained(better=WIDE, than=NONE, effect="difference"),
        statistic="median",
        prediction=Interval(-MARGIN, MARGIN),
        reason="the same functions and the same cost; two points of accuracy are left for descent that takes another way",
        effect="test accuracy with 16 identity units less that without hidden layers",
        control=Control(
            "accuracy can tell: on every split of the ten digits a single unit loses more than that",
            gained(better=NONE, than=ONE, effect="difference"),
            above(MARGIN),
            where={"dataset": "digits"},
        ),
    ),
    claim(
        "linear-bottleneck",
        "A linear hidden layer narrower than the classes less one is worse than none.",
        source="the sandbox's own, after Baldi and Hornik 1989 on the rank of a linear bottleneck",
        measure=gained(better=NONE, than=ONE),
        prediction=MORE_OFTEN_THAN_NOT,
        reason="one unit passes on one number, where the scores of three classes or more differ in two directions or more",
        effect="of splits in which the network without hidden layers is better by more than two points than one with a single "
        "unit, equal ones counting half",
        control=Placebo(),
    ),
)

EXPERIMENT = Experiment(CLAIMS, quick=("dataset=digits", "learning_rate=0.3,1"))
