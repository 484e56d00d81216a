"""What a user brings along: data as .npz or .csv, and given weights as .npz."""

import csv
import math
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox.data.generators import Samples, numbered
from sandbox.data.npz import array_in, damage_reported, existing, names_in, shown
from sandbox.system.arrays import Array
from sandbox.system.errors import InputError, nearest

CODED_CLASSES = 20  # more different integers than this are amounts
NAMED_CLASSES = 100  # more different names than this are free text


def read_samples(path: str, label: str | None = None) -> Samples:
    """The samples in a user's file, one a row.

    An .npz holds X (m, n_x) and y (m,). A .csv holds a header and numbers, separated by commas; its last column is the
    label. `label` names another array or column. What the labels are follows from how they look, in this order:

    1. text and true/false are classes, at most 100 of them;
    2. two different whole numbers are two classes, also when stored as 0.0 and 1.0;
    3. integers of at most 20 different values are classes (stored as 3.0 they are not);
    4. all other numbers are the targets of a regression.

    Classes are sorted, text alphabetically and numbers by value. Raises InputError for whatever cannot be used as it
    stands: no sample is dropped and no gap filled.
    """
    file = existing(path, "dataset.path", (".npz", ".csv"))
    X, y, features = (_read_npz if file.suffix.lower() == ".npz" else _read_csv)(file, label)
    if X.size == 0:
        raise InputError(
            f"dataset.path: expected at least one sample and one feature, got {len(X)} and {X.shape[1]} in {shown(path)}"
        )
    labels, classes = _classes_or_targets(y)
    return Samples(X, labels, features, classes)


def load_weights(path: str, sizes: Sequence[int]) -> list[tuple[Array, Array]]:
    """Given weights [(W1, b1), (W2, b2) ...] for a network with layers of these sizes (n_x, n_1, ..., n_y).

    The .npz holds W1 (n_1, n_x), b1 (n_1,) or (n_1, 1), W2 ... and nothing else. W comes back as (n_l, n_(l-1)), b as
    (n_l, 1). Raises InputError for a missing or left-over array, another shape, or a number that is not finite.
    """
    file = existing(path, "init.path", (".npz",))
    layers = range(1, len(sizes))
    wanted = [f"{symbol}{layer}" for layer in layers for symbol in "Wb"]
    stored = names_in(file, "init.path")
    if set(stored) != set(wanted):
        missing = ", ".join(name for name in wanted if name not in stored) or "none"
        spare = ", ".join(name for name in stored if name not in wanted) or "none"
        raise InputError(
            f"init.path: expected {', '.join(wanted)} for layers of {'-'.join(map(str, sizes))} units, got "
            f"{shown(file.name)} with {missing} missing and {shown(spare)} to spare; correct it or set hidden=[...]"
        )
    return [
        (
            _weights(file, f"W{layer}", ((sizes[layer], sizes[layer - 1]),)),
            _weights(file, f"b{layer}", ((sizes[layer],), (sizes[layer], 1))).reshape(-1, 1),
        )
        for layer in layers
    ]


def _weights(file: Path, name: str, shapes: tuple[tuple[int, ...], ...]) -> Array:
    given = array_in(file, name, "init.path")
    if given.shape not in shapes:
        remedy = "; transpose it, a row holds the weights into one unit" if given.T.shape in shapes else ""
        expected = " or ".join(map(str, shapes))
        raise InputError(f"init.path: expected {name} of shape {expected}, got {given.shape}{remedy}")
    return given.astype(np.float64)


def _read_npz(file: Path, label: str | None) -> tuple[Array, NDArray[Any], tuple[str, ...]]:
    target = "y" if label is None else label
    stored = names_in(file, "dataset.path")
    if "X" not in stored:
        raise InputError(f"dataset.path: expected an array X (m, n_x), got {shown(', '.join(stored))}; rename yours")
    others = [name for name in stored if name != "X"]
    if target not in others:
        raise InputError(f"dataset.label: expected an array besides X, got {shown(target)}{_closest(target, others)}")
    X = array_in(file, "X", "dataset.path")
    y = array_in(file, target, "dataset.path", "biufU")
    if X.ndim != 2:
        raise InputError(f"dataset.path: expected X of shape (m, n_x), got {X.shape}; reshape a lone feature to (m, 1)")
    if y.ndim != 1:
        raise InputError(f"dataset.path: expected {shown(target)} of shape (m,), got {y.shape}; flatten it")
    if len(X) != len(y):
        remedy = "store X.T, with a sample a row" if X.shape[1] == len(y) else "store one label for each row of X"
        raise InputError(f"dataset.path: expected as many labels as rows of X, got {len(y)} for {len(X)}; {remedy}")
    return X.astype(np.float64), y, numbered(X.shape[1])


