"""What a user brings along: data as a table in text or .npz, and given weights as .npz."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox.data.columns import (
    chosen_columns,
    features_of,
    label_column,
    refuse_label_first,
    refuse_strangers,
    with_values,
)
from sandbox.data.generators import Samples, numbered
from sandbox.data.labels import labels_of
from sandbox.data.npz import array_in, existing, names_in, shown
from sandbox.data.reading import Reading, position
from sandbox.data.table import layout_of, read_table
from sandbox.data.text import text_of
from sandbox.system.arrays import Array
from sandbox.system.errors import InputError, nearest

FEATURES = "features"  # an array of an .npz: the names of X's columns
ARRAYS = ("label", "task", "usecols", "drop")  # what may be said about an .npz


def read_samples(path: str, reading: Reading | None = None) -> Samples:
    """The samples in a user's file, one a row.

    An .npz holds X (m, n_x) and y (m,), and may hold the features' names (n_x,); any other file is a table in text, whose last column is the label unless another
    one is named. What is not said (`Reading`) follows from how the file looks, and stands in the samples' remarks. Raises
    InputError for whatever cannot be used as it stands: no sample is dropped and no gap filled unasked.
    """
    file = existing(path, "dataset.path")
    reading = reading or Reading()
    return (_read_npz if file.suffix.lower() == ".npz" else _read_text)(file, reading)


def read_tests(path: str, reading: Reading | None, trained_on: Samples) -> Samples:
    """The samples of another file to test on, read as the first was and in its terms: classes by their number there.

    Raises InputError, in one line, where it has other features, another label, or classes that are not trained on.
    """
    task = "classification" if trained_on.classes else "regression"
    try:
        tests = read_samples(path, replace(reading or Reading(), task=task))
    except InputError as error:
        error.args = (str(error).replace("dataset.path:", "dataset.test_path:"),)
        raise
    file = shown(Path(path).name)
    for what, expected, got in (
        ("features", trained_on.features, tests.features),
        ("label", (trained_on.label,), (tests.label,)),
    ):
        if expected != got:
            differing = [pair for pair in zip_longest(expected, got, fillvalue="none") if pair[0] != pair[1]]
            raise InputError(
                f"dataset.test_path: expected the {what} of dataset.path, {shown(differing[0][0])}, got {shown(differing[0][1])} in "
                f"{file}; give both files the same columns in the same order"
            )
    strange = [name for name in tests.classes if name not in trained_on.classes]
    if strange:
        raise InputError(
            f"dataset.test_path: expected classes that dataset.path has, got {shown(strange[0])} in {file}; leave such rows out"
        )
    numbers = np.array([trained_on.classes.index(name) for name in tests.classes], dtype=np.intp)
    labels = numbers[tests.labels] if trained_on.classes else tests.labels
    return tests._replace(labels=labels, remarks=(f"tests from {file}",))


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


def _read_text(file: Path, reading: Reading) -> Samples:
    text, remarks = text_of(file, reading.encoding)
    layout = layout_of(text, file, reading)
    label = label_column(layout, reading)
    table = read_table(text, layout, label, file)
    features, left_out = chosen_columns(table, label, reading)
    if reading.dropna:
        table, dropped = with_values(table, label, features)
        left_out += [dropped] if dropped else []
    _refuse_nothing(len(table.columns[label]), len(features), file)

    def where(row: int) -> str:
        return f"line {table.line(row)} of {shown(file.name)}"

    labels, classes = labels_of(table.columns[label], reading.task, layout.decimal, where)
    refuse_label_first(table, label, bool(classes), reading)
    refuse_strangers(table, label, features, reading)
    X, names, said = features_of(table, features, left_out)
    place = "the last column" if label == len(layout.names) - 1 else f"column {label}"
    named = f"{place}, {shown(layout.names[label])}" if layout.names[label] else place
    return Samples(X, labels, names, classes, named, (*layout.remarks, *remarks, *said))


def _read_npz(file: Path, reading: Reading) -> Samples:
    for key, given in reading.asked().items():
        if key not in ARRAYS:
            raise InputError(f"dataset.{key}: expected none for an .npz, got {given!r}; it is about files of text")
    target = reading.label or "y"
    stored = names_in(file, "dataset.path")
    if "X" not in stored:
        raise InputError(
            f"dataset.path: expected an array X (m, n_x), got {shown(', '.join(stored))} in {shown(file.name)}; store it under that "
            f"name: numpy.savez({shown(file.name)}, X={stored[0] if stored[0].isidentifier() else '...'}, y=...)"
        )
    others = [name for name in stored if name not in ("X", FEATURES)]
    if target not in others:
        raise InputError(f"dataset.label: expected an array besides X, got {shown(target)}{_closest(target, others)}")
    X = array_in(file, "X", "dataset.path")
    y = array_in(file, target, "dataset.path", "biufU")
    _check_shapes(X, y, target)
    names = _names_in(file, X.shape[1]) if FEATURES in stored else numbered(X.shape[1])
    kept = _kept(names, reading, file)
    _refuse_nothing(len(X), len(kept), file)

    def where(row: int) -> str:
        return f"row {row} of {shown(target)}"

    y = y.astype(np.float64) if y.dtype.kind == "f" else y
    labels, classes = labels_of(y, reading.task, ".", where)
    left_out = [name for i, name in enumerate(names) if i not in kept]
    remarks = (f"without {', '.join(left_out[:6])}{' ...' if len(left_out) > 6 else ''}",) if left_out else ()
    return Samples(
        X[:, kept].astype(np.float64), labels, tuple(names[i] for i in kept), classes, f"array {shown(target)}", remarks
    )


def _names_in(file: Path, count: int) -> tuple[str, ...]:
    names = array_in(file, FEATURES, "dataset.path", "U")
    if names.shape != (count,) or len(set(names.tolist())) < count:
        raise InputError(
            f"dataset.path: expected {FEATURES} as {count} different names, one for each column of X, got an array of shape "
            f"{names.shape} in {shown(file.name)}; correct it or leave it out"
        )
    return tuple(map(str, names))


def _refuse_nothing(m: int, n_x: int, file: Path) -> None:
    if not (m and n_x):
        raise InputError(
            f"dataset.path: expected at least one sample and one feature, got {m} and {n_x} in {shown(file.name)}; leave out fewer, "
            "or bring more"
        )


def _check_shapes(X: NDArray[Any], y: NDArray[Any], target: str) -> None:
    m = len(y) if y.ndim else 0
    if X.ndim == 1:
        raise InputError(
            f"dataset.path: expected X of shape (m, n_x), got {X.shape}; make a lone feature a column: X.reshape(-1, 1)"
        )
    if X.ndim != 2:
        remedy = "X.reshape(len(X), -1) makes a row of each"
        if X.ndim > 2 and len(X) != m and X.shape[-1] == m:
            remedy = "numpy.moveaxis(X, -1, 0).reshape(m, -1) makes a row of each, with m = X.shape[-1]"
        raise InputError(
            f"dataset.path: expected X of shape (m, n_x), a sample a row, got {X.shape}; if these are pictures, {remedy}"
        )
    if y.ndim == 2 and 1 not in y.shape and y.dtype.kind != "U" and _is_one_hot(y):
        raise InputError(
            f"dataset.path: expected {shown(target)} of shape (m,), got {y.shape}, one-hot as it seems; store the numbers of the "
            f"classes: {target}.argmax(axis={1 if len(y) == len(X) else 0})"
        )
    if y.ndim != 1:
        remedy = f"store {target}.ravel()" if y.ndim == 2 and 1 in y.shape else "store one label for each row of X"
        raise InputError(f"dataset.path: expected {shown(target)} of shape (m,), got {y.shape}; {remedy}")
    if len(X) != len(y):
        remedy = "store X.T, with a sample a row" if X.shape[1] == len(y) else "store one label for each row of X"
        raise InputError(f"dataset.path: expected as many labels as rows of X, got {len(y)} for {len(X)}; {remedy}")


def _is_one_hot(y: NDArray[Any]) -> bool:
    ones = np.isin(y, (0, 1)).all()
    return bool(ones and ((y.sum(axis=1) == 1).all() or (y.sum(axis=0) == 1).all()))


def _kept(names: Sequence[str], reading: Reading, file: Path) -> list[int]:
    where = f"X in {shown(file.name)}"
    if reading.usecols is not None:
        return list(dict.fromkeys(position("dataset.usecols", name, names, where) for name in reading.usecols))
    dropped = {position("dataset.drop", name, names, where) for name in reading.drop or ()}
    return [i for i in range(len(names)) if i not in dropped]


def _closest(got: str, names: Sequence[str]) -> str:
    printable = [repr(name)[1:-1] for name in names]
    return nearest(got, printable) if sum(map(len, printable)) < 500 else ""  # readable also with 1,000 arrays
