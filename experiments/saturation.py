"""Are the slopes of sigmoid and tanh tiny for large z, and does saturation slow gradient descent - because of them?

Each replicate's first layer is pushed into saturation by an amount of its own, drawn at random, so that dose and response
vary within one arm. Nothing else is touched: activations stay bounded and so do the outputs, unlike when all weights grow.
To tell the slope from all else that comes with saturation, the same networks are trained again with a floor under the slope
of the first layer, a tenth of the steepest: every forward pass computes the same, but no unit of the backward pass counts as
saturated.
"""

from functools import partial

import numpy as np
import pandas as pd

from sandbox.analysis.saturation import BOUNDS, excess, floored, pushed
from sandbox.claims.claim import Claim, Control, Interval, above, below
from sandbox.claims.measures import DoseResponse, Value
from sandbox.claims.rows import Column, numbers_of
from sandbox.config.checks import setting
from sandbox.data.datasets import Data
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.descent import gradient_descent
from sandbox.nn.engines import ENGINES
from sandbox.nn.network import Network, Parameters, cost, forward
from sandbox.nn.outputs import constant_loss
from sandbox.system.arrays import Array
from sandbox.system.errors import InputError
from sandbox.trial.build import Setup, generators
from sandbox.trial.experiment import Experiment, Outcome, RunConfig
from sandbox.trial.outcome import steps_to
from sandbox.trial.train import Look, in_blocks, trained

STRATA = ("activation", "trial.by", "dataset", "hidden", "learning_rate")
STEPS, FLOORED, DOSE = "steps_to_threshold", "steps_to_threshold/floored", "saturated/layer1:first"
GRID = np.concatenate([-np.geomspace(700, 1e-3, 5000), np.linspace(-20, 20, 20001), np.geomspace(1e-3, 700, 5000)])


def start_of(config: RunConfig) -> Parameters:
    """The R pushed networks; replicate r's push depends on (seed, r) alone, so that all arms share it."""
    rngs = generators(config)
    amounts = np.array([rng.uniform() for rng in rngs])
    signs = np.stack([rng.choice([-1.0, 1.0], size=config.hidden[0]) for rng in rngs])
    return pushed(Setup(config).start, setting(config, "by", ("scale", "shift"), "scale"), amounts, signs)


def look_at(name: str) -> Look:
    """What to see at a probe step: the largest excess in any hidden layer, and what ReLU's slope would have on the same z."""

    def look(network: Network, parameters: Parameters, data: Data) -> dict[str, Array]:
        Zs, As = forward(network, parameters, data.X)
        hidden = list(zip(network.hidden, Zs, As[1:], strict=False))
        own = [excess(name, Z, g.derivative(Z, A)).max(axis=(-2, -1)) for g, Z, A in hidden]
        relu = [excess(name, Z, (Z > 0).astype(float)).max(axis=(-2, -1)) for _, Z, _ in hidden]
        return {"slope_excess": np.max(own, axis=0), "relu_excess": np.max(relu, axis=0)}

    return in_blocks(look)


def steps_with_floor(setup: Setup) -> Array:
    """Steps to the threshold (R,) of networks whose first layer has no saturated unit in its backward pass."""
    config, data, network, steps = setup.config, setup.data, setup.network, setup.steps
    network = network._replace(hidden=(floored(network.hidden[0]), *network.hidden[1:]))
    descent = gradient_descent(network, setup.start, data.X, data.Y, config.learning_rate, steps, ENGINES["numpy"])
    losses = [cost(network, forward(network, parameters, data.X), data.Y) for _, parameters in descent]
    return steps_to(np.array(steps), np.stack(losses), config.threshold * constant_loss(network.output, data.Y))


def trial(config: RunConfig) -> Outcome:
    """Training from a pushed start, as it is and with a floor under the first layer's slope."""
    name = str(config.activation)
    if name not in BOUNDS:
        raise InputError(f"activation: expected one of {', '.join(BOUNDS)} in this experiment, got {name!r}")
    setup, g = Setup(config, own_start=start_of(config)), ACTIVATIONS[name]
    on_grid = float(excess(name, GRID, g.derivative(GRID, g.function(GRID))).max())
    return trained(setup, look_at(name)).with_values({"grid_excess": on_grid, FLOORED: steps_with_floor(setup)})


