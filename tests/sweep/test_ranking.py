"""A long sweep is told by its best, its worst and what made the difference."""

import numpy as np
import pandas as pd
import pytest

from sandbox.sweep.ranking import BEST, WORST, ranked, what_mattered
from sandbox.sweep.report import show_results
from tests.conftest import Command


def grid(loss: np.ndarray) -> pd.DataFrame:
    """Arms of two factors, three replicates each, of which one is far off."""
    rows = [
        {"arm": 4 * i + j, "rate": rate, "init": init, "test/loss": value}
        for i, rate in enumerate((0.1, 1.0, 10.0))
        for j, init in enumerate("abcd")
        for value in (loss[i, j], loss[i, j] + 1e-6, 1e9)
    ]
    return pd.DataFrame(rows)


def test_a_factor_that_decides_alone_accounts_for_all_and_one_without_effect_for_nothing() -> None:
    loss = np.repeat(np.array([[1.0], [2.0], [3.0]]), 4, axis=1)
    assert what_mattered(grid(loss), ["init", "rate"], "test/loss") == pytest.approx({"rate": 1.0, "init": 0.0})


def test_factors_that_matter_only_together_account_for_nothing_alone() -> None:
    loss = np.array([[1.0, 0, 1, 0], [0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5]])
    assert what_mattered(grid(loss), ["init", "rate"], "test/loss") == pytest.approx({"rate": 0.0, "init": 0.0})


def test_the_shares_do_not_depend_on_how_far_an_arm_exploded() -> None:
    loss = np.random.default_rng(0).random((3, 4))
    far = np.where(loss == loss.max(), np.nan, loss)
    assert what_mattered(grid(loss), ["init", "rate"], "test/loss") == what_mattered(
        grid(far), ["init", "rate"], "test/loss"
    )


def test_of_equal_arms_nothing_is_said() -> None:
    assert what_mattered(grid(np.ones((3, 4))), ["init", "rate"], "test/loss") == {}


@pytest.mark.parametrize(("metric", "first"), [("test/loss", 0), ("test/accuracy", 2)])
def test_the_best_come_first_and_what_diverged_last(metric: str, first: int) -> None:
    frame = pd.DataFrame({"arm": [0, 1, 2], metric: [0.1, np.nan, 0.9]})
    arms = ranked(frame, metric).arms
    assert (arms[0], arms[-1]) == (first, 1)


def test_a_long_sweep_ends_with_its_best_and_worst_arms_and_a_short_one_with_all(command: Command) -> None:
    words = ("-m", "tracking=none", "steps=3", "replicates=1", "activation=sigmoid,tanh,relu", "init=zero,normal")
    short, long = command(*words), command(*words, "learning_rate=0.1,0.3,1,3")
    assert short.out.count("│ zero") == 3 and "What mattered" not in short.out
    assert len([line for line in long.out.splitlines() if line.startswith("│")]) == BEST + WORST
    assert "of 24 arms by test/loss" in long.out and "What mattered" in long.out


def test_many_layers_alike_leave_room_for_what_came_out(capfd: pytest.CaptureFixture[str]) -> None:
    deep, two = "-".join(["32"] * 32), "4-2"
    frame = pd.DataFrame({"arm": [0, 1], "run_id": ["a", "b"], "replicate": 0, "hidden": [deep, two], "test/loss": 0.5})
    show_results(frame, ["hidden"], ["test/loss"], trains=True, recorded=True)
    said = capfd.readouterr().out
    assert "32×32" in said and "4-2" in said and "0.5" in said and "no room" not in said
