"""Does gradient descent end where J cannot fall, and what becomes of J's curvature on the way?

Every network has a rate of its own, `trial.rate` times 2 / L, where L is the largest curvature of J at its start. Beside it a
network without hidden layers, whose J has one minimum only, is trained in the same way.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from sandbox.analysis.curvature import curvatures, gradient_length
from sandbox.claims.claim import MORE_OFTEN_THAN_NOT, Claim, Control, Interval, above
from sandbox.claims.measures import Value
from sandbox.claims.rows import numbers_of, per_replicate, select
from sandbox.data.datasets import Data
from sandbox.nn.network import Network, Parameters
from sandbox.system.arrays import Array
from sandbox.trial.build import Setup
from sandbox.trial.experiment import Experiment, Outcome, RunConfig
from sandbox.trial.train import train

STRATA = ("activation", "dataset", "init.scale", "trial.rate")
BELOW_THE_LIMIT = {"trial.rate": (0.1, 0.5, 0.9)}
SAFE = {
    "trial.rate": (0.1, 0.5)
}  # nearer to the limit even a network without hidden layers may circle around its minimum
FLAT = 1e-4  # length of the gradient
BENT = 1e-3  # the curvature downwards, in units of the largest one, that counts as none
LATE = 3  # probe steps at the end


def look(network: Network, parameters: Parameters, data: Data) -> dict[str, Array]:
    """How long the gradient is, and the largest and the least curvature of J."""
    with np.errstate(over="ignore", invalid="ignore"):
        found = curvatures(network, parameters, data.X, data.Y)
        length = gradient_length(network, parameters, data.X, data.Y)
    return {"gradient": length, "sharpness": found[:, -1], "lowest": found[:, 0]}


def trial(config: RunConfig) -> Outcome:
    """Each replicate at its own rate, alone, and its twin without hidden layers (`convex/...`)."""
    parts = list(_alone(config))
    return Outcome(
        steps=parts[0].steps,
        curves={name: np.concatenate([part.curves[name] for part in parts], axis=1) for name in parts[0].curves},
        values={name: np.concatenate([part.values[name] for part in parts]) for name in parts[0].values},
    )


def _alone(config: RunConfig) -> Iterator[Outcome]:
    for r in range(config.first_replicate, config.first_replicate + config.replicates):
        one = replace(config, first_replicate=r, replicates=1)
        outcome, convex = _descended(one), _descended(_without_hidden_layers(one))
        values = {f"convex/{name}": convex.curves[name][-1] for name in ("gradient", "train/loss")}
        values["convex/sharpened"] = convex.values["sharpened"]
        yield outcome.with_values(values)


def _without_hidden_layers(config: RunConfig) -> RunConfig:
    """Its twin; a fifth of the steps takes it as far."""
    steps = sorted({step // 5 for step in Setup(config).steps})
    return replace(config, hidden=[], steps=steps[-1], probes=replace(config.probes, steps=steps))


def _descended(config: RunConfig) -> Outcome:
    """Trained at `trial.rate` times 2 / L; `late` is the rate over 2 / L at the end, `sharpened` L at the end over L."""
    setup = Setup(config)
    L = float(np.abs(curvatures(setup.network, setup.start, setup.data.X, setup.data.Y)).max())
    rate = float(config.trial["rate"]) * 2 / L
    outcome = train(replace(config, learning_rate=rate), look=look)
    late = np.median(outcome.curves["sharpness"][-LATE:], axis=0)
    return outcome.with_values({"rate": rate, "late": rate * late / 2, "sharpened": late / L})


@dataclass(frozen=True)
class AtMinimum:
    """1 for a network that ends where its gradient is no longer than `flat` and J bends down in no direction, 0 for others."""

    flat: float = FLAT

    def __call__(self, rows: pd.DataFrame) -> pd.Series:
        gradient, lowest, largest = (per_replicate(rows, name) for name in ("gradient", "lowest", "sharpness"))
        return ((gradient <= self.flat) & (lowest >= -BENT * largest)).astype(float)


def growth_at_the_end(rows: pd.DataFrame) -> pd.Series:
    """By what part the largest curvature at the end exceeds that at the start; negative where it is less."""
    return numbers_of(rows, "sharpness") / numbers_of(rows, "sharpness:first") - 1


def growth(rows: pd.DataFrame) -> pd.Series:
    """By what part the largest curvature on the way exceeds that at the start: 0 for a network where it never does."""
    return numbers_of(rows, "sharpness:max") / numbers_of(rows, "sharpness:first") - 1


def convex_at_minimum(rows: pd.DataFrame) -> pd.Series:
    """The same of its twin without hidden layers, which bends down nowhere."""
    return (per_replicate(rows, "convex/gradient") <= FLAT).astype(float)


@dataclass(frozen=True)
class SameEnd:
    """1 where the small start and the usual one of a draw end with the same J, but for `margin`; unknown if one diverged."""

    column: str = "train/loss"
    margin: float = 0.01

    def __call__(self, rows: pd.DataFrame) -> pd.Series:
        ends = [per_replicate(select(rows, {"init.scale": scale}), self.column) for scale in (0.01, 1.0)]
        gap = (ends[0] - ends[1]).abs()
        return (gap <= self.margin).astype(float).where(gap.notna())


def still_a_parabola(rows: pd.DataFrame) -> pd.Series:
    """Of twins with the squared error: L at the end over L at the start."""
    return numbers_of(rows, "convex/sharpened")


a_parabola_keeps_its_curvature = Control(
    "without hidden layers and with the squared error J is a parabola: its curvature does not change",
    Value(still_a_parabola),
    Interval(0.999, 1.001),
    where={"dataset": "sine"} | BELOW_THE_LIMIT,
)
claim = partial(Claim, strata=STRATA)

CLAIMS = (
    claim(
        "until-minimum",
        "Repeating the update ends at a minimum of J: the gradient is gone, and J bends down in no direction.",
        source="sharper than the notes, § Gradient descent: the update is to be repeated until J is at its minimum",
        measure=AtMinimum(),
        prediction=MORE_OFTEN_THAN_NOT,
        reason="the notes say to repeat until J is minimal, and name no exception; the least that can mean is that most get there",
        effect="of networks that end, after 10,000 steps, with a gradient of at most 1e-4 and no direction in which J bends down",
        control=Control(
            "without hidden layers, where J has one minimum, descent at safe rates ends there",
            convex_at_minimum,
            MORE_OFTEN_THAN_NOT,
            statistic="share",
            where=SAFE,
        ),
        variants={"a gradient of at most 1e-3": AtMinimum(1e-3), "a gradient of at most 1e-5": AtMinimum(1e-5)},
    ),
    claim(
        "until-minimum-same",
        "It is the minimum: from small weights and from usual ones J ends the same.",
        source="sharper than the notes, § Gradient descent: the update is to be repeated until J is at its minimum",
        measure=SameEnd(),
        strata=("activation", "dataset", "trial.rate"),
        prediction=MORE_OFTEN_THAN_NOT,
        reason="'the minimum' is one; most draws should know no other",
        effect="of draws in which 0.01 times Xavier's weights and these themselves have the same J, but for 0.01, after 10,000 steps",
        control=Control(
            "without hidden layers and at safe rates both end with the same J",
            SameEnd("convex/train/loss"),
            MORE_OFTEN_THAN_NOT,
            statistic="share",
            where=SAFE,
        ),
        variants={"a margin of 0.001": SameEnd(margin=0.001), "a margin of 0.05": SameEnd(margin=0.05)},
    ),
    claim(
        "progressive-sharpening",
        "On the way down J becomes more sharply curved than it was at the start.",
        source="Cohen et al. 2021, § 3.1",
        measure=Value(growth),
        statistic="median",
        where=BELOW_THE_LIMIT,
        prediction=above(0.01),
        reason="so long as curvature is below 2 / rate it tends to rise, says the paper; a hundredth is more than rounding makes of a "
        "curvature that stays",
        effect="by what part the largest curvature at any probe step exceeds that at the start (0: at none)",
        variants={"at the end, in place of on the way": Value(growth_at_the_end)},
        control=a_parabola_keeps_its_curvature,
    ),
    claim(
        "edge-of-stability",
        "The largest curvature rises to 2 / rate and stays there.",
        source="Cohen et al. 2021, § 3.2",
        measure=Value("late"),
        statistic="median",
        where=BELOW_THE_LIMIT,
        prediction=Interval(0.9, 1.2),
        reason="the paper sees it 'right at, or just above' 2 / rate; a tenth below is left for the swing of single steps",
        effect="rate over 2 / L, of the largest curvature L at the end of training",
        control=a_parabola_keeps_its_curvature,
    ),
)

EXPERIMENT = Experiment(
    CLAIMS,
    trial,
    quick=("dataset=sine", "activation=tanh", "trial.rate=0.1,0.5", "probes.steps=[0,5,10,15,18,20]"),
)
