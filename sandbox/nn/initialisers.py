"""Initial weights and biases, by scheme. Biases start at 0 unless a scheme for them is named (notes, § Random initialisation).

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
from sandbox.system.own_parts import part

TRUNCATED = 0.8796256610342398  # the standard deviation of a normal number that lies within [-2, 2]


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


def _uniform(variance: Callable[[int, int], float]) -> Callable[[Generator, int, int], Array]:
    def draw(rng: Generator, n_out: int, n_in: int) -> Array:
        bound = np.sqrt(3.0 * variance(n_out, n_in))
        return rng.uniform(-bound, bound, (n_out, n_in))

    return draw


def _truncated(rng: Generator, n_out: int, n_in: int) -> Array:
    """Normal draws within two standard deviations, the others drawn again, spread out to variance 1."""
    W = rng.normal(size=(n_out, n_in))
    while (far := np.abs(W) > 2.0).any():
        W[far] = rng.normal(size=int(far.sum()))
    return W / TRUNCATED


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


def _third(n_out: int, n_in: int) -> float:
    return 1.0 / (3.0 * n_in)


# fmt: off
INITIALISERS: dict[str, Initialiser] = {
    "zero": Initialiser(lambda rng, n_out, n_in: np.zeros((n_out, n_in)), lambda n_out, n_in: 0.0, "notes, § Random initialisation"),
    "constant": Initialiser(lambda rng, n_out, n_in: np.ones((n_out, n_in)), lambda n_out, n_in: 0.0, "equal, not zero"),
    "normal": Initialiser(_normal(_one), _one, "notes, § Random initialisation"),
    "uniform": Initialiser(lambda rng, n_out, n_in: rng.uniform(-1.0, 1.0, (n_out, n_in)), lambda n_out, n_in: 1.0 / 3.0, "uniform on (-1, 1)"),
    "xavier": Initialiser(_normal(_glorot), _glorot, "Glorot and Bengio 2010, eq. 12"),
    "he": Initialiser(_normal(_he), _he, "He et al. 2015, eq. 10"),
    "lecun": Initialiser(_normal(_lecun), _lecun, "LeCun et al. 1998, eq. 16"),
    "uniform_unit": Initialiser(_uniform(_one), _one, "uniform, of variance 1 as the normal draws"),
    "truncated": Initialiser(_truncated, _one, "TensorFlow's truncated normal, of variance 1"),
    "root_n": Initialiser(_uniform(_third), _third, "PyTorch's default for linear layers: uniform within 1/sqrt(n_in)"),
    "orthogonal": Initialiser(_orthogonal, lambda n_out, n_in: 1.0 / max(n_out, n_in), "Saxe et al. 2013, § 3"),
}

BIASES: dict[str, Callable[[Generator, int, int], Array]] = {  # (rng, n_out, n_in) -> (n_out, 1)
    "zero": lambda rng, n_out, n_in: np.zeros((n_out, 1)),
    "normal": lambda rng, n_out, n_in: rng.normal(size=(n_out, 1)),
    "hundredth": lambda rng, n_out, n_in: np.full((n_out, 1), 0.01),  # "so that all ReLU units fire in the beginning" (CS231n)
    "root_n": lambda rng, n_out, n_in: rng.uniform(-1.0, 1.0, (n_out, 1)) / np.sqrt(n_in),  # PyTorch's default
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
    bias: str = "zero",
) -> Parameters:
    """R networks of the given sizes n^[0] .. n^[L], with the weights of `zero_layers` (counted from 1) set to 0.

    They are the replicates first, first + 1 ...: a later run adds to an earlier one without repeating it.
    weights (R, n_l, n_l-1) times `scale`, bias (R, n_l, 1) by the scheme of BIASES, drawn aside from the weights.
    """
    draw, draw_bias = part("init", INITIALISERS, scheme).draw, BIASES[bias]
    layers, numbers = [], range(first, first + replicates)
    for l, (n_in, n_out) in enumerate(pairwise(sizes), start=1):
        factor = 0.0 if l in zero_layers else scale
        with np.errstate(over="ignore"):  # infinite weights diverge at step 0
            W = np.stack([factor * draw(generator(seed, r, l), n_out, n_in) for r in numbers])
        zero = bias == "zero"  # needs no generators, which cost more than the weights of small layers
        b = [draw_bias(generator(seed, r, l, 1), n_out, n_in) for r in (() if zero else numbers)]
        layers.append(Layer(W, np.stack(b) if b else np.zeros((replicates, n_out, 1))))
    return tuple(layers)


def generator(seed: int, r: int, layer: int, *more: int) -> Generator:
    """The one source of randomness of replicate r's layer, independent of all others."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(r, layer, *more)))
