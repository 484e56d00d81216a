"""Does a deep linear network learn each singular mode of its task on the time scale 1/s?

Own data: whitened inputs and targets Y = U S V^T X with five singular values s. Networks start small, either balanced (every
layer aligned with the modes and with its neighbours) or from random draws.
"""

import numpy as np

from sandbox.analysis.deep_linear import (
    START,
    STARTS,
    STRENGTHS,
    half_times,
    mode_strengths,
    slopes,
    task_of,
    two_layers,
)
from sandbox.claims.claim import Claim, Control, Interval, above
from sandbox.claims.measures import Value
from sandbox.nn import engines
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.descent import gradient_descent
from sandbox.nn.network import Network, cost, forward, stack
from sandbox.nn.outputs import OUTPUTS
from sandbox.system.errors import InputError
from sandbox.trial.build import generators
from sandbox.trial.experiment import Experiment, Outcome, RunConfig

POINTS = 401  # at which the modes are measured, evenly spaced


def trial(config: RunConfig) -> Outcome:
    """Train on the task and follow its modes: `slope`, `time/mode1` .. and, for two layers, `off_theory`."""
    L, begin = int(config.trial.get("layers", 2)), str(config.trial.get("start", "balanced"))
    if L not in START or begin not in STARTS:
        raise InputError(
            f"trial.layers, trial.start: expected 1 to {max(START)}, and one of {', '.join(STARTS)}; got {L} and {begin!r}"
        )
    task, n = task_of(config.seed), len(STRENGTHS)
    sizes = (n, *[config.hidden[0]] * (L - 1), n)
    start = stack([STARTS[begin](rng, task, sizes, START[L]) for rng in generators(config)])
    network = Network((ACTIVATIONS["linear"],) * (L - 1), OUTPUTS["identity"])
    steps = tuple(int(step) for step in np.unique(np.linspace(0, config.steps, POINTS).round()))
    advance = engines.choose(config.engine, network, sizes, task.X.shape[1], config.replicates, config.steps)
    losses, modes = [], []
    for _, parameters in gradient_descent(network, start, task.X, task.Y, config.learning_rate, steps, advance):
        losses.append(cost(network, forward(network, parameters, task.X), task.Y))
        modes.append(mode_strengths(parameters, task))
    at, u = np.array(steps, dtype=np.int64), np.stack(modes)  # (T,), (T, R, 5)
    times = half_times(at.astype(float), u)
    theory = two_layers(at.astype(float), config.learning_rate, START[2] ** 2)
    off = np.abs(u - theory[:, None]).max(axis=0) / STRENGTHS if L == 2 else np.full_like(times, np.nan)
    values = {"slope": slopes(times), "off_theory": off.max(axis=1)}
    values |= {f"time/mode{k + 1}": times[:, k] for k in range(n)}
    curves = {"train/loss": np.stack(losses)} | {f"strength/mode{k + 1}": u[:, :, k] for k in range(n)}
    return Outcome(steps=at, curves=curves, values=values)


def figures(config: RunConfig, outcome: Outcome) -> dict[str, bytes]:
    """Every mode against the step, with the exact solution where there is one, and the half times against 1/s."""
    from sandbox.plotting.experiment import modes_figure

    modes, L = range(1, len(STRENGTHS) + 1), config.trial.get("layers", 2)
    return {
        "modes": modes_figure(
            outcome.steps,
            STRENGTHS,
            np.stack([outcome.curves[f"strength/mode{k}"] for k in modes], axis=-1),
            np.stack([outcome.values[f"time/mode{k}"] for k in modes], axis=-1),
            two_layers(outcome.steps.astype(float), config.learning_rate, START[2] ** 2) if L == 2 else None,
            title=f"{L} layers of width {config.hidden[0]}, {config.trial.get('start', 'balanced')} start",
        )
    }


CLAIMS = (
    Claim(
        "deep-linear-times",
        "A deep linear network learns each mode of its task on the time scale t ~ 1/s.",
        source="Saxe et al. 2013, § 1",
        measure=Value("slope"),
        statistic="median",
        where={"trial.layers": (2, 3, 4)},
        strata=("trial.layers", "trial.start", "hidden"),
        prediction=Interval(-1.1, -0.9),
        reason="t ~ 1/s is slope -1; two layers that start at u0 = 1e-6 take ln(s/u0 - 1)/(2 s), whose logarithm makes it "
        "-0.93, so that a tenth has to be allowed",
        effect="slope of log time (to half the strength) against log s, over five modes from s = 1 to 4",
        control=Control(
            "without hidden layers all modes take the same time: slope 0",
            Value("slope"),
            Interval(-0.1, 0.1),
            statistic="median",
            where={"trial.layers": 1},
            strata=("trial.start", "hidden"),
        ),
    ),
    Claim(
        "deep-linear-exact",
        "Two balanced layers follow the sigmoidal solution of Saxe et al. at every step.",
        source="Saxe et al. 2013, § 1",
        measure=Value("off_theory"),
        statistic="all",
        where={"trial.layers": 2, "trial.start": "balanced"},
        strata=("hidden",),
        prediction=Interval(0.0, 0.05),
        reason="the solution is that of infinitely small steps; at this rate a step's growth falls short of it by "
        "(s rate)^2 / 2, which adds up to about 4 % of the strength at the steepest point of the strongest mode",
        effect="largest difference from the exact solution at any step, in any mode, relative to s",
        control=Control(
            "a random start, whose modes do not begin with the same strength, leaves that solution",
            Value("off_theory"),
            above(0.05),
            statistic="median",
            where={"trial.layers": 2, "trial.start": "random"},
            strata=("hidden",),
        ),
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, figures, trains=False)
