"""The compiled trainer of the fused engine: gradient descent of one replicate after the other, in the processor's cache.

A replicate is one row of parameters: for each layer the rows of W, then b. Samples come in chunks of c (a multiple of
WIDE, the last chunk filled up); in a chunk the rows of all units stand one after the other, each c long. `a` is where a
layer's activations start in that array, `w` where its parameters start.

Equal units stay equal: whatever the widths, every sum is taken in the same order for each unit (the order of the
other layer's units in the products with W, the same tree over the samples in the gradients).
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numba import njit

from sandbox.nn.engines.fused.functions import HIDDEN, OUTPUT
from sandbox.nn.engines.fused.intrinsics import (
    add_row_sums,
    exponential,
    fma,
    hidden,
    load,
    load_register,
    load_repeated,
    load_rows,
    maximum,
    output,
    row_sum,
    splat,
    store,
)
from sandbox.nn.engines.fused.simd import REGISTER, WIDE

SOFTMAX = len(OUTPUT)
HIDDEN_CODES = {name: code for code, name in enumerate(HIDDEN)}
OUTPUT_CODES = {name: code for code, name in enumerate(OUTPUT)} | {"softmax": SOFTMAX}
OUTPUT_CODES["one_vs_all"] = OUTPUT_CODES["sigmoid"]  # the same, in as many rows as there are classes
SOURCES = ("functions.py", "simd.py", "intrinsics.py", "../../activations.py")

# Unsigned, because a signed index that might count from the end costs instructions at each use.
BLOCK, STEP = np.uintp(WIDE), np.uintp(REGISTER)
ZERO, ONE, TWO, THREE, FOUR = (np.uintp(i) for i in range(5))

Index = Any  # np.uintp
Function = TypeVar("Function", bound=Callable[..., Any])


def part(function: Function) -> Function:
    """A part of the compiled trainer."""
    result: Function = njit(nogil=True)(function)
    return result


@part
def activate(code: Index, A: Any, slopes: Any, start: Index, stop: Index) -> None:
    """A = g(z) in the place of z, and g'(z)."""
    for s in range(start, stop, BLOCK):
        a, slope = hidden(code, load(A, s))
        store(A, s, a)
        store(slopes, s, slope)


@part
def residual(code: Index, Z: Any, dZ: Any, z: Index, n: Index, c: Index, Y: Any, y: Index) -> None:
    """The output layer's dZ: n rows of c samples, which start at z; Y starts at y."""
    for s in range(ZERO, n * c, BLOCK):
        store(dZ, z + s, output(code, load(Z, z + s), load(Y, y + s)))


@part
def softmax_residual(Z: Any, dZ: Any, z: Index, n: Index, c: Index, Y: Any, y: Index) -> None:
    """The same for softmax, which looks at all n units of a sample; Z is overwritten."""
    end = n * c
    for s in range(ZERO, c, BLOCK):
        largest = load(Z, z + s)
        for row in range(c, end, c):
            largest = maximum(largest, load(Z, z + row + s))
        total = splat(0.0)
        for row in range(ZERO, end, c):
            e = exponential(load(Z, z + row + s) - largest)
            store(Z, z + row + s, e)
            total = total + e
        share = splat(1.0) / total
        for row in range(ZERO, end, c):
            store(dZ, z + row + s, load(Z, z + row + s) * share - load(Y, y + row + s))


