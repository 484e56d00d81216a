"""Samples, and the functions that draw or fetch them: scikit-learn's by name, and five sets of our own.

scikit-learn costs a second to import, so only its own sets do it.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sandbox.system.arrays import Array


class Samples(NamedTuple):
    """Samples as files and scikit-learn hold them, one a row; without classes the labels are a regression's targets."""

    X: Array  # (m, n_x)
    labels: NDArray[Any]  # (m,): the index of a class, or a float
    features: tuple[str, ...]  # n_x names
    classes: tuple[str, ...]  # K names, or empty
    label: str = ""  # where the labels stood
    remarks: tuple[str, ...] = ()  # what had to be understood to read them


def generated(maker: str, classes: int = 0, noise_as: str = "noise", **settings: Any) -> Callable[..., Samples]:
    """A scikit-learn generator as a function of samples, noise and seed; `noise_as` is what it calls the noise."""

    def make(samples: int, seed: int, noise: float | None = None) -> Samples:
        noisy = {} if noise is None else {noise_as: noise}
        draw = getattr(import_module("sklearn.datasets"), maker)
        X, labels = draw(n_samples=samples, random_state=seed, **noisy, **settings)
        return Samples(X, labels, numbered(X.shape[1]), tuple(map(str, range(classes))))

    return make


def bundled(loader: str, **settings: Any) -> Callable[[], Samples]:
    """A set that comes with scikit-learn, with its own names for features and classes; read once, for every split of it."""

    @cache
    def make() -> Samples:
        found = getattr(import_module("sklearn.datasets"), loader)(**settings)
        classes = tuple(map(str, getattr(found, "target_names", ())))
        X, labels = found.data.astype(np.float64), np.array(found.target)
        X.flags.writeable = labels.flags.writeable = False
        return Samples(X, labels, tuple(map(str, found.feature_names)), classes)

    return make


DIGITS = bundled("load_digits")


def digit_pair(first: int, second: int) -> Callable[[], Samples]:
    """Two of the ten written digits."""

    def make() -> Samples:
        digits = DIGITS()
        kept = (digits.labels == first) | (digits.labels == second)
        labels = (digits.labels[kept] == second).astype(np.intp)
        return Samples(digits.X[kept], labels, digits.features, (str(first), str(second)))

    return make


def hastie(samples: int, seed: int) -> Samples:
    """Ten normal inputs; class 1 where their squares add up to more than the median of chi-square with 10 degrees of freedom."""
    draw = import_module("sklearn.datasets").make_hastie_10_2
    X, labels = draw(n_samples=samples, random_state=seed)
    return Samples(X, (labels > 0).astype(np.intp), numbered(10), ("0", "1"))


def checkerboard(samples: int, noise: float, seed: int) -> Samples:
    """A board of 3 x 3 squares of side 1 in two alternating classes, points moved by normal noise."""
    rng = np.random.default_rng(seed)
    X = rng.uniform(0.0, 3.0, (samples, 2))
    labels = np.floor(X).sum(axis=1).astype(np.intp) % 2
    return Samples(X + noise * rng.standard_normal((samples, 2)), labels, numbered(2), ("0", "1"))


def sine(samples: int, noise: float, seed: int) -> Samples:
    """One period of y = sin x, with normal noise of that standard deviation on y."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-np.pi, np.pi, samples)
    return Samples(x[:, None], np.sin(x) + noise * rng.standard_normal(samples), ("x",), ())


def xor(samples: int, noise: float, seed: int) -> Samples:
    """The corners (+-1, +-1) in turn, spread by normal noise; class 1 where the corner's signs differ."""
    corners = np.array([(-1.0, -1.0), (-1.0, 1.0), (1.0, 1.0), (1.0, -1.0)])
    corner = np.arange(samples) % 4
    spread = noise * np.random.default_rng(seed).standard_normal((samples, 2))
    return Samples(corners[corner] + spread, corner % 2, numbered(2), ("0", "1"))


def spirals(samples: int, noise: float, seed: int) -> Samples:
    """Two interleaved arms r = t / 3 pi of one and a half turns, half a turn apart, spread by normal noise."""
    rng = np.random.default_rng(seed)
    arm = np.arange(samples) % 2
    t = 3 * np.pi * np.sqrt(rng.uniform(size=samples))  # the root makes points equally dense along an arm
    angle = t + np.pi * arm
    X = t[:, None] / (3 * np.pi) * np.column_stack([np.cos(angle), np.sin(angle)])
    return Samples(X + noise * rng.standard_normal((samples, 2)), arm, numbered(2), ("0", "1"))


def flower(samples: int, noise: float, seed: int) -> Samples:
    """Eight petals of two classes, the rose r = 4 sin 4t: class 0 draws it for t in [0, pi), class 1 in [pi, 2 pi).

    A negative r lies opposite, which is how the petals of the classes come to alternate, nearly. Normal noise of the
    same standard deviation on t and on r blurs their edges.
    """
    rng = np.random.default_rng(seed)
    half = np.arange(samples) % 2
    t = np.pi * (half + rng.uniform(size=samples)) + noise * rng.standard_normal(samples)
    r = 4 * np.sin(4 * t) + noise * rng.standard_normal(samples)
    return Samples(r[:, None] * np.column_stack([np.sin(t), np.cos(t)]), half, numbered(2), ("0", "1"))


def numbered(n_x: int) -> tuple[str, ...]:
    """Names for features that have none: x1, x2 ..."""
    return tuple(f"x{i}" for i in range(1, n_x + 1))
