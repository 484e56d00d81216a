"""Which of several tries of an experiment its verdict is taken from, and which ones are repeats of it."""

import pytest

from sandbox.sweep.entries import declared_first
from sandbox.tracking import Run


@pytest.mark.parametrize(("experiment", "declared"), [("symmetry", "0"), ("relu", "100")])
def test_the_try_with_the_seeds_of_the_design_comes_before_later_ones_with_others(
    experiment: str, declared: str
) -> None:
    tried = [
        Run(
            run_id=f"{seed}/{of_data}",
            name="",
            status="FINISHED",
            params={},
            tags={"seed": seed, "dataset.seed": of_data},
        )
        for seed, of_data in (("2", "2"), ("1", "1"), (declared, "7"), (declared, declared))
    ]
    assert [run.run_id for run in declared_first(experiment, tried)] == [
        f"{declared}/{declared}",
        "2/2",
        "1/1",
        f"{declared}/7",
    ]
