"""The demonstration's claims on small real runs, and what becomes of them when the code they depend on is broken."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from experiments.symmetry import CLAIMS
from sandbox.analysis.equal_units import equalised
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig
from sandbox.nn.network import Layer, Parameters
from sandbox.trial import build as trial_module
from sandbox.trial.build import initial_parameters
from sandbox.trial.table import rows
from sandbox.trial.train import train

CLAIM = {claim.id: claim for claim in CLAIMS}
CONFIG = RunConfig(
    activation="sigmoid",
    steps=300,
    replicates=60,
    dataset=DatasetConfig("circles", samples=61),
    probes=ProbesConfig(count=5, snapshots=0),
)
INITS = (InitConfig("zero"), InitConfig("constant", scale=0.5), InitConfig("normal"))


def table() -> pd.DataFrame:
    configs = [replace(CONFIG, init=init) for init in INITS]
    return pd.concat([rows(c.init.name, c, train(c)) for c in configs], ignore_index=True)


@pytest.mark.parametrize("claim", ["zero-symmetric", "equal-updates", "random-breaks"])
def test_the_exact_claims_hold_on_a_small_run(claim: str) -> None:
    assert judge(CLAIM[claim], table()).verdict == "holds"


def test_units_that_start_a_little_different_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def nudged(*arguments: object) -> Parameters:
        (W1, b1), *above = initial_parameters(*arguments)  # type: ignore[arg-type]
        W1[:, 0] += 1e-6
        return (Layer(W1, b1), *above)

    monkeypatch.setattr(trial_module, "initial_parameters", nudged)
    assert judge(CLAIM["zero-symmetric"], table()).verdict == "fails"
    assert judge(CLAIM["equal-updates"], table()).verdict == "fails"


def test_one_draw_for_all_units_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial_module, "initial_parameters", lambda *given: equalised(initial_parameters(*given)))
    assert judge(CLAIM["random-breaks"], table()).verdict == "fails"
    for claim in ("zero-symmetric", "equal-updates"):
        assert judge(CLAIM[claim], table()).verdict == "invalid"  # random units, the control, are equal as well


def made_up(zero: float, normal: float) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    arms = [
        pd.DataFrame({"init": init, "replicate": range(120), "test/loss": loss * rng.uniform(0.9, 1.1, size=120)})
        for init, loss in (("zero", zero), ("normal", normal))
    ]
    return pd.concat(arms).assign(seed=0, activation="tanh", dataset="moons")


def test_zero_fails_if_random_is_better_and_not_if_arms_are_swapped_or_equal() -> None:
    assert judge(CLAIM["zero-fails"], made_up(0.7, 0.1)).verdict == "holds"
    assert judge(CLAIM["zero-fails"], made_up(0.1, 0.7)).verdict == "fails"
    assert judge(CLAIM["zero-fails"], made_up(0.5, 0.5)).verdict == "fails"
