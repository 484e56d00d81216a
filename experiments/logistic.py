"""Does the network without a hidden layer, logistic regression, need a random start?

Its cost is convex, so that every start ends in the same minimum; and its weights belong to different inputs or classes, so
that there is no symmetry to break. With a hidden layer neither is true.
"""

from functools import partial

import numpy as np

from sandbox.claims.claim import Claim, Control, Interval, above, below
from sandbox.claims.measures import Paired, Value
from sandbox.data.datasets import Data
from sandbox.nn.initialisers import initialise
from sandbox.nn.network import Layer, Network, Parameters, objective
from sandbox.system.arrays import Array
from sandbox.trial.build import Setup, generators
from sandbox.trial.experiment import Experiment, Outcome, RunConfig
from sandbox.trial.train import train

STRATA = ("dataset",)
ZERO, NORMAL = {"init": "zero"}, {"init": "normal"}
LOGISTIC, HIDDEN = {"hidden": "none"}, {"hidden": "4"}
CHORDS = 200  # straight lines between two random networks, on each of which J is looked at halfway
SAME_LOSS = 1e-3  # nats
ROUNDING = 1e-12  # relative to J


def chords_above(network: Network, a: Parameters, b: Parameters, data: Data) -> Array:
    """How far J halfway lies above the mean of J at both ends (..), relative to that mean; below 0 where J is convex."""
    middle = tuple(Layer((W + V) / 2, (x + y) / 2) for (W, x), (V, y) in zip(a, b, strict=True))
    at_a, at_b, halfway = (objective(network, ends, data.X, data.Y) for ends in (a, b, middle))
    return np.asarray(2 * halfway / (at_a + at_b) - 1)


def trial(config: RunConfig) -> Outcome:
    """Training; and the largest excess of J halfway between random networks of the same shape, `excess`."""
    setup, excess = Setup(config), []
    for rng in generators(config):
        a, b = (initialise("normal", setup.sizes, CHORDS, int(rng.integers(2**31)), bias="normal") for _ in "ab")
        excess.append(chords_above(setup.network, a, b, setup.data).max())
    return train(config).with_values({"excess": np.array(excess)})


claim = partial(
    Claim,
    real_data="samples",
    source="the sandbox's own; compare the notes, § Random initialisation, and the logistic regression that they start from",
    statistic="all",
    where=LOGISTIC,
    strata=STRATA,
)
zero_against_normal = Paired("train/loss", better=ZERO, than=NORMAL, effect="difference")

CLAIMS = (
    claim(
        "logistic-zero-works",
        "Logistic regression needs no random start: from zero weights it ends as low as from random ones.",
        measure=zero_against_normal,
        prediction=Interval(-SAME_LOSS, SAME_LOSS),
        reason="a convex cost has one minimum; a thousandth of a nat is what so many steps may leave of the way there",
        effect="how much lower J ends from zero weights than from normal draws",
        unit="nats",
        control=Control(
            "with a hidden layer, whose units zero weights keep alike, zero ends higher by more than ten times as much",
            zero_against_normal,
            below(-10 * SAME_LOSS),
            statistic="median",
            where=HIDDEN,
        ),
        variants={"the loss on test samples": Paired("test/loss", better=ZERO, than=NORMAL, effect="difference")},
    ),
    claim(
        "logistic-convex",
        "The reason is that its cost is convex: halfway between two networks J is never above the mean of both.",
        source="beyond the notes: Boyd and Vandenberghe 2004, § 3.1; the log of a sum of exponentials is convex",
        measure=Value("excess"),
        where=LOGISTIC | ZERO,  # the pairs are the same for both starts
        prediction=Interval(-1.0, ROUNDING),
        reason="cross-entropy of a linear function is convex, the penalty too: what lies above can only be rounding",
        effect=f"by how much J halfway exceeds the mean of both ends, the largest of {CHORDS} random pairs, relative to it",
        control=Control(
            "with a hidden layer J halfway exceeds the mean of some pair by more than a hundredth",
            Value("excess"),
            above(0.01),
            statistic="median",
            where=HIDDEN | ZERO,
        ),
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, quick=("dataset=moons",))
