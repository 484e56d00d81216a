"""How deep can networks be trained, by the scale of their weights?

Weights are N(0, sigma^2 / n), biases 0. Mean-field theory of very wide networks says where gradients vanish and where they
explode, the edge of chaos between them, and that depths of a few depth scales can be trained (Schoenholz et al. 2017).
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pandas as pd

from sandbox.analysis.mean_field import depth_scale, gradient_ratio, variances
from sandbox.claims.claim import A_CORRELATION, NEARLY_ALWAYS, Claim, Control, above, below
from sandbox.claims.rows import KEYS, numbers_of
from sandbox.trial.experiment import Experiment

DEEP = 8  # hidden layers from which on a gradient has a way to go
CLEAR = 0.5  # orders of magnitude: less might be the luck of 32 units
INSIDE, OUTSIDE = 3, 12  # depth scales; the paper's own networks could be trained up to about 6
THEORY = "Schoenholz et al. 2017"


def depths(rows: pd.DataFrame) -> pd.Series:
    """Hidden layers of each row's network."""
    return rows["hidden"].astype(str).str.count("-") + 1


def measured(rows: pd.DataFrame) -> pd.Series:
    """log10 of the norm of dJ/dZ of the first hidden layer over the last one's, before training."""
    first, found = numbers_of(rows, "gradient_z/layer1:first"), pd.Series(np.nan, rows.index)
    for depth in depths(rows).unique():
        here = depths(rows) == depth
        with np.errstate(divide="ignore", invalid="ignore"):
            found[here] = np.log10(first[here] / numbers_of(rows[here], f"gradient_z/layer{depth}:first"))
    return found


def told(rows: pd.DataFrame, by: Callable[[str, float, int], float]) -> pd.Series:
    """What a function of activation, sigma and depth says of each row."""
    settings = zip(rows["activation"], rows["init.scale"], depths(rows), strict=True)
    return pd.Series(
        [by(str(activation), float(sigma), int(depth)) for activation, sigma, depth in settings], rows.index
    )


@lru_cache(maxsize=4096)
def by_theory(activation: str, sigma: float, depth: int) -> float:
    return gradient_ratio(activation, sigma, depth)


@lru_cache(maxsize=4096)
def without_slopes(activation: str, sigma: float, depth: int) -> float:
    """The same for a theory that forgets g', or takes it for 1."""
    return (len(variances(activation, sigma, 1.0, depth)) - 1) * float(np.log10(sigma))


@lru_cache(maxsize=4096)
def in_depth_scales(activation: str, sigma: float, depth: int) -> float:
    return depth / depth_scale(activation, sigma)


def averaged(values: pd.Series, rows: pd.DataFrame, how: str = "mean") -> pd.Series:
    """One number for each replicate from those of its arms."""
    keys = [rows[key] for key in KEYS if key in rows.columns]
    numbers: pd.Series = values.groupby(keys).agg(how)
    return numbers


def deep(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[depths(rows) >= DEEP]


def right_sign(rows: pd.DataFrame) -> pd.Series:
    """Of the arms in which the theory has a clear say, the share in which gradients go its way."""
    rows = deep(rows)
    expected = told(rows, by_theory)
    rows, expected = rows[expected.abs() >= CLEAR], expected[expected.abs() >= CLEAR]
    return averaged((np.sign(measured(rows)) == np.sign(expected)).astype(float), rows)


def smaller_side(rows: pd.DataFrame) -> pd.Series:
    """The share of these arms in which the theory says what it says less often."""
    rows = deep(rows)
    expected = told(rows, by_theory)
    rows = rows[expected.abs() >= CLEAR]
    shrinks = averaged((expected[expected.abs() >= CLEAR] < 0).astype(float), rows)
    return shrinks.where(shrinks <= 0.5, 1 - shrinks)


def error(rows: pd.DataFrame, by: Callable[[str, float, int], float] = by_theory) -> pd.Series:
    """By how much a layer's factor is off, in orders of magnitude; the median of the arms."""
    rows = deep(rows)
    return averaged((measured(rows) - told(rows, by)).abs() / (depths(rows) - 1), rows, "median")


def error_without_slopes(rows: pd.DataFrame) -> pd.Series:
    return error(rows, without_slopes)


def learned(rows: pd.DataFrame) -> pd.Series:
    """1 where J has fallen below the threshold."""
    return (numbers_of(rows, "steps_to_threshold") < np.inf).astype(float)


def inside_more_than_outside(rows: pd.DataFrame) -> pd.Series:
    """The share that has learned of the arms within a few depth scales, less that of those far beyond."""
    scales = told(rows, in_depth_scales)
    inside, outside = (rows[chosen] for chosen in (scales <= INSIDE, scales >= OUTSIDE))
    return averaged(learned(inside), inside) - averaged(learned(outside), outside)


def shallow_learned(rows: pd.DataFrame) -> pd.Series:
    shallow = rows[(depths(rows) == 2) & rows["init.scale"].between(1.0, 4.0)]
    return averaged(learned(shallow), shallow)


CLAIMS = (
    Claim(
        "edge-of-chaos",
        "At the start gradients shrink towards the input below the edge of chaos, and grow above it.",
        source=f"{THEORY}, § 3.2",
        measure=right_sign,
        where={"activation": ("tanh", "relu")},
        strata=("activation",),
        statistic="mean",
        prediction=NEARLY_ALWAYS,
        reason="32 units are far from infinitely many, but where the theory expects half an order or more nine in ten should agree",
        effect="of the networks of 8 hidden layers or more for which theory expects half an order or more, the share that goes its way",
        control=Control(
            "both ways are to be expected, so that always to say the same would be wrong in a fifth of the networks at least",
            smaller_side,
            above(0.2),
            where={"activation": ("tanh", "relu")},
        ),
    ),
    Claim(
        "mean-field-gradient",
        "From layer to layer they change by the factor that the mean-field theory gives.",
        source=f"{THEORY}, eq. 15",
        measure=error,
        strata=("activation",),
        statistic="median",
        prediction=below(0.05),
        reason="a twentieth of an order is 12 % for each layer; the luck of 32 units, about a fifth for one layer, averages out over "
        "eight or more",
        effect="orders of magnitude by which the factor for a layer is off",
        unit="orders",
        control=Control(
            "a theory that forgets the slopes, chi = sigma^2, is further off",
            error_without_slopes,
            above(0.05),
            statistic="median",
            where={"activation": ("relu", "sigmoid")},
        ),
    ),
    Claim(
        "trainable-depth",
        "Networks can be trained that are a few depth scales deep, and not those that are much deeper.",
        source=f"{THEORY}, § 4",
        measure=inside_more_than_outside,
        where={"activation": "tanh"},
        statistic="mean",
        prediction=above(0.5),
        reason="the paper's networks learned up to about 6 depth scales; half as many should, twice as many should not, and half of "
        "the difference between all and none is left for learning too slow to be seen in 300 steps",
        limits=A_CORRELATION,
        effect="share of tanh networks within 3 depth scales that learned, less that of networks beyond 12 (at most 1)",
        control=Control(
            "networks of two hidden layers learn in so many steps, at scales from 1 to 4",
            shallow_learned,
            NEARLY_ALWAYS,
            statistic="mean",
            where={"activation": "tanh"},
        ),
    ),
)

HIDDEN = ",".join(str([32] * depth).replace(" ", "") for depth in (2, 8, 24))
EXPERIMENT = Experiment(
    CLAIMS,
    quick=("init.scale=0.5,4", f"hidden={HIDDEN}"),
    charts=("train/loss", "gradient_z/layer1"),
)
