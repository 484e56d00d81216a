"""Do ReLU and leaky ReLU learn faster than sigmoid and tanh, and is it because their slope is away from 0?

Each activation starts from the weights that suit it: He's for the rectifiers, 1 / n_in for tanh, and for sigmoid those that
make it the same function as tanh.
"""

from functools import partial

import numpy as np

from sandbox.analysis.matched_starts import start_of
from sandbox.claims.claim import A_SHARE, MORE_OFTEN_THAN_NOT, NEARLY_ALWAYS, Claim, Placebo, above
from sandbox.claims.controls import half_at_the_start
from sandbox.claims.measures import Paired, Value
from sandbox.claims.rows import Where
from sandbox.data.datasets import Data
from sandbox.nn.network import Network, Parameters, forward
from sandbox.nn.outputs import constant_loss
from sandbox.system.arrays import Array
from sandbox.trial.build import Setup
from sandbox.trial.experiment import Experiment, Outcome, RunConfig
from sandbox.trial.outcome import steps_to
from sandbox.trial.train import in_blocks, train

RATE = "learning_rate"
STRATA = ("hidden", "dataset")
AWAY_FROM_0 = 0.1  # a slope above it counts as away from 0
LIMITS = {"steep": AWAY_FROM_0, "steep/0.005": 0.005, "steep/0.5": 0.5}  # and what else could be meant
THRESHOLDS = (0.5, 0.25, 0.1, 0.05)
RELU, LEAKY = {"activation": "relu"}, {"activation": "leaky_relu"}
SIGMOID, TANH = {"activation": "sigmoid"}, {"activation": "tanh"}


@in_blocks
def steep_share(network: Network, parameters: Parameters, data: Data) -> dict[str, Array]:
    """Share (R,) of slopes g'(z) above each limit, over the units of all hidden layers and the samples; NaN if diverged."""
    Zs, As = forward(network, parameters, data.X)
    slopes = [g.derivative(Z, A) for g, Z, A in zip(network.hidden, Zs, As[1:], strict=False)]  # the output has none
    lost = np.isnan(Zs[-1]).any(axis=(-2, -1))
    found = {}
    for name, limit in LIMITS.items():
        share = np.mean([(slope > limit).mean(axis=(-2, -1)) for slope in slopes], axis=0)
        found[name] = np.where(lost, np.nan, share)
    return found


def trial(config: RunConfig) -> Outcome:
    """Training from the start that `trial.start` names, with the share of slopes that are away from 0.

    steps/0.5 .. steps/0.05: when the training loss is that share of the constant prediction's.
    """
    outcome, setup = train(config, look=steep_share, start=start_of(config)), Setup(config)
    constant = constant_loss(setup.network.output, setup.data.Y)
    reached = {f"steps/{t:g}": steps_to(outcome.steps, outcome.curves["train/loss"], t * constant) for t in THRESHOLDS}
    return outcome.with_values(reached)


claim = partial(Claim, real_data="samples", source="notes, § Activation functions", strata=(*STRATA, RATE))
NO_RATE = "sharper than the notes, § Activation functions: they name no learning rate"
UNLIKE = (
    "sharper than the notes, § Activation functions: unlike sigmoid's and tanh's, its slope is far from 0 for most z"
)


def at_best_rates(threshold: float, fast: Where, slow: Where) -> Paired:
    return Paired(f"steps/{threshold:g}", fast, slow, effect="medians", budget="steps", best_over=RATE)


def faster(name: str, names: str, fast: Where, slow: Where) -> Claim:
    """The claim on one pair, each at its own best learning rate."""
    return claim(
        name,
        f"A network learns faster with {names}, each at its own best learning rate.",
        measure=at_best_rates(0.1, fast, slow),
        variants={f"the threshold {t:g}": at_best_rates(t, fast, slow) for t in THRESHOLDS if t != 0.1},
        statistic="ratio_of_medians",
        strata=STRATA,
        prediction=above(1.0),
        reason="'faster' means fewer steps, by whatever factor",
        effect=f"how many times fewer steps to the threshold with {names}",
        control=Placebo(),
    )


