"""Do the units of a layer that start equal ever become different, and does it matter?"""

from functools import partial

import pandas as pd

from sandbox.claims.claim import NEARLY_ALWAYS, Claim, Control, Interval, Placebo, above
from sandbox.claims.measures import Paired, Value
from sandbox.claims.rows import per_replicate
from sandbox.trial.experiment import Experiment

STRATA = ("activation", "dataset")
EQUAL = {"init": ("zero", "constant")}
RANDOM = {"init": "normal"}


def distinct_share(rows: pd.DataFrame) -> pd.Series:
    """Distinct units over all units of the hidden layer, at the probe step with the fewest."""
    return per_replicate(rows, lambda rows: rows["distinct/layer1:min"] / rows["hidden"].astype(int))


def distinct_or_rank(rows: pd.DataFrame) -> pd.Series:
    """Distinct units or the effective rank of W1, whichever is more, at the probe step with the most."""
    return per_replicate(rows, lambda rows: rows[["distinct/layer1:max", "rank/layer1:max"]].max(axis=1))


control = partial(Control, strata=STRATA)
claim = partial(Claim, source="notes, § Random initialisation", statistic="all", strata=STRATA)
kept = partial(
    claim,
    where=EQUAL,
    strata=(*STRATA, "init"),
    prediction=Interval(0.0, 1e-10),  # a relative difference; 10^5 roundings of 2^-53, were all to add up, make 1e-11
)

CLAIMS = (
    kept(
        "zero-symmetric",
        "With zero weights all units of a layer stay identical, however long they are trained.",
        measure=Value("spread/layer1:max"),
        reason="identical units do identical arithmetic: any difference can only be rounding",
        effect="largest relative spread between units (weights, bias, outgoing weights) at any probe step",
        control=control(
            "units drawn at random are spread by more than a tenth of their size at every probe step",
            Value("spread/layer1:min"),
            above(0.1),
            where=RANDOM,
        ),
    ),
    kept(
        "equal-updates",
        "Their gradients have equal rows at every step, so every update keeps them equal.",
        measure=Value("gradient_spread/layer1:max"),
        reason="equal units receive equal gradients: any difference can only be rounding",
        effect="largest relative spread between rows of dW at any probe step",
        control=control(
            "the rows of dW differ by more than a tenth of their size for random weights at step 0",
            Value("gradient_spread/layer1:first"),
            above(0.1),
            where=RANDOM,
        ),
    ),
    claim(
        "random-breaks",
        "Random weights break the symmetry: the units stay as many different units as there are.",
        measure=distinct_share,
        where=RANDOM,
        prediction=Interval(1.0, 1.0),
        reason="units that start different have no reason to meet: all of them stay distinct at every probe step",
        effect="distinct units over units, at the probe step with the fewest",
        control=control(
            "equal weights have a single distinct unit and a W1 of rank one, at every probe step",
            distinct_or_rank,
            Interval(1.0, 1.0 + 1e-9),  # singular values that are rounding errors enter the effective rank
            where=EQUAL,
            strata=(*STRATA, "init"),
        ),
    ),
    claim(
        "zero-fails",
        "Training from zero weights fails, where normal draws succeed.",
        measure=Paired("test/loss", better=RANDOM, than={"init": "zero"}),
        statistic="share",
        prediction=NEARLY_ALWAYS,
        reason="the notes speak of failure without exception; one draw in ten may still be unlucky",
        effect="share of replicates whose test loss is lower from normal draws than from zero",
        control=Placebo(),
    ),
)

EXPERIMENT = Experiment(CLAIMS)
