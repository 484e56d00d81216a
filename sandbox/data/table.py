"""A table in text: what separates its columns, which line names them, what marks decimals; and its cells, by pandas.

Whatever is not said is decided from how the first lines look, and what was decided is a remark for the user to see. What
could be meant in two ways is asked.
"""

import csv
import io
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox.data.npz import damage_reported, shown
from sandbox.data.reading import MISSING, NUMBER, Reading
from sandbox.system.errors import InputError

BLANKS = r"\s+"
SEPARATORS = {"\t": "tabs", ";": "semicolons", "|": "bars", ",": "commas", BLANKS: "blanks"}  # the likeliest first
WORDS = {
    "tab": "\t", "\\t": "\t", "semicolon": ";", "bar": "|", "pipe": "|", "comma": ",", "space": BLANKS, "blank": BLANKS,
    "blanks": BLANKS, "whitespace": BLANKS, " ": BLANKS, "\\s+": BLANKS, "point": ".", "dot": ".", "hash": "#",
}  # fmt: skip
LOOKED_AT = 1000  # rows; what comes after them and does not fit is refused where it stands
HEAD = 2**20  # characters in which they are looked for


@dataclass(frozen=True)
class Layout:
    """How the text is a table."""

    file: str  # its name, for complaints
    sep: str
    decimal: str
    comment: str | None
    skip: int  # lines before the first row of values
    names: tuple[str, ...]  # of the columns; "" for one that has none
    header: bool
    remarks: tuple[str, ...] = ()
    texts: frozenset[int] = frozenset()  # columns in which something else than a number was seen
    empty: int = 0  # columns at the end that hold nothing

    @property
    def titles(self) -> tuple[str, ...]:
        """A name for every column, its place where it has none."""
        return tuple(name or f"column {i}" for i, name in enumerate(self.names))


@dataclass(frozen=True)
class Table:
    """The cells, column by column: numbers (float64) where every one of them is a plain number, else text (object)."""

    layout: Layout
    label: int
    columns: list[NDArray[Any]]
    text: str
    rows: NDArray[np.intp]  # which of the text's rows of values they are

    def line(self, row: int) -> int:
        """Where in the file a row of values stands, counted from 1."""
        return self._at(row)[0]

    def cells(self, row: int) -> list[str]:
        """The row as it is written."""
        return self._at(row)[1]

    def _at(self, row: int) -> tuple[int, list[str]]:
        at = int(self.rows[row])
        return next(islice(_rows(self.text, self.layout.sep, self.layout.comment, self.layout.skip), at, None))

    def kept(self, which: NDArray[np.bool_]) -> "Table":
        """Some of the rows, with columns of numbers that only gaps had kept from being such."""
        columns = [
            _typed(column[which], self.layout.decimal, keep=i == self.label) for i, column in enumerate(self.columns)
        ]
        return replace(self, columns=columns, rows=self.rows[which])


def layout_of(text: str, file: Path, reading: Reading) -> Layout:
    """How that text is a table; raises InputError where it is none, or could be two."""
    name, head = shown(file.name), text if len(text) <= HEAD else text[: text.rindex("\n", 0, HEAD) + 1 or HEAD]
    comment = _one_character("dataset.comment", reading.comment)
    skip = 0 if comment else _leading_comments(head)
    sep = _separator(head, name, reading, comment, skip)
    with damage_reported(file, "dataset.path"):
        rows = list(islice(_rows(head, sep, comment, skip), LOOKED_AT))
    if not rows:
        raise InputError(f"dataset.path: expected rows of values, got none in {name}")
    width = (
        max(Counter(len(cells) for _, cells in rows[1:]).most_common(), key=lambda pair: pair[1])[0]
        if rows[1:]
        else len(rows[0][1])
    )
    remarks = [] if sep == "," else [f"separated by {SEPARATORS.get(sep, shown(sep))}"]
    decimal = _decimal(rows, sep, name, reading)
    remarks += ["decimal comma"] if decimal == "," else []
    header = _has_header(rows, width, name, reading)
    if header and (len(rows[0][1]) < width - 1 or any(rows[0][1][max(width, 2) :])):
        raise InputError(_ragged(name, sep, comment, max(width, 2), *rows[0]))
    names = _names(rows[0][1], width, rows) if header else ("",) * width
    if not header and reading.header is None and (named := _named_in_comment(head, sep, skip, width)):
        names, header = named, True
        remarks.append("columns named by a comment")
    elif header:
        skip = rows[0][0]
    elif rows:
        remarks.append("no header")
    body = [cells for _, cells in (rows[1:] if header and skip == rows[0][0] else rows)]
    empty = _empty_end(names, body)
    names = names[: len(names) - empty]
    remarks += ["separators at the ends of lines"] if empty else []
    if len(names) < 2:
        _one_column(rows, name, reading)
    _refuse_twice(names, name, rows[0][0])
    seen = {i for cells in body for i, cell in enumerate(cells[: len(names)]) if not is_number(cell, decimal)}
    return Layout(file.name, sep, decimal, comment, skip, names, header, tuple(remarks), frozenset(seen), empty)