@part
def affine(W: Any, w: Index, n_out: Index, n_in: Index, A: Any, a: Index, Z: Any, z: Index, c: Index) -> None:
    """Z = W A + b, four units at a time."""
    b = w + n_out * n_in
    for s in range(ZERO, c, BLOCK):
        i = ZERO
        while i + THREE < n_out:
            z0, z1, z2, z3 = splat(W[b + i]), splat(W[b + i + ONE]), splat(W[b + i + TWO]), splat(W[b + i + THREE])
            at = w + i * n_in
            for k in range(ZERO, n_in):
                x = load(A, a + k * c + s)
                z0 = fma(W[at + k], x, z0)
                z1 = fma(W[at + n_in + k], x, z1)
                z2 = fma(W[at + TWO * n_in + k], x, z2)
                z3 = fma(W[at + THREE * n_in + k], x, z3)
            to = z + i * c + s
            store(Z, to, z0)
            store(Z, to + c, z1)
            store(Z, to + TWO * c, z2)
            store(Z, to + THREE * c, z3)
            i += FOUR
        while i < n_out:
            z0 = splat(W[b + i])
            for k in range(ZERO, n_in):
                z0 = fma(W[w + i * n_in + k], load(A, a + k * c + s), z0)
            store(Z, z + i * c + s, z0)
            i += ONE


@part
def pull_back(W: Any, w: Index, n_out: Index, n_in: Index, dZ: Any, z: Index, slopes: Any, a: Index, c: Index) -> None:
    """W^T dZ times the slopes, in their place: dZ of the layer below, four of its units at a time."""
    for s in range(ZERO, c, BLOCK):
        k = ZERO
        while k + THREE < n_in:
            d0, d1, d2, d3 = splat(0.0), splat(0.0), splat(0.0), splat(0.0)
            for i in range(ZERO, n_out):
                x = load(dZ, z + i * c + s)
                at = w + i * n_in + k
                d0 = fma(W[at], x, d0)
                d1 = fma(W[at + ONE], x, d1)
                d2 = fma(W[at + TWO], x, d2)
                d3 = fma(W[at + THREE], x, d3)
            to = a + k * c + s
            store(slopes, to, d0 * load(slopes, to))
            store(slopes, to + c, d1 * load(slopes, to + c))
            store(slopes, to + TWO * c, d2 * load(slopes, to + TWO * c))
            store(slopes, to + THREE * c, d3 * load(slopes, to + THREE * c))
            k += FOUR
        while k < n_in:
            d0 = splat(0.0)
            for i in range(ZERO, n_out):
                d0 = fma(W[w + i * n_in + k], load(dZ, z + i * c + s), d0)
            to = a + k * c + s
            store(slopes, to, d0 * load(slopes, to))
            k += ONE


@part
def one_by_four(P: Any, p: Index, Q: Any, q: Index, c: Index, G: Any, g: Index, stride: Index) -> None:
    """The row at p times four rows from q on."""
    x = splat(0.0)
    for s in range(ZERO, c, STEP):
        x = fma(load_repeated(P, p + s), load_rows(Q, q + s, c), x)
    add_row_sums(G, g, stride, x)


@part
def four_by_four(P: Any, p: Index, Q: Any, q: Index, c: Index, G: Any, g: Index, stride: Index) -> None:
    """Four rows from p on times four rows from q on."""
    g0, g1, g2, g3 = splat(0.0), splat(0.0), splat(0.0), splat(0.0)
    for s in range(ZERO, c, STEP):
        x = load_rows(Q, q + s, c)
        g0 = fma(load_repeated(P, p + s), x, g0)
        g1 = fma(load_repeated(P, p + c + s), x, g1)
        g2 = fma(load_repeated(P, p + TWO * c + s), x, g2)
        g3 = fma(load_repeated(P, p + THREE * c + s), x, g3)
    add_row_sums(G, g, ONE, g0)
    add_row_sums(G, g + stride, ONE, g1)
    add_row_sums(G, g + TWO * stride, ONE, g2)
    add_row_sums(G, g + THREE * stride, ONE, g3)


@part
def one_by_one(P: Any, p: Index, Q: Any, q: Index, c: Index, G: Any, g: Index) -> None:
    x = load_register(P, p) * load_register(Q, q)
    for s in range(STEP, c, STEP):
        x = fma(load_register(P, p + s), load_register(Q, q + s), x)
    G[g] += row_sum(x)


