"""Data to train on: scikit-learn's toy sets, five of our own and the user's files, all split and standardised alike.

The name of a set, its usual size and its noise stand in one table, DATASETS; conf/dataset/ repeats them for Hydra.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sandbox.data.files import read_samples, read_tests
from sandbox.data.generators import (
    DIGITS,
    Samples,
    bundled,
    checkerboard,
    digit_pair,
    flower,
    generated,
    hastie,
    sine,
    spirals,
    xor,
)
from sandbox.data.npz import digest, shown
from sandbox.data.reading import Reading
from sandbox.system.arrays import Array
from sandbox.system.errors import InputError, nearest
from sandbox.system.own_parts import names, part

Indices = NDArray[np.intp]
Kind = Literal["binary", "multiclass", "regression"]

FEWEST_SAMPLES = 4  # the corners of xor; also one for each of three classes
MOST_SAMPLES = 10**6
MOST_NOISE = 1e6  # far beyond it the signal is lost in rounding
MOST_SEED = 2**32 - 1  # scikit-learn takes no larger one
TEST_FRACTION = 0.25
FEWEST_TO_SPLIT = 20  # samples; a set of fewer is trained on whole unless asked otherwise
BLOBS = ((-1.5, -1.5), (1.5, 1.5))  # fixed, so that a seed does not decide how far apart they are


@dataclass(frozen=True)
class Data:
    """What a network trains on and is tested on; samples are columns."""

    name: str
    kind: Kind
    X: Array  # (n_x, m)
    Y: Array  # binary (1, m) of 0 and 1; multiclass (K, m) one-hot; regression (1, m)
    X_test: Array  # (n_x, m_test); m_test may be 0
    Y_test: Array  # as Y, m_test columns
    features: tuple[str, ...]  # n_x names
    classes: tuple[str, ...]  # K names; for binary, what 0 and 1 stand for; empty for regression
    source: str = ""  # the function or file it comes from
    validation: tuple[Array, Array] | None = None  # X and Y set aside to choose settings by, if any
    label: str = ""  # where in a file the labels stood
    remarks: tuple[str, ...] = ()  # what had to be understood to read it
    rows: tuple[Indices, ...] = ()  # which of the samples, from 0, are trained on, tested on and chosen by

    @property
    def arrays(self) -> dict[str, Array]:
        return {"X": self.X, "Y": self.Y, "X_test": self.X_test, "Y_test": self.Y_test}

    @cached_property
    def digest(self) -> str:
        """A name for exactly these samples; a thousand arms that share them need it once."""
        return digest(self.arrays)


@dataclass(frozen=True)
class Dataset:
    """A known set of samples; `samples` and `noise` are its defaults, None where it has no such choice."""

    make: Callable[..., Samples]
    kind: Kind | None  # None: the file's labels decide
    samples: int | None
    noise: float | None
    source: str
    most_noise: float = MOST_NOISE


# noise is the standard deviation of normal noise in the units of the features, or of the targets of a regression,
# except that in classification it is the share of labels drawn anew.
DATASETS: dict[str, Dataset] = {
    "moons": Dataset(generated("make_moons", 2), "binary", 400, 0.2, "scikit-learn make_moons"),
    "circles": Dataset(generated("make_circles", 2, factor=0.5), "binary", 400, 0.1, "scikit-learn make_circles"),
    "blobs": Dataset(generated("make_blobs", 2, "cluster_std", centers=BLOBS), "binary", 400, 1.0, "scikit-learn make_blobs"),
    "classification": Dataset(generated("make_classification", 2, "flip_y", n_features=10, n_informative=4), "binary", 400, 0.01, "scikit-learn make_classification, after Guyon (2003)", most_noise=1.0),
    "gaussian_quantiles": Dataset(generated("make_gaussian_quantiles", 3), "multiclass", 400, None, "scikit-learn make_gaussian_quantiles"),
    "xor": Dataset(xor, "binary", 400, 0.3, "our own; Minsky and Papert (1969)"),
    "spirals": Dataset(spirals, "binary", 400, 0.03, "our own; Lang and Witbrock (1988)"),
    "flower": Dataset(flower, "binary", 400, 0.2, "our own; the 'planar' set of Andrew Ng's course"),
    "checkerboard": Dataset(checkerboard, "binary", 400, 0.1, "our own"),
    "hastie": Dataset(hastie, "binary", 400, None, "Hastie et al. (2009), eq. 10.2, scikit-learn make_hastie_10_2"),
    "digits_3_8": Dataset(digit_pair(3, 8), "binary", None, None, "UCI optical digits (8 x 8), 3 against 8, with scikit-learn"),
    "iris": Dataset(bundled("load_iris"), "multiclass", None, None, "Fisher (1936), with scikit-learn"),
    "wine": Dataset(bundled("load_wine"), "multiclass", None, None, "UCI wine recognition, with scikit-learn"),
    "breast_cancer": Dataset(bundled("load_breast_cancer"), "binary", None, None, "UCI breast cancer Wisconsin, with scikit-learn"),
    "digits": Dataset(DIGITS, "multiclass", None, None, "UCI optical digits (8 x 8), with scikit-learn"),
    "diabetes": Dataset(bundled("load_diabetes", scaled=False), "regression", None, None, "Efron et al. (2004), with scikit-learn"),
    "regression": Dataset(generated("make_regression", n_features=10, n_informative=5), "regression", 400, 10.0, "scikit-learn make_regression"),
    "friedman1": Dataset(generated("make_friedman1"), "regression", 400, 1.0, "Friedman (1991), scikit-learn make_friedman1"),
    "sine": Dataset(sine, "regression", 400, 0.1, "our own"),
    "file": Dataset(read_samples, None, None, None, "the user's own table or .npz"),
}  # fmt: skip


def load(
    name: str,
    *,
    samples: int | None = None,
    noise: float | None = None,
    seed: int = 0,
    test_fraction: float | None = TEST_FRACTION,
    validation_fraction: float = 0.0,
    standardise: bool = True,
    path: str | None = None,
    test_path: str | None = None,
    reading: Reading | None = None,
) -> Data:
    """The set of that name, split into a training and a test part.

    `samples` and `noise` are those of DATASETS unless given; `path`, `test_path` and `reading` belong to name="file" alone:
    with a test_path all samples of `path` are trained on, and tests are the other file's. Without a
    test_fraction it is 0.25, but 0 for fewer than 20 samples, as a truth table has: all of them are to be learnt. With
    `standardise`, features get mean 0 and standard deviation 1 over the training part, and so do the targets of a
    regression: a loss in units of the targets' variance, while r2 stays the same. Everything is a function of the
    arguments, bit for bit.

    Raises InputError for an unknown name, for what the set does not take, for a value out of range, and for a split
    that leaves a class without training sample or the test part without any.
    """
    if name not in names("dataset", DATASETS):
        raise InputError(f"dataset: expected a known dataset, got {shown(name)}{nearest(name, DATASETS)}")
    _within("seed", seed, 0, MOST_SEED)
    given = {"samples": samples, "noise": noise, "path": path, "test_path": test_path, "reading": reading}
    made = part("dataset", DATASETS, name).make(**_arguments(name, given, seed))
    X, labels, features, classes, label, remarks = made
    if test_path:
        if test_fraction not in (None, 0, TEST_FRACTION):
            raise InputError(
                f"dataset.test_fraction: expected none beside dataset.test_path, got {test_fraction}; leave it out"
            )
        test_fraction = 0.0
    if test_fraction is None:
        test_fraction = TEST_FRACTION if len(labels) >= FEWEST_TO_SPLIT else 0.0
    kind: Kind = "multiclass" if len(classes) > 2 else "binary" if classes else "regression"
    train, test = split(labels, classes, test_fraction, seed)
    train, validation = set_aside(train, labels, classes, validation_fraction, seed)
    if test_path:
        own = read_tests(test_path, reading, made)
        test, remarks = len(labels) + np.arange(len(own.labels)), (*remarks, *own.remarks)
        X, labels = np.concatenate([X, own.X]), np.concatenate([labels, own.labels])
    Y = np.eye(len(classes))[labels] if kind == "multiclass" else labels[:, None].astype(np.float64)
    parts = [[np.ascontiguousarray(rows[part].T) for part in (train, test, validation)] for rows in (X, Y)]
    if standardise:
        parts[0] = standardised(*parts[0])
        if kind == "regression":
            parts[1] = standardised(*parts[1])
    (X_train, X_test, X_aside), (Y_train, Y_test, Y_aside) = parts
    if not (np.isfinite(X_test).all() and np.isfinite(Y_test).all()):
        raise InputError(
            "dataset.standardise: expected test values that training values can be a scale for, got some too large; "
            "use dataset.standardise=false"
        )
    file = Path(path).expanduser().absolute() if path else None
    title, source = (file.name, str(file)) if file else (name, part("dataset", DATASETS, name).source)
    aside = (X_aside, Y_aside) if len(validation) else None
    rows = train, test - test.min(initial=len(labels)) * bool(test_path), validation
    return Data(title, kind, X_train, Y_train, X_test, Y_test, features, classes, source, aside, label, remarks, rows)


def split(labels: NDArray[Any], classes: tuple[str, ...], fraction: float, seed: int) -> tuple[Indices, Indices]:
    """The training and the test part, as ascending indices; round(fraction n) of the n samples of each class are tests.

    Our own few lines and not train_test_split: sets without scikit-learn stay without it, and its generator, seeded as
    a maker of data was, would deal out the very bits from which the samples were drawn. Ours is a child of the seed.
    Without classes, all samples are of one kind.
    """
    if not 0 <= fraction < 1:
        raise InputError(f"dataset.test_fraction: expected 0 <= fraction < 1, got {fraction}")
    rng = np.random.default_rng(np.random.SeedSequence(seed).spawn(1)[0])
    is_test = np.zeros(len(labels), dtype=bool)
    for k in range(max(1, len(classes))):
        members = np.flatnonzero(labels == k) if classes else np.arange(len(labels))
        tests = int(np.floor(fraction * len(members) + 0.5))
        if tests >= len(members):
            whose = f"samples of class {shown(classes[k])}" if classes else "samples"
            raise InputError(
                f"dataset.test_fraction: expected to leave a training sample of every kind, got {fraction} and only "
                f"{len(members)} {whose}; lower it or bring more samples"
            )
        is_test[rng.permutation(members)[:tests]] = True
    if fraction and not is_test.any():
        raise InputError(
            f"dataset.test_fraction: expected at least one test sample or 0, got {fraction} of {len(labels)} samples"
        )
    return np.flatnonzero(~is_test), np.flatnonzero(is_test)


def set_aside(
    train: Indices, labels: NDArray[Any], classes: tuple[str, ...], fraction: float, seed: int
) -> tuple[Indices, Indices]:
    """The training part without its share of validation samples, and these, as ascending indices; drawn by a child of the seed."""
    if not fraction:
        return train, train[:0]
    if not 0 < fraction < 1:
        raise InputError(f"dataset.validation_fraction: expected 0 <= fraction < 1, got {fraction}")
    rng = np.random.default_rng(np.random.SeedSequence(seed).spawn(2)[1])
    is_aside = np.zeros(len(train), dtype=bool)
    for k in range(max(1, len(classes))):
        members = np.flatnonzero(labels[train] == k) if classes else np.arange(len(train))
        aside = int(np.floor(fraction * len(members) + 0.5))
        if aside >= len(members):
            raise InputError(
                f"dataset.validation_fraction: expected to leave a training sample of every kind, got {fraction} of "
                f"{len(members)}; lower it or bring more samples"
            )
        is_aside[rng.permutation(members)[:aside]] = True
    return train[~is_aside], train[is_aside]


def standardised(train: Array, *others: Array) -> list[Array]:
    """All parts shifted and scaled so that every row of `train` has mean 0 and standard deviation 1 (divisor m).

    A row that is constant in the training part becomes 0 in all: nothing can be learned about it.
    """
    _, exponent = np.frexp(np.abs(train).max(axis=1, keepdims=True))
    with np.errstate(over="ignore"):  # a test value 10^300 times the training values; `load` refuses the infinity
        parts = [np.ldexp(part, -exponent) for part in (train, *others)]  # exact, and 10^300 can then be squared
        train = parts[0]
        mean = train.mean(axis=1, keepdims=True)
        constant = np.ptp(train, axis=1, keepdims=True) == 0  # its standard deviation may be a rounding error
        deviation = np.where(constant, 1.0, train.std(axis=1, keepdims=True))
        return [np.where(constant, 0.0, (part - mean) / deviation) for part in parts]


def _arguments(name: str, given: dict[str, Any], seed: int) -> dict[str, Any]:
    """What the set's `make` is called with: the given values, else the defaults; nothing given goes unused."""
    known = part("dataset", DATASETS, name)
    remedies = {
        "samples": f"{name} comes with its own samples",
        "noise": f"{name} has no noise to set",
        "path": "only dataset=file reads one",
        "test_path": "only dataset=file reads one",
    }
    choices: dict[str, Any] = {"samples": known.samples, "noise": known.noise}
    if name != "file" and (said := given.pop("reading")) is not None and (asked := said.asked()):
        key = next(iter(asked))
        raise InputError(
            f"dataset.{key}: expected none for dataset={name}, got {asked[key]!r}; only dataset=file has a choice"
        )
    takes = (
        ["path", "test_path", "reading"]
        if name == "file"
        else [key for key, usual in choices.items() if usual is not None]
    )
    for key, value in given.items():
        if value is not None and key not in takes:
            raise InputError(f"dataset.{key}: expected none for dataset={name}, got {value!r}; {remedies[key]}")
    if name == "file":
        if not given["path"]:
            raise InputError("dataset.path: expected a table in text (CSV) or an .npz, got none; add dataset.path=FILE")
        return {key: given[key] for key in takes if key != "test_path"}
    chosen = {key: choices[key] if given[key] is None else given[key] for key in takes}
    _within("samples", chosen.get("samples", FEWEST_SAMPLES), FEWEST_SAMPLES, MOST_SAMPLES)
    _within("noise", chosen.get("noise", 0), 0, known.most_noise)
    return chosen | {"seed": seed} if chosen else {}


