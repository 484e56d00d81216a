"""May different layers use different activations?

A run fixes the first of two layers' activation and goes through all for the second; each pair has its gradient checked
against differences, and is trained at a rate that suits its curvature.
"""

import numpy as np

from sandbox.analysis.curvature import descend, largest_curvature
from sandbox.analysis.form_check import checked
from sandbox.claims.claim import Claim, Control, Interval, above
from sandbox.claims.measures import Value
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.initialisers import generator
from sandbox.nn.network import Network, Parameters, cost, forward
from sandbox.system.arrays import Array
from sandbox.system.errors import InputError
from sandbox.trial.build import Setup, generators
from sandbox.trial.experiment import Experiment, Outcome, RunConfig

SAFE = 0.05  # of 2 / L, the bound that the curvature at the start sets; it may grow on the way, as `descent` shows
SIZES = (2, 4, 3)  # of the networks whose gradients are checked: inputs and hidden layers
STRATA = ("activation", "dataset")


def cost_ratio(network: Network, start: Parameters, X: Array, Y: Array, steps: int) -> Array:
    """J after training over J before (R,), each network at its own safe rate."""
    L = largest_curvature(network, start, X, Y, generator(0, 0, 0), iterations=30)
    end = descend(network, start, X, Y, (SAFE * 2 / L)[None], steps).end
    before, after = (cost(network, forward(network, parameters, X), Y) for parameters in (start, end))
    return np.asarray(after[0] / before)


def trial(config: RunConfig) -> Outcome:
    """Every replicate is a network of each pair: one to check, and one to train from the configured weights."""
    if len(config.hidden) != 2:
        raise InputError(f"hidden: expected two hidden layers, got {len(config.hidden)}; for instance hidden=[8,8]")
    setup = Setup(config)
    data, start, network = setup.data, setup.start, setup.network
    first = network.hidden[0]
    errors, wrong, costs = {}, {}, {}
    for i, (name, second) in enumerate(ACTIVATIONS.items()):
        pair = network._replace(hidden=(first, second))
        errors[name], wrong[name] = checked(pair, (*SIZES, len(data.Y)), generators(config, i))
        costs[name] = cost_ratio(pair, start, data.X, data.Y, config.steps)
    worst, least_fallen = (np.max(list(table.values()), axis=0) for table in (errors, costs))
    tables = {"error": errors, "cost_ratio": costs}
    return Outcome(
        steps=np.array([config.steps]),
        curves={f"{what}/{name}": row[None] for what, table in tables.items() for name, row in table.items()},
        values={
            "error": np.where(least_fallen < 1.0, worst, np.inf),
            "error_swapped": np.max(list(wrong.values()), axis=0),
            "cost_ratio": least_fallen,
        },
    )


def figures(config: RunConfig, outcome: Outcome) -> dict[str, bytes]:
    """The largest error and cost ratio of each pair."""
    from sandbox.plotting.experiment import grid_figure

    rows = {"gradient's error": "error", "J after over before": "cost_ratio"}
    return {
        "pairs": grid_figure(
            np.array([[outcome.curves[f"{what}/{name}"].max() for name in ACTIVATIONS] for what in rows.values()]),
            list(rows),
            list(ACTIVATIONS),
            title=f"{config.activation} below any other activation: {config.dataset.name}",
            below=f"powers of ten, worst of {config.replicates} networks; {config.steps} steps",
            xlabel="second hidden layer",
            ylabel="",
        )
    }


CLAIMS = (
    Claim(
        "mixed-activations",
        "Different layers may use different activations.",
        source="notes, § Activation functions",
        measure=Value("error"),
        statistic="all",
        strata=STRATA,
        prediction=Interval(0.0, 1e-7, "[)"),
        reason="each layer needs its own slope only: the gradient has to pass the check as with one activation, and J to fall",
        effect="largest relative error of the gradient over all second layers; infinite if J does not fall from first to last",
        control=Control(
            "with the slopes of the two layers swapped the check fails for some second layer",
            Value("error_swapped"),
            above(1e-3),
            strata=STRATA,
        ),
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, figures, trains=False, quick=("activation=tanh,relu", "dataset=moons"))
