"""Do ReLU and leaky ReLU learn faster than sigmoid and tanh, and is it because their slope is away from 0?

Arms: the four activations, each from the weights that suit it: He's for the rectifiers, 1 / n_in for tanh, and for
sigmoid those that make it the same function as tanh. Strata: depth 1, 4 and 8, dataset, and learning rate.
"""

from collections.abc import Mapping

import numpy as np

from sandbox.analysis.matched_starts import start_of
from sandbox.claims.claim import Claim, Control, Interval, above
from sandbox.claims.measures import AgainstTheNext, Paired, Value
from sandbox.claims.rows import Where
from sandbox.config.schema import RunConfig
from sandbox.data.datasets import Data
from sandbox.nn.network import Network, Parameters, forward
from sandbox.system.arrays import Array
from sandbox.trial.build import data_of
from sandbox.trial.experiment import Experiment
from sandbox.trial.outcome import Outcome
from sandbox.trial.train import in_blocks, watched

SOURCE = "notes, § Activation functions"
RATE = "learning_rate"
STRATA = ("hidden", "dataset")
STEPS = "steps_to_threshold"
AWAY_FROM_0 = 0.1  # a slope above it counts as away from 0
RELU, LEAKY = {"activation": "relu"}, {"activation": "leaky_relu"}
SIGMOID, TANH = {"activation": "sigmoid"}, {"activation": "tanh"}

# What to know beside a verdict, by answer.
AGAINST_SIGMOID = {
    "supported": "By a factor that grows with depth on circles, and by none on wine, where a nearly linear fit suffices: what "
    "the data ask for matters as much as the slope.",
}
AGAINST_TANH = {
    "mixed": "On circles a rectifier is three times as fast as tanh with one hidden layer, and hardly faster with more. On wine, "
    "where a nearly linear fit suffices, tanh takes half as many steps at every depth.",
}
FIXED = {
    "mixed": "At rates that are safe for both, a rectifier is the faster one; at large rates, and the sooner the deeper the "
    "network, it is the first to fail. A comparison at one rate says which rate was chosen.",
}
STEEPER = dict.fromkeys(
    ("refuted", "mixed"),
    "The notes' reason is wrong where their advice is right: fewer of ReLU's slopes are away from 0, since half of its z are "
    "negative at the start and more as units die. Only where a rate drives all tanh units into saturation is it otherwise.",
)


@in_blocks
def steep_share(network: Network, parameters: Parameters, data: Data) -> dict[str, Array]:
    """Share (R,) of slopes g'(z) above 0.1: over the units of all hidden layers and the samples; NaN if diverged."""
    Zs, As = forward(network, parameters, data.X)
    slopes = [g.derivative(Z, A) for g, Z, A in zip(network.hidden, Zs, As[1:], strict=False)]  # the output has none
    share = np.mean([(slope > AWAY_FROM_0).mean(axis=(-2, -1)) for slope in slopes], axis=0)
    return {"steep": np.where(np.isnan(Zs[-1]).any(axis=(-2, -1)), np.nan, share)}


def trial(config: RunConfig) -> Outcome:
    """Training from the start that `trial.start` names, with the share of slopes that are away from 0."""
    data = data_of(config.dataset)
    return watched(config, data, steep_share, start_of(config, data))


def luck_of_the_draw(column: str, arm: Where) -> Control:
    """Between two draws of the same arm nothing is nearly always."""
    return Control(
        statement="between two networks of one arm that differ only in their random draw neither is better nearly always",
        measure=AgainstTheNext(column, where=arm),
        prediction=Interval(0.1, 0.9, "()"),
        statistic="share",
        strata=(*STRATA, RATE),
    )


