"""How a file that somebody brought is to be read: what its user says, and what a sample's columns turn out to be."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.data.npz import shown
from sandbox.system.errors import InputError, nearest

MISSING = frozenset({"", "?", "na", "n/a", "#n/a", "nan", "null", "none", "-", ".", "missing"})
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True)
class Reading:
    """Keys of `dataset.` that say how to read a file, named as in pandas.read_csv; None: as the file looks."""

    label: str | None = None  # name or position of the label's column, or an array's name
    task: str | None = None  # classification or regression
    usecols: tuple[str, ...] | None = None  # the features: names or positions
    drop: tuple[str, ...] | None = None  # columns that are no features; () suspects none
    dropna: bool | None = None  # leave out rows without a value
    header: bool | None = None  # whether the first line names the columns
    sep: str | None = None
    decimal: str | None = None
    comment: str | None = None
    encoding: str | None = None

    def asked(self) -> dict[str, Any]:
        """What was said, by key."""
        return {key: given for key, given in vars(self).items() if given is not None}


def position(key: str, wanted: str, names: Sequence[str], where: str) -> int:
    """Which column is meant: the one of that name, else the one in that place, counted from 0 or with -1 from the end."""
    if wanted in names:
        return names.index(wanted)
    if re.fullmatch(r"-?\d+", wanted, re.ASCII) and -len(names) <= int(wanted) < len(names):
        return int(wanted) % len(names)
    printable = [repr(name)[1:-1] for name in names if name]
    few = sum(map(len, printable)) < 500  # readable also with 1,000 columns
    raise InputError(
        f"{key}: expected a column of {where}, got {shown(wanted)}"
        + (nearest(wanted, printable) if few and printable else "")
        + f", or its place from 0 to {len(names) - 1}"
    )


def typed(key: str, columns: Sequence[int], names: Sequence[str]) -> str:
    """`'dataset.drop=[a,b]'` as any shell takes it: by names where they are plain words, else by place."""
    words = [names[i] if plain(names[i]) else str(i) for i in columns]
    return f"'{key}=[{','.join(words)}]'"


def typed_one(key: str, column: int, names: Sequence[str]) -> str:
    """`dataset.label=a`."""
    return f"{key}={names[column] if plain(names[column]) else column}"


def plain(name: str) -> bool:
    """A name that needs no quotes and is not taken for a place."""
    return re.fullmatch(r"[^\W\d][\w.-]*", name) is not None and name.lower() not in {"null", "true", "false"}


def called(columns: Sequence[int], names: Sequence[str], most: int = 6) -> str:
    """Columns in a sentence: `columns 'a', 'b' and 3 more`."""
    listed = ", ".join(shown(names[i]) if names[i] else f"number {i}" for i in columns[:most])
    more = f" and {len(columns) - most} more" if len(columns) > most else ""
    return f"column{'s' * (len(columns) > 1)} {listed}{more}"
