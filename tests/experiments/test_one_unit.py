"""Equal units as one unit, and what stands still at zero: exact theorems on real runs, and sabotage."""

import itertools
from dataclasses import replace

import pandas as pd
import pytest

from experiments import one_unit
from experiments.one_unit import CLAIMS, as_said, trial
from sandbox.analysis.equal_units import Rates
from sandbox.claims.judge import judge
from sandbox.config.schema import DatasetConfig, InitConfig, ProbesConfig, RunConfig
from sandbox.nn.network import Parameters
from sandbox.trial.table import rows

ONE_UNIT, SADDLE = CLAIMS
CONFIG = RunConfig(hidden=[4], steps=100, replicates=3, learning_rate=1.0, probes=ProbesConfig(count=5))


def table(
    *inits: InitConfig, samples: tuple[int, ...] = (100, 101), activations: tuple[str, ...] = ("sigmoid", "tanh")
) -> pd.DataFrame:
    runs = []
    for init, m, activation in itertools.product(inits, samples, activations):
        config = replace(CONFIG, init=init, activation=activation, dataset=DatasetConfig("moons", samples=m))
        runs.append(rows(f"{init.name} {m} {activation}", config, trial(config)))
    return pd.concat(runs, ignore_index=True)


ZERO, CONSTANT, COPIES = InitConfig("zero"), InitConfig("constant", scale=0.5), InitConfig("normal")


def test_a_short_run_of_four_equal_units_is_that_of_one_unit() -> None:
    assert judge(ONE_UNIT, table(ZERO, CONSTANT, COPIES)).verdict == "holds"


def test_at_other_rates_it_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def same_rates(parameters: Parameters, rate: float) -> Rates:
        return ((rate, rate),) * len(parameters)

    monkeypatch.setattr(one_unit, "merged_rates", same_rates)
    assert judge(ONE_UNIT, table(CONSTANT, COPIES)).verdict == "fails"


def test_units_of_their_own_are_not_one_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_unit, "equalised", lambda parameters: parameters)
    assert judge(ONE_UNIT, table(CONSTANT, COPIES)).verdict == "holds where"  # refuted for the random ones


def test_zero_weights_stand_still_where_g_of_0_is_0_and_move_as_one_unit_where_labels_do_not_balance() -> None:
    zero = table(ZERO, activations=("sigmoid", "tanh", "relu"))
    said = {key: as_said(part).unique().tolist() for key, part in zero.groupby(["activation", "dataset.samples"])}
    assert said.pop(("sigmoid", 100)) == [0.0]  # balanced: nothing moves at all, and moons are not symmetric
    assert said == {key: [1.0] for key in said}
    balanced = zero[(zero["activation"] == "sigmoid") & (zero["dataset.samples"] == 100)]
    assert (balanced[["path/W1", "path/b1", "path/W2", "path/b2"]] == 0).all().all()
    # without zeros nothing stands still: the claim falls in every stratum that it calls frozen
    assert judge(SADDLE, pd.concat([zero, table(COPIES, activations=("sigmoid", "tanh", "relu"))])).verdict == "fails"


def test_weights_that_are_not_zero_do_not_stand_still() -> None:
    both = table(ZERO, COPIES, samples=(101,))
    assert judge(SADDLE, both).verdict == "holds"
    swapped = both.assign(init=both["init"].map({"zero": "normal", "normal": "zero"}))
    assert judge(SADDLE, swapped).verdict == "invalid"  # the control, which must move, stands still
    moving = pd.concat([both[both["init"] == "normal"].assign(init="zero"), both[both["init"] == "normal"]])
    assert {part.stratum.split()[0]: part.verdict for part in judge(SADDLE, moving).strata} == {
        "activation=sigmoid": "supported",
        "activation=tanh": "refuted",
    }