def faster(name: str, names: str, fast: Where, slow: Where, explanation: Mapping[str, str]) -> Claim:
    """The claim on one pair, each at its own best learning rate."""
    return Claim(
        id=name,
        statement=f"A network learns faster with {names}, each at its own best learning rate.",
        source=SOURCE,
        measure=Paired(STEPS, better=fast, than=slow, effect="medians", budget="steps", best_over=RATE),
        statistic="ratio_of_medians",
        strata=STRATA,
        prediction=above(1.0),
        reason="'faster' means fewer steps, by whatever factor",
        effect=f"how many times fewer steps to the threshold with {names}",
        control=luck_of_the_draw(STEPS, fast),
        explanation=explanation,
    )


def faster_fixed(name: str, names: str, fast: Where, slow: Where) -> Claim:
    """The claim on one pair at every single learning rate, where many networks never reach the threshold."""
    return Claim(
        id=name,
        statement=f"A network learns faster with {names}, at one and the same learning rate.",
        source=SOURCE,
        measure=Paired(STEPS, better=fast, than=slow),
        strata=(*STRATA, RATE),
        prediction=Interval(0.5, 1.0, "(]"),
        reason="'faster' without a qualifier: it must win more often than it loses",
        effect=f"of replicates that reach the threshold in fewer steps with {names}",
        control=luck_of_the_draw(STEPS, fast),
        explanation=FIXED,
    )


def steeper(name: str, names: str, slow: Where) -> Claim:
    """The notes' reason, on one pair."""
    return Claim(
        id=name,
        statement=f"More of the slopes are away from 0 with {names}.",
        source=SOURCE,
        measure=Paired("steep:mean", better=RELU, than=slow, lower_is_better=False),
        strata=(*STRATA, RATE),
        prediction=Interval(0.9, 1.0),
        reason="if it is the reason why nearly all are faster, it has to hold for nearly all: one pair in ten is left",
        effect=f"of replicates with a larger share of slopes above {AWAY_FROM_0} with {names}, over training",
        control=luck_of_the_draw("steep:mean", RELU),
        explanation=STEEPER,
    )


CLAIMS = (
    faster("relu-faster", "ReLU than with sigmoid", RELU, SIGMOID, AGAINST_SIGMOID),
    faster("relu-faster-tanh", "ReLU than with tanh", RELU, TANH, AGAINST_TANH),
    faster("relu-faster-leaky", "leaky ReLU than with sigmoid", LEAKY, SIGMOID, AGAINST_SIGMOID),
    faster("relu-faster-leaky-tanh", "leaky ReLU than with tanh", LEAKY, TANH, AGAINST_TANH),
    faster_fixed("relu-faster-fixed", "ReLU than with sigmoid", RELU, SIGMOID),
    faster_fixed("relu-faster-tanh-fixed", "ReLU than with tanh", RELU, TANH),
    Claim(
        id="relu-slopes",
        statement="The slope of ReLU is away from 0 for most z.",
        source=SOURCE,
        measure=Value("steep:mean", where=RELU),
        statistic="median",
        strata=(*STRATA, RATE),
        prediction=above(0.5),
        reason="'most' is more than half",
        effect=f"share of slopes above {AWAY_FROM_0} over samples, units, hidden layers and training",
        control=Control(
            statement="at the start, with symmetric random weights and no bias, it is half of them on average",
            measure=Value("steep:first", where=RELU),
            prediction=Interval(0.4, 0.6),
            statistic="mean",
            strata=(*STRATA, RATE),
        ),
        explanation={
            "refuted": "It is half of them at the start, by symmetry, and fewer later, by units that die: never most.",
        },
    ),
    steeper("relu-slopes-sigmoid", "ReLU than with sigmoid", SIGMOID),
    steeper("relu-slopes-tanh", "ReLU than with tanh", TANH),
)

EXPERIMENT = Experiment(
    name="relu_speed",
    question="Do ReLU and leaky ReLU learn faster than sigmoid and tanh, and is it because their slope is away from 0?",
    claims=CLAIMS,
    trial=trial,
    quick=("dataset=moons", "hidden=[8],[8,8,8,8]", "learning_rate=1"),
)
