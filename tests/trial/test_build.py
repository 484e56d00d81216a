"""A run's parts: each made once, only when it is asked for, and as the configuration says."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from sandbox.config.schema import DatasetConfig, InitConfig, RunConfig
from sandbox.nn.initialisers import initialise
from sandbox.nn.network import sizes
from sandbox.system.errors import InputError
from sandbox.trial import build
from sandbox.trial.build import Setup, validate
from sandbox.trial.experiment import PLAIN

SMALL = RunConfig(dataset=DatasetConfig(samples=60), steps=20, replicates=3, hidden=[5, 4])


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[Any]]:
    """The calls that draw weights."""
    calls: list[Sequence[Any]] = []

    def counted(*given: Any) -> Any:
        calls.append(given)
        return initialise(*given)

    monkeypatch.setattr(build, "initialise", counted)
    return calls


def test_a_job_draws_its_weights_once(draws: list[Sequence[Any]]) -> None:
    setup = Setup(SMALL)
    validate(setup)
    assert (PLAIN.engine(setup), setup.output, setup.sizes) == ("numpy", "sigmoid", (2, 5, 4, 1))
    assert draws == []
    PLAIN.perform(setup)
    assert sizes(setup.start) == setup.sizes
    assert len(draws) == 1


def test_the_engine_follows_from_sizes_alone(draws: list[Sequence[Any]]) -> None:
    many = replace(SMALL, replicates=1000, hidden=[64, 64, 64])
    assert [Setup(replace(many, engine=name)).engine for name in ("auto", "numpy")] == ["fused", "numpy"]
    assert draws == []


def test_what_only_files_can_tell_is_told_before_anything_is_drawn(draws: list[Sequence[Any]]) -> None:
    wrong = {
        "output: expected one that fits": replace(SMALL, output="softmax"),
        "init.path: expected a file": replace(SMALL, init=InitConfig("file", path="/nowhere.npz")),
        "fit into": replace(SMALL, hidden=[10**6] * 3),
    }
    for words, config in wrong.items():
        with pytest.raises(InputError, match=words):
            validate(Setup(config))
    assert draws == []
