"""How fast do networks learn from small and from large initial weights, and is it saturation that slows them?

Arms: normal draws times 0.01, 1, 10, 100 and 1000. Strata: activation and dataset, at every learning rate and at each
scale's own best one, at budgets from 100 to 10,000 steps (`scale_patience` goes on to 100,000). Two rivals explain slowness: saturated slopes, and outputs so
large that undoing them takes long. With W1 alone scaled a saturating network has only the first; with W2 alone scaled,
and with ReLU, only the second.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
import pandas as pd

from experiments.scale_patience import RATE, SATURATING, SCALE, SOURCE, STRATA, no_worse
from sandbox.claims.claim import Claim, Control, Interval, above
from sandbox.claims.measures import Paired, Trend
from sandbox.claims.rows import Where, at_best, select
from sandbox.config.schema import RunConfig
from sandbox.data.datasets import Data
from sandbox.nn.network import Network, Parameters
from sandbox.system.arrays import Array
from sandbox.trial.build import data_of, initial_parameters, train
from sandbox.trial.experiment import Experiment
from sandbox.trial.outcome import Outcome
from sandbox.trial.train import watched

TIME = "steps_to_threshold"
LARGE = (1, 10, 100, 1000)
BUDGETS = (100, 1_000, 10_000)
ONE_LAYER_STEPS = 3_000
RISES, NO_RISE = above(0.5), Interval(-1.0, 0.5)
NOTHING: Mapping[str, str] = MappingProxyType({})
LARGE_OUTPUTS_SLOW = {
    "refuted": "Saturation is not the only brake. Large weights also make outputs that are large and wrong, and to undo "
    "them takes long at any slope.",
}


def trial(config: RunConfig) -> Outcome:
    """Train, and keep the training loss at every budget: at the last probe step within it.

    `W1 alone/...` and `W2 alone/...` are the times of the same draws with the scale on one layer only, within the first
    3,000 steps.
    """
    outcome = train(config)
    losses = outcome.curves["train/loss"]
    values = {f"train/loss@{b}": losses[np.searchsorted(outcome.steps, b, side="right") - 1] for b in BUDGETS}
    steps, names = min(config.steps, ONE_LAYER_STEPS), ["train/loss"]
    short = replace(config, steps=steps, probes=replace(config.probes, names=names))
    unscaled = replace(config, init=replace(config.init, scale=1.0))
    data = data_of(config.dataset)
    large, plain = (initial_parameters(c, data) for c in (config, unscaled))
    for name, start in (("W1 alone", (large[0], plain[1])), ("W2 alone", (plain[0], large[1]))):
        values[f"{name}/{TIME}"] = watched(short, data, nothing_more, start).values[TIME]
    return replace(outcome, values=outcome.values | values)


def nothing_more(network: Network, parameters: Parameters, data: Data) -> dict[str, Array]:
    return {}


@dataclass(frozen=True)
class TrendAtBest:
    """The trend of a time with the scale, each scale at its own best learning rate (see `sandbox.claims.rows.at_best`)."""

    response: str
    where: Where = field(default_factory=dict)

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        arms = [arm for _, arm in select(rows, self.where).groupby(SCALE)]
        best = pd.concat([at_best(arm, self.response, RATE, lower_is_better=True) for arm in arms])
        return Trend(self.response, over=SCALE)(best)


small_waits = Control(
    statement="the trend is not upwards by construction: at scale 0.01 it takes longer than at scale 1, on the plateau "
    "that surrounds zero weights",
    measure=Paired(TIME, better={SCALE: 1}, than={SCALE: 0.01}, best_over=RATE),
    prediction=Interval(0.5, 1.0, "(]"),
    statistic="share",
    where={"activation": SATURATING},
    strata=STRATA,
)

both_slow = Control(
    statement="with both layers large, the saturating activations are slowed",
    measure=TrendAtBest(TIME, where={SCALE: LARGE}),
    prediction=RISES,
    statistic="median",
    where={"activation": SATURATING},
    strata=STRATA,
)


def slowed(
    claim_id: str,
    statement: str,
    response: str = TIME,
    activations: tuple[str, ...] = SATURATING,
    prediction: Interval = RISES,
    reason: str = "as for large-slows",
    control: Control = small_waits,
    explanation: Mapping[str, str] = NOTHING,
) -> Claim:
    """A claim that a time grows along the scales 1 to 1000, each at its own best learning rate; or that it does not."""
    return Claim(
        id=claim_id,
        statement=statement,
        source=SOURCE,
        measure=TrendAtBest(response, where={SCALE: LARGE}),
        statistic="median",
        where={"activation": activations},
        strata=STRATA,
        prediction=prediction,
        reason=reason,
        effect="rank correlation of the steps with the scale, per replicate, each scale at its best rate",
        control=control,
        explanation=explanation,
    )


ALONE = "the notes name no other cause: without saturation there should be no rise as clear as in large-slows"

CLAIMS = (
    Claim(
        id="large-slows",
        statement="Large weights slow learning down: the steps to half the constant prediction's loss grow with the scale "
        "above 1, at every learning rate.",
        source=SOURCE,
        measure=Trend(TIME, over=SCALE, where={SCALE: LARGE}),
        statistic="median",
        where={"activation": SATURATING},
        strata=(*STRATA, RATE),
        prediction=RISES,
        reason="'slows down': a clear rise along the scales 1, 10, 100 and 1000, well above a correlation of 0",
        effect="rank correlation of the steps with the scale, per replicate; never counts as longest",
        control=small_waits,
    ),
    slowed(
        claim_id="large-slows-best-rate",
        statement="Large weights slow learning down even if each scale has its own best learning rate.",
    ),
    slowed(
        claim_id="large-slows-w1",
        statement="It is saturation that slows: W1 alone large, so that slopes vanish but outputs stay, slows as well.",
        response=f"W1 alone/{TIME}",
        reason="the notes name saturation as the cause: where it is the only one left, the rise must stay as clear",
    ),
    slowed(
        claim_id="large-slows-w2",
        statement="It is saturation alone that slows: W2 alone large, so that outputs grow but slopes stay, does not.",
        response=f"W2 alone/{TIME}",
        prediction=NO_RISE,
        reason=ALONE,
        control=both_slow,
        explanation=LARGE_OUTPUTS_SLOW,
    ),
    slowed(
        claim_id="large-slows-relu",
        statement="It is saturation alone that slows: ReLU, which does not saturate, is not slowed by large weights.",
        activations=("relu",),
        prediction=NO_RISE,
        reason=ALONE,
        control=both_slow,
        explanation=LARGE_OUTPUTS_SLOW,
    ),
    no_worse("small-is-safe-10000", "The factor 0.01 is safe within 10,000 steps.", "train/loss@10000"),
    no_worse("small-is-safe-1000", "The factor 0.01 is safe within 1,000 steps.", "train/loss@1000"),
    no_worse("small-is-safe-100", "The factor 0.01 is safe within 100 steps.", "train/loss@100"),
)

EXPERIMENT = Experiment(
    name="scale_training",
    question="How fast do networks learn from small and from large initial weights?",
    claims=CLAIMS,
    trial=trial,
    quick=("dataset=moons", "learning_rate=1"),
)
