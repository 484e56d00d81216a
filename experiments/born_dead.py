"""Are deep and narrow ReLU networks born dead, that is, constant before any training?

A network without biases (ReLU, normal draws) is followed layer by layer. Its first l layers are a network of l hidden
layers, so one draw answers for every depth; the step axis counts hidden layers.
"""

import numpy as np
import pandas as pd

from sandbox.analysis.born_dead import inputs_around, lower_bound, signals, upper_bound
from sandbox.claims.claim import Claim, Control, above, below
from sandbox.claims.rows import numbers_of, per_replicate
from sandbox.system.errors import InputError
from sandbox.trial.experiment import Experiment, Outcome, RunConfig

SHALLOW, DEEP = 3, 30
SEED = 20_190_315  # tells these draws from those of networks that are trained


def trial(config: RunConfig) -> Outcome:
    """Curves over the depth l: `constant` and, for the first input alone, `first_input_dead`; 0 or 1 per network."""
    width, n_x = config.hidden[0], int(config.trial.get("inputs", 1))
    if len(config.hidden) != 1 or n_x not in {1, 2}:
        raise InputError(
            "hidden, trial.inputs: expected one width, and 1 or 2 inputs, got "
            f"{list(config.hidden)} and {n_x}; for instance hidden=[3] trial.inputs=1"
        )
    rng = np.random.default_rng([SEED, config.seed, config.first_replicate, width, n_x])
    largest = signals(rng, inputs_around(n_x), width, DEEP, config.replicates)
    curves = {
        "constant": np.stack([(a == 0).all(axis=1) for a in largest]).astype(float),
        "first_input_dead": np.stack([a[:, 0] == 0 for a in largest]).astype(float),
    }
    values = {"constant/shallow": curves["constant"][SHALLOW - 1], "constant/deep": curves["constant"][-1]}
    return Outcome(steps=np.arange(1, DEEP + 1), curves=curves, values=values)


def figures(config: RunConfig, outcome: Outcome) -> dict[str, bytes]:
    """The share of constant networks against depth, with what theory allows."""
    from sandbox.plotting.experiment import band_figure

    width, n_x = config.hidden[0], int(config.trial.get("inputs", 1))
    most = np.array([upper_bound(width, depth) for depth in outcome.steps.tolist()])
    least = np.array([lower_bound(width, depth) if n_x == 1 else 0.0 for depth in outcome.steps.tolist()])
    return {
        "born dead": band_figure(
            outcome.steps,
            outcome.curves["constant"].mean(axis=1),
            (least, most),
            (f"{outcome.curves['constant'].shape[1]} networks", "allowed by theory"),
            title=f"Born dead: ReLU, width {width}, {n_x} input{'s' if n_x > 1 else ''}",
            xlabel="hidden layers",
            ylabel="share of constant networks",
        )
    }


def died_between(rows: pd.DataFrame) -> pd.Series:
    """1 where a network is constant with 30 hidden layers and not yet with 3."""
    return per_replicate(rows, lambda rows: numbers_of(rows, "constant/deep") - numbers_of(rows, "constant/shallow"))


def constant_when_deep(rows: pd.DataFrame) -> pd.Series:
    return per_replicate(rows, "constant/deep")


CLAIMS = (
    Claim(
        "born-dead",
        "Deep and narrow ReLU networks are born dead, with a probability that grows with depth.",
        source="Lu et al. 2019, § 3",
        measure=died_between,
        where={"hidden": ("2", "3", "4", "5")},
        strata=("hidden", "trial.inputs"),
        prediction=above(0.1),
        reason="the bounds make it grow by at least 0.28 from 3 to 30 layers at width 5 and one input; more inputs have "
        "more ways to survive, so a tenth is asked",
        effect="of networks that are constant with 30 hidden layers and not with 3",
        control=Control(
            "networks of width 16 are not: fewer than one in a hundred is constant with 30 layers",
            constant_when_deep,
            below(0.01),
            statistic="share",
            where={"hidden": "16"},
            strata=("trial.inputs",),
        ),
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, figures, trains=False)