def largest_excess(rows: pd.DataFrame) -> pd.Series:
    """On the grid, and at any probe step of the network."""
    return pd.Series(np.maximum(numbers_of(rows, "grid_excess"), numbers_of(rows, "slope_excess:max")), rows.index)


def slowed_by_slope(rows: pd.DataFrame) -> pd.Series:
    """How many times as many steps it takes without the floor; what the budget cuts off counts as the budget."""
    budget = numbers_of(rows, "steps")
    without, with_floor = (np.minimum(numbers_of(rows, column), budget) for column in (STEPS, FLOORED))
    return pd.Series((1 + without) / (1 + with_floor), rows.index)


def dose_of_the_next(rows: pd.DataFrame) -> pd.Series:
    """A placebo: every replicate's dose is the next one's."""
    dose = numbers_of(rows, DOSE)
    return pd.Series(np.roll(dose.to_numpy(), -1), dose.index)


def placebo(response: Column) -> Control:
    """A dose that another network got does nothing."""
    return Control(
        "the saturation of another network has nothing to do with it",
        DoseResponse(dose_of_the_next, response),
        Interval(-0.5, 0.5),
        statistic="rank_correlation",
        strata=STRATA,
    )


claim = partial(
    Claim, source="notes, § Activation functions", statistic="rank_correlation", strata=STRATA, real_data="samples"
)

CLAIMS = (
    claim(
        "saturation-slope",
        "For large z the slope of sigmoid and tanh is tiny: at most e^-|z| and 4 e^-2|z|.",
        source="sharper than the notes, § Activation functions: the slopes become small; the bounds follow from the closed forms",
        measure=Value(largest_excess),
        statistic="all",
        prediction=below(1e-15),
        reason="derived; 1 - a a is a difference of numbers near 1, each of them rounded by 2^-53 or 1.1e-16 at most",
        effect="excess over the bound, at most: on a grid up to |z| = 700 and on all z of the network while it trains",
        control=Control(
            "on the same z the slope of ReLU breaks these bounds", Value("relu_excess:max"), above(0.1), strata=STRATA
        ),
    ),
    claim(
        "saturation-slows",
        "The more units are saturated at the start, the longer gradient descent takes.",
        measure=DoseResponse(DOSE, STEPS),
        prediction=above(0.0),
        reason="'slows' means that more steps come with more saturation, by however much",
        effect="of steps to the threshold with the initial share of saturated units",
        control=placebo(STEPS),
    ),
    claim(
        "saturation-slows-updates",
        "The more units are saturated at the start, the smaller the first updates of their weights.",
        measure=DoseResponse(DOSE, "gradient/layer1:first", lower_is_better=False),
        prediction=below(0.0),
        reason="the first link of the notes' chain: a slope near 0 is a factor of the gradient",
        effect="of the norm of dW1 at step 0 with the initial share of saturated units",
        control=placebo("gradient/layer1:first"),
    ),
    claim(
        "saturation-slows-by-slope",
        "It is the small slope that slows: a floor under it saves the more steps, the more units are saturated.",
        measure=DoseResponse(DOSE, slowed_by_slope),
        prediction=above(0.0),
        reason="where the slope is what slows, the cure has to help in proportion to the disease",
        effect="of (steps over steps with a floor under the slope) with the initial share of saturated units",
        control=placebo(slowed_by_slope),
    ),
    claim(
        "saturation-slows-only-by-slope",
        "With a floor under the slope saturation no longer slows: nothing else about it does.",
        source="sharper than the notes, § Activation functions: small slopes become a cause of slowness",
        measure=DoseResponse(DOSE, FLOORED),
        prediction=Interval(-1.0, 0.3),
        reason="weak at most: a rank correlation of 0.3 explains less than a tenth of the ranks' variance",
        effect="of steps to the threshold, with a floor under the slope, with the initial share of saturated units",
        control=placebo(FLOORED),
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, quick=("dataset=xor", "hidden=[8]"))