def read_table(text: str, layout: Layout, label: int, file: Path) -> Table:
    """Every cell of it. Rows without any value are left out; raises InputError for a row of another length."""
    width, beyond = (
        len(layout.names),
        len(layout.names) + layout.empty + 1,
    )  # one more, for cells that should not be there
    as_text = layout.texts | {label} | set(range(width, beyond))
    with damage_reported(file, "dataset.path"):
        try:
            frame = _parsed(text, layout, {i: object if i in as_text else np.float64 for i in range(beyond)})
        except (ValueError, OverflowError, Warning):
            try:
                frame = _parsed(text, layout, dict.fromkeys(range(beyond), object))
            except (ValueError, Warning) as problem:
                _refuse_ragged(text, layout)
                raise problem from None
    short = layout.sep != BLANKS and frame[width - 1].dtype == object and frame[width - 1].eq("").any()
    if short or any(frame[i].ne("").any() for i in range(width, beyond)):
        _refuse_ragged(text, layout)  # a short row is damage and no gap
    if not any(frame[i].dtype == np.float64 for i in range(width)):
        frame = frame[(frame != "").any(axis=1)]  # a row of separators alone is no sample
    columns = [_typed(frame[i].to_numpy(), layout.decimal, keep=i == label) for i in range(width)]
    table = Table(layout, label, columns, text, np.arange(len(frame)))
    _refuse_infinite(table)
    return table


def is_number(cell: str, decimal: str = ".") -> bool:
    """Whether a cell is a plain number: digits, one decimal mark, an exponent; nothing that only Python takes for one."""
    if decimal == ",":
        cell = "" if "." in cell else cell.replace(",", ".")
    return NUMBER.fullmatch(cell.strip()) is not None


def number(cell: str, decimal: str = ".") -> float:
    """Its value, correctly rounded."""
    return float(cell.replace(",", ".") if decimal == "," else cell)


def _parsed(text: str, layout: Layout, types: dict[int, Any]) -> Any:
    """By pandas. Its number parser is exact (a test holds it against `float`); it is told never to make up a value."""
    import pandas as pd  # here, since sets that are made need not wait for it

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return pd.read_csv(
            io.StringIO(text),
            sep=layout.sep,
            decimal=layout.decimal,
            comment=layout.comment,
            header=None,
            names=list(types),
            index_col=False,
            skiprows=layout.skip,
            dtype=types,
            na_filter=False,
            skipinitialspace=True,
            engine="c",
        )


def _typed(cells: NDArray[Any], decimal: str, *, keep: bool) -> NDArray[Any]:
    """Numbers if all are; text else, and if the spelling is to be kept (of a label)."""
    if cells.dtype == np.float64:
        return cells
    texts = [str(cell).strip() for cell in cells]
    if not keep and all(is_number(text, decimal) for text in texts):
        return np.array([number(text, decimal) for text in texts], dtype=np.float64)
    typed = np.empty(len(texts), dtype=object)  # one long cell must not widen them all
    typed[:] = texts
    return typed


