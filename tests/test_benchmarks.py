"""The benchmarks' contenders do the same work; how fast they are is no matter of tests."""

from importlib.util import find_spec

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks import growth, roofline
from benchmarks.engines import CASES, TEXTBOOK, Case, problem
from benchmarks.peers import NEEDS, few, network_of
from benchmarks.training import AGREE, CONTENDERS
from sandbox.nn.network import cost, forward

SMALL = {name: case._replace(m=40, R=10) for name, case in CASES.items()}


def losses(name: str, case: Case, activation: str, steps: int) -> NDArray[np.float64]:
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
    peak = roofline.Peak(products=1e9, tanh=1e6)
    case = Case((2, 4, 1), 100, 1, "sigmoid", 0.0)
    products = 2 * 100 * ((8 + 4) + (8 + 4) + 4)  # forward, gradients, and one pull back
    assert roofline.microseconds(case, peak) == pytest.approx(1e6 * (products / 1e9 + 100 * 5 / 1e6))


def test_a_fitted_exponent_is_that_of_the_power() -> None:
    assert growth.exponent((1, 10, 100), [3.0, 30.0, 300.0]) == pytest.approx(1)
    assert growth.exponent((1, 10, 100), [2.0, 2.0, 2.0]) == pytest.approx(0)
