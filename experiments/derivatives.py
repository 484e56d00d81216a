"""Are the closed forms of g' right, and are they more precise than numerical differentiation?

Slopes as printed (a (1 - a), 1 - a^2) or in a form in which nothing cancels, and the error as such or relative to the slope.
The truth has 50 digits.
"""

from functools import partial

import numpy as np

from sandbox.analysis import slopes
from sandbox.analysis.slopes import EXPONENTS, error_of, slope
from sandbox.claims.claim import Claim, Control, Interval, above, below
from sandbox.claims.measures import Value
from sandbox.config.checks import setting
from sandbox.nn.activations import ACTIVATIONS
from sandbox.system.arrays import Array
from sandbox.system.errors import InputError, nearest
from sandbox.trial.build import generators
from sandbox.trial.experiment import Experiment, Outcome, RunConfig

NEAR = 6.0  # differences are compared for |z| below this; beyond, slopes fall below 1e-5
STRATA = ("activation", "trial.form", "trial.error")


def _ratio(a: Array, b: Array) -> Array:
    """How many times b goes into a; infinite where b is 0 and a is not, 1 where both are."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((a == 0) & (b == 0), 1.0, a / b)


def trial(config: RunConfig) -> Outcome:
    """Per replicate 200 random arguments for the closed form alone, and 200 nearer ones to compare it with differences."""
    form, error = setting(config, "form", slopes.FORMS), setting(config, "error", slopes.ERRORS)
    if (name := str(config.activation)) not in slopes.EXACT:
        raise InputError(f"activation: expected a known one, got {name!r}{nearest(name, slopes.EXACT)}")
    rngs = generators(config)
    far, near = (
        np.stack([slopes.points(rng) for rng in rngs]),
        np.stack([rng.uniform(-NEAR, NEAR, 200) for rng in rngs]),
    )

    true = slopes.exact(name, far)
    unit = slopes.unit_of(error, name, true[0])
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        closed = error_of(slope(name, form, far), true) / unit
    with np.errstate(over="ignore"):
        misread = error_of(ACTIVATIONS[name].function(far), true) / unit  # g where g' is meant

    true = slopes.exact(name, near)
    forward, central = slopes.difference_errors(name, error, near, true)
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


def figures(config: RunConfig, outcome: Outcome) -> dict[str, bytes]:
    """The error against h."""
    from sandbox.plotting.experiment import lines_figure

    form, error = config.trial["form"].replace("_", " "), config.trial["error"]
    closed = float(np.median(outcome.values["error/closed"]))
    return {
        "error_against_h": lines_figure(
            10.0 ** -EXPONENTS[::-1],
            {f"{side} difference": outcome.curves[f"error/{side}"][::-1] for side in ("forward", "central")},
            title=f"The slope of {config.activation} by differences and by its closed form",
            below=f"{form} form; largest {error} error at 200 arguments, |z| < 6; median and 10-90 % of {config.replicates} draws",
            xlabel="h",
            ylabel=f"{error} error",
            marks={f"closed form{'' if closed else ': 0'}": max(closed, 1e-17)},
        )
    }


control = partial(Control, strata=STRATA)
claim = partial(Claim, statistic="all", strata=STRATA)

CLAIMS = (
    claim(
        "closed-forms",
        "The closed forms of the slopes are right as a computer gives them, in double precision, wherever a double can go.",
        source="sharper than the notes, § Derivatives of activation functions: their forms are right; they speak of functions",
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
        f"For |z| below {NEAR:.0f} a closed form is more precise than numerical differentiation, whatever its step.",
        source="sharper than the notes, § Derivatives of activation functions: 'slightly more precise', of no step and no z",
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
