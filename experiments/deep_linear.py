"""Does a deep linear network learn each singular mode of its task on the time scale 1/s?

Own data: whitened inputs and targets Y = U S V^T X with five singular values s. Arms: 1 to 4 layers of weights, starting
small, either balanced (every layer aligned with the modes and with its neighbours) or from random draws. Strata: number
of layers, start and width.
"""

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sandbox.claims.claim import Claim, Control, Interval, above
from sandbox.claims.measures import Value
from sandbox.config.schema import RunConfig
from sandbox.nn import engines
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.descent import gradient_descent
from sandbox.nn.initialisers import INITIALISERS, generator
from sandbox.nn.network import Layer, Network, Parameters, cost, forward, stack
from sandbox.nn.outputs import OUTPUTS
from sandbox.system.arrays import Array
from sandbox.system.errors import InputError
from sandbox.trial.experiment import Experiment
from sandbox.trial.outcome import Outcome

if TYPE_CHECKING:
    from matplotlib.figure import Figure


STRENGTHS = np.geomspace(4.0, 1.0, 5)  # singular values s
START = {1: 1e-3, 2: 1e-3, 3: 0.1, 4: 0.25}  # size of each layer's weights along a mode, by the number of layers
POINTS = 401  # at which the modes are measured, evenly spaced


class Task(NamedTuple):
    """Y = U S V^T X on whitened inputs: X X^T / m = 1, and X sums to 0, so that biases stay 0."""

    U: Array  # (5, 5)
    V: Array  # (5, 5)
    X: Array  # (5, 10)
    Y: Array  # (5, 10)


def task_of(seed: int) -> Task:
    """Singular vectors drawn from the seed, inputs along the axes in both directions."""
    n = len(STRENGTHS)
    U, V = (INITIALISERS["orthogonal"].draw(generator(seed, 0, l), n, n) for l in (101, 102))
    X = np.sqrt(n) * np.concatenate([np.eye(n), -np.eye(n)], axis=1)
    return Task(U, V, X, U @ np.diag(STRENGTHS) @ V.T @ X)


def balanced(rng: np.random.Generator, task: Task, sizes: tuple[int, ...], a: float) -> Parameters:
    """W^[1] = a R1 V^T, W^[2] = a R2 R1^T .. W^[L] = a U R^T, with random orthonormal columns R: modes that never mix."""
    draw = INITIALISERS["orthogonal"].draw
    bases = [task.V, *(draw(rng, n, len(STRENGTHS)) for n in sizes[1:-1]), task.U]
    return tuple(Layer(a * above @ below.T, np.zeros((len(above), 1))) for below, above in pairwise(bases))


def random(rng: np.random.Generator, task: Task, sizes: tuple[int, ...], a: float) -> Parameters:
    """Normal draws that keep a signal's size but for the factor a."""
    pairs = pairwise(sizes)
    return tuple(Layer(a * rng.normal(0, n_in**-0.5, (n_out, n_in)), np.zeros((n_out, 1))) for n_in, n_out in pairs)


STARTS = {"balanced": balanced, "random": random}


def mode_strengths(parameters: Parameters, task: Task) -> Array:
    """What the network as a whole makes of each mode: u (R, 5), the diagonal of U^T W V."""
    product = parameters[0].weights
    for layer in parameters[1:]:
        product = layer.weights @ product
    return np.asarray(np.einsum("ik,rij,jk->rk", task.U, product, task.V))


def two_layers(step: Array, rate: float, start: Array | float) -> Array:
    """Strengths u (T, 5) of two balanced layers in continuous time: s E / (E - 1 + s / u0) with E = e^(2 s rate step).

    Saxe et al. 2013, § 1.2.
    """
    s = STRENGTHS
    decay = np.exp(-2.0 * s * rate * step[:, None])  # 1 / E, which cannot overflow
    return np.asarray(s / (1.0 - decay + s / start * decay))


