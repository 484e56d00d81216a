"""What do large initial weights do to slopes and gradients, before the first step?

"The gradient" is three different things here: relative to the weights or not, and with the scale on all layers or on W1
alone. They do not agree, since the scale of W2 and the residuals enter the gradient as well as the slopes do.

The notes speak of weights that are too large: whether gradients vanish is asked from scale 1 on. From zero weights up to there
every gradient grows, since it has to pass through W2.
"""

from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from sandbox.claims.claim import A_CORRELATION, Claim, Control, Interval, above, below
from sandbox.claims.measures import Trend
from sandbox.claims.rows import per_replicate, select
from sandbox.data.datasets import Data
from sandbox.nn.network import Network, Parameters
from sandbox.nn.probes import measure
from sandbox.system.arrays import Array
from sandbox.trial.build import Setup
from sandbox.trial.experiment import Experiment, Outcome, RunConfig
from sandbox.trial.train import train

STRATA = ("activation", "dataset")
SCALE = "init.scale"
LARGE = (1, 3, 10, 30, 100, 300, 1000)


def trial(config: RunConfig) -> Outcome:
    """The networks at their start, and beside them `W1 alone/...`: the same draws, but the scale on W1 only."""
    scaled, unscaled = (Setup(c).start for c in (config, replace(config, init=replace(config.init, scale=1.0))))

    def look(network: Network, parameters: Parameters, data: Data) -> dict[str, Array]:
        alone = measure(network, (scaled[0], *unscaled[1:]), data, ["gradient", "relative_gradient"])
        return {f"W1 alone/{name}": numbers for name, numbers in alone.items()}

    return train(config, look=look)


@dataclass(frozen=True)
class Extremes:
    """A curve's number before training at a large scale, over that at scale 1."""

    column: str
    largest: float = 1000.0

    def __call__(self, rows: pd.DataFrame) -> pd.Series:
        large, one = (per_replicate(select(rows, {SCALE: scale}), self.column) for scale in (self.largest, 1.0))
        return large / one


def relu_keeps(column: str, what: str) -> Control:
    """ReLU's slope does not fall, so what falls because of slopes must not vanish either."""
    return Control(
        f"with ReLU, whose slope does not depend on the scale, {what} is at scale 1000 at least a tenth of what it is at "
        "scale 1",
        Extremes(column),
        above(0.1),
        statistic="median",
        where={"activation": "relu"},
        strata=STRATA,
    )


claim = partial(
    Claim,
    real_data="samples",
    source="notes, § Random initialisation",
    where={"activation": ("sigmoid", "tanh")},
    strata=STRATA,
)


def falls(column: str) -> Trend:
    """The trend of a column from scale 1 on."""
    return Trend(column, over=SCALE, where={SCALE: LARGE})


def vanishing(name: str, statement: str, column: str, what: str, reason: str, relu_keeps_its: str) -> Claim:
    """A claim that something in layer 1 falls as the scale grows beyond 1."""
    return claim(
        name,
        statement,
        measure=falls(column),
        statistic="median",
        prediction=below(-0.5),
        reason=reason,
        effect=f"rank correlation of {what} with the scale, over the scales from 1 to 1000, per replicate",
        limits=A_CORRELATION,
        control=relu_keeps(column, relu_keeps_its),
        variants={"all scales, from 0.001 on": Trend(column, over=SCALE)},
    )


CLAIMS = (
    claim(
        "large-saturates",
        "Large weights make |z| large and push sigmoid and tanh into saturation: the mean slope at the start falls as the "
        "scale grows.",
        measure=Trend("slope/layer1:first", over=SCALE),
        statistic="all",
        prediction=below(-0.99),
        reason="z is proportional to the scale, and both slopes fall as |z| grows; a single inversion of two neighbours "
        "among 10 scales would make the rank correlation -0.988",
        effect="rank correlation of the mean slope with the scale, per replicate",
        limits=A_CORRELATION,
        control=Control(
            "ReLU's slope at scale 1000 is that at scale 1, exactly",
            Extremes("slope/layer1:first"),
            Interval(1.0, 1.0),
            where={"activation": "relu"},
            strata=STRATA,
        ),
    ),
    claim(
        "large-vanishes",
        "So gradients vanish: with weights a hundred times as large, the gradient of the first layer is less than a tenth of "
        "what it is at scale 1.",
        measure=Extremes("gradient/layer1:first", 100),
        statistic="median",
        prediction=Interval(0.0, 0.1),
        reason="the notes speak of gradients, not of relative ones, that vanish where weights are too large: a tenth is the "
        "least that could be called so, and a hundred is far beyond any usual scale",
        effect="norm(dW1) at scale 100 over that at scale 1, before the first step",
        control=relu_keeps("gradient/layer1:first", "the gradient"),
        variants={
            "scale 10": Extremes("gradient/layer1:first", 10),
            "scale 1000": Extremes("gradient/layer1:first"),
            "the gradient in Z, dJ/dZ1": Extremes("gradient_z/layer1:first", 100),
            "the gradient in b": Extremes("gradient_b/layer1:first", 100),
        },
    ),
    vanishing(
        "large-vanishes-relative",
        "So gradients vanish: relative to the weights, the gradient falls as the scale grows beyond 1.",
        "relative_gradient/layer1:first",
        "norm(dW1) / norm(W1)",
        "what an update changes of a weight: clearly below a correlation of 0, more often than not",
        relu_keeps_its="the relative gradient",
    ),
    vanishing(
        "large-vanishes-slope",
        "The slope is what makes them vanish: if W1 alone grows, the gradient itself falls.",
        "W1 alone/gradient/layer1:first",
        "norm(dW1), with W2 left as it is,",
        "with W2 held, slopes and residuals are all that the scale of W1 changes; as for large-vanishes",
        relu_keeps_its="the gradient, with W1 alone scaled,",
    ),
)

# It looks at networks before they learn.
EXPERIMENT = Experiment(CLAIMS, trial, trains=False, quick=("dataset=moons", "init.scale=1,10,100,1000"))
