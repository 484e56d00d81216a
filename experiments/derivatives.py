"""Are the closed forms of g' right, and are they more precise than numerical differentiation?

Arms: the notes' four activations, their slopes as printed (a (1 - a), 1 - a^2) or in a form in which nothing cancels, and
the error as such or relative to the slope. The truth has 50 digits.
"""

from collections.abc import Callable
from decimal import Decimal, localcontext
from functools import partial

import numpy as np

from sandbox.claims.claim import Claim, Control, Interval, above, below
from sandbox.claims.measures import Value
from sandbox.config.schema import RunConfig
from sandbox.nn.activations import ACTIVATIONS, LEAK, sigmoid
from sandbox.nn.initialisers import generator
from sandbox.system.arrays import Array
from sandbox.system.errors import InputError, nearest
from sandbox.trial.experiment import Experiment
from sandbox.trial.outcome import Outcome

FARTHEST = 700.0  # e^700 is near the end of what a double can hold
NEAR = 6.0  # differences are compared for |z| below this; beyond, slopes fall below 1e-5
EXPONENTS = np.arange(1, 16)  # h = 10^-1 .. 10^-15
EPS = float(np.finfo(float).eps)
STRATA = ("activation", "trial.form", "trial.error")


def _sech_squared(z: Array) -> Array:
    e = np.exp(-2.0 * np.abs(z))
    return np.asarray(4.0 * e / np.square(1.0 + e))


# The slopes without a difference of nearly equal numbers; ReLU's have none as printed.
CANCELLATION_FREE: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda z: sigmoid(z) * sigmoid(-z),
    "tanh": _sech_squared,
}


def slope(name: str, form: str, z: Array) -> Array:
    """g'(z) in double precision, in one of its two forms."""
    g = ACTIVATIONS[name]
    if form == "cancellation_free" and name in CANCELLATION_FREE:
        return CANCELLATION_FREE[name](z)
    return g.derivative(z, g.function(z))


def _sigmoid_slope(z: Decimal) -> Decimal:
    e = (-abs(z)).exp()
    return e / (1 + e) ** 2


def _tanh_slope(z: Decimal) -> Decimal:
    e = (-2 * abs(z)).exp()
    return 4 * e / (1 + e) ** 2


EXACT: dict[str, Callable[[Decimal], Decimal]] = {
    "sigmoid": _sigmoid_slope,
    "tanh": _tanh_slope,
    "relu": lambda z: Decimal(int(z > 0)),
    "leaky_relu": lambda z: Decimal(1) if z > 0 else Decimal(LEAK),
}


def exact(name: str, z: Array) -> tuple[Array, Array]:
    """g'(z) to 50 digits, as the nearest double and what is left over."""
    with localcontext() as context:
        context.prec = 50
        true = [EXACT[name](Decimal(float(x))) for x in z.ravel()]
        nearest_double = [float(value) for value in true]
        rest = [float(value - Decimal(double)) for value, double in zip(true, nearest_double, strict=True)]
    return np.reshape(nearest_double, z.shape), np.reshape(rest, z.shape)


def error_of(computed: Array, true: tuple[Array, Array]) -> Array:
    """The absolute error, to its last digit; infinite where nothing finite was computed."""
    with np.errstate(invalid="ignore"):
        error = np.abs((computed - true[0]) - true[1])
    return np.where(np.isfinite(computed), error, np.inf)


def unit_of(error: str, name: str, true: Array) -> Array:
    """What errors are counted in: the last place of the slope itself, or of the steepest one."""
    return np.spacing(true) if error == "relative" else np.full_like(true, EPS * ACTIVATIONS[name].steepest)


def points(rng: np.random.Generator) -> Array:
    """200 arguments up to 700 on both sides: half of them spread evenly, half over all orders of magnitude from 1e-8."""
    sizes = np.concatenate([rng.uniform(0.0, FARTHEST, 99), 10 ** rng.uniform(-8, np.log10(FARTHEST), 99)])
    return np.concatenate([sizes * rng.choice([-1.0, 1.0], sizes.shape), [-FARTHEST, FARTHEST]])


def difference_errors(name: str, error: str, z: Array, true: tuple[Array, Array]) -> tuple[Array, Array]:
    """The worst error over z (R, n) of the forward and of the central difference, (T, R) each, by h.

    Relative to the slope, if asked for; where that is 0 by the least number a double can hold.
    """
    g = ACTIVATIONS[name].function
    size = np.maximum(true[0], np.finfo(float).tiny) if error == "relative" else np.ones_like(z)
    forward, central = [], []
    for h in 10.0**-EXPONENTS:
        forward.append((error_of((g(z + h) - g(z)) / h, true) / size).max(axis=1))
        central.append((error_of((g(z + h) - g(z - h)) / (2 * h), true) / size).max(axis=1))
    return np.array(forward), np.array(central)


