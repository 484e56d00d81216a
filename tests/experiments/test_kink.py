"""Exact zeros and the two conventions: bits compared, verdicts both ways, and conventions that are no longer two."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.kink import (
    CLAIMS,
    ZEROS,
    AtMost,
    MoreThan,
    largest_gap,
    over_all_steps,
    trial,
    without_first_weights,
    zeros,
    zeros_at_the_start,
)
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig, TrackingConfig
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.initialisers import initialise
from sandbox.nn.network import Layer
from sandbox.trial.table import rows

CLAIM = {claim.id: claim for claim in CLAIMS}
MATTERS, SAME_BITS = MoreThan("loss_gap/zero_first_weights", 0.0), AtMost("gap:max", 0.0)


def table(**columns: Any) -> pd.DataFrame:
    arms = []
    for init in ("normal", "zero"):
        zero = float(init == "zero")
        known = {"gap:max": 0.0, "loss_gap": 0.0, "gap/zero_first_weights:max": 0.1 * (1 - zero)}
        known["loss_gap/zero_first_weights"] = 0.1 * (1 - zero)
        known |= {"exactly_zero/layer1:first": zero, "exactly_zero/layer1:mean": zero, ZEROS: zero}
        changed = columns if init == "normal" else {}
        arms.append(pd.DataFrame({"replicate": range(60), "init": init, **known, **changed}))
    return pd.concat(arms, ignore_index=True).assign(hidden="4", dataset="moons")


def test_verdicts_go_both_ways() -> None:
    assert {judge(claim, table()).verdict for claim in CLAIMS} == {"holds"}
    one_in_sixty, half = np.append(np.zeros(59), 0.5), np.repeat([0.0, 0.5], 30)
    for claim, column in (("zero-is-rare", ZEROS), ("kink-convention", "loss_gap")):
        assert judge(CLAIM[claim], table(**{column: one_in_sixty})).verdict != "fails"
        assert judge(CLAIM[claim], table(**{column: half})).verdict == "fails"
    assert judge(CLAIM["kink-matters"], table(**{"loss_gap/zero_first_weights": 0.001})).verdict == "fails"
    assert judge(CLAIM["kink-convention"], table(**{"gap/zero_first_weights:max": 0.0})).verdict == "invalid"
    differing = table()
    differing.loc[differing["init"] == "zero", "gap:max"] = 0.1
    assert judge(CLAIM["kink-matters"], differing).verdict == "invalid"


def test_shares_of_zeros_are_averaged_over_the_layers() -> None:
    known = {"exactly_zero/layer1:mean": 0.0, "exactly_zero/layer2:mean": 0.5, "exactly_zero/layer2:first": 1.0}
    known |= {"exactly_zero/layer1:first": 0.0}
    frame = pd.DataFrame({"replicate": [0], **known})
    assert zeros(frame).tolist() == [0.25]
    assert zeros_at_the_start(frame).tolist() == [0.5]


def test_the_gap_is_zero_for_equal_bits_only() -> None:
    a = initialise("normal", (2, 3, 1), 3, seed=0)
    b = tuple(Layer(layer.weights.copy(), layer.bias.copy()) for layer in a)
    assert largest_gap(a, b).tolist() == [0.0, 0.0, 0.0]
    b[1].weights[1, 0, 0] = np.nextafter(b[1].weights[1, 0, 0], 9.0)
    for layers in (a, b):
        layers[0].weights[2] = np.nan  # both diverged, alike
    gaps = largest_gap(a, b)
    assert 0.0 < gaps[1] < 1e-15
    assert gaps[[0, 2]].tolist() == [0.0, 0.0]
    b[0].weights[2] = 1.0  # only one of them diverged
    assert np.isinf(largest_gap(a, b)[2])


def tiny_run(init: str, hidden: list[int], *, at: list[int] | None = None) -> pd.DataFrame:
    config = RunConfig(
        dataset=DatasetConfig(samples=20),
        init=InitConfig(name=init),
        probes=ProbesConfig(steps=at, names=["train/loss", "exactly_zero"]),
        tracking=TrackingConfig(kind="none"),
        activation="relu",
        hidden=hidden,
        learning_rate=0.1,
        steps=10,
        replicates=5,
        engine="numpy",
    )
    return rows(f"{init} {hidden}", config, trial(config))


def test_early_steps_weigh_no_more_than_late_ones() -> None:
    curve = np.array([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0], [0.0, 0.6, np.nan]])
    shares = over_all_steps(np.array([0, 1, 4]), curve)
    assert shares[:2] == pytest.approx([1 / 5, (0.2 + 0.4 + 0.6) / 5])
    assert np.isnan(shares[2])  # a network that diverged has no share


def test_zeros_over_all_steps_are_what_a_probe_of_every_step_finds() -> None:
    every, few = (tiny_run("normal", [2, 2], at=steps) for steps in ([*range(11)], [0, 1, 3, 10]))
    assert every[ZEROS].to_numpy() == pytest.approx(zeros(every).to_numpy())
    assert (zeros(every) > 0).any()
    assert few[ZEROS].to_numpy() == pytest.approx(every[ZEROS].to_numpy(), abs=0.05)


def test_zero_weights_differ_nowhere_although_z_is_zero_everywhere() -> None:
    """An exact theorem: W2 = 0 multiplies whatever the slope is."""
    frame = tiny_run("zero", [4])
    assert (frame["exactly_zero/layer1:min"] == 1.0).all()
    assert (frame["gap:max"] == 0.0).all()


def test_zero_first_weights_freeze_the_layer_by_one_convention_only() -> None:
    frame = tiny_run("normal", [4])
    assert (frame["gap/zero_first_weights:max"] > 0.0).all()


def test_conventions_that_are_one_make_no_difference_even_where_every_z_is_zero(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(ACTIVATIONS, "relu_kink0", ACTIVATIONS["relu"])
    frame = tiny_run("normal", [4])
    assert (frame["gap/zero_first_weights:max"] == 0).all() and (MATTERS(frame) == 0).all()


def test_a_slope_that_differs_beside_zero_too_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    relu = ACTIVATIONS["relu"]
    assert (SAME_BITS(tiny_run("normal", [4])) == 1).all()
    leaning = replace(relu, derivative=lambda z, a: (z > 0.1).astype(z.dtype))
    monkeypatch.setitem(ACTIVATIONS, "relu_kink0", leaning)
    assert (SAME_BITS(tiny_run("normal", [4])) == 0).all()


def test_only_the_first_weights_are_taken_away() -> None:
    parameters = initialise("normal", (2, 3, 1), 2, seed=0)
    first, second = without_first_weights(parameters)
    assert not first.weights.any()
    assert (second.weights == parameters[1].weights).all()
