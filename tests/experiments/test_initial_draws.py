"""How weights and biases are drawn: what each start promises, and verdicts both ways."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.initial_draws import CLAIMS, STARTS, Moves, start_of
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, RunConfig

CLAIM = {claim.id: claim for claim in CLAIMS}
R = 40


def started(name: str, activation: str = "relu") -> RunConfig:
    data = DatasetConfig("moons", samples=40)
    return RunConfig(hidden=[40, 30], activation=activation, replicates=30, dataset=data, trial={"start": name})


@pytest.mark.parametrize("name", STARTS)
@pytest.mark.parametrize(("activation", "gain"), [("tanh", 1.0), ("relu", 2.0)])
def test_weights_have_the_variance_that_the_start_promises(name: str, activation: str, gain: float) -> None:
    known = {"gain_5_3": 25 / 9, "root_n": 1 / 3, "zero": 0.0}
    for l, (W, b) in enumerate(start_of(started(name, activation))):
        n_in = W.shape[-1]
        spread = known.get(name, gain) / n_in
        assert abs(W.var() - spread) <= 5 * spread * np.sqrt(2.0 / W.size), l
        expected = {"bias_normal": 1.0, "bias_root_n": 1 / (3 * n_in), "root_n": 1 / (3 * n_in)}.get(name, 0.0)
        assert abs(b.var() - expected) <= 5 * expected * np.sqrt(2.0 / b.size) + 1e-30, l
        assert (b == 0.01).all() or name != "bias_hundredth"


def test_one_thing_is_changed_at_a_time() -> None:
    own, biased, anew = (start_of(started(name)) for name in ("own", "bias_normal", "redrawn"))
    assert all(np.array_equal(a.weights, b.weights) for a, b in zip(own, biased, strict=True))
    assert not any(np.array_equal(a.weights, b.weights) for a, b in zip(own, anew, strict=True))


def table(**lower: float) -> pd.DataFrame:
    """By how much the test loss of each start is lower, and the steps fewer, than that of the start that is its own."""
    rng, arms = np.random.default_rng(0), []
    for start in STARTS:
        for activation in ("tanh", "relu"):
            for rate in (0.1, 0.5, 2.5):
                gain = {"zero": -0.3, "redrawn": 0.02}.get(start, 0.0) + lower.get(start, 0.0)
                loss = 0.5 - gain + 1e-3 * rng.normal(size=R) + 0.1 * (rate != 0.5)
                arm: dict[str, Any] = {
                    "replicate": range(R),
                    "draw": range(R),
                    "test/loss": loss,
                    "steps_to_threshold": 100 * loss,
                }
                arm |= {"validation/loss": loss, "trial.start": start, "activation": activation, "learning_rate": rate}
                arms.append(pd.DataFrame(arm))
    return pd.concat(arms, ignore_index=True).assign(hidden="8", dataset="moons", overlap=0.0, steps=250)


@pytest.mark.parametrize(
    ("claim", "start", "sign"),
    [
        ("bias-init", "bias_normal", -1),
        ("bias-init-better", "bias_normal", 1),
        ("relu-bias", "bias_hundredth", 1),
        ("tanh-gain", "gain_5_3", 1),
        ("bound-root-n", "root_n", -1),
        ("bound-root-n-slower", "root_n", -1),
    ],
)
def test_a_difference_is_told_and_none_is_too(claim: str, start: str, sign: int) -> None:
    assert judge(CLAIM[claim], table(**{start: 0.1 * sign})).verdict == "holds"
    assert judge(CLAIM[claim], table(**{start: 0.0 if claim != "bound-root-n-slower" else 0.1})).verdict == "fails"


@pytest.mark.parametrize(
    ("claim", "start"), [("normal-or-uniform", "uniform"), ("normal-or-uniform-truncated", "truncated")]
)
def test_the_same_is_told_from_a_difference(claim: str, start: str) -> None:
    assert judge(CLAIM[claim], table()).verdict == "holds"
    assert judge(CLAIM[claim], table(**{start: 0.1})).verdict == "fails"


def test_what_moves_by_luck_alone_is_seen() -> None:
    one = table(bias_normal=0.03).query("activation == 'relu'")
    assert np.median(Moves("bias_normal", beyond="redrawn")(one)) == pytest.approx(0.01, abs=2e-3)
    assert judge(CLAIM["bias-init"], table(zero=0.3)).verdict in {"invalid", "fails"}
