"""Do the units of a layer that start equal ever become different, and does it matter?

Each data set comes with as many training labels of either kind and with one more of one: through weights of zero the only
gradient that passes is the surplus of one label over the other, so that balanced labels hide what sigmoid can still learn.
"""

from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd

from sandbox.claims.claim import NEARLY_ALWAYS, Claim, Control, Interval, above
from sandbox.claims.measures import Value
from sandbox.claims.rows import Column, Where, per_replicate, select
from sandbox.trial.experiment import Experiment

STRATA = ("activation", "dataset", "dataset.samples")
COIN = np.log(2)  # what a coin costs, whose both sides have 1/2: all that a network has learned is below it
EQUAL = {"init": ("zero", "constant")}
RANDOM, ZERO = {"init": "normal"}, {"init": "zero"}


def distinct_share(rows: pd.DataFrame) -> pd.Series:
    """Distinct units over all units of the hidden layer, at the probe step with the fewest."""
    return per_replicate(rows, lambda rows: rows["distinct/layer1:min"] / rows["hidden"].astype(int))


@dataclass(frozen=True)
class Learned:
    """How much of what networks from normal draws have learned their partners of another arm have: 1 as much, 0 nothing."""

    column: Column = "train/loss"
    arm: Where = field(default_factory=lambda: ZERO)

    def __call__(self, rows: pd.DataFrame) -> pd.Series:
        learned, full = (COIN - per_replicate(select(rows, arm), self.column) for arm in (self.arm, RANDOM))
        return pd.Series(learned / full)


@dataclass(frozen=True)
class LearnedLess:
    """1 where less than `part` of what normal draws learn has been learned, 0 where as much; and where these fail as well.

    beside: networks from normal draws as well, those of the next draw, in place of the arm from zero.
    """

    part: float = 0.5
    column: Column = "train/loss"
    beside: bool = False

    def __call__(self, rows: pd.DataFrame) -> pd.Series:
        learned, full = (COIN - per_replicate(select(rows, arm), self.column) for arm in (ZERO, RANDOM))
        if self.beside:
            learned = pd.Series(np.roll(full.to_numpy(), -1), full.index)
        fails = learned.fillna(-np.inf) < self.part * full
        return pd.Series(fails.astype(float))


def learned(rows: pd.DataFrame) -> pd.Series:
    """The part of a coin's cost that training has taken away."""
    return pd.Series(1 - per_replicate(rows, "train/loss") / COIN)


# crossed=False: a set of the user's own beside these comes with its own number of samples
control = partial(Control, strata=STRATA, crossed=False)
claim = partial(Claim, source="notes, § Random initialisation", statistic="all", strata=STRATA, crossed=False)
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
            "equal weights have a single distinct unit at every probe step",
            Value("distinct/layer1:max"),
            Interval(1.0, 1.0),
            where=EQUAL,
            strata=(*STRATA, "init"),
        ),
    ),
    claim(
        "zero-fails",
        "Training from zero weights fails: the network learns less than half of what it learns from normal draws.",
        source="sharper than the notes, § Random initialisation: that it does not work properly; how much is missing is ours",
        measure=LearnedLess(),
        statistic="share",
        prediction=NEARLY_ALWAYS,
        reason="the notes speak of failure without exception; half is far from what rounding or luck could make, and one draw "
        "in ten may still be unlucky",
        effect="of networks from zero that have taken less than half as much off the cost of a coin, ln 2, as their partner",
        control=control(
            "beside each other, networks from normal draws mostly do not fail",
            LearnedLess(beside=True),
            Interval(0.0, 0.5, "[)"),
            statistic="share",
        ),
        variants={
            "a quarter in place of half": LearnedLess(0.25),
            "three quarters in place of half": LearnedLess(0.75),
            "anything less at all": LearnedLess(1.0),
            "the test loss in place of the training loss": LearnedLess(column="test/loss"),
        },
    ),
    claim(
        "zero-freezes",
        "With tanh and ReLU nothing at all is learned from zero weights: training ends where a constant prediction does.",
        source="the sandbox's own; follows from g(0) = 0 in the notes' backward pass, § Gradient descent",
        measure=learned,
        where={**ZERO, "activation": ("tanh", "relu")},
        prediction=Interval(-0.01, 0.01),
        reason="the gradient of W2 is made of activations g(0) = 0, that of W1 comes through W2 = 0: only the output's bias "
        "moves, and the surplus of one label in 75 that it can learn is worth a ten-thousandth",
        effect="the part of a coin's cost that training takes away",
        control=control(
            "from normal draws the same networks learn a tenth of it, more often than not",
            learned,
            above(0.1),
            statistic="median",
            where={**RANDOM, "activation": ("tanh", "relu")},
        ),
    ),
    claim(
        "zero-learns-as-one",
        "With sigmoid, whose g(0) is 1/2, the layer still learns from zero weights, as one unit: more than a tenth of what "
        "normal draws learn.",
        source="the sandbox's own, § Random initialisation: a hidden layer of equal units acts like a single one",
        measure=Learned(),
        where={"activation": "sigmoid"},
        statistic="median",
        prediction=above(0.1),
        reason="one unit draws a line, and a line that helps at all is worth more than a tenth",
        effect="of what networks from zero take off the cost of a coin, over what their partners from normal draws do",
        variants={"the test loss in place of the training loss": Learned("test/loss")},
        control=control(
            "with tanh and ReLU it is a hundredth at most",
            Learned(),
            Interval(-0.01, 0.01),
            where={"activation": ("tanh", "relu")},
            statistic="median",
        ),
    ),
)

EXPERIMENT = Experiment(CLAIMS)
