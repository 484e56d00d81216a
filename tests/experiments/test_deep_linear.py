"""Deep linear networks: the data, the starts, the exact solution by another route, and why random starts are slower."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import solve_ivp

import experiments.deep_linear as module
from experiments.deep_linear import CLAIMS, figures, trial
from sandbox.analysis.deep_linear import (
    START,
    STRENGTHS,
    balanced,
    half_times,
    mode_strengths,
    slopes,
    task_of,
    two_layers,
)
from sandbox.claims.judge import judge
from sandbox.config.schema import RunConfig
from sandbox.nn.network import stack
from sandbox.system.errors import InputError
from sandbox.trial.table import rows

CLAIM = {claim.id: claim for claim in CLAIMS}
CONFIG = RunConfig(hidden=[8], learning_rate=0.005, steps=2500, replicates=4, trial={"layers": 2, "start": "balanced"})


def test_inputs_are_white_and_centred_and_targets_have_the_chosen_singular_values() -> None:
    task = task_of(0)
    m = task.X.shape[1]
    np.testing.assert_allclose(task.X @ task.X.T / m, np.eye(5), atol=1e-12)
    np.testing.assert_allclose(task.X.sum(axis=1), 0, atol=1e-12)
    correlation = task.Y @ task.X.T / m
    np.testing.assert_allclose(np.linalg.svd(correlation, compute_uv=False), STRENGTHS, rtol=1e-12)
    np.testing.assert_allclose(task.U.T @ correlation @ task.V, np.diag(STRENGTHS), atol=1e-12)


@pytest.mark.parametrize("layers", START)
def test_a_balanced_start_has_every_mode_at_the_same_strength(layers: int) -> None:
    task, sizes = task_of(0), (5, *[8] * (layers - 1), 5)
    rng = np.random.default_rng(0)
    parameters = stack([balanced(rng, task, sizes, START[layers]) for _ in range(3)])
    np.testing.assert_allclose(mode_strengths(parameters, task), START[layers] ** layers, rtol=1e-12)
    for (W, _), (above, _) in pairwise(parameters):
        np.testing.assert_allclose(above.mT @ above, W @ W.mT, atol=1e-15)  # what gradient descent then conserves


def test_the_exact_solution_solves_its_differential_equation() -> None:
    steps = np.linspace(0, 3000, 50)
    u = two_layers(steps, 0.005, 1e-6)
    solved = solve_ivp(
        lambda _, u: 2 * 0.005 * u * (STRENGTHS - u), (0, 3000), [1e-6] * 5, t_eval=steps, rtol=1e-10, atol=1e-14
    )
    np.testing.assert_allclose(u.T, solved.y, rtol=1e-6)


def test_descent_comes_the_nearer_to_the_solution_the_smaller_its_steps() -> None:
    off = [
        trial(replace(CONFIG, learning_rate=rate, steps=steps)).values["off_theory"].max()
        for rate, steps in ((0.02, 600), (0.01, 1200), (0.005, 2400))
    ]
    assert off[0] > 1.6 * off[1] > 1.6**2 * off[2]  # first order: halving the step halves the error
    assert off[2] < 0.05


def test_half_times_interpolate_and_what_never_comes_is_infinite() -> None:
    steps = np.array([0.0, 10.0, 20.0])
    u = np.zeros((3, 2, 5))
    u[1, 0], u[2, 0] = 0.25 * STRENGTHS, 0.75 * STRENGTHS
    times = half_times(steps, u)
    np.testing.assert_allclose(times[0], 15.0)
    assert np.isinf(times[1]).all()
    assert slopes(np.array([1 / STRENGTHS, STRENGTHS**2, [1.0] * 5])) == pytest.approx([-1.0, 2.0, 0.0])
    assert np.isnan(slopes(times)[1])


def test_without_hidden_layers_all_modes_take_the_same_time() -> None:
    outcome = trial(replace(CONFIG, steps=500, trial={"layers": 1, "start": "random"}))
    assert np.abs(outcome.values["slope"]).max() < 0.05


def test_a_mode_on_its_own_keeps_the_scale_that_competing_modes_lose(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three layers of few units, from random draws: the reason given for the verdict."""
    config = replace(CONFIG, hidden=[6], steps=12_000, learning_rate=0.01, replicates=20)
    config.trial = {"layers": 3, "start": "random"}
    together = float(np.median(trial(config).values["slope"]))
    whole, alone = task_of(0), []
    for k in range(5):
        s = np.where(np.arange(5) == k, STRENGTHS, 0.0)
        monkeypatch.setattr(
            module, "task_of", lambda seed, s=s: whole._replace(Y=whole.U @ np.diag(s) @ whole.V.T @ whole.X)
        )
        alone.append(trial(config).values[f"time/mode{k + 1}"])
    assert together < -1.15
    assert -1.15 < float(np.median(slopes(np.stack(alone, axis=1)))) < -0.85


def table(slope: float, shallow: float = 0.0) -> pd.DataFrame:
    rng, arms = np.random.default_rng(0), []
    for layers in (1, 2, 3, 4):
        for start in ("balanced", "random"):
            level = shallow if layers == 1 else slope
            arm = pd.DataFrame({"replicate": range(100), "slope": level + 0.01 * rng.normal(size=100)})
            arm["off_theory"] = 0.03 if start == "balanced" else 0.5
            arms.append(arm.assign(hidden="8", **{"trial.layers": layers, "trial.start": start}))
    return pd.concat(arms)


def test_verdicts_go_with_the_slope() -> None:
    assert judge(CLAIM["deep-linear-times"], table(-1.0)).verdict == "supported"
    assert judge(CLAIM["deep-linear-times"], table(-0.5)).verdict == "refuted"
    assert judge(CLAIM["deep-linear-times"], table(-1.0, shallow=-1.0)).verdict == "invalid"
    assert judge(CLAIM["deep-linear-exact"], table(-1.0)).verdict == "supported"
    off = table(-1.0).assign(off_theory=0.5)
    assert judge(CLAIM["deep-linear-exact"], off).verdict == "refuted"


def test_a_run_brings_modes_times_and_a_figure_and_says_what_it_cannot_do() -> None:
    config = replace(CONFIG, steps=200)
    outcome = trial(config)
    found = rows("", config, outcome)
    assert {"slope", "off_theory", "time/mode5", "strength/mode1:max", "train/loss"} <= set(found.columns)
    assert set(figures(config, outcome)) == {"modes"}
    with pytest.raises(InputError, match=r"trial\.layers, trial\.start"):
        trial(replace(CONFIG, trial={"layers": 9}))
    with pytest.raises(InputError, match=r"trial\.layers, trial\.start"):
        trial(replace(CONFIG, trial={"layers": 2, "start": "unbalanced"}))
