"""The whole chain against numbers that others have published, and what breaks them."""

import sys
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from benchmarks import published
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.initialisers import INITIALISERS
from sandbox.nn.network import Network
from tests.support import reproductions
from tests.support.reproductions import (
    COSTS,
    SOURCES,
    Reproduction,
    course,
    course_flower,
    glorot,
    greene,
    he,
    lu,
    nist,
    saxe,
)


def off(found: list[Reproduction]) -> list[Reproduction]:
    return [result for result in found if not result.agrees()]


@pytest.mark.parametrize("engine", ["numpy", "fused"])
def test_a_courses_costs_come_out_digit_for_digit(engine: str) -> None:
    found = list(course(engine))
    assert off(found) == []
    assert {result.ours for result in found} >= set(COSTS.values())


def test_the_courses_data_are_the_ones_it_shows() -> None:
    X, Y = course_flower()
    assert X.shape == (2, 400) and Y.shape == (1, 400) and Y.sum() == 200
    assert 4.0 < np.abs(X).max() < 5.0  # petals of length 4, blurred by 0.2


@pytest.mark.parametrize("source", [glorot, he])
def test_signals_and_gradients_change_by_the_published_factors(source: type) -> None:
    assert off(list(source(replicates=200))) == []


def test_networks_are_born_dead_as_often_as_published() -> None:
    assert off(list(lu(replicates=2000))) == []


def test_modes_are_learned_at_the_published_times() -> None:
    assert off(list(saxe(replicates=1))) == []


@pytest.mark.parametrize("source", [nist, greene])
def test_without_a_hidden_layer_regressions_are_those_of_the_tables(source: type) -> None:
    assert off(list(source())) == []


@pytest.mark.parametrize("source", [nist, greene])
def test_a_penalty_on_weights_does_not_reproduce_tables_that_know_none(
    source: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reproductions, "Network", partial(Network, weight_decay=0.01))
    assert len(off(list(source()))) == len(list(source()))


def test_the_misprinted_backward_pass_does_not_reproduce_the_course(monkeypatch: pytest.MonkeyPatch) -> None:
    misprint = replace(ACTIVATIONS["tanh"], derivative=lambda z, a: a)  # g where g' belongs
    monkeypatch.setitem(ACTIVATIONS, "tanh", misprint)
    assert len(off(list(course()))) >= len(COSTS) - 1  # the cost before the first update is still right


def test_a_variance_that_forgets_half_of_the_signal_does_not_reproduce_he(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(INITIALISERS, "he", INITIALISERS["lecun"])
    assert len(off(list(he(replicates=200)))) >= 6


def test_a_number_agrees_within_what_is_allowed_and_a_range_with_all_that_is_inside() -> None:
    assert Reproduction("", "", 1.0, 1.05, 0.1, "").agrees()
    assert not Reproduction("", "", 1.0, 1.2, 0.1, "").agrees()
    assert Reproduction("", "", (0.2, 0.4), 0.3, 0.0, "").off() == 0.0
    assert Reproduction("", "", (0.2, 0.4), 0.5, 0.0, "").off() == pytest.approx(0.1)
    assert not Reproduction("", "", 1.0, float("nan"), 0.1, "").agrees()


def test_the_command_prints_a_row_per_number_and_fails_where_one_is_off(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    rows = [
        Reproduction("A 1999", "n Var[W]", 1.0, 1.0, 0.1, "rounding"),
        Reproduction("A 1999", "range", (0.0, 1.0), 0.5, 0.0, "rounding"),
    ]
    for found, code, sentence in [(rows, 0, "2 of 2"), ([*rows, rows[0]._replace(ours=2.0)], 1, "2 of 3")]:
        monkeypatch.setitem(SOURCES, "saxe", partial(iter, found))
        monkeypatch.setattr(sys, "argv", ["published", "--only", "saxe"])
        with pytest.raises(SystemExit) as end:
            published.main()
        shown = capsys.readouterr().out
        assert end.value.code == code and sentence in shown and "n Var[W]" in shown and "0 to 1" in shown


def test_every_source_is_in_the_table() -> None:
    assert set(SOURCES) == {"course", "glorot", "he", "lu", "saxe", "nist", "greene"}
    assert all(getattr(reproductions, name) is source for name, source in SOURCES.items())
