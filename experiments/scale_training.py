"""How fast do networks learn from small and from large initial weights, and is it saturation that slows them?

The factor 0.01 is asked for at three budgets: what it costs is time, on the plateau around zero weights. Two rivals explain slowness: saturated slopes, and outputs so large that undoing them takes long. With W1 alone scaled a
saturating network has only the first; with W2 alone scaled, and with ReLU, only the second.
"""

from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd

from sandbox.claims.claim import A_CORRELATION, MORE_OFTEN_THAN_NOT, Claim, Control, Interval, above
from sandbox.claims.measures import Paired, Trend
from sandbox.claims.rows import Where, at_best, select
from sandbox.trial.build import Setup
from sandbox.trial.experiment import Experiment, Outcome, RunConfig
from sandbox.trial.train import train

SCALE, RATE, TIME = "init.scale", "learning_rate", "steps_to_threshold"
STRATA = ("activation", "dataset")
SATURATING = ("sigmoid", "tanh")
LARGE = (1, 10, 100, 1000)
BUDGETS = (100, 1_000)
ONE_LAYER_STEPS = 3_000
RISES = above(0.5)


def trial(config: RunConfig) -> Outcome:
    """Train, and keep the training loss at every budget: at the last probe step within it.

    `W1 alone/...` and `W2 alone/...` are the times of the same draws with the scale on one layer only, within the first
    3,000 steps, where that is asked.
    """
    outcome = train(config)
    losses = outcome.curves["train/loss"]
    values = {f"train/loss@{b}": losses[np.searchsorted(outcome.steps, b, side="right") - 1] for b in BUDGETS}
    if config.activation not in SATURATING or config.init.scale < min(LARGE):
        return outcome.with_values(values)
    steps, names = min(config.steps, ONE_LAYER_STEPS), ["train/loss"]
    short = replace(config, steps=steps, probes=replace(config.probes, names=names))
    unscaled = replace(config, init=replace(config.init, scale=1.0))
    large, plain = (Setup(c).start for c in (config, unscaled))
    for name, start in (("W1 alone", (large[0], plain[1])), ("W2 alone", (plain[0], large[1]))):
        values[f"{name}/{TIME}"] = train(short, start=start).values[TIME]
    return outcome.with_values(values)


@dataclass(frozen=True)
class TrendAtBest:
    """The trend of a time with the scale, each scale at its own best learning rate (see `sandbox.claims.rows.at_best`)."""

    response: str
    where: Where = field(default_factory=dict)

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        arms = [arm for _, arm in select(rows, self.where).groupby(SCALE)]
        best = pd.concat([at_best(arm, self.response, RATE, lower_is_better=True) for arm in arms])
        return Trend(self.response, over=SCALE)(best)


def small_against(scales: tuple[float, ...], column: str) -> Paired:
    """By how much the column is lower from 0.01 than from the best of other scales, each at its best learning rate."""
    return Paired(column, {SCALE: 0.01}, {SCALE: scales}, effect="difference", best_over=(SCALE, RATE))


claim = partial(Claim, source="notes, § Random initialisation", strata=STRATA, statistic="median")


def no_worse(name: str, statement: str, column: str) -> Claim:
    """0.01 against the best of 1, 10 and 100, by the training loss at one budget."""
    return claim(
        name,
        statement,
        source="sharper than the notes, § Random initialisation: to multiply by a small value prevents what large weights do",
        measure=small_against((1, 10, 100), column),
        prediction=above(-0.01),
        reason="'prevents this': no worse than any larger scale, where a hundredth of a nat, 1.4 % of what a constant "
        "prediction costs, is called no worse",
        effect="training loss of the best of 1, 10 and 100, less that of 0.01, each at the better of the rates 1 and 10",
        unit="nats",
        control=Control(
            "the difference is not always small: from scale 0.01 the loss is lower than from 1000",
            small_against((1000,), column),
            above(0.0),
            statistic="median",
            where={"activation": SATURATING},
            strata=STRATA,
        ),
        variants={
            "against scale 1 alone": small_against((1,), column),
            "against scale 10 alone": small_against((10,), column),
        },
    )