def trial(config: RunConfig) -> Outcome:
    """Per replicate 200 random arguments for the closed form alone, and 200 nearer ones to compare it with differences."""
    name, form, error = str(config.activation), config.trial["form"], config.trial["error"]
    _check(name, form, error)
    numbers = range(config.first_replicate, config.first_replicate + config.replicates)
    rngs = [generator(config.seed, r, 0) for r in numbers]
    far, near = np.stack([points(rng) for rng in rngs]), np.stack([rng.uniform(-NEAR, NEAR, 200) for rng in rngs])

    true = exact(name, far)
    unit = unit_of(error, name, true[0])
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        closed = error_of(slope(name, form, far), true) / unit
    with np.errstate(over="ignore"):
        misread = error_of(ACTIVATIONS[name].function(far), true) / unit  # g where g' is meant

    true = exact(name, near)
    forward, central = difference_errors(name, error, near, true)
    size = np.maximum(true[0], np.finfo(float).tiny) if error == "relative" else np.ones_like(near)
    near_error = (error_of(slope(name, form, near), true) / size).max(axis=1)
    wrong = (error_of(ACTIVATIONS[name].function(near), true) / size).max(axis=1)
    best = np.minimum(forward.min(axis=0), central.min(axis=0))
    return Outcome(
        steps=EXPONENTS,
        curves={"error/forward": forward, "error/central": central},
        values={
            "ulps": closed.max(axis=1),
            "ulps_of_g": misread.max(axis=1),
            "error/closed": near_error,
            "times_more_precise": _ratio(best, near_error),
            "times_more_precise/g": _ratio(best, wrong),
        },
    )


def _ratio(a: Array, b: Array) -> Array:
    """How many times b goes into a; infinite where b is 0 and a is not, 1 where both are."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((a == 0) & (b == 0), 1.0, a / b)


def _check(name: str, form: str, error: str) -> None:
    known = {
        "activation": tuple(EXACT),
        "trial.form": ("printed", "cancellation_free"),
        "trial.error": ("absolute", "relative"),
    }
    for (key, names), got in zip(known.items(), (name, form, error), strict=True):
        if got not in names:
            raise InputError(f"{key}: expected a known one, got {got!r}{nearest(got, names)}")


def figures(config: RunConfig, outcome: Outcome) -> dict[str, bytes]:
    """The error against h."""
    from sandbox.plotting.experiment import lines_figure

    form, error = config.trial["form"].replace("_", " "), config.trial["error"]
    closed = float(np.median(outcome.values["error/closed"]))
    drawn = lines_figure(
        10.0 ** -EXPONENTS[::-1],
        {f"{side} difference": outcome.curves[f"error/{side}"][::-1] for side in ("forward", "central")},
        title=f"The slope of {config.activation} by differences and by its closed form",
        below=f"{form} form; largest {error} error at 200 arguments, |z| < 6; median and 10-90 % of {config.replicates} draws",
        xlabel="h",
        ylabel=f"{error} error",
        marks={f"closed form{'' if closed else ': 0'}": max(closed, 1e-17)},
    )
    return {"error_against_h": drawn}


control = partial(Control, strata=STRATA)
claim = partial(Claim, source="notes, § Derivatives of activation functions", statistic="all", strata=STRATA)

CLAIMS = (
    claim(
        "closed-forms",
        "The closed forms of the slopes are right, wherever a double can go.",
        measure=Value("ulps"),
        prediction=Interval(0.0, 8.0),
        reason="two values of g, each right to two or three units in the last place, and a product: eight at most",
        effect="largest error over |z| up to 700, in units in the last place of the slope (relative) or of the steepest one",
        unit="ulp",
        control=control(
            "g itself, taken for g', is wrong by more than a million units in the last place",
            Value("ulps_of_g"),
            above(1e6),
        ),
    ),
    claim(
        "closed-more-precise",
        "A closed form is more precise than numerical differentiation, whatever its step.",
        measure=Value("times_more_precise"),
        prediction=above(1.0),
        reason="the notes know no exception, so the closed form has to beat the best of all steps",
        effect="error of the best difference, over forward and central ones and all steps h, over that of the closed form",
        unit="times",
        control=control(
            "g itself, taken for g', is less precise than the best difference",
            Value("times_more_precise/g"),
            below(1.0),
        ),
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, figures, trains=False)
