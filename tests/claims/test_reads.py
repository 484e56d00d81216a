"""What claims read is found in their measures."""

import pytest

from sandbox.claims.reads import names_read
from sandbox.nn.probes import PROBES
from sandbox.trial.registry import load, names


@pytest.mark.parametrize(
    ("experiment", "read"),
    [
        (
            "symmetry",
            {"spread/layer1", "gradient_spread/layer1", "distinct/layer1", "train/loss"},
        ),  # fields; a function
        ("saturation", {"steps_to_threshold", "gradient/layer1"}),
    ],
)
def test_columns_are_found_in_fields_and_in_the_code_of_measures(experiment: str, read: set[str]) -> None:
    assert read <= {*names_read(load(experiment).claims)}


def test_what_no_measure_reads_is_not_found() -> None:
    found = {*names_read(load("symmetry").claims)}
    assert found.isdisjoint({"dead", "saturated", "weight", "activation_std"} & PROBES.keys())


def test_every_experiment_that_trains_reads_something() -> None:
    assert [name for name in names() if load(name).trains and not names_read(load(name).claims)] == []
