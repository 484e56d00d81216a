"""How much does it matter from what distribution weights and biases are drawn?

All starts are drawn around the same size of weights, which is the activation's own: variance 1 / n_in for tanh (what Glorot
and Bengio's comes to between layers of equal width), 2 / n_in for ReLU (He et al.). One thing is changed at a time: the
shape of the distribution, the biases, the gain. Weights that are merely drawn anew tell how much is luck.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd

from sandbox.claims.claim import Claim, Control, Interval, Placebo, above
from sandbox.claims.measures import Paired
from sandbox.config.checks import setting
from sandbox.config.schema import InitConfig
from sandbox.nn.network import Layer, Parameters
from sandbox.trial.build import Setup
from sandbox.trial.experiment import Experiment, Outcome, RunConfig
from sandbox.trial.train import train

RATE, LOSS, STEPS, START = "learning_rate", "test/loss", "steps_to_threshold", "trial.start"
STRATA = ("activation", "dataset", "hidden")
MARGIN = 0.01  # nats
OTHER_SEED = 10**9  # added to the seed where weights are drawn anew
OWN_GAIN = {"tanh": 1.0, "relu": np.sqrt(2.0)}


@dataclass(frozen=True)
class Start:
    """Weights of variance gain^2 / n_in, in the shape of a scheme of variance 1, and biases by a scheme; gain 0: the own one."""

    shape: str = "normal"
    bias: str = "zero"
    gain: float = 0.0
    anew: bool = False


STARTS = {
    "own": Start(),
    "redrawn": Start(anew=True),
    "zero": Start(shape="zero"),
    "uniform": Start(shape="uniform_unit"),
    "truncated": Start(shape="truncated"),
    "bias_normal": Start(bias="normal"),
    "bias_hundredth": Start(bias="hundredth"),
    "bias_root_n": Start(bias="root_n"),
    "gain_5_3": Start(gain=5 / 3),
    "root_n": Start(shape="uniform_unit", bias="root_n", gain=1 / np.sqrt(3.0)),  # PyTorch's default for linear layers
}


def start_of(config: RunConfig) -> Parameters:
    """The R networks that `trial.start` names."""
    start = STARTS[setting(config, "start", STARTS)]
    gain = start.gain or OWN_GAIN[str(config.activation)]
    seed = config.seed + OTHER_SEED * start.anew
    setup = Setup(replace(config, seed=seed, init=InitConfig(start.shape, bias=start.bias)))
    factors = [gain / np.sqrt(n_in) for n_in, _ in pairwise(setup.sizes)]
    return tuple(Layer(factor * W, b) for factor, (W, b) in zip(factors, setup.start, strict=True))


def trial(config: RunConfig) -> Outcome:
    """Training from the start that `trial.start` names."""
    return train(config, start=start_of(config))


def at_best_rates(**choices: object) -> Callable[..., Paired]:
    """A comparison of two starts, each at the rate that validation chooses."""
    return partial(Paired, LOSS, best_over=RATE, choose_by="validation/loss", margin=MARGIN, **choices)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Moves:
    """By how much another start moves the test loss, up or down, in nats; `beyond`: less what that other one does.

    What diverged has moved it infinitely.
    """

    start: str
    beyond: str = ""

    def __call__(self, rows: pd.DataFrame) -> pd.Series:
        arms = at_best_rates()(better={}, than={})
        own = arms.arm(rows, OWN)

        def moved(start: str) -> pd.Series:
            return (arms.arm(rows, {START: start}) - own).abs().fillna(np.inf)

        return moved(self.start) - (moved(self.beyond) if self.beyond else 0.0)


OWN = {START: "own"}
claim = partial(Claim, strata=STRATA, real_data="samples")
gain = partial(
    claim, statistic="median", prediction=above(MARGIN), reason="a gain of 0.01 nats is one that somebody would notice"
)
same = partial(
    claim,
    source="sharper than the notes, § Random initialisation: 'or use normal draws', without a comparison",
    statistic="median",
    prediction=Interval(-MARGIN, MARGIN),
    reason="what somebody would notice is 0.01 nats; two schemes of one variance are not expected to differ by it",
    control=Placebo(),
)
difference = at_best_rates(effect="difference")

CLAIMS = (
    claim(
        "bias-init",
        "It matters how biases start: normal ones in place of zeros move the test loss by more than 0.01 nats, up or down.",
        source="sharper than the notes, § Random initialisation, which call that of weights and of biases important",
        measure=Moves("bias_normal"),
        statistic="median",
        prediction=above(MARGIN),
        reason="what moves the loss by less than 0.01 nats nobody would notice",
        effect="by how much the test loss moves if biases are drawn, each start at the rate that validation chooses",
        unit="nats",
        control=Control(
            "of weights it is known: all of them zero move the test loss by more",
            Moves("zero"),
            above(MARGIN),
            statistic="median",
        ),
        variants={
            "biases within 1/sqrt(n)": Moves("bias_root_n"),
            "biases of 0.01": Moves("bias_hundredth"),
            "less what weights drawn anew move it": Moves("bias_normal", beyond="redrawn"),
        },
    ),
    gain(
        "bias-init-better",
        "Biases are better drawn than left at zero: normal ones end with a lower test loss.",
        source="sharper than the notes, § Random initialisation: they ask for drawn weights, and say nothing of biases",
        measure=difference(better={START: "bias_normal"}, than=OWN),
        effect="by how much the test loss is lower with normal biases than with zero ones, each at the rate that validation "
        "chooses",
        unit="nats",
        control=Placebo(),
        variants={"biases within 1/sqrt(n)": difference(better={START: "bias_root_n"}, than=OWN)},
    ),
    same(
        "normal-or-uniform",
        "Normal or uniform draws: it makes no difference to the test loss if both have the same variance.",
        measure=difference(better={START: "uniform"}, than=OWN),
        effect="by how much the test loss is lower from uniform draws than from normal ones of the same variance",
        unit="nats",
    ),
    same(
        "normal-or-uniform-truncated",
        "Neither does it to cut off the normal draws beyond two standard deviations.",
        source="the sandbox's own; some libraries cut normal draws off there",
        measure=difference(better={START: "truncated"}, than=OWN),
        effect="by how much the test loss is lower from truncated draws than from normal ones of the same variance",
        unit="nats",
    ),
    gain(
        "relu-bias",
        "Biases of 0.01 in place of 0 help ReLU: the test loss ends lower.",
        source="CS231n, Neural Networks Part 2: some do it so that all units fire in the beginning; whether it helps 'is not clear'",
        measure=difference(better={START: "bias_hundredth"}, than=OWN),
        where={"activation": "relu"},
        effect="by how much the test loss is lower with biases of 0.01 than with 0, each at the rate that validation chooses",
        unit="nats",
        control=Placebo(),
    ),
    gain(
        "tanh-gain",
        "A gain of 5/3 serves tanh better than none: the test loss ends lower.",
        source="PyTorch's calculate_gain, against Glorot and Bengio 2010, whose tanh has a gain of 1",
        measure=difference(better={START: "gain_5_3"}, than=OWN),
        where={"activation": "tanh"},
        effect="by how much the test loss is lower with the gain 5/3 than with 1, each at the rate that validation chooses",
        unit="nats",
        control=Placebo(),
    ),
    gain(
        "bound-root-n",
        "He's weights serve ReLU better than PyTorch's default, uniform within 1/sqrt(n): the test loss ends lower.",
        source="PyTorch's default for linear layers, against He et al. 2015, eq. 10",
        measure=difference(better=OWN, than={START: "root_n"}),
        where={"activation": "relu"},
        effect="by how much the test loss is lower from He's weights and zero biases than from PyTorch's default for both, each at "
        "the rate that validation chooses",
        unit="nats",
        control=Placebo(),
    ),
    claim(
        "bound-root-n-slower",
        "At least it learns faster from them: it takes fewer steps to half of the constant prediction's loss.",
        source="He et al. 2015, § 2.2: weights of a smaller variance let the signal of ReLU layers shrink with depth",
        statistic="median",
        measure=Paired(
            STEPS, better=OWN, than={START: "root_n"}, effect="ratio", size="ratio", budget="steps", best_over=RATE
        ),
        where={"activation": "relu"},
        prediction=above(1.0),
        reason="faster means fewer steps; nothing is said of how many fewer",
        effect="times as many steps with PyTorch's default weights and biases as with He's weights and zero biases, each at its own "
        "best rate",
        control=Placebo(),
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, quick=("dataset=moons", "hidden=[8]", "learning_rate=0.5"))
