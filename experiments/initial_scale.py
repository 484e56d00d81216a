"""What do large initial weights do to slopes and gradients, before the first step?

"The gradient" is three different things here: relative to the weights or not, and with the scale on all layers or on W1
alone. They do not agree, since the scale of W2 and the residuals enter the gradient as well as the slopes do.

Every 10 replicates have a draw of the data of their own: near zero weights the gradient is what the classes' means and
numbers make it, and of circles, which have nearly the same means, another draw makes another gradient.
"""

from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from sandbox.claims.claim import Claim, Control, Interval, above, below
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


def trial(config: RunConfig) -> Outcome:
    """The networks at their start, and beside them `W1 alone/...`: the same draws, but the scale on W1 only."""
    scaled, unscaled = (Setup(c).start for c in (config, replace(config, init=replace(config.init, scale=1.0))))

    def look(network: Network, parameters: Parameters, data: Data) -> dict[str, Array]:
        alone = measure(network, (scaled[0], *unscaled[1:]), data, ["gradient", "relative_gradient"])
        return {f"W1 alone/{name}": numbers for name, numbers in alone.items()}

    return train(config, look=look)


@dataclass(frozen=True)
class Extremes:
    """A curve's number before training at the largest scale, over that at scale 1."""

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
    Claim, source="notes, § Random initialisation", where={"activation": ("sigmoid", "tanh")}, strata=STRATA
)


def vanishing(name: str, statement: str, column: str, what: str, reason: str, relu_keeps_its: str) -> Claim:
    """A claim that something in layer 1 falls as the scale grows."""
    return claim(
        name,
        statement,
        measure=Trend(column, over=SCALE),
        statistic="median",
        prediction=below(-0.5),
        reason=reason,
        effect=f"rank correlation of {what} with the scale, over 13 scales, per replicate",
        control=relu_keeps(column, relu_keeps_its),
    )


CLAIMS = (
    claim(
        "large-saturates",
        "Large weights make |z| large and push sigmoid and tanh into saturation: the mean slope at the start falls as the "
        "scale grows.",
        measure=Trend("slope/layer1:first", over=SCALE),
        statistic="all",
        prediction=below(-0.999),
        reason="z is proportional to the scale, and both slopes fall as |z| grows; a single inversion of two neighbours "
        "among 13 scales would make the rank correlation -0.995",
        effect="rank correlation of the mean slope with the scale, per replicate",
        control=Control(
            "ReLU's slope at scale 1000 is that at scale 1, exactly",
            Extremes("slope/layer1:first"),
            Interval(1.0, 1.0),
            where={"activation": "relu"},
            strata=STRATA,
        ),
    ),
    vanishing(
        "large-vanishes",
        "So gradients vanish: relative to the weights, the gradient falls as the scale grows.",
        "relative_gradient/layer1:first",
        "norm(dW1) / norm(W1)",
        "'falls with the scale': more often than not along 13 scales, clearly below a correlation of 0",
        relu_keeps_its="the relative gradient",
    ),
    vanishing(
        "large-vanishes-raw",
        "So gradients vanish: the gradient itself falls as the scale grows.",
        "gradient/layer1:first",
        "norm(dW1)",
        "the notes speak of gradients, not of relative ones; as for large-vanishes",
        relu_keeps_its="the gradient",
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
EXPERIMENT = Experiment(CLAIMS, trial, trains=False, quick=("dataset=moons", "init.scale=0.001,1,1000"))