def faster_fixed(name: str, names: str, fast: Where, slow: Where) -> Claim:
    """The claim on one pair at every single learning rate, where many networks never reach the threshold."""
    return claim(
        name,
        f"A network learns faster with {names}, at one and the same learning rate.",
        source=NO_RATE,
        measure=Paired("steps/0.1", better=fast, than=slow),
        variants={f"the threshold {t:g}": Paired(f"steps/{t:g}", fast, slow) for t in THRESHOLDS if t != 0.1},
        prediction=MORE_OFTEN_THAN_NOT,
        reason="'faster' without a qualifier: it must win more often than it loses",
        effect=f"of replicates that reach the threshold in fewer steps with {names}",
        control=Placebo(),
    )


def steeper(name: str, names: str, slow: Where) -> Claim:
    """The notes' reason, on one pair."""
    return claim(
        name,
        f"More of the slopes are away from 0 with {names}.",
        source=UNLIKE,
        measure=Paired("steep:mean", better=RELU, than=slow, lower_is_better=False),
        prediction=NEARLY_ALWAYS,
        reason="if it is the reason why nearly all are faster, it has to hold for nearly all: one pair in ten is left",
        effect=f"of replicates with a larger share of slopes above {AWAY_FROM_0} with {names}, on average over probe steps",
        control=Placebo(),
        variants={
            f"away is above {limit:g}": Paired(f"{name}:mean", better=RELU, than=slow, lower_is_better=False)
            for name, limit in LIMITS.items()
            if "/" in name
        },
    )


CLAIMS = (
    faster("relu-faster", "ReLU than with sigmoid", RELU, SIGMOID),
    faster("relu-faster-tanh", "ReLU than with tanh", RELU, TANH),
    faster("relu-faster-leaky", "leaky ReLU than with sigmoid", LEAKY, SIGMOID),
    faster("relu-faster-leaky-tanh", "leaky ReLU than with tanh", LEAKY, TANH),
    faster_fixed("relu-faster-fixed", "ReLU than with sigmoid", RELU, SIGMOID),
    faster_fixed("relu-faster-tanh-fixed", "ReLU than with tanh", RELU, TANH),
    claim(
        "relu-slopes",
        "The slope of ReLU is away from 0 for most z.",
        measure=Value("steep:mean", where=RELU),
        statistic="median",
        prediction=above(0.5),
        limits=A_SHARE,
        reason="'most' is more than half",
        effect=f"share of slopes above {AWAY_FROM_0} over samples, units and hidden layers, on average over probe steps",
        control=half_at_the_start("steep", RELU, (*STRATA, RATE)),
    ),
    claim(
        "leaky-slopes",
        "The slope of leaky ReLU is far from 0 for most z.",
        measure=Value("steep:mean", where=LEAKY),
        statistic="median",
        prediction=above(0.5),
        limits=A_SHARE,
        reason="'most' is more than half, and 'far' is a tenth, as for the others: ten times the leak",
        effect=f"share of slopes above {AWAY_FROM_0} over samples, units and hidden layers, on average over probe steps",
        control=half_at_the_start("steep", LEAKY, (*STRATA, RATE)),
        variants={
            f"far is above {limit:g}": Value(f"{name}:mean", LEAKY) for name, limit in LIMITS.items() if "/" in name
        },
    ),
    steeper("relu-slopes-sigmoid", "ReLU than with sigmoid", SIGMOID),
    steeper("relu-slopes-tanh", "ReLU than with tanh", TANH),
)

EXPERIMENT = Experiment(CLAIMS, trial, quick=("dataset=moons", "hidden=[8],[8,8,8,8]", "learning_rate=1"))
