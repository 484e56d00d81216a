"""Do the units of a layer that start equal ever become different, and does it matter?

Arms: weights all zero, all equal, and normal draws. Strata: activation and dataset. 201 samples, of which 76 and 75 are
trained on: with balanced labels zero weights could not move at all, and what would look like kept symmetry would be a
stationary point (`one_unit` tells the two apart).
"""

import pandas as pd

from sandbox.claims.claim import Claim, Control, Interval, above
from sandbox.claims.measures import Paired, Value
from sandbox.claims.rows import per_replicate
from sandbox.trial.experiment import Experiment

SOURCE = "notes, § Random initialisation"
STRATA = ("activation", "dataset")
ROUNDING = Interval(0.0, 1e-10)  # a relative difference; 10^5 roundings of 2^-53 each, were all to add up, make 1e-11
EQUAL = {"init": ("zero", "constant")}
RANDOM = {"init": "normal"}


def distinct_share(rows: pd.DataFrame) -> pd.Series:
    """Distinct units over all units of the hidden layer, at the probe step with the fewest."""
    return per_replicate(rows, lambda rows: rows["distinct/layer1:min"] / rows["hidden"].astype(int))


def distinct_or_rank(rows: pd.DataFrame) -> pd.Series:
    """Distinct units or the effective rank of W1, whichever is more, at the probe step with the most."""
    return per_replicate(rows, lambda rows: rows[["distinct/layer1:max", "rank/layer1:max"]].max(axis=1))


def against_the_next(rows: pd.DataFrame) -> pd.Series:
    """Each replicate's test loss against the next one's: 1 where it is lower, 1/2 where equal."""
    loss = per_replicate(rows, "test/loss")
    following = loss.to_numpy()[[*range(1, len(loss)), 0]]
    return (loss < following) + 0.5 * (loss == following)


random_units_differ = Control(
    statement="units drawn at random are spread by more than a tenth of their size at every probe step",
    measure=Value("spread/layer1:min"),
    prediction=above(0.1),
    where=RANDOM,
    strata=STRATA,
)

CLAIMS = (
    Claim(
        id="zero-symmetric",
        statement="With zero weights all units of a layer stay identical, however long they are trained.",
        source=SOURCE,
        measure=Value("spread/layer1:max"),
        statistic="all",
        where=EQUAL,
        strata=(*STRATA, "init"),
        prediction=ROUNDING,
        reason="identical units do identical arithmetic: any difference can only be rounding",
        effect="largest relative spread between units (weights, bias, outgoing weights) at any probe step",
        control=random_units_differ,
    ),
    Claim(
        id="equal-updates",
        statement="Their gradients have equal rows at every step, so every update keeps them equal.",
        source=SOURCE,
        measure=Value("gradient_spread/layer1:max"),
        statistic="all",
        where=EQUAL,
        strata=(*STRATA, "init"),
        prediction=ROUNDING,
        reason="equal units receive equal gradients: any difference can only be rounding",
        effect="largest relative spread between rows of dW at any probe step",
        control=Control(
            statement="the rows of dW differ by more than a tenth of their size for random weights at step 0",
            measure=Value("gradient_spread/layer1:first"),
            prediction=above(0.1),
            where=RANDOM,
            strata=STRATA,
        ),
    ),
    Claim(
        id="random-breaks",
        statement="Random weights break the symmetry: the units stay as many different units as there are.",
        source=SOURCE,
        measure=distinct_share,
        statistic="all",
        where=RANDOM,
        strata=STRATA,
        prediction=Interval(1.0, 1.0),
        reason="units that start different have no reason to meet: all of them stay distinct at every probe step",
        effect="distinct units over units, at the probe step with the fewest",
        control=Control(
            statement="equal weights have a single distinct unit and a W1 of rank one, at every probe step",
            measure=distinct_or_rank,
            prediction=Interval(1.0, 1.0 + 1e-9),  # singular values that are rounding errors enter the effective rank
            where=EQUAL,
            strata=(*STRATA, "init"),
        ),
    ),
    Claim(
        id="zero-fails",
        statement="Training from zero weights fails, where normal draws succeed.",
        source=SOURCE,
        measure=Paired("test/loss", better=RANDOM, than={"init": "zero"}),
        statistic="share",
        strata=STRATA,
        prediction=Interval(0.9, 1.0),
        reason="the notes speak of failure without exception; one draw in ten may still be unlucky",
        effect="share of replicates whose test loss is lower from normal draws than from zero",
        control=Control(
            statement="between two draws of normal weights neither is better nearly always",
            measure=against_the_next,
            prediction=Interval(0.1, 0.9, "()"),
            statistic="share",
            where=RANDOM,
            strata=STRATA,
        ),
    ),
)

EXPERIMENT = Experiment(
    claims=CLAIMS,
)
