"""Do gradients still vanish with depth once networks have learned?

Learned means that J is at most half of what the constant prediction costs. Of networks that have not nobody knows, so that
strata in which many have not stay undecided.
"""

from dataclasses import dataclass
from functools import partial

import pandas as pd

from experiments.depth import GLOROT, PerAddedLayer, PerLayer, layers
from sandbox.claims.claim import Claim, Control, Interval
from sandbox.claims.rows import numbers_of
from sandbox.nn.outputs import constant_loss
from sandbox.trial.build import Setup
from sandbox.trial.experiment import Experiment, Outcome, RunConfig
from sandbox.trial.train import trained

SHALLOW, DEEP = {"hidden": layers(16, 3)}, {"hidden": layers(16, 5)}
VANISHED = Interval(0.0, 0.5, "()")


def trial(config: RunConfig) -> Outcome:
    """Train; `learned` is 1 for a network whose J ends at most at `threshold` times that of the constant prediction."""
    setup = Setup(config)
    outcome = trained(setup)
    goal = config.threshold * constant_loss(setup.network.output, setup.data.Y)
    return outcome.with_values({"learned": (outcome.curves["train/loss"][-1] <= goal).astype(float)})


@dataclass(frozen=True)
class OfLearned:
    """A measure of the networks that have learned; of the others, and of pairs with one of these, unknown."""

    measure: PerLayer | PerAddedLayer

    def __call__(self, rows: pd.DataFrame) -> pd.Series:
        numbers = self.measure(rows)
        both = numbers_of(rows, "learned").groupby([rows[key] for key in numbers.index.names]).min()
        return numbers.where(both.reindex(numbers.index) == 1)


shrank_at_the_start = partial(
    Control, statistic="median", prediction=VANISHED, where={"init": "xavier"}, strata=("dataset",)
)
claim = partial(
    Claim,
    statistic="median",
    source=f"the sandbox's own, after {GLOROT}, who say it of the start",
    prediction=VANISHED,
)

CLAIMS = (
    claim(
        "depth-vanishes-trained",
        "In sigmoid networks that have learned, dJ/dZ still at least halves from layer to layer.",
        measure=OfLearned(PerLayer(when="last")),
        strata=("dataset", "hidden", "init"),
        reason="as at the start: the slope stays below 1/4 whatever the weights become",
        effect="factor from one layer's dJ/dZ to the next, towards the input, after training",
        control=shrank_at_the_start(
            "at the start, with Xavier's weights, it does shrink in the same networks",
            PerLayer(),
            strata=("dataset", "hidden"),
        ),
        variants={"dW instead": OfLearned(PerLayer("gradient", "last"))},
    ),
    claim(
        "depth-vanishes-first-trained",
        "In sigmoid networks that have learned, the first layer's dW still at least halves with every layer that is added.",
        measure=OfLearned(PerAddedLayer(SHALLOW, DEEP, when="last")),
        strata=("dataset", "init"),
        reason="as for neighbouring layers: the slope alone takes three quarters",
        effect="factor for each added layer, after training",
        control=shrank_at_the_start(
            "at the start, with Xavier's weights, it does shrink in the same networks", PerAddedLayer(SHALLOW, DEEP)
        ),
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, quick=("dataset=moons",))
