"""Do sigmoid's values lie in (0, 1) and tanh's in (-1, 1), ends left out, as they are computed?

On paper they never reach the ends. In doubles and singles they round to them, at some z, and then the cost as it is
printed takes the logarithm of 0, and the slope a (1 - a) is 0 where it should only be small.
"""

from functools import partial

import numpy as np

from sandbox.claims.claim import Claim, Control, Interval, above, below
from sandbox.claims.measures import Value
from sandbox.config.checks import setting
from sandbox.nn.activations import ACTIVATIONS
from sandbox.system.arrays import Array
from sandbox.trial.build import generators
from sandbox.trial.experiment import Experiment, Outcome, RunConfig

PRECISIONS = ("float64", "float32")
SIZES = (
    2,
    4,
    8,
    64,
    256,
    512,
)  # from 9 to 37 it depends on the function and the precision where values round to an end
RANGES = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "scaled_tanh": (-1.0, 1.0)}
ARGUMENTS = 2000
NOTHING = 1e-30  # a cost that nobody misses; singles know none below 1e-45
THREE_DIGITS = Interval(0.0, 1e-3)
STRATA = ("activation", "trial.precision", "trial.size")


def inside(name: str, z: Array) -> Array:
    """The share of arguments (R,) whose value lies strictly inside the range that the notes give."""
    a, (low, high) = ACTIVATIONS[name].function(z), RANGES[name]
    return np.asarray(((a > low) & (a < high)).mean(axis=-1))


def printed_cost(z: Array, y: int) -> Array:
    """-y log a - (1 - y) log(1 - a) with a = sigma(z), as it is written."""
    a = ACTIVATIONS["sigmoid"].function(z)
    with np.errstate(divide="ignore"):  # the logarithm of 0
        return np.asarray(-np.log(a) if y else -np.log(1 - a))


def stable_cost(z: Array, y: int) -> Array:
    """The same from z, without computing a; nothing cancels."""
    w = -z if y else z
    return np.asarray(np.maximum(w, 0) + np.log1p(np.exp(-np.abs(w))))


def cost_error(z: Array, computed: Array, y: int) -> Array:
    """The largest relative error of a computed cost (R,), against its stable form in doubles; below NOTHING all are one."""
    true = stable_cost(z.astype(np.float64), y)
    return np.asarray((np.abs(computed - true) / np.maximum(true, NOTHING)).max(axis=-1))


def trial(config: RunConfig) -> Outcome:
    """Per replicate random arguments, even in [-size, size], and both ends; the cost takes each for either label."""
    precision = np.dtype(setting(config, "precision", PRECISIONS))
    size = float(setting(config, "size", map(str, SIZES)))
    name = str(config.activation)
    drawn = np.stack([np.r_[rng.uniform(-size, size, ARGUMENTS), -size, size] for rng in generators(config)])
    z = drawn.astype(precision)
    slope = ACTIVATIONS[name].derivative(z, ACTIVATIONS[name].function(z))
    errors = {
        "printed": np.maximum(*(cost_error(z, printed_cost(z, y), y) for y in (0, 1))),
        "stable": np.maximum(*(cost_error(z, stable_cost(z, y), y) for y in (0, 1))),
    }
    values = {"inside": inside(name, z), "least_slope": slope.min(axis=-1).astype(float)}
    return Outcome(
        steps=np.array([0]),
        curves={},
        values=values | {f"cost_error/{form}": error.astype(float) for form, error in errors.items()},
    )


claim = partial(Claim, statistic="all", strata=STRATA)
NOTES = {"activation": ("sigmoid", "tanh")}

CLAIMS = (
    claim(
        "ranges",
        "As a computer gives them, in double or single precision, the values of sigmoid lie in (0, 1) and those of tanh in "
        "(-1, 1), ends left out.",
        source="sharper than the notes, § Activation functions: they speak of the functions, whose values do lie there",
        measure=Value("inside"),
        where=NOTES,
        prediction=Interval(1.0, 1.0),
        reason="the notes name open intervals: no value is an end",
        effect=f"share of {ARGUMENTS:,} arguments whose computed value lies strictly inside",
        control=Control(
            "the same check sees that 1.7159 tanh(2 z / 3) leaves (-1, 1)",
            Value("inside"),
            below(1.0),
            where={"activation": "scaled_tanh"},
        ),
    ),
    claim(
        "ranges-slope",
        "So, as a computer gives them in double or single precision, the slopes a (1 - a) and 1 - a^2 are small for large |z|, "
        "but never 0.",
        source="sharper than the notes, § Derivatives of activation functions: true of the functions, by their open intervals",
        measure=Value("least_slope"),
        where=NOTES,
        prediction=above(0.0),
        reason="inside the open intervals neither factor is 0",
        effect="least slope as computed from a",
        control="none: a slope is above 0 or it is not, and both are met among these sizes",
    ),
    claim(
        "ranges-cost",
        "As a computer gives it, in double or single precision, the cost -y log a - (1 - y) log(1 - a) can be computed from a: "
        "to three digits it is what it should be.",
        source="the sandbox's own; the cost as the course writes it that the notes follow",
        measure=Value("cost_error/printed"),
        where={"activation": "sigmoid"},
        strata=("trial.precision", "trial.size"),
        prediction=THREE_DIGITS,
        reason="three digits are the least that a cost worth printing has",
        effect="largest relative error of the cost computed from a, over both labels (infinite: log 0)",
        control=Control(
            "computed from z, in the same precision, it has three digits everywhere",
            Value("cost_error/stable"),
            THREE_DIGITS,
            where={"activation": "sigmoid"},
        ),
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, trains=False, quick=("trial.size=4,64",))