def half_times(steps: Array, u: Array) -> Array:
    """First step (R, 5) at which u (T, R, 5) is at least s / 2: linear between points, inf if never."""
    reached = u >= STRENGTHS / 2.0
    t = np.maximum(reached.argmax(axis=0), 1)[None]
    low, high = (np.take_along_axis(u, at, axis=0)[0] for at in (t - 1, t))
    share = (STRENGTHS / 2.0 - low) / np.where(high > low, high - low, 1.0)
    times = steps[t[0] - 1] + share * (steps[t[0]] - steps[t[0] - 1])
    return np.where(reached.any(axis=0), times, np.inf)


def slopes(times: Array) -> Array:
    """Least-squares slope (R,) of log time against log s; NaN where a mode was never learned."""
    x = np.log(STRENGTHS) - np.log(STRENGTHS).mean()
    y = np.log(np.where(np.isfinite(times), times, np.nan))
    return np.asarray((y * x).sum(axis=1) / np.square(x).sum())


def trial(config: RunConfig) -> Outcome:
    """Train on the task and follow its modes: `slope`, `time/mode1` .. and, for two layers, `off_theory`."""
    L, begin = int(config.trial.get("layers", 2)), str(config.trial.get("start", "balanced"))
    if L not in START or begin not in STARTS:
        raise InputError(
            f"trial.layers, trial.start: expected 1 to {max(START)}, and one of {', '.join(STARTS)}; got {L} and {begin!r}"
        )
    task, n = task_of(config.seed), len(STRENGTHS)
    sizes = (n, *[config.hidden[0]] * (L - 1), n)
    numbers = range(config.first_replicate, config.first_replicate + config.replicates)
    start = stack([STARTS[begin](generator(config.seed, r, 0), task, sizes, START[L]) for r in numbers])
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


def figures(config: RunConfig, outcome: Outcome) -> dict[str, "Figure"]:
    """Every mode against the step, with the exact solution where there is one, and the half times against 1/s."""
    from sandbox.plotting.canvas.axes import set_scale, set_ticks, short
    from sandbox.plotting.canvas.style import GREY, INK, blank, shades, styled

    @styled
    def draw() -> "Figure":
        L, start = config.trial.get("layers", 2), config.trial.get("start", "balanced")
        theory = two_layers(outcome.steps.astype(float), config.learning_rate, START[2] ** 2)
        figure = blank(9.0, 3.8)
        left, right = figure.subplots(1, 2, gridspec_kw={"wspace": 0.3})
        for k, (s, colour) in enumerate(zip(STRENGTHS, shades(len(STRENGTHS)), strict=True)):
            left.plot(
                outcome.steps,
                np.median(outcome.curves[f"strength/mode{k + 1}"], axis=1) / s,
                color=colour,
                label=f"s = {s:.3g}",
            )
            if L == 2:
                exact = "exact" if k == len(STRENGTHS) - 1 else None
                left.plot(outcome.steps, theory[:, k] / s, color=INK, linewidth=0.8, dashes=(4, 3), label=exact)
            times = outcome.values[f"time/mode{k + 1}"]
            right.plot(np.full(len(times), s), times, "o", color=colour, markersize=3, alpha=0.4)
        left.set(
            xlabel="gradient-descent step",
            ylabel="strength u / s",
            title=f"{L} layers of width {config.hidden[0]}, {start} start",
        )
        left.legend(loc="lower right")
        set_scale(right, "log", "x")
        set_scale(right, "log", "y")
        middle = float(np.median(outcome.values["time/mode3"]))
        if np.isfinite(middle):
            line = middle * STRENGTHS[2] / STRENGTHS
            right.plot(STRENGTHS, line, color=GREY, dashes=(4, 3), label="proportional to 1/s")
            right.legend(loc="upper right")
        set_ticks(right.xaxis, list(STRENGTHS), [f"{s:.3g}" for s in STRENGTHS])
        ticks = [f * 10.0**d for d in range(1, 6) for f in (1, 2, 5)]
        set_ticks(right.yaxis, ticks, [short(tick) for tick in ticks])
        right.set_xlim(0.9, 4.5)
        right.set(xlabel="singular value s", ylabel="steps until u = s / 2", title="Time to learn a mode")
        return figure

    return {"modes": draw()}


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
