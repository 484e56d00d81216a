"""The backward pass and its misprints: each misprint by name, verdicts both ways, and the right pass broken."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments import backpropagation
from experiments.backpropagation import CLAIMS, MISPRINTS, trial
from sandbox.analysis import form_check
from sandbox.analysis.form_check import cases
from sandbox.analysis.misprints import FORMS, RIGHT, Form
from sandbox.claims.judge import judge
from sandbox.config.schema import RunConfig, TrackingConfig
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.network import backward
from sandbox.system.errors import InputError
from sandbox.trial.table import rows

CLAIM = {claim.id: claim for claim in CLAIMS}


def table(form: str = RIGHT, **columns: Any) -> pd.DataFrame:
    """What is expected of every form, but for the one that is changed."""
    arms = []
    for name in FORMS:
        right = name == RIGHT
        known = {"largest_error": 1e-9 if right else 1.0, "smallest_error": 1e-12 if right else 0.5}
        misfit = {"n2_by_1": 8.0, "db_as_dw": 8.0, "transposed_w": 6.0}.get(name, 0.0)
        known |= {"misshapen": misfit, "oblong": 6.0} | (columns if name == form else {})
        arms.append(pd.DataFrame({"replicate": range(10), "trial.form": name, **known}))
    return pd.concat(arms, ignore_index=True).assign(**{"trial.output": "sigmoid"})


def test_verdicts_go_both_ways() -> None:
    one_in_ten = np.append(np.zeros(9), 1.0)
    assert {judge(claim, table()).verdict for claim in CLAIMS} == {"holds"}
    assert judge(CLAIM["shapes"], table(misshapen=one_in_ten)).verdict == "fails"
    assert judge(CLAIM["backprop-right"], table(largest_error=one_in_ten)).verdict == "fails"
    assert judge(CLAIM["misprints-fail"], table(largest_error=1.0)).verdict == "invalid"
    assert judge(CLAIM["backprop-right"], table("g_for_slope", smallest_error=1e-9)).verdict == "invalid"
    assert judge(CLAIM["shapes"], table("n2_by_1", misshapen=0.0)).verdict == "invalid"
    assert judge(CLAIM["transposed-w"], table("transposed_w", misshapen=5.0)).verdict == "fails"
    assert judge(CLAIM["transposed-w"], table(misshapen=one_in_ten)).verdict == "invalid"


@pytest.mark.parametrize("form", MISPRINTS)
def test_one_misprint_that_passes_is_enough_for_another_verdict(form: str) -> None:
    verdict = judge(CLAIM["misprints-fail"], table(form, smallest_error=1e-9))
    assert verdict.verdict in {"fails", "holds where", "invalid"}
    assert f"trial.form={form}" in verdict.text


@pytest.fixture
def few_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three activations, up to two hidden layers."""
    few = {name: ACTIVATIONS[name] for name in ("sigmoid", "tanh", "leaky_relu")}
    for module in (backpropagation, form_check):
        monkeypatch.setattr(module, "ACTIVATIONS", few)
        monkeypatch.setattr(module, "DEPTHS", np.array([1, 2]))
    cases.cache_clear()


def tiny_run(form: str, output: str = "softmax") -> pd.DataFrame:
    settings = {"form": form, "output": output}
    config = RunConfig(replicates=3, trial=settings, tracking=TrackingConfig(kind="none"))
    return rows(form, config, trial(config))


@pytest.mark.usefixtures("few_cases")
@pytest.mark.parametrize("form", MISPRINTS)
def test_every_misprint_fails_the_check_that_the_right_form_passes(form: str) -> None:
    assert (tiny_run(RIGHT)["largest_error"] < 1e-7).all()
    assert (tiny_run(form)["smallest_error"] > 1e-3).all()


@pytest.mark.usefixtures("few_cases")
def test_a_dropped_slope_in_the_right_form_changes_the_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_slope(network: Any, parameters: Any, trace: Any, Y: Any) -> Any:
        flat = tuple(g.__class__(g.function, lambda z, a: np.ones_like(z), 1.0, "") for g in network.hidden)
        return backward(network._replace(hidden=flat), parameters, trace, Y)

    monkeypatch.setitem(FORMS, RIGHT, Form("sabotage", backward=without_slope))
    frame = pd.concat([tiny_run(RIGHT), tiny_run("g_for_slope")])
    assert judge(CLAIM["backprop-right"], frame).verdict == "fails"


@pytest.mark.usefixtures("few_cases")
def test_a_misprint_that_is_none_changes_the_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FORMS, "sum_to_n", FORMS[RIGHT])
    frame = pd.concat([tiny_run(form) for form in FORMS])
    assert judge(CLAIM["misprints-fail"], frame).verdict == "fails"


def test_numpy_lets_a_bias_grow_into_a_matrix() -> None:
    """b - alpha dW, what the misprinted db would do, raises no error: only the shape tells."""
    b, dW = np.zeros((3, 1)), np.ones((3, 2))
    assert (b - 0.1 * dW).shape == (3, 2)


def test_an_unknown_form_or_output_is_a_mistake() -> None:
    with pytest.raises(InputError, match=r"trial.form: .*did you mean 'sum_to_n'"):
        tiny_run("sum_to_m")
    with pytest.raises(InputError, match=r"trial.output: .*did you mean 'softmax'"):
        tiny_run(RIGHT, "sofmax")
