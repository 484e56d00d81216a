"""The fast engine: every replicate trained by one compiled function, without leaving the cache, in a few threads.

Same curves as the reference up to rounding. A replicate's result depends on that replicate alone, bit for bit: not on
its neighbours, nor on the number of threads. numba is imported with the first use; its cache keeps the compiled code.
"""

import logging
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise

import numpy as np

from sandbox.nn.activations import ACTIVATIONS, Activation
from sandbox.nn.engines import reference
from sandbox.nn.engines.cost import FUSED, seconds
from sandbox.nn.network import Layer, Network, Parameters, sizes
from sandbox.nn.outputs import OUTPUTS, Output
from sandbox.system.arrays import Array
from sandbox.system.kept import Kept
from sandbox.system.threads import side_by_side, threads

BYTES = 8  # of a number
FIRST_LEVEL, SECOND_LEVEL = 3 * 2**14, 2**19  # bytes of cache to fill: all of a common L1, half of a common L2
FEWEST = 64  # samples worth staying in L1 for; to add up the lanes of a gradient costs as much as so many samples
LINE = 64  # bytes in a line of the cache, and in the widest register: what lies across two loads at half the speed
PIECES = 4  # per thread, so that one which is held up leaves work to the others
WORTH_A_THREAD = 1e-3  # seconds of work; to start a thread takes a tenth of that

_log = logging.getLogger(__name__)


def advance(
    network: Network, parameters: Parameters, X: Array, Y: Array, learning_rate: float, steps: int
) -> Parameters:
    """As the reference's; a network that has an activation or output without compiled code is left to the reference."""
    from sandbox.nn.engines.fused import kernel, simd

    *hidden, output = names = _names(network)
    if lacking := _without_code(names):
        _say_once(", ".join(lacking))
        return reference.advance(network, parameters, X, Y, learning_rate, steps)
    codes = np.array([*(kernel.HIDDEN_CODES[name] for name in hidden), kernel.OUTPUT_CODES[output]])
    n, m = sizes(parameters), X.shape[1]
    c = chunk_size(n, m, simd.WIDE)
    rows = _as_rows(parameters)
    data = (*_samples(X, Y, c, simd.WIDE), np.uintp(m), np.uintp(c))

    keep = _keep(n, 1.0 - learning_rate * network.weight_decay)

    def train(piece: Array) -> None:
        room = [_aligned(size) for size in (sum(n[1:]) * c, sum(n[1:]) * c, rows.shape[1])]
        kernel.descend(piece, np.array(n, np.uintp), codes, *data, learning_rate / m, keep, steps, *room)

    worth = min(len(rows), 1 + int(seconds(FUSED, n, m, len(rows), steps) / WORTH_A_THREAD))
    workers = min(threads(), worth) if worth > 1 else 1
    side_by_side(train, [rows] if workers == 1 else np.array_split(rows, min(len(rows), PIECES * workers)), workers)
    return _as_layers(rows, parameters)


def without_code(network: Network) -> list[str]:
    """The activations and outputs of a network that nobody has written compiled code for; imports numba."""
    return _without_code(_names(network))


def _without_code(names: list[str]) -> list[str]:
    from sandbox.nn.engines.fused import kernel

    *hidden, output = names
    lacking = [name for name in hidden if name not in kernel.HIDDEN_CODES]
    return lacking + ([f"output {output}"] if output not in kernel.OUTPUT_CODES else [])


@lru_cache(maxsize=16)
def _keep(n: tuple[int, ...], decayed: float) -> Array:
    """What a step leaves of each parameter of a row: `decayed` of the weights, all of the biases."""
    layers = [((above * below, decayed), (above, 1.0)) for below, above in pairwise(n)]
    return np.concatenate([np.full(size, kept) for layer in layers for size, kept in layer])


def chunk_size(n: tuple[int, ...], m: int, wide: int) -> int:
    """How many samples to carry through the network at a time: equal shares of all m, in multiples of `wide`."""
    sample = 2 * BYTES * sum(n[1:])  # of its activations and slopes
    most = FIRST_LEVEL // sample
    if most < FEWEST:
        most = SECOND_LEVEL // sample
    blocks = -(-m // wide)
    chunks = -(-blocks // max(1, most // wide))
    return -(-blocks // chunks) * wide


def _samples(X: Array, Y: Array, c: int, wide: int) -> tuple[Array, Array]:
    """Both in chunks of c. A descent that is watched calls once for each step it is watched at, always with the same."""
    shared = {"c": c, "wide": wide}  # the bytes and not the arrays, which may have changed since
    return tuple(_chunks(shape=each.shape, content=each.tobytes(), **shared) for each in (X, Y))  # type: ignore[return-value]


def _chunked(*, shape: tuple[int, int], content: bytes, c: int, wide: int) -> Array:
    return _in_chunks(np.frombuffer(content).reshape(shape), c, wide)


_chunks = Kept(_chunked, lambda chunks: 2 * chunks.nbytes, fewest=2, most=2**24)


def _in_chunks(X: Array, c: int, wide: int) -> Array:
    """The samples in chunks of c, one chunk after the other, each row by row; filled up to a multiple of `wide` with the last."""
    filled = np.concatenate([X, np.repeat(X[:, -1:], -X.shape[1] % wide, axis=1)], axis=1)
    chunks = [filled[:, first : first + c].ravel() for first in range(0, filled.shape[1], c)]
    return np.concatenate(chunks, out=_aligned(filled.size))


def _aligned(size: int) -> Array:
    """Room for `size` numbers that starts where a line of the cache does."""
    room = np.empty(size + LINE // BYTES)
    start = -room.__array_interface__["data"][0] % LINE // BYTES  # an eighth of the time of room.ctypes
    return room[start : start + size]


def _as_rows(parameters: Parameters) -> Array:
    """One row (R, P) per replicate: the rows of W^[1], then b^[1], then W^[2] .."""
    R = len(parameters[0].weights)
    return np.concatenate([part.reshape(R, -1) for layer in parameters for part in layer], axis=1)


def _as_layers(rows: Array, like: Parameters) -> Parameters:
    layers, at = [], 0
    for W, b in like:
        middle, end = at + W[0].size, at + W[0].size + b[0].size
        layers.append(Layer(rows[:, at:middle].reshape(W.shape), rows[:, middle:end].reshape(b.shape)))
        at = end
    return tuple(layers)


def _names(network: Network) -> list[str]:
    """The names under which the records stand in their tables: of each hidden activation, then of the output."""
    return [*(_name(ACTIVATIONS, g) for g in network.hidden), _name(OUTPUTS, network.output)]


def _name(table: Mapping[str, Activation] | Mapping[str, Output], record: Activation | Output) -> str:
    return next((name for name, known in table.items() if known is record), "of your own")


@lru_cache
def _say_once(missing: str) -> None:
    _log.disabled = False  # Hydra's job_logging=disabled switches off whatever logger there is
    _log.warning("engine fused: no compiled code for %s, so the reference trains these networks", missing)
