"""Is an identity output the right one for regression, and where does that matter?

All outputs have the squared error and stand over the same hidden layer.
"""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from sandbox.claims.claim import MORE_OFTEN_THAN_NOT, Claim, Control, Interval
from sandbox.claims.measures import Paired
from sandbox.config.checks import setting
from sandbox.data.datasets import Data
from sandbox.system.arrays import Array
from sandbox.trial.build import data_of
from sandbox.trial.experiment import Experiment, Outcome, RunConfig
from sandbox.trial.train import train

RATE, TARGETS = "learning_rate", "trial.targets"
STRATA = ("dataset", TARGETS)
SAME = 0.005  # of R2, below which two outputs are the same
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
    validation = data.validation and (data.validation[0], shift + scale * data.validation[1])
    return replace(data, Y=shift + scale * Y, Y_test=shift + scale * data.Y_test, validation=validation)


def trial(config: RunConfig) -> Outcome:
    """Train on the rescaled targets; `beyond/tanh` and `beyond/sigmoid` are the shares of them that no output reaches."""
    data = rescaled(config, data_of(config.dataset))
    Y = data.Y_test
    beyond = {"beyond/tanh": np.abs(Y) >= 1.0, "beyond/sigmoid": (Y <= 0.0) | (Y >= 1.0)}
    outcome = train(config, data=data)
    values: dict[str, Array | float] = {name: float(which.mean()) for name, which in beyond.items()}
    if "validation/r2" in outcome.curves:
        values["chosen_by"] = -outcome.curves["validation/r2"][-1]  # lower is better
    return outcome.with_values(values)


@dataclass(frozen=True)
class AgainstBoth:
    """The identity output against whichever of the sigmoid and the tanh output does better in that replicate, by R2.

    best_over: each output at its own best setting of it, chosen on validation samples.
    """

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
                choose_by="chosen_by" if self.best_over else None,
                margin=SAME,
            )(rows)
            for rival in ("sigmoid_mse", "tanh")
        ]
        least = {end: np.minimum(pairs[0][end], pairs[1][end]) for end in ("low", "high")}
        return pd.DataFrame({**least, "diverged": pairs[0]["diverged"] | pairs[1]["diverged"]})


claim = partial(
    Claim,
    source="notes, § Non-linear activation functions",
    where={TARGETS: ("standardised", "original")},
    prediction=MORE_OFTEN_THAN_NOT,
    real_data="samples",
    effect="of replicates whose R2 on the test part is higher with identity than with sigmoid and with tanh, equal ones counting half",
    control=Control(
        "for targets inside the range of every output, the better of sigmoid and tanh is as good as identity",
        AgainstBoth("difference", best_over=RATE),
        Interval(-0.1, 0.1),  # of R2: a tenth of the targets' variance
        statistic="median",
        where={TARGETS: "inside", "dataset": ("regression", "sine")},
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
        reason="'the right one' must win more often than it loses, wherever targets leave the others' range",
    ),
    claim(
        "identity-output-fixed",
        "The same at one and the same learning rate and budget.",
        source="sharper than the notes, § Non-linear activation functions: they name no learning rate",
        measure=AgainstBoth(),
        strata=(*STRATA, RATE),
        reason="as above, at every learning rate",
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, quick=("dataset=sine", "learning_rate=0.1,1"))
