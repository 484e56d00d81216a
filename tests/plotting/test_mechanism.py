"""What is behind a verdict: the pictures are of the arms that the claim compares, and of what it reads."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from sandbox.claims.claim import Claim, Control, above, below
from sandbox.claims.judge import judge
from sandbox.claims.measures import Measure, Paired, Value
from sandbox.claims.rows import Where
from sandbox.claims.strata import measured
from sandbox.config.schema import InitConfig, RunConfig
from sandbox.plotting.canvas.style import blank
from sandbox.plotting.mechanism import Arm, Picture, columns_read, why
from sandbox.trial.build import Setup
from sandbox.trial.outcome import Result
from sandbox.trial.table import gathered
from sandbox.trial.train import trained
from tests.plotting.test_sweep import readings

SMALL = RunConfig(steps=20, replicates=4, engine="numpy")


@lru_cache
def results() -> list[Result]:
    zero, linear = replace(SMALL, init=InitConfig("zero")), replace(SMALL, activation="linear")
    deep = replace(SMALL, activation="sigmoid", hidden=[4, 4, 4])
    configs = [SMALL, zero, linear, deep]
    return [Result(c, f"run{i}", trained(Setup(c)), 1.0, arm=i) for i, c in enumerate(configs)]


def pictures(measure: Measure, where: Where, control: Control | str = "none") -> list[Picture]:
    claim = Claim(
        "a", "A.", "notes", below(1.0), "so", measure, control, statistic="median", strata=("dataset",), where=where
    )
    table = gathered(results())
    settings = {name: stratum.settings for name, stratum in measured(claim, table).items()}
    return why(claim, judge(claim, table), table, results(), settings, trains=True)


def drawn(picture: Picture) -> list[str]:
    figure = blank(5, 4)
    picture.draw(figure.add_axes((0.1, 0.1, 0.6, 0.7)))
    return readings(figure)


def test_equal_units_are_one_line_and_those_of_the_control_are_as_many_as_there_are() -> None:
    control = Control(
        "random units differ",
        Value("spread/layer1:min"),
        above(0.1),
        "median",
        {"init": "normal", "activation": "tanh"},
    )
    equal, random = pictures(Value("spread/layer1:max"), {"init": "zero"}, control)
    assert "4 units, 1 line" in drawn(equal) and "4 units, 4 lines" in drawn(random)


def test_of_linear_units_the_line_that_never_bends_is_shown_beside_one_that_may() -> None:
    tanh: Where = {"activation": "tanh", "init": "normal"}
    measure = Paired("train/loss", better=tanh, than={"activation": "linear"}, effect="difference")
    straight, bent = pictures(measure, {"init": "normal", "hidden": "4"})
    assert (straight.kind, straight.title, bent.title) == ("fit", "linear", "tanh")
    assert "class 0" in " ".join(drawn(straight))


def test_gradients_are_drawn_from_layer_to_layer_and_a_curve_along_training() -> None:
    (profile,) = pictures(Value("gradient/layer1:first"), {"activation": "sigmoid"})
    assert profile.kind == "profile" and "Size of dJ/dW, layer by layer" in drawn(profile)
    (curve,) = pictures(Value("slope/layer1"), {"activation": "tanh", "init": "normal"})
    assert curve.kind == "curves" and "gradient-descent step" in drawn(curve)


def test_what_goes_before_the_first_step_is_drawn_arm_by_arm() -> None:
    scaled = [replace(SMALL, steps=0, init=InitConfig(scale=scale)) for scale in (0.1, 1.0, 100.0)]
    arms = tuple(Arm(f"scale {c.init.scale:g}", (Result(c, "r", trained(Setup(c)), 1.0),)) for c in scaled)
    ax = blank(5, 4).add_axes((0.1, 0.1, 0.6, 0.7))
    Picture("Slopes", "start", arms, "slope/layer1").draw(ax)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("scale", "mean slope g'(z) of layer 1 at the start")
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0.1", "1", "100"]


@pytest.mark.parametrize(("probe", "scale"), [("train/accuracy", "linear"), ("train/loss", "log")])
def test_a_share_is_never_on_a_log_axis(probe: str, scale: str) -> None:
    outcome = trained(Setup(SMALL))
    falling = np.geomspace(1.0, 1e-4, len(outcome.steps))[:, None] * np.ones(4)
    result = Result(SMALL, "r", replace(outcome, curves={probe: falling}), 1.0)
    ax = blank(5, 4).add_axes((0.1, 0.1, 0.6, 0.7))
    Picture("It", "curves", (Arm("its runs", (result,)),), probe).draw(ax)
    assert ("log" in ax.get_yscale()) == (scale == "log")


def test_a_claim_on_numbers_that_are_in_no_curve_shows_how_its_arms_learn() -> None:
    (picture,) = pictures(Value("steps_to_threshold"), {"activation": "tanh", "init": "normal"})
    assert picture.probe == "train/loss"


@pytest.mark.parametrize(
    ("thing", "column"),
    [
        (Value("slope/layer1:max"), "slope/layer1"),
        (Value(lambda rows: rows["rank/layer1:min"]), "rank/layer1"),
        ({"a": (Value("spread/layer2"),)}, "spread/layer2"),
    ],
)
def test_the_columns_that_a_measure_reads_are_found_in_its_functions_too(thing: object, column: str) -> None:
    assert column in columns_read(thing)
