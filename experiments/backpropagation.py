"""Is the notes' backward pass the gradient of J, and are its misprints not?

Each form of the equations (`trial.form`: as they should be, and each misprint that can be computed) answers for all
activations and for 1 to 8 hidden layers, on small networks of random sizes, to differences.
"""

from functools import partial

import numpy as np
import pandas as pd

from sandbox.analysis.form_check import DEPTHS, cases, error_of, shapes
from sandbox.analysis.misprints import FORMS, RIGHT
from sandbox.claims.claim import Claim, Control, Interval, above
from sandbox.claims.measures import Value
from sandbox.claims.rows import per_replicate
from sandbox.config.checks import setting
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.outputs import OUTPUTS
from sandbox.trial.experiment import Experiment, Outcome, RunConfig

MISPRINTS = tuple(name for name in FORMS if name != RIGHT)
PASSED = Interval(0.0, 1e-7, "[)")
FAILED = above(1e-3)


def trial(config: RunConfig) -> Outcome:
    """Every replicate is a random network for each activation and depth, with random samples."""
    form, output = setting(config, "form", FORMS), setting(config, "output", OUTPUTS)
    first, R = config.first_replicate, config.replicates
    tried = cases(output, config.seed, first, R)
    errors = {name: np.array([error_of(form, name, tried[name, d]) for d in DEPTHS.tolist()]) for name in ACTIVATIONS}
    errors = {name: curve for name, curve in errors.items() if not np.isnan(curve).any()}
    misshapen, oblong = np.array([shapes(form, output, config.seed, r) for r in range(first, first + R)]).T
    worst = np.array([curve.max(axis=0) for curve in errors.values()])  # (activations, R), over depths
    return Outcome(
        steps=DEPTHS,
        curves={f"error/{name}": curve for name, curve in errors.items()},
        values={
            "largest_error": worst.max(axis=0),
            "smallest_error": worst.min(axis=0),
            "misshapen": misshapen,
            "oblong": oblong,
        },
    )


def misfit_beyond_oblong(rows: pd.DataFrame) -> pd.Series:
    """Misshapen networks beyond those whose W^[1] is not square: 0 if it is exactly these that a form does not fit."""
    return per_replicate(rows, "misshapen") - per_replicate(rows, "oblong")


def figures(config: RunConfig, outcome: Outcome) -> dict[str, bytes]:
    """The largest error by activation and depth."""
    from sandbox.plotting.experiment import grid_figure

    form = config.trial["form"]
    return {
        "gradient_check": grid_figure(
            np.array([curve.max(axis=1) for curve in outcome.curves.values()]),
            [name.removeprefix("error/") for name in outcome.curves],
            [str(depth) for depth in DEPTHS],
            title=f"Gradient check: {form.replace('_', ' ')}, {config.trial['output'].replace('_', ' ')} output",
            below=f"power of ten of the largest relative error, {config.replicates} networks; ∞: shapes do not fit",
            xlabel="hidden layers",
            ylabel="",
        )
    }


control = partial(Control, strata=("trial.output",))
claim = partial(Claim, source="notes, § Gradient descent", statistic="all", strata=("trial.output",))
of_the_right_form = partial(claim, where={"trial.form": RIGHT})

CLAIMS = (
    of_the_right_form(
        "shapes",
        "Every parameter, activation and gradient has the shape that the notes' notation gives it.",
        measure=Value("misshapen"),
        prediction=Interval(0.0, 0.0),
        reason="shapes are exact: of eight networks of random depth, width and number of samples none may have a wrong one",
        effect="networks with a wrong shape, of eight with 1 to 8 hidden layers and random sizes",
        unit="networks",
        control=control(
            "with the printed shape of W2, or dW taken for db, every network has a wrong shape",
            Value("misshapen"),
            Interval(8.0, 8.0),
            where={"trial.form": ("n2_by_1", "db_as_dw")},
            strata=("trial.form", "trial.output"),
        ),
    ),
    of_the_right_form(
        "backprop-right",
        "The backward pass, with the slope g' where the notes print g, is the gradient of J.",
        measure=Value("largest_error"),
        prediction=PASSED,
        reason="differences of fourth order are good to about 1e-10; the course that the notes follow asks for 1e-7",
        effect="largest relative error of any layer's gradient, over all activations and 1 to 8 hidden layers",
        control=control(
            "with g for g' the same check fails for every activation",
            Value("smallest_error"),
            FAILED,
            where={"trial.form": "g_for_slope"},
        ),
    ),
    claim(
        "misprints-fail",
        "The equations as misprinted are not the gradient of J.",
        source="the sandbox's own, of the notes as printed: § Gradient descent, § Neural network, § Derivatives of activation functions",
        measure=Value("smallest_error"),
        where={"trial.form": MISPRINTS},
        strata=("trial.form", "trial.output"),
        prediction=FAILED,
        reason="a wrong equation is wrong by about its own size; four orders of magnitude beyond the tolerance leave no doubt",
        effect="relative error of the worst layer and depth, for the activation that hides it best (infinite: shapes do not fit)",
        control=control(
            "the right form passes the same check on the same networks",
            Value("largest_error"),
            PASSED,
            where={"trial.form": RIGHT},
        ),
    ),
    claim(
        "transposed-w",
        "Of W1^T x and W1 x, both of which the notes write, only one can be meant: with the shape that they give W1, its "
        "transpose does not fit, unless the layer has as many units as there are inputs.",
        source="the sandbox's own, of the notes as printed: § Computing the output (W1^T x, and W1 x soon after), § Gradient descent "
        "(W1 is n1 x n0)",
        measure=misfit_beyond_oblong,
        where={"trial.form": "transposed_w"},
        prediction=Interval(0.0, 0.0),
        reason="a product needs as many columns as there are rows: n0 = n1 for the transpose of an n1 x n0 matrix",
        effect="networks of eight that do not fit, less those whose W1 is not square",
        unit="networks",
        control=control(
            "written without the transpose all of them fit, square or not",
            Value("misshapen"),
            Interval(0.0, 0.0),
            where={"trial.form": RIGHT},
        ),
    ),
)

EXPERIMENT = Experiment(CLAIMS, trial, figures, trains=False, quick=("trial.output=sigmoid",))
