"""Initial weights, by scheme. Biases start at 0, as in the notes (§ Random initialisation).

The weights of replicate r in layer l depend only on (seed, r, l): arms are paired replicate by replicate, and more
replicates or another depth leave the existing ones as they were.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.random import Generator

from sandbox.nn.network import Layer, Parameters
from sandbox.system.arrays import Array


@dataclass(frozen=True)
class Initialiser:
    """A scheme: draw(rng, n_out, n_in) -> weights (n_out, n_in) before the factor `init.scale`.

    variance: (n_out, n_in) -> the variance of one weight, the scheme's defining property.
    """

    draw: Callable[[Generator, int, int], Array]
    variance: Callable[[int, int], float]
    source: str


def _normal(variance: Callable[[int, int], float]) -> Callable[[Generator, int, int], Array]:
    return lambda rng, n_out, n_in: rng.normal(0.0, np.sqrt(variance(n_out, n_in)), (n_out, n_in))


def _orthogonal(rng: Generator, n_out: int, n_in: int) -> Array:
    """Orthonormal rows or columns, whichever are fewer, uniform over all such matrices."""
    tall = rng.normal(size=(max(n_out, n_in), min(n_out, n_in)))
    q, r = np.linalg.qr(tall)
    q *= np.sign(np.diag(r))  # without it QR's own sign convention biases the draw (Mezzadri 2007, § 5)
    return q if n_out >= n_in else np.ascontiguousarray(q.T)


def _one(n_out: int, n_in: int) -> float:
    return 1.0


def _glorot(n_out: int, n_in: int) -> float:
    return 2.0 / (n_in + n_out)


def _he(n_out: int, n_in: int) -> float:
    return 2.0 / n_in


def _lecun(n_out: int, n_in: int) -> float:
    return 1.0 / n_in


# fmt: off
INITIALISERS: dict[str, Initialiser] = {
    "zero": Initialiser(lambda rng, n_out, n_in: np.zeros((n_out, n_in)), lambda n_out, n_in: 0.0, "notes, § Random initialisation"),
    "constant": Initialiser(lambda rng, n_out, n_in: np.ones((n_out, n_in)), lambda n_out, n_in: 0.0, "equal, not zero"),
    "normal": Initialiser(_normal(_one), _one, "notes, § Random initialisation"),
    "uniform": Initialiser(lambda rng, n_out, n_in: rng.uniform(-1.0, 1.0, (n_out, n_in)), lambda n_out, n_in: 1.0 / 3.0, "uniform on (-1, 1)"),
    "xavier": Initialiser(_normal(_glorot), _glorot, "Glorot and Bengio 2010, eq. 12"),
    "he": Initialiser(_normal(_he), _he, "He et al. 2015, eq. 10"),
    "lecun": Initialiser(_normal(_lecun), _lecun, "LeCun et al. 1998, eq. 16"),
    "orthogonal": Initialiser(_orthogonal, lambda n_out, n_in: 1.0 / max(n_out, n_in), "Saxe et al. 2013, § 3"),
}
# fmt: on


def initialise(
    scheme: str,
    sizes: Sequence[int],
    replicates: int,
    seed: int,
    scale: float = 1.0,
    zero_layers: Sequence[int] = (),
    first: int = 0,
) -> Parameters:
    """R networks of the given sizes n^[0] .. n^[L], with the weights of `zero_layers` (counted from 1) set to 0.

    They are the replicates first, first + 1 ...: a later run adds to an earlier one without repeating it.
    weights (R, n_l, n_l-1), bias (R, n_l, 1) = 0.
    """
    draw = INITIALISERS[scheme].draw
    layers = []
    for l, (n_in, n_out) in enumerate(pairwise(sizes), start=1):
        factor = 0.0 if l in zero_layers else scale
        with np.errstate(over="ignore"):  # infinite weights diverge at step 0
            W = np.stack([factor * draw(generator(seed, r, l), n_out, n_in) for r in range(first, first + replicates)])
        layers.append(Layer(W, np.zeros((replicates, n_out, 1))))
    return tuple(layers)


def generator(seed: int, r: int, layer: int) -> Generator:
    """The one source of randomness of replicate r's layer, independent of all others."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(r, layer)))