def _rows(text: str, sep: str, comment: str | None, skip: int) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of every row that holds something; of a cell with line feeds the last line."""
    lines = islice(io.StringIO(text), skip, None)
    if comment:
        lines = (line.partition(comment)[0] for line in lines)  # type: ignore[assignment]
    if sep == BLANKS:
        found = ((n, [a or b for a, b in re.findall(r'"([^"]*)"|(\S+)', line)]) for n, line in enumerate(lines, 1))
    else:
        reader = csv.reader(lines, delimiter=sep, skipinitialspace=True, strict=True)
        found = ((reader.line_num, cells) for cells in reader)
    for line, cells in found:
        stripped = [cell.strip() for cell in cells]
        if any(stripped):
            yield skip + line, stripped


def _leading_comments(head: str) -> int:
    """How many lines at the top are blank or begin with #."""
    count = 0
    for line in io.StringIO(head):
        if line.strip() and not line.lstrip().startswith("#"):
            return count
        count += 1
    return count


def _separator(head: str, name: str, reading: Reading, comment: str | None, skip: int) -> str:
    """What parts the columns: the one that gives every row as many cells, and the most numbers."""
    if reading.sep is not None:
        sep = WORDS.get(reading.sep, reading.sep)
        if sep != BLANKS and len(sep) != 1:
            raise InputError(
                f"dataset.sep: expected one character, or comma, semicolon, tab, bar or blanks, got {shown(reading.sep)}"
            )
        return sep
    scores = {}
    for sep in SEPARATORS:
        try:
            rows = [cells for _, cells in islice(_rows(head, sep, comment, skip), LOOKED_AT)]
        except csv.Error:
            continue
        if score := _score(rows):
            scores[sep] = score
    if not scores:
        return ","
    return max(scores, key=lambda sep: scores[sep])  # of equals the likeliest, which stands first


def _score(rows: list[list[str]]) -> tuple[float, float] | None:
    """How well these rows are a table: what share is as long as most, the header above all, and what share of the cells are numbers."""
    body = rows[1:] or rows
    width, most = Counter(map(len, body)).most_common(1)[0] if body else (0, 0)
    if width < 2 or 2 * most < len(body):
        return None
    share = most / len(body) if len(rows[0]) == width else 0.9 * most / len(body)
    cells = [cell for row in rows for cell in row]
    return share, sum(map(_numeric, cells)) / len(cells)


