"""Is an identity output the right one for regression, and where does that matter?

All outputs have the squared error and stand over the same hidden layer.
"""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from sandbox.claims.claim import NEARLY_ALWAYS, Claim, Control, Interval
from sandbox.claims.measures import Paired
from sandbox.config.checks import setting
from sandbox.data.datasets import Data
from sandbox.trial.build import data_of
from sandbox.trial.experiment import Experiment, Outcome, RunConfig
from sandbox.trial.train import train

RATE, TARGETS = "learning_rate", "trial.targets"
STRATA = ("dataset", TARGETS)
INSIDE = 0.1, 0.9  # inside the range of sigmoid (0, 1) and of tanh (-1, 1)


def rescaled(config: RunConfig, data: Data) -> Data:
    """The data with standardised features and targets Y := shift + scale Y as `trial.targets` says, from the training part."""
    shift, scale, Y = 0.0, 1.0, data.Y
    match setting(config, "targets", ("standardised", "original", "inside"), "standardised"):
        case "original":
            own = data_of(replace(config.dataset, standardise=False)).Y
            shift, scale = float(own.mean()), float(own.std())
        case "inside":
            scale = (INSIDE[1] - INSIDE[0]) / float(Y.max() - Y.min())
            shift = INSIDE[0] - scale * float(Y.min())
    return replace(data, Y=shift + scale * Y, Y_test=shift + scale * data.Y_test)


def trial(config: RunConfig) -> Outcome:
    """Train on the rescaled targets; `beyond/tanh` and `beyond/sigmoid` are the shares of them that no output reaches."""
    data = rescaled(config, data_of(config.dataset))
    Y = data.Y_test
    beyond = {"beyond/tanh": np.abs(Y) >= 1.0, "beyond/sigmoid": (Y <= 0.0) | (Y >= 1.0)}
    return train(config, data=data).with_values({name: float(which.mean()) for name, which in beyond.items()})


@dataclass(frozen=True)
class AgainstBoth:
    """The identity output against whichever of the sigmoid and the tanh output does better in that replicate, by R2."""

    effect: str = "win"
    best_over: str | None = None

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        pairs = [
            Paired(
                "test/r2",
                better={"output": "identity"},
                than={"output": rival},
                effect="win" if self.effect == "win" else "difference",
                lower_is_better=False,
                best_over=self.best_over,
            )(rows)
            for rival in ("sigmoid_mse", "tanh")
        ]
        least = {end: np.minimum(pairs[0][end], pairs[1][end]) for end in ("low", "high")}
        return pd.DataFrame({**least, "diverged": pairs[0]["diverged"] | pairs[1]["diverged"]})


claim = partial(
    Claim,
    source="notes, § Non-linear activation functions",
    where={TARGETS: ("standardised", "original")},
    prediction=NEARLY_ALWAYS,
    effect="of replicates whose R2 on the test part is higher with identity than with sigmoid and with tanh",
    control=Control(
        "for targets inside the range of every output, the better of sigmoid and tanh is as good as identity",
        AgainstBoth("difference", best_over=RATE),
        Interval(-0.1, 0.1),  # of R2: a tenth of the targets' variance
        statistic="median",
        where={TARGETS: "inside"},
        strata=("dataset",),
    ),
)

CLAIMS = (
    claim(
        "identity-output",
        "For regression an identity output is the right one wherever targets leave the range of the others, each at its own "
        "best learning rate.",
        measure=AgainstBoth(best_over=RATE),
        strata=STRATA,
        reason="'wherever' leaves little room: at most one draw in ten in which another output does better",
    ),
    claim(
        "identity-output-fixed",
        "The same at one and the same learning rate and budget.",
        measure=AgainstBoth(),
        strata=(*STRATA, RATE),
        reason="as above, at every learning rate",
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, quick=("dataset=sine", "learning_rate=0.1,1"))