def _read_csv(file: Path, label: str | None) -> tuple[Array, NDArray[Any], tuple[str, ...]]:
    """By hand and not by pandas: `float` is exact to the last bit, every cell knows its line, and no import to wait for."""
    name = shown(file.name)
    numbers, labels = array("d"), []
    with damage_reported(file, "dataset.path"), file.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, skipinitialspace=True, strict=True)
        rows = (row for row in reader if row)  # an empty line is no sample
        header = _header(next(rows, []), file)
        target = header[-1] if label is None else label
        _refuse_a_sample(header, target, file)
        if target not in header:
            raise InputError(
                f"dataset.label: expected a column of {name}, got {shown(target)}{_closest(target, header)}"
            )
        at = header.index(target)
        features = header[:at] + header[at + 1 :]
        for row in rows:
            where = f"line {reader.line_num} of {name}"
            if len(row) != len(header):
                raise InputError(f"dataset.path: expected {len(header)} cells, got {len(row)} in {where}; quote commas")
            labels.append(row.pop(at).strip())
            if _is_gap(labels[-1]):
                raise InputError(
                    f"dataset.path: expected a label, got {shown(labels[-1])} in {where}; fill or remove it"
                )
            numbers.extend(_numbers(row, features, where))
    X = np.frombuffer(numbers, dtype=np.float64).reshape(-1, len(features))
    return X, _typed(labels), tuple(features)


def _header(row: list[str], file: Path) -> list[str]:
    names = [name.strip() for name in row]
    if not names:
        raise InputError(f"dataset.path: expected a header and rows, got none in {shown(file.name)}")
    if all(map(_is_number, names)):
        raise InputError(
            f"dataset.path: expected a header of names, got {shown(','.join(names))} in {shown(file.name)}; add one"
        )
    if len(names) < 2:
        raise InputError(
            f"dataset.path: expected at least two columns separated by commas, got {shown(names[0])} in {shown(file.name)}"
        )
    for column, name in enumerate(names, start=1):
        if not name:
            raise InputError(
                f"dataset.path: expected a name for every column, got none for column {column} of {shown(file.name)}; "
                f"name it, or leave it out if it only numbers the rows"
            )
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(
            f"dataset.path: expected columns with different names, got {shown(twice)} twice in {shown(file.name)}"
        )
    return names


def _refuse_a_sample(header: list[str], target: str, file: Path) -> None:
    """Features that are all called by numbers are the first sample, unless the numbers count the columns."""
    features = [name for name in header if name != target]
    counted = [list(map(str, range(first, first + len(features)))) for first in (0, 1)]
    if features and all(map(_is_number, features)) and features not in counted:
        raise InputError(
            f"dataset.path: expected a header of names, got what looks like a sample, {shown(','.join(header))}, in "
            f"{shown(file.name)}; add a line of names above it"
        )


def _numbers(cells: list[str], features: list[str], where: str) -> list[float]:
    try:
        numbers = list(map(float, cells))
    except ValueError:
        numbers = [math.nan]
    if all(map(math.isfinite, numbers)):
        return numbers
    cell, name = next((c, n) for c, n in zip(cells, features, strict=True) if not _is_number(c))
    raise InputError(
        f"dataset.path: expected a finite number, got {shown(cell)} in {where}, column {shown(name)}; "
        f"correct it, or leave the row or column out"
    )


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _is_gap(label: str) -> bool:
    try:
        return not math.isfinite(float(label))
    except ValueError:
        return label.lower() in {"", "na", "n/a"}  # not "none", which is a fine name for a class


def _typed(labels: list[str]) -> NDArray[Any]:
    """Integers if all are, else floats if all are, else text; `object` keeps one long name from widening every cell."""
    for number, dtype in ((int, np.int64), (float, np.float64)):
        try:
            return np.array([number(label) for label in labels], dtype=dtype)
        except (ValueError, OverflowError):
            continue
    return np.array(labels, dtype=object)


def _classes_or_targets(y: NDArray[Any]) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Labels as `read_samples` says: the index of each one's class and the classes' names, or floats and ()."""
    distinct, index = np.unique(y, return_inverse=True)
    if len(distinct) < 2:
        raise InputError(f"dataset.path: expected at least two different labels, got only {shown(str(distinct[0]))}")
    if y.dtype.kind in "OU":
        names = tuple(distinct.tolist())
        _check_names(names)
    elif y.dtype.kind == "f" and len(distinct) == 2 and (distinct == np.floor(distinct)).all():
        names = tuple(f"{value + 0.0:.17g}" for value in distinct)
    elif y.dtype.kind in "biu" and len(distinct) <= CODED_CLASSES:
        names = tuple(map(str, distinct.tolist()))
    else:
        return y.astype(np.float64), ()
    return index, names


def _check_names(names: tuple[str, ...]) -> None:
    numbers = [name for name in names if _is_number(name)]
    if 0 < len(numbers) < len(names):
        other = next(name for name in names if name not in numbers)
        raise InputError(
            f"dataset.path: expected labels that are all numbers or all names, got {shown(numbers[0])} and {shown(other)}"
        )
    if "" in names:
        raise InputError("dataset.path: expected a label for every sample, got ''; fill it or leave the sample out")
    if len(names) > NAMED_CLASSES:
        raise InputError(
            f"dataset.path: expected at most {NAMED_CLASSES} classes, got {len(names)} different labels such as "
            f"{shown(names[0])}; name another column with dataset.label="
        )


def _closest(got: str, names: Sequence[str]) -> str:
    printable = [repr(name)[1:-1] for name in names]
    return nearest(got, printable) if sum(map(len, printable)) < 500 else ""  # readable also with 1,000 columns
