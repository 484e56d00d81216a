"""What is told of a sweep in the dashboards."""

from types import SimpleNamespace

import numpy as np

from sandbox.config.schema import RunConfig
from sandbox.sweep.parent import views
from sandbox.trial.experiment import PLAIN
from sandbox.trial.outcome import Outcome, Result
from sandbox.trial.table import gathered


def test_a_sweep_that_is_measured_before_training_is_shown_as_bars_and_one_that_trains_as_lines() -> None:
    def shown(steps: int) -> str:
        config = RunConfig(steps=steps)
        curve = np.ones((2 if steps else 1, 3))
        outcome = Outcome(
            np.arange(len(curve)), {"train/loss": curve, "slope/layer1": curve, "slope/layer2": curve}, {}
        )
        result = Result(config, "", outcome, 0.0)
        sweep = SimpleNamespace(
            results=[result],
            names=["seed"],
            configs=[config],
            experiment=PLAIN,
            frame=gathered([result]),
            labels=["seed 0"],
        )
        return " ".join(chart for view in views(sweep, "0" * 32).values() for chart in view.charts)  # type: ignore[arg-type]

    assert "bar slope/layer01 bar slope/layer02" in shown(0) and " & " not in shown(0)
    assert "slope/layer01 & slope/layer02" in shown(100) and "bar slope" not in shown(100)
