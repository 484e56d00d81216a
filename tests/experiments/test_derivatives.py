"""Slopes against 50 digits: the yardstick against a second one, verdicts both ways, and slopes that are slightly wrong."""

from typing import Any

import mpmath
import numpy as np
import pandas as pd
import pytest

from experiments.derivatives import CLAIMS, trial
from sandbox.analysis.slopes import CANCELLATION_FREE, EXPONENTS, difference_errors, error_of, exact, slope
from sandbox.claims.judge import judge
from sandbox.config.schema import RunConfig, TrackingConfig
from sandbox.system.errors import InputError
from sandbox.trial.table import rows

CLAIM = {claim.id: claim for claim in CLAIMS}
Z = np.array([-700.0, -37.5, -1.0, -1e-8, 1e-8, 0.3, 20.0, 350.0, 700.0])


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
    assert judge(CLAIM[claim], table()).verdict == "supported"
    assert judge(CLAIM[claim], table(**{column: [2.0] * 19 + [wrong]})).verdict == "refuted"
    assert judge(CLAIM[claim], table(**{control: broken})).verdict == "invalid"


@pytest.mark.parametrize(
    ("name", "truth"),
    [
        ("sigmoid", lambda z: 1 / ((1 + mpmath.exp(-z)) * (1 + mpmath.exp(z)))),
        ("tanh", lambda z: mpmath.sech(z) ** 2),
    ],
)
def test_the_50_digits_are_those_of_another_library(name: str, truth: Any) -> None:
    value, rest = exact(name, Z)
    with mpmath.workdps(60):
        for z, v, r in zip(Z.tolist(), value.tolist(), rest.tolist(), strict=True):
            expected = truth(mpmath.mpf(z))
            assert abs(mpmath.mpf(v) + mpmath.mpf(r) - expected) <= abs(expected) * mpmath.mpf(2) ** -100 + 5e-324


def test_an_error_below_the_last_digit_of_a_double_is_seen() -> None:
    value, rest = exact("tanh", np.array([0.3]))
    assert error_of(value, (value, rest)) == np.abs(rest)
    assert np.isinf(error_of(np.array([np.nan]), (value, rest)))


def test_printed_forms_take_far_slopes_for_zero_and_the_others_do_not() -> None:
    z = np.array([40.0])  # 1 - sigmoid(40) is 4e-18, which is nothing next to 1
    assert slope("sigmoid", "printed", z) == 0.0
    assert slope("sigmoid", "cancellation_free", z) == pytest.approx(np.exp(-40.0), rel=1e-14)
    assert slope("tanh", "cancellation_free", z) == pytest.approx(4 * np.exp(-80.0), rel=1e-14)


def tiny_run(**settings: Any) -> pd.DataFrame:
    trial_settings = {"form": "cancellation_free", "error": "relative"} | settings
    config = RunConfig(replicates=3, activation="sigmoid", trial=trial_settings, tracking=TrackingConfig(kind="none"))
    return rows("run", config, trial(config))


def test_a_slope_wrong_in_its_thirteenth_digit_changes_both_verdicts(monkeypatch: pytest.MonkeyPatch) -> None:
    right = CANCELLATION_FREE["sigmoid"]
    assert {judge(claim, tiny_run()).verdict for claim in CLAIMS} == {"supported"}
    monkeypatch.setitem(CANCELLATION_FREE, "sigmoid", lambda z: right(z) * (1 + 1e-13))
    assert judge(CLAIM["closed-forms"], tiny_run()).verdict == "refuted"
    monkeypatch.setitem(CANCELLATION_FREE, "sigmoid", lambda z: right(z) * (1 + 1e-6))
    assert judge(CLAIM["closed-more-precise"], tiny_run()).verdict == "refuted"


def test_differences_are_worst_at_either_end_of_the_steps() -> None:
    """Truncation at one, rounding at the other: a curve with its least in between, further down for central ones."""
    z = np.linspace(-5, 5, 50)[None]
    forward, central = difference_errors("tanh", "absolute", z, exact("tanh", z))
    for curve, steps in ((forward, range(6, 10)), (central, range(4, 7))):
        assert EXPONENTS[curve[:, 0].argmin()] in steps
        assert curve[0, 0] > 1e3 * curve.min()
        assert curve[-1, 0] > 1e3 * curve.min()
    assert central.min() < 1e-2 * forward.min()


def test_an_unknown_form_is_a_mistake() -> None:
    with pytest.raises(InputError, match=r"trial.form: .*did you mean 'printed'"):
        tiny_run(form="print")
