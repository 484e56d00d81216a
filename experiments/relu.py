"""Do ReLU's units die, is z mostly positive, and does plain ReLU suffice?

Leaky ReLU is the contrast: its units cannot die. Of two hidden layers the second sees inputs that are never negative.
"""

from functools import partial

import numpy as np
import pandas as pd

from sandbox.claims.claim import Claim, Control, Interval, above
from sandbox.claims.controls import half_at_the_start
from sandbox.claims.measures import AtBest, Paired, Value
from sandbox.claims.rows import numbers_of, per_replicate, select
from sandbox.trial.experiment import Experiment, Outcome, RunConfig
from sandbox.trial.train import train

RATE = "learning_rate"
STRATA = ("dataset", "dataset.standardise", "init.scale")
RELU, LEAKY = {"activation": "relu"}, {"activation": "leaky_relu"}
LAYERS = ("layer1", "layer2")


def trial(config: RunConfig) -> Outcome:
    """The default one, with the largest share of dead units in any hidden layer at any step before divergence."""
    outcome = train(config)
    largest = [np.nanmax(outcome.curves[f"dead/{layer}"], axis=0) for layer in LAYERS]  # step 0 is never NaN
    return outcome.with_values({"dead/ever": np.max(largest, axis=0)})


def dead_units(rows: pd.DataFrame, when: str) -> pd.Series:
    """Share of dead units, averaged over the hidden layers; `when` is ":first", or "" for the end; NaN if diverged."""
    return sum((numbers_of(rows, f"dead/{layer}{when}") for layer in LAYERS), pd.Series(0.0, rows.index)) / len(LAYERS)


def has_dead_units(rows: pd.DataFrame) -> pd.Series:
    """1 for a network that ends with a dead unit, 0 for one without."""
    dead = per_replicate(select(rows, RELU), lambda rows: dead_units(rows, ""))
    return (dead > 0).astype(float).where(dead.notna())


def has_lost_units(rows: pd.DataFrame) -> pd.Series:
    """1 for a network that ends with more dead units than it started with, 0 for another."""
    lost = per_replicate(select(rows, RELU), lambda rows: dead_units(rows, "") - dead_units(rows, ":first"))
    return (lost > 0).astype(float).where(lost.notna())


def accuracy_gained(rows: pd.DataFrame) -> pd.Series:
    """By how much training has raised the accuracy on the test part."""
    return numbers_of(rows, "test/accuracy") - numbers_of(rows, "test/accuracy:first")


leaky_units_live = Control(
    "no unit of a leaky ReLU is ever dead, in the same networks, up to where they diverge if they do",
    Value("dead/ever", where=LEAKY),
    Interval(0.0, 0.0),
    strata=(*STRATA, RATE),
)
claim = partial(Claim, source="notes, § Activation functions", strata=(*STRATA, RATE))
dying = partial(
    claim,
    prediction=Interval(0.1, 1.0, "(]"),
    reason="'more than none' could never be refuted; a weakness worth a warning shows in more than one network in ten, and "
    "that none of 200 networks has it would refute it",
    control=leaky_units_live,
)


def positive(name: str, statement: str, layer: str) -> Claim:
    """The claim that z is mostly positive, in one layer."""
    return claim(
        name,
        statement,
        measure=Value(f"positive/{layer}:mean", where=RELU),
        statistic="median",
        prediction=above(0.5),
        reason="'mostly' is more than half",
        effect="share of z > 0 over samples, units and probe steps",
        control=half_at_the_start(f"positive/{layer}", RELU, (*STRATA, RATE)),
    )


CLAIMS = (
    dying(
        "relu-dies",
        "Units of a ReLU network end up dead: their slope is 0 on every sample, so that they never learn again.",
        measure=has_dead_units,
        effect="of networks that end with a dead unit",
    ),
    dying(
        "relu-dies-training",
        "It is training that kills them: there are more dead units at the end than at the start.",
        source="notes, § Activation functions; Lu et al. 2019 tell units that die from those born dead",
        measure=has_lost_units,
        effect="of networks that end with more dead units than they started with",
    ),
    positive("z-mostly-positive", "z is mostly positive in the first hidden layer.", "layer1"),
    positive("z-mostly-positive-deeper", "z is mostly positive in the second hidden layer.", "layer2"),
    claim(
        "relu-suffices",
        "Plain ReLU suffices: a leaky one classifies no better, each at its own best learning rate.",
        measure=Paired("test/accuracy", RELU, LEAKY, effect="difference", lower_is_better=False, best_over=RATE),
        statistic="median",
        strata=STRATA,
        prediction=above(-0.02),
        reason="a loss of two test samples in a hundred would be noticed",
        effect="test accuracy of ReLU less that of leaky ReLU",
        control=Control(
            "accuracy can tell: training a ReLU network raises it by far more than that",
            AtBest(accuracy_gained, over=RATE, where=RELU),
            above(0.02),
            statistic="median",
            strata=STRATA,
        ),
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, quick=("dataset=iris", "init.scale=1", "learning_rate=0.1,1"))
