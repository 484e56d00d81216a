"""Engines against the notes' equations and each other: same curves, equal units kept equal, no replicate felt by another."""

import logging
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from sandbox.nn import engines
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.engines import ENGINES, Advance, reference
from sandbox.nn.engines import cost as estimate
from sandbox.nn.engines.fused import engine as fused
from sandbox.nn.engines.fused import kernel
from sandbox.nn.network import Layer, Network, Parameters, backward, forward, replicate, stack
from sandbox.nn.outputs import OUTPUTS
from sandbox.system.errors import InputError

every = pytest.mark.parametrize("advance", ENGINES.values(), ids=ENGINES)


def stacked(sizes: tuple[int, ...], R: int, seed: int = 0) -> Parameters:
    rng = np.random.default_rng(seed)
    return tuple(
        Layer(rng.normal(size=(R, n_out, n_in)) / np.sqrt(n_in), rng.normal(0.0, 0.3, (R, n_out, 1)))
        for n_in, n_out in pairwise(sizes)
    )


def data(sizes: tuple[int, ...], m: int, output: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    X, n_y = rng.normal(size=(sizes[0], m)), sizes[-1]
    if output == "softmax":
        return X, np.eye(n_y)[rng.integers(n_y, size=m)].T
    return X, (rng.random((n_y, m)) > 0.5).astype(float)


def by_the_notes(
    network: Network, parameters: Parameters, X: np.ndarray, Y: np.ndarray, rate: float, steps: int
) -> Parameters:
    for _ in range(steps):
        gradients = backward(network, parameters, forward(network, parameters, X), Y)
        parameters = tuple(
            Layer(W - rate * dW, b - rate * db) for (W, b), (dW, db) in zip(parameters, gradients, strict=True)
        )
    return parameters


def difference(one: Parameters, other: Parameters) -> float:
    return max(float(np.abs(x - y).max()) for a, b in zip(one, other, strict=True) for x, y in zip(a, b, strict=True))


def same_bits(one: Parameters, other: Parameters) -> bool:
    return all(
        np.array_equal(x, y, equal_nan=True) for a, b in zip(one, other, strict=True) for x, y in zip(a, b, strict=True)
    )


# At these rates nothing is chaotic: rounding differences of 1e-16 stay below 1e-14 over the 200 steps.
@pytest.mark.parametrize("depth", [0, 1, 2, 3])
@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("hidden", ACTIVATIONS)
@every
def test_training_follows_the_notes(advance: Advance, hidden: str, output: str, depth: int) -> None:
    sizes = (3, *[5, 4, 7][:depth], 3 if output == "softmax" else 2)
    network = Network((ACTIVATIONS[hidden],) * depth, OUTPUTS[output])
    start, (X, Y) = stacked(sizes, R=3), data(sizes, 37, output)
    trained = advance(network, start, X, Y, 0.1, 200)
    assert difference(trained, by_the_notes(network, start, X, Y, 0.1, 200)) < 1e-10
    assert [layer.weights.shape for layer in trained] == [layer.weights.shape for layer in start]


@pytest.mark.parametrize(
    ("sizes", "m", "output"),
    [
        ((64, 64, 10), 1500, "softmax"),
        ((2, *[16] * 8, 1), 400, "sigmoid"),
        ((2, 33, 1), 1000, "tanh"),
        ((1, 1), 1, "identity"),
    ],
)
@every
def test_training_follows_the_notes_in_chunks_and_blocks(
    advance: Advance, sizes: tuple[int, ...], m: int, output: str
) -> None:
    network = Network((ACTIVATIONS["tanh"],) * (len(sizes) - 2), OUTPUTS[output])
    start, (X, Y) = stacked(sizes, R=4), data(sizes, m, output)
    assert difference(advance(network, start, X, Y, 0.1, 20), by_the_notes(network, start, X, Y, 0.1, 20)) < 1e-12


@pytest.mark.parametrize("depth", [0, 2])
@every
def test_weights_decay_in_every_engine_as_in_the_gradient(advance: Advance, depth: int) -> None:
    sizes = (3, *[5, 4][:depth], 2)
    network = Network((ACTIVATIONS["tanh"],) * depth, OUTPUTS["sigmoid"], weight_decay=0.3)
    start, (X, Y) = stacked(sizes, R=3), data(sizes, 37, "sigmoid")
    trained = advance(network, start, X, Y, 0.1, 200)
    assert difference(trained, by_the_notes(network, start, X, Y, 0.1, 200)) < 1e-10
    free = advance(network._replace(weight_decay=0.0), start, X, Y, 0.1, 200)
    assert difference(trained, free) > 0.1


@pytest.mark.parametrize("hidden", ["tanh", "sigmoid", "relu"])
@pytest.mark.parametrize("width", range(2, 17))
def test_compiled_training_keeps_equal_units_equal(width: int, hidden: str) -> None:
    """Exactly, where the reference keeps them to rounding (a BLAS may round equal rows of one product differently)."""
    network = Network((ACTIVATIONS[hidden],) * 2, OUTPUTS["sigmoid"])
    X, Y = data((2, 1), 50, "sigmoid")
    zero, constant = (
        tuple(
            Layer(np.full((n_out, n_in), c), np.full((n_out, 1), c)) for n_in, n_out in pairwise((2, width, width, 1))
        )
        for c in (0.0, 0.3)
    )
    start = stack([zero, constant])
    (W1, b1), (W2, b2), (W3, _) = fused.advance(network, start, X, Y, 0.3, 10_000)
    assert (W1[:, :1] == W1).all()
    assert (b1 == b1[:, :1]).all()
    assert (W2[:, :1, :1] == W2).all()
    assert (b2 == b2[:, :1]).all()
    assert (W3[..., :1] == W3).all()
    assert (np.abs(W1[1] - 0.3) > 1e-6).all()


@every
def test_a_replicate_is_trained_as_if_it_were_alone(advance: Advance, monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network((ACTIVATIONS["tanh"],) * 2, OUTPUTS["sigmoid"])
    start, (X, Y) = stacked((2, 5, 16, 1), R=13), data((2, 1), 90, "sigmoid")
    together = advance(network, start, X, Y, 0.5, 100)
    backwards = advance(network, replicate(start, slice(None, None, -1)), X, Y, 0.5, 100)
    assert same_bits(replicate(backwards, slice(None, None, -1)), together)
    for r in range(13):
        one = slice(r, r + 1)
        assert same_bits(advance(network, replicate(start, one), X, Y, 0.5, 100), replicate(together, one))


@pytest.mark.parametrize("count", [1, 2, 3, 5, 40])
def test_the_number_of_threads_changes_no_bit(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network((ACTIVATIONS["tanh"],), OUTPUTS["sigmoid"])
    start, (X, Y) = stacked((2, 4, 1), R=13), data((2, 1), 90, "sigmoid")
    alone = fused.advance(network, start, X, Y, 0.5, 100)
    monkeypatch.setattr(fused, "WORTH_A_THREAD", 1e-9)
    monkeypatch.setenv("SANDBOX_THREADS", str(count))
    assert same_bits(fused.advance(network, start, X, Y, 0.5, 100), alone)


@every
def test_steps_can_be_taken_in_stretches(advance: Advance) -> None:
    network = Network((ACTIVATIONS["tanh"],), OUTPUTS["sigmoid"])
    start, (X, Y) = stacked((2, 4, 1), R=3), data((2, 1), 40, "sigmoid")
    stretches = start
    for steps in (0, 1, 7, 12):
        stretches = advance(network, stretches, X, Y, 0.5, steps)
    assert same_bits(stretches, advance(network, start, X, Y, 0.5, 20))


@every
def test_samples_that_change_between_two_calls_are_seen(advance: Advance) -> None:
    sizes, network = (2, 3, 1), Network((ACTIVATIONS["tanh"],), OUTPUTS["sigmoid"])
    parameters, (X, Y) = stacked(sizes, 2), data(sizes, 20, "sigmoid")
    advance(network, parameters, X, Y, 0.5, 3)
    X[0, 0] += 1.0
    found = advance(network, parameters, X, Y, 0.5, 3)
    assert same_bits(found, advance(network, parameters, X.copy(), Y.copy(), 0.5, 3))
    assert difference(found, by_the_notes(network, parameters, X, Y, 0.5, 3)) < 1e-12
    Y[0, 1] = 1 - Y[0, 1]
    assert (
        difference(advance(network, parameters, X, Y, 0.5, 3), by_the_notes(network, parameters, X, Y, 0.5, 3)) < 1e-12
    )


@every
def test_nothing_given_is_changed(advance: Advance) -> None:
    network = Network((ACTIVATIONS["tanh"],), OUTPUTS["softmax"])
    start, (X, Y) = stacked((2, 4, 3), R=2), data((2, 3), 40, "softmax")
    advance(network, start, X, Y, 0.5, 5)
    assert same_bits(start, stacked((2, 4, 3), R=2))
    for given, again in zip((X, Y), data((2, 3), 40, "softmax"), strict=True):
        assert np.array_equal(given, again)


@pytest.mark.parametrize(("hidden", "output"), [("relu", "identity"), ("tanh", "identity"), ("relu", "softmax")])
@every
def test_a_replicate_that_overflows_ends_alone(advance: Advance, hidden: str, output: str) -> None:
    network = Network((ACTIVATIONS[hidden],) * 2, OUTPUTS[output])
    start, (X, Y) = stacked((2, 5, 5, 2), R=9), data((2, 2), 60, output)
    wild = tuple(Layer(W.copy(), b.copy()) for W, b in start)
    for W, _ in wild:
        W[4] *= 1e160
    ended = advance(network, wild, X, Y, 0.1, 50)
    calm = advance(network, start, X, Y, 0.1, 50)
    others = np.arange(9) != 4
    assert not all(np.isfinite(W[4]).all() for W, _ in ended)
    assert same_bits(*(tuple(Layer(W[others], b[others]) for W, b in x) for x in (ended, calm)))


@pytest.mark.parametrize("name", kernel.HIDDEN_CODES)
def test_compiled_activations_are_the_references(name: str) -> None:
    g = ACTIVATIONS[name]
    size = np.geomspace(1e-300, 1e300, 2000)
    z = np.concatenate([np.linspace(-40.0, 40.0, 4001), size, -size, [0.0, -0.0, np.inf, -np.inf, np.nan]])
    z = np.concatenate([z, np.zeros(-z.size % 64)])
    a, slopes = z.copy(), np.empty_like(z)
    kernel.activate(kernel.HIDDEN_CODES[name], a, slopes, np.uintp(0), np.uintp(z.size))
    with np.errstate(all="ignore"):
        expected = g.function(z)
        expected_slopes = g.derivative(z, expected)
    np.testing.assert_allclose(a, expected, rtol=2e-15, atol=0.0 if name in ("tanh", "scaled_tanh", "elu") else 2e-15)
    known = np.isfinite(z)  # of a slope at infinity and NaN nothing is promised
    np.testing.assert_allclose(slopes[known], expected_slopes[known], rtol=2e-15, atol=4e-15)


def test_an_activation_without_compiled_code_is_left_to_the_reference(caplog: pytest.LogCaptureFixture) -> None:
    fused._say_once.cache_clear()
    network = Network((replace(ACTIVATIONS["tanh"], source="mine"),), OUTPUTS["sigmoid"])
    start, (X, Y) = stacked((2, 4, 1), R=3), data((2, 1), 40, "sigmoid")
    with caplog.at_level(logging.WARNING):
        trained = [fused.advance(network, start, X, Y, 0.5, 5) for _ in range(3)]
    assert same_bits(trained[0], ENGINES["numpy"](network, start, X, Y, 0.5, 5))
    assert len(caplog.records) == 1
    assert "the reference trains" in caplog.text


def test_auto_takes_the_reference_for_little_work_and_compiled_code_for_much() -> None:
    network = Network((ACTIVATIONS["tanh"],), OUTPUTS["sigmoid"])
    assert engines.resolve("auto", network, (2, 16, 1), 200, 20, 10) == "numpy"
    assert engines.resolve("auto", network, (2, 16, 1), 200, 20, 100_000) == "fused"
    assert engines.choose("auto", network, (2, 16, 1), 200, 20, 100_000) is fused.advance
    assert engines.resolve("auto") == "numpy"


def test_auto_counts_all_the_stacks_that_come_one_after_another() -> None:
    tanh = Network((ACTIVATIONS["tanh"],), OUTPUTS["sigmoid"])
    found = [engines.resolve("auto", tanh, (2, 4, 1), 100, 1, 300, stacks) for stacks in (1, 100)]
    assert found == ["numpy", "fused"]


def test_auto_takes_the_reference_for_what_nobody_has_written_compiled_code_for() -> None:
    mine = replace(ACTIVATIONS["tanh"], source="mine"), replace(OUTPUTS["sigmoid"], unit="mine")
    for network in (Network((mine[0],), OUTPUTS["sigmoid"]), Network((ACTIVATIONS["tanh"],), mine[1])):
        assert engines.resolve("auto", network, (2, 16, 1), 200, 20, 100_000) == "numpy"


@pytest.mark.parametrize("sizes", [(2, 4, 1), (2, 32, 1), (2, *[16] * 8, 1), (64, 64, 10)])
@pytest.mark.parametrize("R", [1, 2, 7, 100, 1001])
def test_the_references_blocks_are_every_replicate_once_and_about_as_many_each(sizes: tuple[int, ...], R: int) -> None:
    for m in (1, 300, 100_000):
        blocks, workers = reference.blocks_of(sizes, m, R)
        assert [r for block in blocks for r in range(R)[block]] == list(range(R))
        lengths = {len(range(R)[block]) for block in blocks}
        assert max(lengths) - min(lengths) <= 1
        assert workers == 1 or len(blocks) % 2 == 0 or len(blocks) == R


@pytest.mark.parametrize("replicates", [9, 40])  # in one thread, and in as many as there may be
def test_the_references_bits_do_not_depend_on_the_number_of_cores(
    replicates: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = Network((ACTIVATIONS["tanh"],), OUTPUTS["sigmoid"])
    start, (X, Y) = stacked((2, 16, 1), replicates), data((2, 1), 300, "sigmoid")
    blocks, workers = reference.blocks_of((2, 16, 1), 300, replicates)
    assert len(blocks) > 1
    assert (workers is None) == (replicates == 40)
    trained = []
    for cores in ("1", "2", "5"):
        monkeypatch.setenv("SANDBOX_THREADS", cores)
        trained.append(reference.advance(network, start, X, Y, 0.5, 30))
    assert same_bits(trained[0], trained[1])
    assert same_bits(trained[0], trained[2])
    last = slice(-1, None)
    assert same_bits(reference.advance(network, replicate(start, last), X, Y, 0.5, 30), replicate(trained[0], last))


def test_an_unknown_engine_is_the_users_mistake() -> None:
    with pytest.raises(InputError, match="did you mean 'fused'"):
        engines.choose("fussed")


@pytest.fixture
def no_numba(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(sys.modules, "sandbox.nn.engines.fused.kernel", None)  # its import fails, as numba's would
    monkeypatch.delattr(sys.modules["sandbox.nn.engines.fused"], "kernel")
    engines._why_not_fused.cache_clear()
    yield
    engines._why_not_fused.cache_clear()


@pytest.mark.usefixtures("no_numba")
def test_without_numba_auto_is_the_reference_and_fused_is_refused() -> None:
    network = Network((ACTIVATIONS["tanh"],), OUTPUTS["sigmoid"])
    assert engines.resolve("auto", network, (2, 16, 1), 200, 20, 100_000) == "numpy"
    with pytest.raises(InputError, match="expected numba for 'fused'"):
        engines.choose("fused")


def test_the_estimate_grows_with_the_work() -> None:
    little = estimate.seconds(estimate.REFERENCE, (2, 4, 1), 400, 10, 100)
    for more in (((2, 8, 1), 400, 10, 100), ((2, 4, 1), 800, 10, 100), ((2, 4, 1), 400, 10, 200)):
        assert estimate.seconds(estimate.REFERENCE, *more) > little