@part
def gradients(dZ: Any, z: Index, n_out: Index, A: Any, a: Index, n_in: Index, c: Index, G: Any, g: Index) -> None:
    """Add dZ A^T and the sums of dZ over the samples to G."""
    i: Index = ZERO
    while i + THREE < n_out:
        k = ZERO
        while k + THREE < n_in:
            four_by_four(dZ, z + i * c, A, a + k * c, c, G, g + i * n_in + k, n_in)
            k += FOUR
        while k < n_in:
            one_by_four(A, a + k * c, dZ, z + i * c, c, G, g + i * n_in + k, n_in)
            k += ONE
        i += FOUR
    while i < n_out:
        k = ZERO
        while k + THREE < n_in:
            one_by_four(dZ, z + i * c, A, a + k * c, c, G, g + i * n_in + k, ONE)
            k += FOUR
        while k < n_in:
            one_by_one(dZ, z + i * c, A, a + k * c, c, G, g + i * n_in + k)
            k += ONE
        i += ONE
    for i in range(ZERO, n_out):
        x = load(dZ, z + i * c)
        for s in range(BLOCK, c, BLOCK):
            x = x + load(dZ, z + i * c + s)
        G[g + n_out * n_in + i] += row_sum(x)


def _compile(sources: str) -> Any:
    """The compiled trainer. numba's cache watches this file alone; `sources` makes it notice a change of the others."""

    def descend(parameters, sizes, codes, X, Y, m, chunk, rate, keep, steps, A, dZ, G):  # type: ignore[no-untyped-def]
        """Advance each row of `parameters` by `steps` steps; rate is alpha / m, the last of the codes the output's;
        keep is 1 for each parameter, or 1 - alpha lambda for weights that decay.
        X and Y come in chunks; A, dZ (a chunk of all units) and G (a row) are room to work in.
        """
        sources  # noqa: B018 - a variable from outside counts in the cache's key
        L = np.uintp(sizes.size - 1)
        n_x, n_y = sizes[ZERO], sizes[L]
        filled = (m + BLOCK - ONE) // BLOCK * BLOCK
        for r in range(parameters.shape[0]):
            W = parameters[r]
            for _ in range(steps):
                G[:] = 0.0
                for first in range(ZERO, m, chunk):
                    c = min(chunk, filled - first)
                    w, below, at = ZERO, ZERO, ZERO
                    affine(W, w, sizes[ONE], n_x, X, first * n_x, A, at, c)
                    l: Index
                    for l in range(ONE, L):
                        n_in, n_out = sizes[l], sizes[l + ONE]
                        below, at = at, at + n_in * c
                        w += n_in * (sizes[l - ONE] + ONE)
                        activate(codes[l - ONE], A, dZ, below, at)
                        affine(W, w, n_out, n_in, A, below, A, at, c)
                    if codes[L - ONE] == SOFTMAX:
                        softmax_residual(A, dZ, at, n_y, c, Y, first * n_y)
                    else:
                        residual(codes[L - ONE], A, dZ, at, n_y, c, Y, first * n_y)
                    for i in range(ZERO, n_y):
                        for s in range(m - first, c):  # nothing, but for what fills up the last chunk
                            dZ[at + i * c + s] = 0.0
                    for back in range(ONE, L):
                        l = L - back
                        n_in, n_out = sizes[l], sizes[l + ONE]
                        gradients(dZ, at, n_out, A, below, n_in, c, G, w)
                        pull_back(W, w, n_out, n_in, dZ, at, dZ, below, c)
                        w -= n_in * (sizes[l - ONE] + ONE)
                        at, below = below, below - sizes[l - ONE] * c
                    gradients(dZ, ZERO, sizes[ONE], X, first * n_x, n_x, c, G, ZERO)
                for i in range(ZERO, np.uintp(W.size)):
                    W[i] = keep[i] * W[i] - rate * G[i]

    try:
        return njit(cache=True, nogil=True)(descend)
    except RuntimeError:  # no directory that the cache could write to
        return njit(nogil=True)(descend)


def _digest(files: tuple[str, ...]) -> str:
    return hashlib.sha256(b"".join(Path(__file__).parent.joinpath(file).read_bytes() for file in files)).hexdigest()


descend = _compile(_digest(SOURCES))
