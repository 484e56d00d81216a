"""How much of the final loss does the choice of the activation decide, beside rate, width, data and luck?

All combinations are tried, and of each pair of draws the variance of the test loss is taken apart: what share of it a
factor decides, alone and together with others, by what it does alike in both draws (its total effect: Homma and Saltelli
1996, with the covariance of two draws in place of a variance, so that luck counts for nothing). The shares of factors that
act together add up to more than 1. Losses enter by their ranks, so that a network that diverged is the worst and no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from sandbox.claims.claim import A_SHARE, Claim, Control, above
from sandbox.claims.rows import DesignError, numbers_of, per_replicate
from sandbox.system.arrays import Array
from sandbox.trial.experiment import Experiment

FACTORS = ("activation", "learning_rate", "hidden", "dataset")
DRAW = "draw"
PAIR = 2  # draws, whose difference is what luck does
LARGEST = 10.0  # nats, above which all losses are as bad where they are not ranked


def total_effects(y: Array) -> Array:
    """The share of the variance of y (2 draws, then a factor on each axis) that the draw, and each factor, explains (ndim,).

    The draw: what differs between the two. A factor: what moving along its axis does in one draw and in the other.
    """
    whole = float(y.var())
    if whole == 0:
        return np.zeros(y.ndim)
    moves = (y - y.mean(axis=axis, keepdims=True) for axis in range(1, y.ndim))
    return np.asarray([y.var(axis=0).mean(), *((move[0] * move[1]).mean() for move in moves)]) / whole


def ranked(losses: Array) -> Array:
    """Each loss's place among all; what diverged shares the last one."""
    return np.asarray(rankdata(np.where(np.isnan(losses), np.inf, losses)).reshape(losses.shape))


def capped(losses: Array) -> Array:
    """The logarithm of each loss, none above LARGEST."""
    return np.asarray(np.log(np.fmin(np.where(np.isnan(losses), LARGEST, losses), LARGEST)))


@dataclass(frozen=True)
class Effect:
    """A factor's total effect, or how much it exceeds another's, for each pair of draws.

    column: of the losses. log: their logarithms in place of their ranks. The luck of a draw is the factor "draw".
    """

    factor: str
    less: str = ""
    column: str = "test/loss"
    log: bool = False

    def __call__(self, rows: pd.DataFrame) -> pd.Series:
        y, index = table_of(rows, self.column)
        effects = []
        for first in range(0, len(y) - PAIR + 1, PAIR):
            part = y[first : first + PAIR]
            found = dict(zip((DRAW, *FACTORS), total_effects((capped if self.log else ranked)(part)), strict=True))
            effects.append(found[self.factor] - (found[self.less] if self.less else 0.0))
        return pd.Series(effects, index=index[: len(effects) * PAIR : PAIR])


def table_of(rows: pd.DataFrame, column: str) -> tuple[Array, Any]:
    """Losses (R, and an axis per factor), and the replicates they belong to; raises DesignError where some are missing."""
    numbers = per_replicate(rows, lambda rows: numbers_of(rows, column), *FACTORS).sort_index()
    levels: Sequence[int] = [len(rows[factor].unique()) for factor in FACTORS]
    if len(numbers) % int(np.prod(levels)):
        raise DesignError(f"expected every combination of {', '.join(FACTORS)} for every replicate, got some missing")
    index: Any = numbers.index
    return numbers.to_numpy(float).reshape(-1, *levels), index.droplevel(list(FACTORS)).drop_duplicates()


def effect(factor: str, less: str = "") -> dict[str, Effect]:
    return {
        "the training loss": Effect(factor, less, "train/loss"),
        "logarithms in place of ranks": Effect(factor, less, log=True),
    }


claim = partial(
    Claim,
    source="the sandbox's own; the notes, § Activation functions, only call the activation one of the important choices",
    statistic="median",
    real_data="samples",
    control=Control(
        "what is known to matter is seen: which data set it is decides more than a tenth of the variance",
        Effect("dataset"),
        above(0.1),
        statistic="median",
    ),
)
more_than = partial(
    claim,
    prediction=above(0.0),
    reason="more important is what explains more of the variance, by however little",
)

CLAIMS = (
    claim(
        "choice-matters",
        "The activation is among the important choices: it decides more than a tenth of the variance of the final test loss.",
        source="sharper than the notes, § Activation functions: the activation is one of the important choices",
        measure=Effect("activation"),
        prediction=above(0.1),
        limits=A_SHARE,
        reason="of five things that are varied an important one decides at least half of an equal share",
        effect="share of the variance of the ranks of the test loss that the activation explains, alone and with others",
        variants=effect("activation"),
    ),
    more_than(
        "choice-matters-width",
        "It matters more than the width of the layer.",
        measure=Effect("activation", "hidden"),
        effect="by how much the activation's share of the variance exceeds that of the width",
        variants=effect("activation", "hidden"),
    ),
    more_than(
        "choice-matters-rate",
        "It matters more than the learning rate.",
        measure=Effect("activation", "learning_rate"),
        effect="by how much the activation's share of the variance exceeds that of the rate",
        variants=effect("activation", "learning_rate"),
    ),
    more_than(
        "choice-matters-data",
        "It matters more than what the data are.",
        measure=Effect("activation", "dataset"),
        effect="by how much the activation's share of the variance exceeds that of the data set",
        variants=effect("activation", "dataset"),
    ),
    more_than(
        "choice-matters-draw",
        "It matters more than the luck of the draw of samples and weights.",
        measure=Effect("activation", DRAW),
        effect="by how much the activation's share of the variance exceeds that of the draw",
        variants=effect("activation", DRAW),
    ),
)

EXPERIMENT = Experiment(CLAIMS, quick=("dataset=moons,flower", "learning_rate=0.5", "hidden=[2],[4]"))
