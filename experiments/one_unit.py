"""Does a layer of equal units act like a single unit, and does it act at all?

Two networks learn side by side, one with n equal units and one with a single unit at the learning rates derived in
`sandbox.analysis.equal_units`; their outputs are compared after every step.
"""

from functools import partial

import numpy as np
import pandas as pd

from sandbox.analysis.equal_units import descend_at, equalised, merged, merged_rates
from sandbox.claims.claim import Claim, Control, Interval, above
from sandbox.claims.measures import Value
from sandbox.claims.rows import per_replicate
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.network import Network, Parameters, backward, cost, forward
from sandbox.nn.probes import relative_spread, units
from sandbox.system.arrays import Array
from sandbox.trial.build import Setup
from sandbox.trial.experiment import Experiment, Outcome, RunConfig

STRATA = ("activation", "dataset", "dataset.samples", "learning_rate")
ROUNDING = 1e-10  # a relative spread between units below it is rounding, as in `symmetry`
PATHS = ("path/W1", "path/b1", "path/W2", "path/b2")


def trial(config: RunConfig) -> Outcome:
    """Equal units and the single unit, step by step: how far their outputs are apart, how far each parameter has come.

    difference, difference/same_rates: the largest one between outputs so far, the latter if the single unit learns at
    the same rate as the equal ones. path/W1 ..: the length of a parameter's path, summed over its updates.
    """
    setup = Setup(config)
    data, network, steps, wide = setup.data, setup.network, setup.steps, equalised(setup.start)
    rates = merged_rates(wide, config.learning_rate)
    same = tuple((config.learning_rate, config.learning_rate) for _ in rates)
    single = same_rates = merged(wide)
    state = {name: np.zeros(config.replicates) for name in ("difference", "difference/same_rates", *PATHS)}
    per_step, seen = np.zeros(config.replicates), []
    for step in range(steps[-1] + 1):
        A, gradients, J = seen_by(network, wide, data.X, data.Y)
        for name, other in (("difference", single), ("difference/same_rates", same_rates)):
            apart = np.abs(forward(network, other, data.X).activations[-1] - A).max(axis=(-2, -1))
            state[name] = np.maximum(state[name], apart)
            if name == "difference":
                per_step = np.maximum(per_step, apart / max(step, 1))
        if step in steps:
            seen.append({**state, "train/loss": J, "spread/layer1": relative_spread(units(wide, 1))})
        for l, layer in enumerate(gradients, start=1):
            for name, gradient in zip((f"path/W{l}", f"path/b{l}"), layer, strict=True):
                length = config.learning_rate * np.sqrt(np.square(gradient).sum(axis=(-2, -1)))
                state[name] = state.get(name, 0.0) + length
        single = descend_at(single, seen_by(network, single, data.X, data.Y)[1], rates)
        same_rates = descend_at(same_rates, seen_by(network, same_rates, data.X, data.Y)[1], same)
        wide = descend_at(wide, gradients, same)
    curves = {name: np.stack([each[name] for each in seen]) for name in seen[0]}
    return Outcome(np.array(steps, dtype=np.int64), curves, values={"difference_per_step": per_step})


def seen_by(network: Network, parameters: Parameters, X: Array, Y: Array) -> tuple[Array, Parameters, Array]:
    """Output, gradients and cost of one network."""
    trace = forward(network, parameters, X)
    return trace.activations[-1], backward(network, parameters, trace, Y), cost(network, trace, Y)


def apart_per_step(rows: pd.DataFrame) -> pd.DataFrame:
    """How far the outputs are apart, over the step; and whether rounding has parted the units, which ends the claim."""
    apart = per_replicate(rows, "difference_per_step")
    parted = per_replicate(rows, "spread/layer1:max") > ROUNDING
    return pd.DataFrame({"low": apart, "high": apart, "networks whose units rounding has parted": parted})


def as_said(rows: pd.DataFrame) -> pd.Series:
    """1 where the hidden layer does what its activation lets us expect from zero weights, 0 where it does not.

    With g(0) = 0 all that belongs to its units stays exactly where it is; otherwise it moves, and the units stay equal.
    """
    (activation,) = rows["activation"].unique()
    zero = np.zeros(1)
    W1, b1, W2 = (per_replicate(rows, name) for name in PATHS[:3])
    if ACTIVATIONS[activation].function(zero) == zero:
        return ((W1 == 0) & (b1 == 0) & (W2 == 0)).astype(float)
    return ((W1 > 0) & (b1 > 0) & (W2 > 0) & (per_replicate(rows, "spread/layer1:max") <= ROUNDING)).astype(float)


def shortest_path(rows: pd.DataFrame) -> pd.Series:
    """How far the parameter has come that moved least, the output bias left out."""
    return pd.concat([per_replicate(rows, name) for name in PATHS[:3]], axis=1).min(axis=1)


claim = partial(Claim, statistic="all")

CLAIMS = (
    claim(
        "one-unit",
        "A layer of equal units acts like a single unit, at the learning rates that make it equivalent.",
        source="sharper than the notes, § Random initialisation: the effect of a single unit; at which rates, and to the last bits, "
        "is ours",
        measure=apart_per_step,
        strata=(*STRATA, "init"),
        prediction=Interval(0.0, 1e-13),
        reason="equal in exact arithmetic; each step may add a thousand roundings of 1e-16, for its sums run over 75 "
        "samples forwards and backwards, and steps add up",
        effect="largest difference of two outputs, at any step, over the number of that step",
        control=Control(
            "at the same rate for all parameters, a single unit differs from equal ones that are not zero",
            Value("difference/same_rates"),
            above(1e-3),
            where={"init": ("constant", "normal")},
            strata=(*STRATA, "init"),
        ),
    ),
    claim(
        "saddle-not-symmetry",
        "From all-zero weights tanh and ReLU freeze everything but the output bias: a stationary point, not a race of equal "
        "units; with sigmoid the layer does move, as one unit.",
        source="the sandbox's own; follows from g(0) = 0 in the notes' backward pass, § Gradient descent",
        measure=as_said,
        where={"init": "zero"},
        strata=STRATA,
        prediction=Interval(1.0, 1.0),
        reason="dW2 = dZ2 A1' is exactly 0 where g(0) = 0, and so is dW1 where W2 = 0; with sigmoid A1 is 1/2",
        effect="1 where the paths are as said: exactly 0 for tanh and ReLU; longer than 0, units equal, for sigmoid",
        control=Control(
            "the copies of a random unit move in every parameter, whatever the activation",
            shortest_path,
            above(1e-3),
            where={"init": "normal"},
            strata=STRATA,
        ),
    ),
)

# It trains, but not by the default trial: two networks side by side have no card.
EXPERIMENT = Experiment(CLAIMS, trial, trains=False, quick=("dataset=moons", "learning_rate=1"))
