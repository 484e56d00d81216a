"""Rounding as the only thing that tells equal units apart: products by hand, and the verdict in both directions."""

import numpy as np
import pandas as pd
import pytest

from experiments.rounding import CLAIMS, REACH, trial
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, ProbesConfig, RunConfig
from sandbox.system.errors import InputError
from sandbox.trial.table import rows

(CLAIM,) = CLAIMS


def made_up(blas: float, in_order: float, nudged: float) -> pd.DataFrame:
    """Networks whose units are so far apart at width 7, and equal at all others."""
    parts = []
    for product, apart in (("blas", blas), ("in_order", in_order), ("nudged", nudged)):
        part = pd.DataFrame({"replicate": range(3), "seed": 0, "trial.product": product})
        for curve in REACH:
            part[curve] = part[f"{curve}:max"] = np.array([0.0, 0.0, apart]) * (curve == "spread/width07")
        parts.append(part.assign(**{"trial.precision": "float32", "dataset": "moons"}))
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize(
    ("blas", "in_order", "nudged", "verdict"),
    [
        (0.5, 0.0, 0.5, "holds"),  # one network in one width is enough
        (0.0, 0.0, 0.5, "fails"),
        (1e-7, 0.0, 0.5, "fails"),  # rounding that does not grow breaks nothing
        (0.5, 1e-16, 0.5, "invalid"),  # something else than the order of sums parts units
        (0.0, 0.0, 0.0, "invalid"),  # nothing could have been seen
    ],
)
def test_the_verdict_follows_the_network_that_is_broken_most(
    blas: float, in_order: float, nudged: float, verdict: str
) -> None:
    assert judge(CLAIM, made_up(blas, in_order, nudged)).verdict == verdict


def test_a_short_run_keeps_ordered_sums_exactly_equal_and_lets_a_nudged_bit_grow() -> None:
    parts = {}
    for product in ("in_order", "nudged"):
        config = RunConfig(
            steps=400,
            replicates=2,
            dataset=DatasetConfig("circles", samples=50),
            probes=ProbesConfig(steps=[0, 400]),
            trial={"product": product, "precision": "float32"},
        )
        parts[product] = rows(product, config, trial(config))[list(REACH)]
    assert (parts["in_order"] == 0).all().all()
    assert parts["nudged"].to_numpy().max() > 1e-3


def test_an_unknown_product_is_named() -> None:
    with pytest.raises(InputError, match=r"trial.product: expected one of blas, .*, got 'blass'; did you mean 'blas'"):
        trial(RunConfig(trial={"product": "blass", "precision": "float64"}))
