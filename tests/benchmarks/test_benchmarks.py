"""The benchmarks' contenders do the same work; how fast they are is no matter of tests."""

import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from benchmarks import __main__ as benchmarks
from benchmarks import growth, roofline, sane, scaling, sweeps
from benchmarks.commands import Spent
from benchmarks.engines import CASES, TEXTBOOK, Case, problem
from benchmarks.peers import NEEDS, few, network_of
from benchmarks.training import AGREE, CONTENDERS
from sandbox.nn.network import cost, forward
from sandbox.system.arrays import Array

SMALL = {name: case._replace(m=40, R=10) for name, case in CASES.items()}


def losses(name: str, case: Case, activation: str, steps: int) -> Array:
    start, X, Y = problem(case)
    mine = few(start, name)
    network = network_of(case, activation)
    return cost(network, forward(network, CONTENDERS[name](case, activation, mine, X, Y)(steps), X), Y)


@pytest.mark.parametrize("activation", TEXTBOOK)
@pytest.mark.parametrize("case", SMALL)
def test_engines_and_textbook_end_with_the_same_losses(case: str, activation: str) -> None:
    reference = losses("numpy", SMALL[case], activation, 5)
    for name in ("fused", "textbook NumPy"):
        loss = losses(name, SMALL[case], activation, 5)
        np.testing.assert_allclose(loss, reference[: len(loss)], rtol=AGREE)


@pytest.mark.parametrize("name", NEEDS)
@pytest.mark.parametrize("case", ["S", "L"])
def test_a_peer_ends_with_the_same_losses(case: str, name: str) -> None:
    if NEEDS[name] == "jax":
        pytest.skip("JAX changes settings of the whole process: the benchmark itself checks it, in one of its own")
    if not find_spec(NEEDS[name]):
        pytest.skip(f"{NEEDS[name]} is not installed")
    loss = losses(name, SMALL[case], "tanh", 5)
    np.testing.assert_allclose(loss, losses("numpy", SMALL[case], "tanh", 5)[: len(loss)], rtol=AGREE)


def test_the_limit_counts_products_and_tanh() -> None:
    peak = roofline.Peak(products=1e9, tanh=1e6, processor="none")
    case = Case((2, 4, 1), 100, 1, "sigmoid")
    products = 2 * 100 * ((8 + 4) + (8 + 4) + 4)  # forward, gradients, and one pull back
    assert roofline.microseconds(case, peak) == pytest.approx(1e6 * (products / 1e9 + 100 * 5 / 1e6))


def test_a_job_that_takes_no_time_or_more_than_all_is_refused() -> None:
    """Made on a busy machine: -275 ms for one job more have been printed once."""
    assert sane.one_more(6, 5.0, 24, 11.3) == pytest.approx(0.35)
    for short, long in ((14.0, 12.0), (1.0, 24.0)):
        with pytest.raises(sane.Impossible, match=f"24 jobs in {long:.2f} s and 6 in {short:.2f} s"):
            sane.one_more(6, short, 24, long)
    with pytest.raises(sane.Impossible, match="250 ms is a part of 200 ms"):
        sane.beyond(0.2, 0.25)
    with pytest.raises(sane.Impossible, match="below the limit"):
        sane.over_limit(2.0, 2.2)


def test_what_cannot_be_is_measured_again_but_not_for_ever() -> None:
    times = iter([(14.0, 12.0), (5.0, 11.3)])

    def again() -> float:
        short, long = next(times)
        return sane.one_more(6, short, 24, long)

    assert sane.in_a_few_tries(again) == pytest.approx(0.35)
    with pytest.raises(sane.Impossible):
        sane.in_a_few_tries(lambda: sane.beyond(1.0, 2.0))


def test_a_part_whose_numbers_cannot_be_is_refused_and_leaves_no_result(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def once(*words: str, **_: object) -> Spent:
        return Spent(8.0 if f"init={','.join(sweeps.INITS)}" in words else 9.0, 0.0, "")

    monkeypatch.setattr(sweeps, "python", once)
    monkeypatch.setattr(sweeps, "training_of_each", lambda: dict.fromkeys(sweeps.LAUNCHERS, 0.01))
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--only", "sweep", "--output", str(tmp_path / "found")])
    with pytest.raises(SystemExit) as end:
        benchmarks.main()
    assert end.value.code == 1
    assert "refused: sweep: 24 jobs in 8.00 s and 6 in 9.00 s" in " ".join(capsys.readouterr().out.split())
    assert not list(tmp_path.iterdir())


def test_a_fitted_exponent_is_that_of_the_power() -> None:
    assert growth.exponent((1, 10, 100), [3.0, 30.0, 300.0]) == pytest.approx(1)
    assert growth.exponent((1, 10, 100), [2.0, 2.0, 2.0]) == pytest.approx(0)


def test_what_a_launcher_takes_for_one_more_arm_is_not_told_where_seconds_vary_by_more() -> None:
    found = scaling.told(50, 250, (3.0, 4.0), (8.0, 3.9))
    assert found["large"] == (8.0, 3.9)
    assert found["arm"] == [pytest.approx(0.025), None] and found["start"] == [pytest.approx(1.75), None]
