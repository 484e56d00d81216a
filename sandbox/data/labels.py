"""What labels are: classes or the targets of a regression, as somebody says or as they look."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sandbox.data.npz import shown
from sandbox.data.table import is_number, number
from sandbox.system.errors import InputError

CODED_CLASSES = 20  # more different whole numbers than this are amounts
NAMED_CLASSES = 100  # more different names than this are free text
MISSING = frozenset({"", "?", "na", "n/a", "#n/a", "nan", "null"})  # not "none", "-" nor ".", which are fine names
EXACT = 2.0**53  # whole numbers below it are told apart
TASKS = ("classification", "regression")
AMOUNTS, CODES = "dataset.task=regression", "dataset.task=classification"

Where = Callable[[int], str]  # of a row, for complaints: `line 3 of 'a.csv'`


class Labels(NamedTuple):
    """The index of each one's class, and the classes' names; or targets (float64), and ()."""

    values: NDArray[Any]
    classes: tuple[str, ...]


def labels_of(cells: NDArray[Any], task: str | None, decimal: str, where: Where) -> Labels:
    """Labels (m,) as text, numbers or truth values, understood; raises InputError where they cannot be.

    Unless the task says so: text is classes; so are whole numbers of at most 20 values which occur twice or more on average,
    or of two values, however they are written; all other numbers are targets. Classes are sorted, text alphabetically
    and numbers by value.
    """
    if task not in (None, *TASKS):
        raise InputError(
            f"dataset.task: expected classification or regression, got {shown(task)}; leave it out to go by the labels"
        )
    texts = _spelled(cells)
    _refuse_missing(texts, where)
    numeric = [is_number(text, decimal) for text in texts]
    if task == "regression" or (task is None and all(numeric) and _are_amounts([number(t, decimal) for t in texts])):
        return Labels(_targets(texts, numeric, decimal, where), ())
    if task is None and any(numeric) and not all(numeric):
        _refuse_mixed(texts, numeric, where)
    return _classes(texts, decimal if all(numeric) else None)


def _spelled(cells: NDArray[Any]) -> list[str]:
    """Each label as text; a float that is whole as the integer it stands for."""
    if cells.dtype.kind == "f":
        return [
            f"{value:.0f}" if value == np.floor(value) and abs(value) < EXACT else repr(value)
            for value in (cells + 0.0).tolist()
        ]
    return [str(cell).strip() for cell in cells.tolist()]


def _are_amounts(values: list[float]) -> bool:
    distinct = set(values)
    if not all(value.is_integer() for value in distinct):
        return True
    return len(distinct) > 2 and (len(distinct) > CODED_CLASSES or 2 * len(distinct) > len(values))


def _targets(texts: list[str], numeric: list[bool], decimal: str, where: Where) -> NDArray[Any]:
    if not all(numeric):
        row = numeric.index(False)
        raise InputError(
            f"dataset.task: expected numbers for a regression, got {shown(texts[row])} in {where(row)}; correct it, or type {CODES}"
        )
    targets = np.array([number(text, decimal) for text in texts], dtype=np.float64)
    if not np.isfinite(targets).all():
        row = int(np.flatnonzero(~np.isfinite(targets))[0])
        raise InputError(
            f"dataset.label: expected a finite number, got {shown(texts[row])} in {where(row)}; correct it"
        )
    _refuse_one(set(targets.tolist()))
    return targets


def _classes(texts: list[str], decimal: str | None) -> Labels:
    """decimal: that of numbers; None where some are none, and all are names."""
    distinct = sorted(set(texts))
    if decimal is not None:
        distinct.sort(key=lambda text: number(text, decimal))
        _refuse_respelled(distinct, decimal)
    _refuse_one(set(distinct))
    if len(distinct) > NAMED_CLASSES:
        raise InputError(
            f"dataset.label: expected at most {NAMED_CLASSES} classes, got {len(distinct)} different labels such as "
            f"{shown(distinct[0])} and {shown(distinct[1])}; name the column that holds the classes: dataset.label=NAME or a place such as 0"
        )
    index = {text: k for k, text in enumerate(distinct)}
    return Labels(np.array([index[text] for text in texts], dtype=np.intp), tuple(_plainly(distinct, decimal)))


def _plainly(distinct: list[str], decimal: str | None) -> list[str]:
    """Classes' names: `1.0`, `2.0` say no more than `1`, `2`."""
    if decimal is None or not all(number(text, decimal).is_integer() for text in distinct):
        return distinct
    if any(set(text) & set(".,eE") for text in distinct):
        return [
            f"{number(text, decimal) + 0.0:.0f}" if abs(number(text, decimal)) < EXACT else text for text in distinct
        ]
    return distinct


def _refuse_respelled(distinct: list[str], decimal: str) -> None:
    for first, second in pairwise(distinct):
        if number(first, decimal) == number(second, decimal):
            raise InputError(
                f"dataset.label: expected one spelling of each class, got {shown(first)} and {shown(second)}; write them alike if "
                "they are the same, or put a letter before them if not"
            )


def _refuse_missing(texts: list[str], where: Where) -> None:
    rows = [row for row, text in enumerate(texts) if text.lower() in MISSING]
    if rows:
        count = "1 label is" if len(rows) == 1 else f"{len(rows)} labels are"
        raise InputError(
            f"dataset.label: expected a label for every sample, got {shown(texts[rows[0]])} in {where(rows[0])} ({count} missing); "
            "fill in what is right, or leave such rows out: dataset.dropna=true"
        )


def _refuse_mixed(texts: list[str], numeric: list[bool], where: Where) -> None:
    few = numeric.count(False) <= numeric.count(True)
    odd, other = numeric.index(not few), numeric.index(few)
    raise InputError(
        f"dataset.label: expected labels that are all numbers or all names, got {shown(texts[odd])} in {where(odd)} and "
        f"{shown(texts[other])} in {where(other)}; correct it, or type {CODES} if all are names"
    )


def _refuse_one(distinct: set[Any]) -> None:
    if len(distinct) < 2:
        (only,) = distinct
        raise InputError(
            f"dataset.label: expected at least two different labels, got only {shown(str(only))}; if another column is the label, "
            "name it: dataset.label=NAME or a place such as 0"
        )
