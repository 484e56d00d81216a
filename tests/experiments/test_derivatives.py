"""Slopes against 50 digits: the yardstick against a second one, verdicts both ways, and slopes that are slightly wrong."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.derivatives import CLAIMS, trial
from sandbox.analysis.slopes import CANCELLATION_FREE
from sandbox.claims.judge import judge
from sandbox.config.schema import RunConfig, TrackingConfig
from sandbox.system.errors import InputError
from sandbox.trial.table import rows

CLAIM = {claim.id: claim for claim in CLAIMS}


def table(**columns: Any) -> pd.DataFrame:
    known = {"ulps": 2.0, "ulps_of_g": 1e12, "times_more_precise": 1e4, "times_more_precise/g": 1e-9}
    strata = {"activation": "tanh", "trial.form": "printed", "trial.error": "absolute"}
    return pd.DataFrame({"replicate": range(20), **strata, **known, **columns})


@pytest.mark.parametrize(
    ("claim", "column", "wrong", "control", "broken"),
    [
        ("closed-forms", "ulps", 1e6, "ulps_of_g", 1.0),
        ("closed-forms", "ulps", np.inf, "ulps_of_g", 1.0),
        ("closed-more-precise", "times_more_precise", 0.5, "times_more_precise/g", 10.0),
        ("closed-more-precise", "times_more_precise", 1.0, "times_more_precise/g", 10.0),
    ],
)
def test_verdicts_go_both_ways(claim: str, column: str, wrong: float, control: str, broken: float) -> None:
    assert judge(CLAIM[claim], table()).verdict == "holds"
    assert judge(CLAIM[claim], table(**{column: [2.0] * 19 + [wrong]})).verdict == "fails"
    assert judge(CLAIM[claim], table(**{control: broken})).verdict == "invalid"


def tiny_run(**settings: Any) -> pd.DataFrame:
    trial_settings = {"form": "cancellation_free", "error": "relative"} | settings
    config = RunConfig(replicates=3, activation="sigmoid", trial=trial_settings, tracking=TrackingConfig(kind="none"))
    return rows("run", config, trial(config))


def test_a_slope_wrong_in_its_thirteenth_digit_changes_both_verdicts(monkeypatch: pytest.MonkeyPatch) -> None:
    right = CANCELLATION_FREE["sigmoid"]
    assert {judge(claim, tiny_run()).verdict for claim in CLAIMS} == {"holds"}
    monkeypatch.setitem(CANCELLATION_FREE, "sigmoid", lambda z: right(z) * (1 + 1e-13))
    assert judge(CLAIM["closed-forms"], tiny_run()).verdict == "fails"
    monkeypatch.setitem(CANCELLATION_FREE, "sigmoid", lambda z: right(z) * (1 + 1e-6))
    assert judge(CLAIM["closed-more-precise"], tiny_run()).verdict == "fails"


def test_an_unknown_form_is_a_mistake() -> None:
    with pytest.raises(InputError, match=r"trial.form: .*did you mean 'printed'"):
        tiny_run(form="print")
