"""Deep linear networks: the data, the starts, the exact solution by another route, and why random starts are slower."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import experiments.deep_linear as module
from experiments.deep_linear import CLAIMS, figures, trial
from sandbox.analysis.deep_linear import (
    STRENGTHS,
    slopes,
    task_of,
)
from sandbox.claims.judge import judge
from sandbox.config.schema import RunConfig
from sandbox.system.errors import InputError
from sandbox.trial.table import rows

CLAIM = {claim.id: claim for claim in CLAIMS}
CONFIG = RunConfig(hidden=[8], learning_rate=0.005, steps=2500, replicates=4, trial={"layers": 2, "start": "balanced"})


def test_descent_comes_the_nearer_to_the_solution_the_smaller_its_steps() -> None:
    off = [
        trial(replace(CONFIG, learning_rate=rate, steps=steps)).values["off_theory"].max()
        for rate, steps in ((0.02, 600), (0.01, 1200), (0.005, 2400))
    ]
    assert off[0] > 1.6 * off[1] > 1.6**2 * off[2]  # first order: halving the step halves the error
    assert off[2] < 0.05


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
    assert judge(CLAIM["deep-linear-times"], table(-1.0)).verdict == "holds"
    assert judge(CLAIM["deep-linear-times"], table(-0.5)).verdict == "fails"
    assert judge(CLAIM["deep-linear-times"], table(-1.0, shallow=-1.0)).verdict == "invalid"
    assert judge(CLAIM["deep-linear-exact"], table(-1.0)).verdict == "holds"
    off = table(-1.0).assign(off_theory=0.5)
    assert judge(CLAIM["deep-linear-exact"], off).verdict == "fails"


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
