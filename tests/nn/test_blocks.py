"""Blocks of replicates: the same numbers in the same order, on any number of cores, and each replicate looked at once."""

import numpy as np
import pytest

from sandbox.nn import blocks
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.blocks import blockwise
from sandbox.nn.initialisers import initialise
from sandbox.nn.network import Network, Parameters, forward
from sandbox.nn.outputs import OUTPUTS
from sandbox.system.arrays import Array

NETWORK = Network((ACTIVATIONS["tanh"],), OUTPUTS["sigmoid"])
X = np.random.default_rng(0).normal(size=(3, 50))


def outputs(stack: Parameters) -> dict[str, Array]:
    return {"sum": forward(NETWORK, stack, X).activations[-1].sum(axis=(-2, -1)), "bias": stack[0].bias[:, 0, 0]}


@pytest.mark.parametrize("cores", ["1", "2", "5"])
@pytest.mark.parametrize("replicates", [1, 7, 23])
def test_blocks_see_what_the_whole_stack_does(cores: str, replicates: int, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = initialise("normal", (3, 4, 1), replicates, seed=3)
    whole = outputs(stack)
    monkeypatch.setenv("SANDBOX_THREADS", cores)
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 3 * 16 * X.shape[1] * 5)  # three replicates
    seen = blockwise(outputs, stack, X.shape[1])
    assert list(seen) == list(whole)
    for name, numbers in whole.items():
        np.testing.assert_allclose(seen[name], numbers, rtol=1e-14)
        assert seen[name].shape == (replicates,)


def test_the_bits_do_not_depend_on_the_number_of_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = initialise("normal", (3, 4, 1), 40, seed=3)
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 3 * 16 * X.shape[1] * 5)
    bits = []
    for cores in ("1", "2", "5"):
        monkeypatch.setenv("SANDBOX_THREADS", cores)
        bits.append(blockwise(outputs, stack, X.shape[1])["sum"].tobytes())
    assert bits[0] == bits[1] == bits[2]


def test_a_failure_in_a_block_is_the_callers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 1)

    def fail(_: Parameters) -> dict[str, Array]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        blockwise(fail, initialise("normal", (3, 4, 1), 4, seed=3), X.shape[1])
