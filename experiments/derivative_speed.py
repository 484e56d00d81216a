"""Is a closed form faster than numerical differentiation, for one activation and for a whole gradient?

Each repetition times networks of growing width, so that every ratio is paired.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from sandbox.analysis.gradient_check import STEP, central_differences, draw
from sandbox.analysis.timing import growth, interleaved
from sandbox.claims.claim import Claim, Control, Interval, above, below
from sandbox.claims.controls import fair_clock
from sandbox.claims.measures import Value
from sandbox.nn.activations import ACTIVATIONS, Activation
from sandbox.nn.network import Network, backward, forward
from sandbox.nn.outputs import OUTPUTS
from sandbox.trial.build import generators
from sandbox.trial.experiment import Experiment, Outcome, RunConfig

WIDTHS = (1, 3, 9, 27, 81)
PARAMETERS = np.array([4 * n + 1 for n in WIDTHS])  # two inputs, n hidden units, one output
SAMPLES = 100
STRATA = ("activation",)


def gradient_ratios(g: Activation, n: int, rng: np.random.Generator) -> tuple[float, float]:
    """How many times longer the differences take than a forward and a backward pass, and these than themselves."""
    network = Network((g,), OUTPUTS["sigmoid"])
    parameters, X, Y = draw(network, (2, n, 1), SAMPLES, rng, margin=0.0)
    closed: Callable[[], object] = lambda: backward(network, parameters, forward(network, parameters, X), Y)  # noqa: E731
    by_differences = lambda: central_differences(network, parameters, X, Y)  # noqa: E731
    differences, one, other = interleaved([by_differences, closed, closed], rounds=5 if n < 27 else 3)
    return differences / one, one / other


def slope_ratio(g: Activation, rng: np.random.Generator) -> float:
    """The same for the slope of one layer of 16 units, whose activations are known from the forward pass."""
    Z = rng.normal(size=(16, SAMPLES))
    A = g.function(Z)
    differences, closed = interleaved(
        [lambda: (g.function(Z + STEP) - g.function(Z - STEP)) / (2 * STEP), lambda: g.derivative(Z, A)], rounds=25
    )
    return differences / closed


def trial(config: RunConfig) -> Outcome:
    """Every replicate is one repetition, with a network of its own."""
    g, rngs = ACTIVATIONS[str(config.activation)], generators(config)
    slopes = np.array([slope_ratio(g, rng) for rng in rngs])
    times = np.array([[gradient_ratios(g, n, rng) for rng in rngs] for n in WIDTHS])  # (T, R, 2)
    ratios, itself = times[..., 0], times[..., 1]
    least = np.minimum(slopes, ratios.min(axis=0))
    return Outcome(
        steps=PARAMETERS,
        curves={"time_ratio": ratios, "time_ratio/itself": itself},
        values={"time_ratio/slope": slopes, "least_ratio": least, "growth": growth(PARAMETERS, ratios)},
    )


def figures(config: RunConfig, outcome: Outcome) -> dict[str, bytes]:
    """The ratio against the number of parameters."""
    from sandbox.plotting.experiment import lines_figure

    return {
        "time_ratio": lines_figure(
            PARAMETERS,
            {"whole gradient": outcome.curves["time_ratio"], "itself": outcome.curves["time_ratio/itself"]},
            title=f"Differences against the closed form, {config.activation}",
            below=f"one hidden layer, {SAMPLES} samples; median and 10-90 % of {config.replicates} repetitions",
            xlabel="parameters",
            ylabel="time over that of the closed form",
            marks={"one slope": float(np.median(outcome.values["time_ratio/slope"])), "equal": 1.0},
        )
    }


claim = partial(Claim, statistic="median", strata=STRATA)

CLAIMS = (
    claim(
        "closed-faster",
        "A closed form is faster than numerical differentiation.",
        source="notes, § Derivatives of activation functions",
        measure=Value("least_ratio"),
        prediction=above(1.0),
        reason="the notes say generally: the least gain, of one slope and of gradients of 5 to 325 parameters, has to be one",
        effect="time of central differences over that of the closed form, where it gains least",
        unit="times",
        control=fair_clock("the closed form", STRATA),
    ),
    claim(
        "closed-faster-grows",
        "The more parameters, the more a gradient in closed form gains.",
        source="sharper than the notes, § Derivatives of activation functions; two passes per parameter against two in all",
        measure=Value("growth"),
        prediction=Interval(0.9, 1.0),
        reason="1 is growth without exception; differences cost two passes per parameter, the closed form two in all",
        effect="rank correlation of the time ratio with the number of parameters",
        control=Control(
            "the closed form timed against itself is never twice as slow, with any number of parameters",
            Value("time_ratio/itself:max"),
            below(2.0),
            statistic="median",
            strata=STRATA,
        ),
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, figures, trains=False, clocked=("time_ratio", "least_ratio", "growth"))