small_waits = Control(
    "the trend is not upwards by construction: at scale 0.01 it takes longer than at scale 1, on the plateau that "
    "surrounds zero weights",
    Paired(TIME, better={SCALE: 1}, than={SCALE: 0.01}, best_over=RATE),
    MORE_OFTEN_THAN_NOT,
    statistic="share",
    where={"activation": SATURATING},
    strata=STRATA,
)
both_slow = Control(
    "with both layers large, the saturating activations are slowed",
    TrendAtBest(TIME, where={SCALE: LARGE}),
    RISES,
    statistic="median",
    where={"activation": SATURATING},
    strata=STRATA,
)
slows = partial(claim, where={"activation": SATURATING}, prediction=RISES, limits=A_CORRELATION, control=small_waits)
slows_at_best = partial(
    slows,
    measure=TrendAtBest(TIME, where={SCALE: LARGE}),
    effect="rank correlation of the steps with the scale, per replicate, each scale at the better of the rates 1 and 10",
)
saturation_alone = partial(
    slows_at_best,
    source="sharper than the notes, § Random initialisation: large values make slopes vanish, which is a cause of slow learning",
    prediction=Interval(-1.0, 0.5),
    reason="the notes name no other cause: without saturation there should be no rise as clear as in large-slows",
    control=both_slow,
)

CLAIMS = (
    slows(
        "large-slows",
        "Large weights slow learning down: the steps to half the constant prediction's loss grow with the scale above 1, "
        "at every learning rate.",
        measure=Trend(TIME, over=SCALE, where={SCALE: LARGE}),
        variants={"scales up to 100": Trend(TIME, over=SCALE, where={SCALE: LARGE[:3]})},
        strata=(*STRATA, RATE),
        reason="'slows down': a clear rise along the scales 1, 10, 100 and 1000, well above a correlation of 0",
        effect="rank correlation of the steps with the scale, per replicate; never counts as longest",
    ),
    slows_at_best(
        "large-slows-best-rate",
        "Large weights slow learning down even if each scale has the better of two learning rates.",
        source="sharper than the notes, § Random initialisation: large weights make learning slow, and no rate is named",
        variants={"scales up to 100": TrendAtBest(TIME, where={SCALE: LARGE[:3]})},
        reason="as for large-slows",
    ),
    slows_at_best(
        "large-slows-w1",
        "It is saturation that slows: W1 alone large, so that slopes vanish but outputs stay, slows as well.",
        measure=TrendAtBest(f"W1 alone/{TIME}", where={SCALE: LARGE}),
        reason="the notes name saturation as the cause: where it is the only one left, the rise must stay as clear",
    ),
    saturation_alone(
        "large-slows-w2",
        "It is saturation alone that slows: W2 alone large, so that outputs grow but slopes stay, does not.",
        measure=TrendAtBest(f"W2 alone/{TIME}", where={SCALE: LARGE}),
    ),
    saturation_alone(
        "large-slows-relu",
        "It is saturation alone that slows: ReLU, which does not saturate, is not slowed by large weights.",
        where={"activation": ("relu",)},
    ),
    no_worse(
        "small-is-safe",
        "The factor 0.01 is safe: within 20,000 steps it typically does no worse than 1, 10 or 100.",
        "train/loss",
    ),
    no_worse("small-is-safe-1000", "The factor 0.01 is safe within 1,000 steps.", "train/loss@1000"),
    no_worse("small-is-safe-100", "The factor 0.01 is safe within 100 steps.", "train/loss@100"),
)

EXPERIMENT = Experiment(CLAIMS, trial, quick=("dataset=moons", "learning_rate=1"))
