"""Can floating-point rounding alone break the symmetry of equal units, and at which widths?

Every network starts as n copies of one random unit. In exact arithmetic they stay equal for ever. Whether they do here
depends on the order in which sums are taken: a matrix product may round equal rows differently, because its kernel treats
the rows at the edge of a block in another way. One run trains all widths from 2 to 16, so the outcome belongs to this
machine's BLAS.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from sandbox.analysis.equal_units import equalised
from sandbox.analysis.products import PRODUCTS, descend, spread
from sandbox.claims.claim import Claim, Control, Interval, above
from sandbox.claims.rows import per_replicate, select
from sandbox.config.checks import setting
from sandbox.nn.network import Layer
from sandbox.trial.build import Setup
from sandbox.trial.experiment import Experiment, Outcome, RunConfig

WIDTHS = range(2, 17)
PRECISIONS = ("float32", "float64")
STRATA = ("trial.precision", "dataset")
BROKEN = 0.1  # the least spread that random weights have: units that are this far apart are no longer nearly equal
REACH = tuple(f"spread/width{n:02}" for n in WIDTHS)


def trial(config: RunConfig) -> Outcome:
    """The spread between units at every width, after gradient descent in the precision and with the product given."""
    precision, name = setting(config, "precision", PRECISIONS), setting(config, "product", PRODUCTS)
    setup = Setup(config)
    steps, X, Y = setup.steps, setup.data.X.astype(precision), setup.data.Y.astype(precision)
    curves = {}
    for n, curve in zip(WIDTHS, REACH, strict=True):
        at_n = Setup(replace(config, hidden=[n]))
        network, parameters = at_n.network, equalised(at_n.start)
        parameters = tuple(Layer(W.astype(precision), b.astype(precision)) for W, b in parameters)
        if name == "nudged":
            first = parameters[0].weights[:, 0, 0]
            parameters[0].weights[:, 0, 0] = np.nextafter(first, 2 * first)
        seen, now = [], 0
        for step in steps:
            for _ in range(step - now):
                parameters = descend(network, parameters, X, Y, config.learning_rate, PRODUCTS[name])
            now = step
            seen.append(spread(parameters))
        curves[curve] = np.stack(seen).astype(np.float64)
    last = np.stack([curve[-1] for curve in curves.values()])
    counted = {"widths/unequal": (last > 0).sum(axis=0), "widths/broken": (last > BROKEN).sum(axis=0)}
    return Outcome(
        np.array(steps, dtype=np.int64), curves, {key: value.astype(float) for key, value in counted.items()}
    )


def most_broken(rows: pd.DataFrame) -> pd.Series:
    """The largest spread of all widths and replicates, for every replicate: "can" asks for one network, not for all."""
    last = pd.concat([per_replicate(rows, curve) for curve in REACH], axis=1)
    return pd.Series(last.to_numpy().max(), index=last.index)


def only_a_difference_breaks(rows: pd.DataFrame) -> pd.Series:
    """1 where sums in one order kept units exactly equal at all widths, and the nudged bit broke some network."""
    kept = pd.concat([per_replicate(select(rows, {"trial.product": "in_order"}), f"{c}:max") for c in REACH], axis=1)
    nudged = most_broken(select(rows, {"trial.product": "nudged"}))
    return ((kept == 0).all(axis=1) & (nudged > BROKEN)).astype(float)


CLAIMS = (
    Claim(
        "rounding-breaks-symmetry",
        "Exact symmetry can be broken by floating-point rounding alone, at some widths, after many steps.",
        source="the sandbox's own; compare the notes, § Random initialisation, where it is kept for ever",
        measure=most_broken,
        statistic="all",
        where={"trial.product": "blas"},
        strata=STRATA,
        prediction=above(BROKEN),
        reason="'can' asks for one network among all widths and draws; one whose units are as far apart as random ones at "
        "their nearest is broken beyond doubt",
        effect="relative spread between the units of the network that is broken most, after the last step",
        control=Control(
            "with sums in one order units stay equal to the last bit, and one nudged bit is enough to part them",
            only_a_difference_breaks,
            Interval(1.0, 1.0),
            strata=STRATA,
        ),
    ),
)

# It trains, but networks of 15 widths in one run have no card.
EXPERIMENT = Experiment(CLAIMS, trial, trains=False, quick=("dataset=circles",))