def _decimal(rows: list[tuple[int, list[str]]], sep: str, name: str, reading: Reading) -> str:
    if reading.decimal is not None:
        decimal = WORDS.get(reading.decimal, reading.decimal)
        if decimal not in (".", ","):
            raise InputError(f"dataset.decimal: expected point or comma, got {shown(reading.decimal)}")
        return decimal
    found = [(line, cell) for line, cells in rows for cell in cells if "," in cell and is_number(cell, ",")]
    if not found or any(is_number(cell) and "." in cell for _, cells in rows for cell in cells):
        return "."
    if all(re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", cell) for _, cell in found):
        line, cell = found[0]
        raise InputError(
            f"dataset.decimal: expected to know what a comma means, got {shown(cell)} in line {line} of {name}; "
            f"type dataset.decimal=comma for {cell.replace(',', '.')}, or write {cell.replace(',', '')} into the file"
        )
    return ","


def _has_header(rows: list[tuple[int, list[str]]], width: int, name: str, reading: Reading) -> bool:
    """Whether the first row names the columns: text above numbers does, a number does not, and both are asked."""
    if reading.header is not None:
        return reading.header
    line, first = rows[0]
    body = [cells for _, cells in rows[1:]]
    if len(first) == width - 1 and body:
        return True  # as R writes it, with names of rows that have none themselves
    columns = [[cells[i] for cells in body if i < len(cells)] for i in range(len(first))]
    numeric = [any(map(_numeric, column)) and all(map(_numeric_or_gap, column)) for column in columns]
    numbers = [_numeric(cell) for cell in first]
    above = [
        is_numeric and not is_number_itself and cell.lower() not in MISSING
        for cell, is_numeric, is_number_itself in zip(first, numeric, numbers, strict=True)
    ]
    counted = [str(i) for i in range(len(first))], [str(i) for i in range(1, len(first) + 1)]
    count = len(first) > 2 and [cell for cell in first if _numeric(cell)] in [
        c[:n] for c in counted for n in (-1, None)
    ]
    if count and any(above):
        return True  # as pandas names columns that have no names
    if (any(above) and any(numbers)) or (count and body):
        what = shown(",".join(first))
        raise InputError(
            f"dataset.header: expected to know whether line {line} of {name} names the columns, got {what}; "
            "type dataset.header=true if it does, dataset.header=false if it is a sample"
        )
    return not any(numbers)


def _numeric(cell: str) -> bool:
    return is_number(cell) or is_number(cell, ",")


def _numeric_or_gap(cell: str) -> bool:
    return _numeric(cell) or cell.lower() in MISSING


def _names(first: list[str], width: int, rows: list[tuple[int, list[str]]]) -> tuple[str, ...]:
    """One for every column: a header that is one cell shorter has none for the first, as R writes it, or for empty cells at the end."""
    if len(first) == width - 1:
        ends_empty = all(not cells[-1] for _, cells in rows[1:])
        return (*first, "") if ends_empty else ("", *first)
    return tuple(first)


def _named_in_comment(head: str, sep: str, skip: int, width: int) -> tuple[str, ...] | None:
    """The names in the last comment above the values, if it has as many words as they have columns (numpy.savetxt)."""
    lines = [line for line in islice(io.StringIO(head), skip) if line.strip()]
    if not lines:
        return None
    cells = next((cells for _, cells in _rows(lines[-1].lstrip().lstrip("#"), sep, None, 0)), [])
    fitting = len(cells) == width and not any(map(_numeric, cells)) and len(set(cells)) == width and all(cells)
    return tuple(cells) if fitting else None


def _empty_end(names: tuple[str, ...], body: list[list[str]]) -> int:
    """How many columns at the end hold nothing, as separators at the ends of lines make them."""
    left = len(names)
    while left > 1 and not names[left - 1] and body and not any(any(cells[left - 1 : left]) for cells in body):
        left -= 1
    return len(names) - left


def _one_column(rows: list[tuple[int, list[str]]], name: str, reading: Reading) -> None:
    line, cells = rows[0]
    if reading.sep is not None:
        raise InputError(
            f"dataset.sep: expected what parts the columns of {name}, got {shown(reading.sep)}, which makes one column of "
            f"{shown(','.join(cells))} in line {line}; leave it out"
        )
    raise InputError(
        f"dataset.path: expected at least two columns, a feature and a label, got one in {name}, {shown(','.join(cells))} in "
        f"line {line}; separate columns by commas, or say what does: dataset.sep=semicolon, tab, blanks or a character"
    )


def _refuse_twice(names: tuple[str, ...], name: str, line: int) -> None:
    twice = [each for each, count in Counter(filter(None, names)).items() if count > 1]
    if twice:
        raise InputError(
            f"dataset.path: expected columns with different names, got {shown(twice[0])} twice in line {line} of {name}; "
            "rename one there"
        )


def _refuse_ragged(text: str, layout: Layout) -> None:
    width = len(layout.names)
    for line, cells in _rows(text, layout.sep, layout.comment, layout.skip):
        if len(cells) < width or any(cells[width:]):
            raise InputError(_ragged(shown(layout.file), layout.sep, layout.comment, width, line, cells))


def _ragged(name: str, sep: str, comment: str | None, width: int, line: int, cells: list[str]) -> str:
    said = f"dataset.path: expected {width} cells, got {len(cells)} in line {line} of {name}, {shown(','.join(cells))}"
    first = cells[0][:1]
    if first and first in "#%|;!/" and comment is None:
        return f"{said}; if it is a comment: 'dataset.comment={first}'"
    if len(cells) > width:
        return f"{said}; put cells that hold {SEPARATORS.get(sep, shown(sep))} in quotes"
    return f"{said}; complete or remove it"


def _one_character(key: str, given: str | None) -> str | None:
    character = WORDS.get(given, given) if given is not None else None
    if character is not None and len(character) != 1:
        raise InputError(f"{key}: expected one character, got {shown(str(given))}")
    return character


def _refuse_infinite(table: Table) -> None:
    for i, column in enumerate(table.columns):
        if column.dtype == np.float64 and not np.isfinite(column).all():
            row = int(np.flatnonzero(~np.isfinite(column))[0])
            raise InputError(
                f"dataset.path: expected a finite number, got {shown(table.cells(row)[i])} in line {table.line(row)} of "
                f"{shown(table.layout.file)}, column {shown(table.layout.titles[i])}; correct it, or leave the row or column out"
            )
