"""Is the notes' backward pass the gradient of J, and are its misprints not?

Arms: the forms of the equations (`trial.form`: as they should be, and each misprint that can be computed) and the outputs.
Each form answers for all activations and for 1 to 8 hidden layers, on small networks of random sizes, to differences.
"""

from functools import lru_cache, partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from sandbox.analysis.gradient_check import WIDTHS, along, component, differences, disagreement, draw, relative
from sandbox.analysis.misprints import FORMS, RIGHT
from sandbox.claims.claim import Claim, Control, Interval, above
from sandbox.claims.measures import Value
from sandbox.config.schema import RunConfig
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.initialisers import generator
from sandbox.nn.network import Layer, Network, Parameters, stack
from sandbox.nn.outputs import OUTPUTS
from sandbox.system.arrays import Array
from sandbox.system.errors import InputError, nearest
from sandbox.trial.experiment import Experiment
from sandbox.trial.outcome import Outcome

DEPTHS = np.arange(1, 9)  # hidden layers
SAMPLES = 6
MISPRINTS = tuple(name for name in FORMS if name != RIGHT)
PASSED = Interval(0.0, 1e-7, "[)")
FAILED = above(1e-3)


class Case(NamedTuple):
    """R networks of the same sizes, each with samples of its own, and what differences say about them."""

    network: Network
    parameters: Parameters
    X: Array  # (R, n_x, m)
    Y: Array  # (R, n_y, m)
    direction: Parameters
    gradients: tuple[Parameters, ...]  # measured, for each width h
    components: tuple[Array, ...]  # (R,), the gradient's component along the direction, for each h


@lru_cache(maxsize=2)  # all forms of one output are held against the same cases
def cases(output: str, seed: int, first: int, replicates: int) -> dict[tuple[str, int], Case]:
    """A case for every activation and depth."""
    numbers = range(first, first + replicates)
    return {
        (name, depth): _case(name, output, depth, seed, numbers) for name in ACTIVATIONS for depth in DEPTHS.tolist()
    }


def _case(name: str, output: str, depth: int, seed: int, numbers: range) -> Case:
    network = Network((ACTIVATIONS[name],) * depth, OUTPUTS[output])
    sizes = [*generator(seed, 0, depth).integers(2, 5, size=depth + 1).tolist(), outputs_of(output)]
    rngs = [generator(seed, r, depth) for r in numbers]
    networks, Xs, Ys = zip(*(draw(network, sizes, SAMPLES, rng) for rng in rngs), strict=True)
    parameters, X, Y = stack(list(networks)), np.stack(Xs), np.stack(Ys)
    direction = tuple(Layer(rngs[0].normal(size=W.shape), rngs[0].normal(size=b.shape)) for W, b in parameters)
    return Case(
        *(network, parameters, X, Y, direction),
        gradients=tuple(differences(network, parameters, X, Y, h) for h in WIDTHS),
        components=tuple(along(network, parameters, X, Y, direction, h) for h in WIDTHS),
    )


def outputs_of(output: str) -> int:
    return 3 if output == "softmax" else 1


def error_of(form: str, name: str, case: Case) -> Array:
    """How far a form's gradient is from the measured one (R,), as a whole and along a random direction.

    Infinite where shapes do not fit, NaN where the form is about another activation.
    """
    if FORMS[form].only not in (None, name):
        return np.full(len(case.X), np.nan)
    try:
        _, _, gradient = FORMS[form].run(case.network, case.parameters, case.X, case.Y)
    except ValueError:  # NumPy refuses to multiply such matrices
        return np.full(len(case.X), np.inf)
    whole = disagreement(gradient, case.gradients)
    if np.isinf(whole).any():
        return whole
    claimed = component(gradient, case.direction)[:, None, None]
    along_it = [relative(claimed, c[:, None, None]) for c in case.components]
    return np.asarray(np.maximum(whole, np.min(along_it, axis=0)))


def misshapen(form: str, output: str, seed: int, r: int) -> float:
    """How many of eight networks of random sizes have an array without the shape that the notes give it, or lack it."""
    rng, count = generator(seed, r, 0), 0
    for depth in DEPTHS.tolist():
        n, m = [*rng.integers(2, 13, size=depth + 1).tolist(), outputs_of(output)], int(rng.integers(2, 40))
        network = Network((ACTIVATIONS["tanh"],) * depth, OUTPUTS[output])
        parameters, X, Y = draw(network, n, m, rng, margin=0.0)
        layers = [((above, below), (above, 1)) for below, above in pairwise(n)]
        expected = [layers, [(size, m) for size in n[1:]], [(size, m) for size in n], layers]
        try:
            parameters, trace, gradient = FORMS[form].run(network, parameters, X, Y)
        except ValueError:
            count += 1
            continue
        shapes = [[(W.shape, b.shape) for W, b in layers] for layers in (parameters, gradient)]
        seen = [[array.shape for array in arrays] for arrays in trace]
        count += [shapes[0], *seen, shapes[1]] != expected
    return float(count)


def trial(config: RunConfig) -> Outcome:
    """Every replicate is a random network for each activation and depth, with random samples."""
    form, output = config.trial["form"], config.trial["output"]
    for key, got, names in (("form", form, FORMS), ("output", output, OUTPUTS)):
        if got not in names:
            raise InputError(f"trial.{key}: expected a known one, got {got!r}{nearest(str(got), names)}")
    first, R = config.first_replicate, config.replicates
    tried = cases(output, config.seed, first, R)
    errors = {name: np.array([error_of(form, name, tried[name, d]) for d in DEPTHS.tolist()]) for name in ACTIVATIONS}
    errors = {name: curve for name, curve in errors.items() if not np.isnan(curve).any()}
    worst = np.array([curve.max(axis=0) for curve in errors.values()])  # (activations, R), over depths
    return Outcome(
        steps=DEPTHS,
        curves={f"error/{name}": curve for name, curve in errors.items()},
        values={
            "largest_error": worst.max(axis=0),
            "smallest_error": worst.min(axis=0),
            "misshapen": np.array([misshapen(form, output, config.seed, r) for r in range(first, first + R)]),
        },
    )


def figures(config: RunConfig, outcome: Outcome) -> dict[str, bytes]:
    """The largest error by activation and depth."""
    from sandbox.plotting.experiment import grid_figure

    form = config.trial["form"]
    drawn = grid_figure(
        np.array([curve.max(axis=1) for curve in outcome.curves.values()]),
        [name.removeprefix("error/") for name in outcome.curves],
        [str(depth) for depth in DEPTHS],
        title=f"Gradient check: {form.replace('_', ' ')}, {config.trial['output'].replace('_', ' ')} output",
        below=f"power of ten of the largest relative error, {config.replicates} networks; ∞: shapes do not fit",
        xlabel="hidden layers",
        ylabel="",
    )
    return {"gradient_check": drawn}


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
        source="notes, § Gradient descent, § Neural network, § Derivatives of activation functions",
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
)

EXPERIMENT = Experiment(CLAIMS, trial, figures, trains=False, quick=("trial.output=sigmoid",))
