"""Times of gradients: verdicts both ways, and differences that are a gradient and leave the network as it was."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments import derivative_speed
from experiments.derivative_speed import CLAIMS, PARAMETERS, WIDTHS, trial
from sandbox.analysis.gradient_check import central_differences, draw
from sandbox.claims.judge import judge
from sandbox.config.schema import RunConfig, TrackingConfig
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.network import Network, backward, forward
from sandbox.nn.outputs import OUTPUTS

CLAIM = {claim.id: claim for claim in CLAIMS}


def table(**columns: Any) -> pd.DataFrame:
    known = {"least_ratio": 3.0, "growth": 1.0, "time_ratio/itself:mean": 1.0, "time_ratio/itself:max": 1.1}
    arms = [pd.DataFrame({"replicate": range(32), "activation": name, **known, **columns}) for name in ("tanh", "relu")]
    return pd.concat(arms, ignore_index=True)


@pytest.mark.parametrize(
    ("claim", "wrong", "broken"),
    [
        ("closed-faster", {"least_ratio": 0.8}, {"time_ratio/itself:mean": 0.5}),
        ("closed-faster-grows", {"growth": 0.1}, {"time_ratio/itself:max": 4.0}),
    ],
)
def test_verdicts_go_both_ways(claim: str, wrong: dict[str, float], broken: dict[str, float]) -> None:
    assert judge(CLAIM[claim], table()).verdict == "holds"
    assert judge(CLAIM[claim], table(**wrong)).verdict == "fails"
    assert judge(CLAIM[claim], table(**broken)).verdict == "invalid"


def test_some_repetitions_disturbed_by_others_do_not_change_the_verdict() -> None:
    disturbed = np.where(np.arange(32) % 8 == 0, 0.2, 3.0)
    assert judge(CLAIM["closed-faster"], table(least_ratio=disturbed)).verdict == "holds"


def test_what_is_timed_against_the_backward_pass_is_its_equal() -> None:
    network = Network((ACTIVATIONS["tanh"],), OUTPUTS["sigmoid"])
    parameters, X, Y = draw(network, (2, 3, 1), 10, np.random.default_rng(0))
    before = [part.copy() for layer in parameters for part in layer]
    by_differences = central_differences(network, parameters, X, Y)
    gradients = backward(network, parameters, forward(network, parameters, X), Y)
    closed = [part for layer in gradients for part in layer]
    for a, b in zip(by_differences, closed, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-9)
    assert all((a == part).all() for a, part in zip(before, (p for layer in parameters for p in layer), strict=True))


def test_parameters_are_counted_as_they_are() -> None:
    for n, count in zip(WIDTHS, PARAMETERS, strict=True):
        assert count == n * 2 + n + n + 1


def test_a_closed_form_in_the_place_of_the_differences_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotage of a clock: what is the same must come out the same, within the noise of a loaded machine."""
    config = RunConfig(replicates=4, activation="tanh", tracking=TrackingConfig(kind="none"))
    monkeypatch.setattr(
        derivative_speed,
        "central_differences",
        lambda network, parameters, X, Y: backward(network, parameters, forward(network, parameters, X), Y),
    )
    assert np.median(trial(config).curves["time_ratio"]) < 2.0
