"""How often do two, three or four hidden units fail to learn XOR?

Two suffice to compute it: each draws a straight line. Whether gradient descent finds these lines is another question, and
what the answer generalises over are starts alone, for the data are the truth table.
"""

from functools import partial

import pandas as pd

from sandbox.claims.claim import MORE_OFTEN_THAN_NOT, NEARLY_ALWAYS, Claim, Control, Interval, Placebo
from sandbox.claims.measures import Paired
from sandbox.claims.rows import per_replicate
from sandbox.trial.experiment import Experiment

STRATA = ("activation", "learning_rate")
RUMELHART = (
    "Rumelhart, Hinton and Williams 1986 (Parallel Distributed Processing, ch. 8), who met a local minimum rarely"
)
SCORE = "train/accuracy"


def solved(rows: pd.DataFrame) -> pd.Series:
    """1 where all four corners are told rightly at the end; a network that diverged has learnt nothing."""
    return (per_replicate(rows, SCORE) == 1.0).astype(float)


def nearly_solved(rows: pd.DataFrame) -> pd.Series:
    """1 where J is below a tenth of ln 2, which takes every corner to be told with some confidence."""
    return (per_replicate(rows, "train/loss") < 0.0693).astype(float)


claim = partial(Claim, strata=STRATA)

CLAIMS = (
    claim(
        "xor-sticks",
        "Networks of two to four hidden units learn XOR nearly always: sticking is rare.",
        source=RUMELHART,
        measure=solved,
        where={"hidden": ("2", "3", "4")},
        strata=("hidden", *STRATA),
        prediction=NEARLY_ALWAYS,
        reason="'rarely' leaves at most one start in ten",
        effect="of starts from which all four corners are told rightly at the end",
        control=Control(
            "one hidden unit, which draws a single line, never tells all four corners",
            solved,
            Interval(0.0, 0.0),
            statistic="all",
            where={"hidden": "1"},
            strata=STRATA,
        ),
        variants={"J below a tenth of ln 2": nearly_solved},
    ),
    claim(
        "xor-sticks-less",
        "More units stick less often: four learn where two do not more often than the other way round.",
        source="folklore; with more units there are more pairs of lines to be found",
        measure=Paired(SCORE, better={"hidden": "4"}, than={"hidden": "2"}, lower_is_better=False),
        prediction=MORE_OFTEN_THAN_NOT,
        reason="less often means that pairs which differ favour the larger network; equal pairs count half",
        effect="of starts whose four units tell more corners than their two, equal ones counting half",
        control=Placebo(),
    ),
)

EXPERIMENT = Experiment(CLAIMS, quick=("learning_rate=1",))
