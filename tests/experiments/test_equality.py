"""Zero or equality: verdicts both ways, what ReLU makes of zero weights, and sabotage."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from experiments.equality import CLAIMS, escapes, started
from sandbox.analysis.equal_units import descend_at
from sandbox.claims.judge import judge
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.initialisers import initialise
from sandbox.nn.network import Network, backward, forward
from sandbox.nn.outputs import OUTPUTS

R = 120
NOT_ZERO, BEST_RATE = CLAIMS
FREE, TRAPPED = (0.1, 2.0, 0.9), (0.6, 1.0, 0.0)  # loss, rank of W1, spread
START = {
    ("normal", None): FREE,
    ("normal", "1"): FREE,
    ("normal", "2"): FREE,
    ("normal", "1-2"): TRAPPED,
    ("constant", None): TRAPPED,
    ("constant", "1"): TRAPPED,
    ("constant", "2"): TRAPPED,
    ("constant", "1-2"): TRAPPED,
}


def table(changed: Mapping[tuple[str, str | None], tuple[float, float, float]]) -> pd.DataFrame:
    rng, parts = np.random.default_rng(0), []
    for (init, zeros), (loss, rank, spread) in (START | dict(changed)).items():
        for rate in (0.3, 3.0):
            noise = rng.uniform(0.9, 1.1, size=R)
            part = pd.DataFrame(
                {"replicate": range(R), "seed": 0, "train/loss": loss * noise, "test/loss": loss * noise}
            )
            part["rank/layer1"], part["spread/layer1:max"] = rank, spread
            parts.append(part.assign(init=init, learning_rate=rate, **{"init.zero_layers": zeros}))
    return pd.concat(parts, ignore_index=True).assign(activation="tanh", dataset="moons")


def test_equality_traps_where_equal_units_stay_and_half_zeros_come_free() -> None:
    assert judge(NOT_ZERO, table({})).verdict == "holds"


@pytest.mark.parametrize("zeros", ["1", "2"])
@pytest.mark.parametrize("outcome", [(0.6 * 1.3, 2.0, 0.9), (0.1, 1.0, 0.9)], ids=["no better", "one direction"])
def test_if_zeros_in_either_layer_trap_the_claim_falls(zeros: str, outcome: tuple[float, float, float]) -> None:
    rows = table({("normal", zeros): outcome})
    assert judge(NOT_ZERO, rows).verdict == "fails"
    assert escapes(rows[rows["learning_rate"] == 3.0])[f"trapped from normal, W{zeros} = 0"].all()


@pytest.mark.parametrize("init", [("constant", None), ("constant", "2"), ("normal", "1-2")])
def test_if_equal_units_part_the_verdict_is_invalid(init: tuple[str, str | None]) -> None:
    assert judge(NOT_ZERO, table({init: (0.6, 1.0, 1e-3)})).verdict == "invalid"


def test_zero_fails_at_every_rate_or_not_at_its_best() -> None:
    assert judge(BEST_RATE, table({})).verdict == "holds"
    assert judge(BEST_RATE, table({("constant", "1-2"): FREE})).verdict == "fails"
    rows = table({})
    # at one of its rates zero learns as much as normal draws do
    at_one_rate = (rows["init"] == "constant") & (rows["init.zero_layers"] == "1-2") & (rows["learning_rate"] == 3.0)
    rows.loc[at_one_rate, "train/loss"] = 0.1
    assert judge(BEST_RATE, rows).verdict == "fails"


def test_starts_have_names() -> None:
    assert set(started(table({}))["start"]) >= {"constant", "normal, W1 = 0", "constant, W1 = W2 = 0"}


@pytest.mark.parametrize(("activation", "stay"), [("relu", True), ("leaky_relu", True), ("tanh", False)])
def test_relu_units_that_start_at_zero_stay_multiples_of_each_other(activation: str, stay: bool) -> None:
    """w_i / v_i stays the same for all units i whose outgoing weights v_i have one sign."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(2, 40))
    Y = (np.square(X).sum(axis=0, keepdims=True) > 1.5).astype(float)
    network = Network((ACTIVATIONS[activation],), OUTPUTS["sigmoid"])
    parameters = initialise("normal", (2, 6, 1), 1, seed=0, zero_layers=[1])
    signs = np.sign(parameters[1].weights[0, 0])
    assert min((signs > 0).sum(), (signs < 0).sum()) >= 2
    for _ in range(200):
        gradients = backward(network, parameters, forward(network, parameters, X), Y)
        parameters = descend_at(parameters, gradients, ((0.3, 0.3), (0.3, 0.3)))
    (W1, b1), (W2, _) = parameters
    shapes = np.concatenate([W1[0], b1[0]], axis=1) / W2[0, 0, :, None]
    apart = max(float(np.ptp(shapes[signs == sign], axis=0).max()) for sign in (1, -1))
    assert (apart < 1e-9) == stay