def _within(key: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:  # also where value is NaN
        raise InputError(f"dataset.{key}: expected {least} to {most:.15g}, got {value}")


def understood(data: Data) -> str:
    """What a set was taken for, in one line: rows, features, label, kind, classes with their counts, split, remarks."""
    train, test = data.X.shape[1], data.X_test.shape[1]
    aside = data.validation[0].shape[1] if data.validation else 0
    n_x = len(data.features)
    words = [f"{data.name}: {train + test + aside} rows", f"{n_x} feature{'s' * (n_x > 1)}"]
    label = f"label in {data.label}: " if data.label else ""
    if data.kind == "regression":
        words.append(f"{label}numbers, a regression")
    else:
        words.append(f"{label}{len(data.classes)} classes ({', '.join(_class_counts(data))})")
    choosing = f", {aside} to choose by" if aside else ""
    words.append(
        f"{train} rows to train on{choosing}, {test} to test" if test + aside else "all rows to train on, none to test"
    )
    return "; ".join([*words, *data.remarks])


def _class_counts(data: Data, most: int = 12) -> list[str]:
    Y = np.concatenate([data.Y, data.Y_test, *([data.validation[1]] if data.validation else [])], axis=1)
    counts = [(Y == 0).sum(), (Y == 1).sum()] if data.kind == "binary" else Y.sum(axis=1)
    listed = [f"{_on_one_line(name)} {int(count)}" for name, count in zip(data.classes, counts, strict=True)]
    return listed if len(listed) <= most else [*listed[: most - 1], f"and {len(listed) - most + 1} more"]


def _on_one_line(name: str) -> str:
    text = name if name.isprintable() else repr(name)[1:-1]
    return text if len(text) <= 40 else f"{text[:37]}..."
