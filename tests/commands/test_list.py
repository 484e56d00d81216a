"""`sandbox list`: what there is to try, counted as a sweep counts it."""

import sys

from sandbox.launch.execute import prepared

import pytest

from sandbox.commands.list import main
from sandbox.config.compose import declared_grid, declared_run
from sandbox.trial import registry


def said(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], *names: str) -> str:
    monkeypatch.setattr(sys, "argv", ["sandbox list", *names])
    main()
    return capfd.readouterr().out


def test_every_experiment_is_listed(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    out = said(monkeypatch, capfd)
    assert all(name in out for name in registry.names())


def test_what_is_asked_for_is_listed_with_its_claims(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    out = said(monkeypatch, capfd, "symmetry")
    assert "depth" not in out
    assert all(claim.id in out and claim.statement in out for claim in registry.load("symmetry").claims)


@pytest.mark.parametrize("name", ["symmetry", "born_dead", "derivatives"])
def test_arms_are_counted_and_composed_as_the_sweep_does_it(name: str) -> None:
    grid = declared_grid(name)
    with prepared([f"+experiment={name}"]) as (arms, configs, _):
        count = 1
        for values in grid.values():
            count *= len(values)
        assert count == len(arms)
        first = declared_run(name, {key: values[0] for key, values in grid.items()})
        assert (first.replicates, first.steps, first.hidden, first.activation, first.trial) == (
            configs[0].replicates, configs[0].steps, configs[0].hidden, configs[0].activation, configs[0].trial,
        )  # fmt: skip
