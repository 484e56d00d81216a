"""How fast the engines are, side by side: `python -m benchmarks.engines [--rounds 7] [--case S --case M] [--activation tanh]`.

A network-step is one network doing one full-batch forward, backward and update. Every contender trains the same networks;
they take turns, and what is compared are medians over the rounds. The textbook trains one network after the other
with 2-D arrays, as a course would write it. The limit is that of `benchmarks.roofline`, measured here.
"""

# ruff: noqa: T201 - a table on the terminal is what it is for

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy loads: more only slow matrices this small

import argparse
import time
from collections.abc import Callable
from itertools import pairwise
from statistics import median
from typing import NamedTuple

import numpy as np

from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.engines import reference
from sandbox.nn.engines.fused import engine as fused
from sandbox.nn.network import Layer, Network, Parameters, replicate
from sandbox.nn.outputs import OUTPUTS
from sandbox.system.arrays import Array
from sandbox.system.threads import threads

RATE = 0.1


class Case(NamedTuple):
    """A size of problem."""

    sizes: tuple[int, ...]
    m: int
    R: int
    output: str


CASES = {
    "S": Case((2, 4, 1), 400, 100, "sigmoid"),
    "M": Case((2, 32, 1), 400, 100, "sigmoid"),
    "L": Case((64, 64, 10), 1500, 16, "softmax"),
    "D": Case((2, *[16] * 8, 1), 400, 50, "sigmoid"),
}


def sigmoid(Z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-Z)))


def softmax(Z: Array) -> Array:
    e = np.exp(Z - Z.max(axis=0))
    return np.asarray(e / e.sum(axis=0))


TEXTBOOK: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "tanh": (np.tanh, lambda A: 1 - A**2),
    "sigmoid": (sigmoid, lambda A: A * (1 - A)),
    "relu": (lambda Z: np.maximum(Z, 0), lambda A: (A > 0).astype(float)),
}


def textbook(activation: str, output: str, start: Parameters, X: Array, Y: Array, steps: int) -> Parameters:
    """Gradient descent of every network, one after the other."""
    g, slope = TEXTBOOK[activation]
    last, m = {"sigmoid": sigmoid, "softmax": softmax}[output], X.shape[1]
    trained = []
    for r in range(len(start[0].weights)):
        Ws, bs = ([part[r] for part in parts] for parts in zip(*start, strict=True))
        for _ in range(steps):
            As = [X]
            for W, b in zip(Ws[:-1], bs[:-1], strict=True):
                As.append(g(W @ As[-1] + b))
            dZ = last(Ws[-1] @ As[-1] + bs[-1]) - Y
            for l in reversed(range(len(Ws))):
                dW, db = dZ @ As[l].T / m, dZ.sum(axis=1, keepdims=True) / m
                if l > 0:
                    dZ = (Ws[l].T @ dZ) * slope(As[l])
                Ws[l], bs[l] = Ws[l] - RATE * dW, bs[l] - RATE * db
        trained.append((Ws, bs))
    Ws, bs = (zip(*parts, strict=True) for parts in zip(*trained, strict=True))
    return tuple(Layer(np.stack(W), np.stack(b)) for W, b in zip(Ws, bs, strict=True))


def problem(case: Case) -> tuple[Parameters, Array, Array]:
    """R networks, and labels that are not quite separable."""
    rng = np.random.default_rng(0)
    layers = [
        Layer(rng.normal(size=(case.R, n_out, n_in)) / np.sqrt(n_in), np.zeros((case.R, n_out, 1)))
        for n_in, n_out in pairwise(case.sizes)
    ]
    X = rng.normal(size=(case.sizes[0], case.m))
    if case.output == "softmax":
        return tuple(layers), X, np.eye(case.sizes[-1])[rng.integers(case.sizes[-1], size=case.m)].T
    return tuple(layers), X, (X[:1] * X[1:] + rng.normal(size=(1, case.m)) > 0).astype(float)


def contenders(case: Case, activation: str) -> dict[str, Callable[[int], object]]:
    """Name -> train for so many steps. The textbook trains a tenth of the networks, since each costs the same."""
    start, X, Y = problem(case)
    few = replicate(start, slice(max(1, case.R // 10)))
    network = Network((ACTIVATIONS[activation],) * (len(case.sizes) - 2), OUTPUTS[case.output])
    return {
        "textbook": lambda steps: textbook(activation, case.output, few, X, Y, steps),
        "numpy": lambda steps: reference.advance(network, start, X, Y, RATE, steps),
        "fused": lambda steps: fused.advance(network, start, X, Y, RATE, steps),
    }


def measure(case: Case, activation: str, rounds: int, seconds: float) -> dict[str, list[float]]:
    """Microseconds per network-step of every contender in every round."""
    trained = {"textbook": max(1, case.R // 10), "numpy": case.R, "fused": case.R}
    racing = contenders(case, activation)
    steps, times = {}, {name: [] for name in racing}  # type: dict[str, int], dict[str, list[float]]
    for name, train in racing.items():
        train(1)  # compiles, and warms the caches
        steps[name] = max(1, round(seconds / timed(train, 2) * 2))
    for _ in range(rounds):
        for name, train in racing.items():
            times[name].append(1e6 * timed(train, steps[name]) / steps[name] / trained[name])
    return times


def timed(train: Callable[[int], object], steps: int) -> float:
    begin = time.perf_counter()
    train(steps)
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", action="append", choices=CASES)
    parser.add_argument("--activation", action="append", choices=TEXTBOOK)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.1, help="for each contender in each round")
    options = parser.parse_args()
    from benchmarks import roofline  # it knows the cases

    begin = time.perf_counter()
    fused.advance(*_tiny(), RATE, 1)
    first = time.perf_counter() - begin
    print(f"fused: {first:.2f} s until the first step (import, and compile or load); {threads()} threads")
    peak = roofline.measured()
    print(f"peak: {peak.shown()}\nmicroseconds per network-step: medians\n")
    print("case activation  textbook    numpy    fused   textbook/numpy  numpy/fused  fused/limit")
    for name in options.case or CASES:
        for activation in options.activation or TEXTBOOK:
            case = CASES[name]
            times = measure(case, activation, options.rounds, options.seconds)
            t, n, f = (median(times[contender]) for contender in ("textbook", "numpy", "fused"))
            print(
                f"{name:4} {activation:10} {t:9.2f} {n:8.2f} {f:8.2f} {t / n:16.2f} {n / f:12.2f}"
                f" {f / roofline.microseconds(case, peak):12.2f}",
                flush=True,
            )


def _tiny() -> tuple[Network, Parameters, Array, Array]:
    start, X, Y = problem(Case((2, 2, 1), 8, 1, "sigmoid"))
    return Network((ACTIVATIONS["tanh"],), OUTPUTS["sigmoid"]), start, X, Y


if __name__ == "__main__":
    main()
