"""Is it zero that traps a layer, or equality?

If zero were the trap, networks with a layer of zeros would fail; if equality is, those with equal units do, whatever their
weights.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sandbox.claims.claim import NEARLY_ALWAYS, Claim, Control, Interval
from sandbox.claims.rows import at_best, per_replicate, require, select
from sandbox.trial.experiment import Experiment

STRATA = ("activation", "dataset", "learning_rate")
EQUAL = ("constant", "constant, W1 = 0", "constant, W2 = 0", "constant, W1 = W2 = 0", "normal, W1 = W2 = 0")
HALF_ZERO = ("normal, W1 = 0", "normal, W2 = 0")
SECOND_DIRECTION = 1.1  # effective rank of a W1 with a second direction a fiftieth as strong as its first


def started(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with a column `start`: how the weights were drawn and which of them were set to 0."""
    require(rows, "init.zero_layers")
    zeros = {"1": ", W1 = 0", "2": ", W2 = 0", "1-2": ", W1 = W2 = 0"}
    return rows.assign(start=rows["init"] + rows["init.zero_layers"].map(zeros).fillna(""))


def escapes(rows: pd.DataFrame) -> pd.DataFrame:
    """1 where both networks that start with one layer of zeros, and with random weights in the other, come free.

    Free is a layer 1 that looks in more than one direction, and a training loss below that of constant weights.
    """
    rows = started(rows)
    loss, rank = (per_replicate(rows, column, "start") for column in ("train/loss", "rank/layer1"))
    trapped = loss.xs("constant", level="start")
    free = {
        s: (loss.xs(s, level="start") < trapped) & (rank.xs(s, level="start") > SECOND_DIRECTION) for s in HALF_ZERO
    }
    both = (free[HALF_ZERO[0]] & free[HALF_ZERO[1]]).astype(float)
    return pd.DataFrame({"low": both, "high": both, **{f"trapped from {s}": ~free[s] for s in HALF_ZERO}})


def equal_units_spread(rows: pd.DataFrame) -> pd.Series:
    """The largest spread between units, at any probe step and from any start with equal units."""
    rows = started(rows)
    spread = per_replicate(rows[rows["start"].isin(EQUAL)], "spread/layer1:max", "start")
    return spread.groupby(level=["seed", "replicate"]).max()


COIN = np.log(2)  # what a coin costs


def learned_at_best(rows: pd.DataFrame, start: str) -> pd.Series:
    """What a start takes off the cost of a coin, each network at the rate at which it trains best."""
    best = at_best(select(rows, {"start": start}), "train/loss", "learning_rate", lower_is_better=True, own=True)
    return pd.Series(COIN - per_replicate(best, "train/loss"))


@dataclass(frozen=True)
class LearnedLess:
    """1 where zero weights learn less than `part` of what normal draws do, each network at its own best rate.

    beside: normal draws as well, those of the next draw of the data, in place of zero weights.
    """

    part: float = 0.5
    beside: bool = False

    def __call__(self, rows: pd.DataFrame) -> pd.Series:
        zero, normal = (learned_at_best(started(rows), start) for start in ("constant, W1 = W2 = 0", "normal"))
        if self.beside:
            zero = pd.Series(np.roll(normal.to_numpy(), -1), normal.index)
        return (zero.fillna(-np.inf) < self.part * normal).astype(float)


CLAIMS = (
    Claim(
        "equal-not-zero",
        "It is equality that traps, not zero: constant weights trap as well, while zeros in one layer do not if the weights "
        "of the other are random.",
        source="the sandbox's own; compare the notes, § Random initialisation, which speak of zero and argue by equality",
        measure=escapes,
        strata=STRATA,
        prediction=NEARLY_ALWAYS,
        reason="random weights in one layer give units different gradients from the first step; one draw in ten may still "
        "do no better than equal units within the budget",
        effect="of replicates in which W1 = 0 with random W2, and random W1 with W2 = 0, end below constant weights' loss "
        "and with W1 of more than one direction",
        control=Control(
            "equal units stay equal, whether their weights are zero in no layer, in one, or in both",
            equal_units_spread,
            Interval(0.0, 1e-10),
            strata=STRATA,
        ),
    ),
    Claim(
        "zero-fails-best-rate",
        "Training from zero weights fails even if each network has its own best learning rate: it learns less than half of "
        "what it learns from normal draws.",
        source="sharper than the notes, § Random initialisation: that it does not work properly, without a word on rates",
        measure=LearnedLess(),
        strata=("activation", "dataset"),
        prediction=NEARLY_ALWAYS,
        reason="as for zero-fails: the notes speak of failure without exception, and mention no rate",
        effect="of networks from zero that have taken less than half as much off the cost of a coin, ln 2, as their partner",
        control=Control(
            "beside each other, networks from normal draws mostly do not fail",
            LearnedLess(beside=True),
            Interval(0.0, 0.5, "[)"),
            statistic="share",
        ),
        variants={
            "a quarter in place of half": LearnedLess(0.25),
            "three quarters in place of half": LearnedLess(0.75),
        },
    ),
)

EXPERIMENT = Experiment(CLAIMS, quick=("dataset=circles", "activation=tanh"))
