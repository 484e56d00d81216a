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


def made_up(zero: float, normal: float, **settings: str) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    arms = [
        pd.DataFrame({"init": init, "replicate": range(120), "train/loss": loss * rng.uniform(0.95, 1.0, size=120)})
        for init, loss in (("zero", zero), ("normal", normal))
    ]
    known = {"activation": "tanh", "dataset": "moons"} | settings
    return pd.concat(arms).assign(**known, seed=0, **{"dataset.samples": 100})


def test_zero_fails_where_it_learns_less_than_half_and_not_where_more_or_where_arms_are_swapped() -> None:
    assert judge(CLAIM["zero-fails"], made_up(0.69, 0.1)).verdict == "holds"
    assert judge(CLAIM["zero-fails"], made_up(0.3, 0.1)).verdict == "fails"  # two thirds of it
    assert judge(CLAIM["zero-fails"], made_up(0.1, 0.69)).verdict == "fails"


def test_where_normal_draws_mostly_fail_beside_each_other_the_verdict_is_invalid() -> None:
    half_fail = made_up(0.69, 0.1)
    lost = (half_fail["init"] == "normal") & (half_fail["replicate"] % 2 == 0)
    half_fail.loc[lost, "train/loss"] = 0.69
    learned_less = CLAIM["zero-fails"].control.measure(half_fail)  # type: ignore[union-attr]
    assert learned_less.mean() == pytest.approx(0.5)
    always = replace(CLAIM["zero-fails"].control, measure=lambda rows: learned_less * 0 + 1)  # type: ignore[type-var]
    assert judge(replace(CLAIM["zero-fails"], control=always), made_up(0.69, 0.1)).verdict == "invalid"


def test_a_network_that_learns_anything_is_not_frozen() -> None:
    assert judge(CLAIM["zero-freezes"], made_up(np.log(2) / 0.99, 0.1)).verdict == "fails"
    frozen = made_up(np.log(2), 0.1)
    frozen.loc[frozen["init"] == "zero", "train/loss"] = np.log(2)
    assert judge(CLAIM["zero-freezes"], frozen).verdict == "holds"


def test_sigmoid_learns_as_one_unit_where_labels_do_not_balance_and_nothing_where_they_do() -> None:
    tanh = made_up(np.log(2), 0.1)
    tanh.loc[tanh["init"] == "zero", "train/loss"] = np.log(2)
    claim = CLAIM["zero-learns-as-one"]
    assert judge(claim, pd.concat([made_up(0.3, 0.1, activation="sigmoid"), tanh])).verdict == "holds"
    assert judge(claim, pd.concat([tanh.assign(activation="sigmoid"), tanh])).verdict == "fails"
    moving = made_up(0.3, 0.1)  # tanh, which is to be frozen
    assert judge(claim, pd.concat([moving.assign(activation="sigmoid"), moving])).verdict == "invalid"
