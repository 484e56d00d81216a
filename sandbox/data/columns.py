"""Which of a table's columns are the label and the features, and the features as numbers: nothing left out in silence."""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sandbox.data.labels import CODED_CLASSES
from sandbox.data.labels import MISSING as NO_LABEL
from sandbox.data.npz import shown
from sandbox.data.reading import MISSING, Reading, called, position, typed, typed_one
from sandbox.data.table import Layout, Table, is_number
from sandbox.system.arrays import Array
from sandbox.system.errors import InputError

ID_NAME = re.compile(
    r"(?i:id|idx|index|nr|no|row|rownames?|key|uuid|serial|unnamed: ?\d+)|.*(?:(?i:[_ .-](?:id|nr|no|number|key))|[a-z]I[Dd])|(?i:id[_ .-]).*"
)
LABEL_NAME = re.compile(r"(?i)labels?|targets?|class(es)?|y|categor(y|ies)|outcome|response")
MANY_ROWS = 20  # from which on whole numbers that never repeat are suspected, if they count or stand first


class Features(NamedTuple):
    """Their values (m, n_x), their names, and what had to be understood for them."""

    X: Array
    names: tuple[str, ...]
    remarks: tuple[str, ...]


def label_column(layout: Layout, reading: Reading) -> int:
    """The column of the label: the one that is named, else the last, unless another one has a label's name."""
    last = len(layout.names) - 1
    if reading.label is not None:
        return position("dataset.label", reading.label, layout.names, shown(layout.file))
    likely = [i for i, name in enumerate(layout.names) if LABEL_NAME.fullmatch(name)]
    if likely and last not in likely:
        raise InputError(
            f"dataset.label: expected to know which column of {shown(layout.file)} is the label, got {called(likely, layout.names)} "
            f"and last of all {shown(layout.titles[last])}; type {typed_one('dataset.label', likely[0], layout.names)} or dataset.label=-1"
        )
    return last


def refuse_label_first(table: Table, label: int, are_classes: bool, reading: Reading) -> None:
    """Without a header, a first column that looks like classes is asked about if the last does not."""
    if reading.label is not None or table.layout.header or are_classes:
        return
    first = table.columns[0]
    distinct = np.unique(first)
    coded = first.dtype == np.float64 and len(distinct) <= CODED_CLASSES and (distinct == np.floor(distinct)).all()
    named = first.dtype == object and len(distinct) <= CODED_CLASSES
    if (coded or named) and len(distinct) > 1 and 3 * len(distinct) <= len(first):
        what = ", ".join(f"{value:g}" if coded else shown(value) for value in distinct[:4])
        raise InputError(
            f"dataset.label: expected to know which column of {shown(table.layout.file)} is the label, got no header and a first column "
            f"of {len(distinct)} values ({what}{', ...' if len(distinct) > 4 else ''}); type dataset.label=0 for the first, dataset.label=-1 for the last"
        )


def chosen_columns(table: Table, label: int, reading: Reading) -> tuple[list[int], list[str]]:
    """Which columns are features: those that are named, else all besides the label and those to drop. Raises InputError."""
    names, where = table.layout.names, shown(table.layout.file)
    if reading.usecols is not None:
        named = [position("dataset.usecols", name, names, where) for name in reading.usecols]
        return [i for i in dict.fromkeys(named) if i != label], []
    dropped = {position("dataset.drop", name, names, where) for name in reading.drop or ()}
    if label in dropped:
        raise InputError(
            f"dataset.drop: expected columns besides the label, got the label {shown(table.layout.titles[label])}; name another label: "
            "dataset.label=NAME"
        )
    features = [i for i in range(len(names)) if i != label and i not in dropped]
    remarks = [f"without {called(sorted(dropped), table.layout.titles)}"] if dropped else []
    if reading.drop == ():
        return features, remarks
    unnamed = [i for i in features if not names[i] or names[i].startswith("Unnamed: ")] if table.layout.header else []
    rownames = [i for i in unnamed if _never_repeats(table.columns[i])]
    if rownames and len(features) > len(rownames):
        remarks.append(f"without {called(rownames, table.layout.titles)}, which names the rows")
        features = [i for i in features if i not in rownames]
    return features, remarks


def refuse_strangers(table: Table, label: int, features: Sequence[int], reading: Reading) -> None:
    """Columns of text, and columns that only number the rows, are told all at once, with what leaves them out."""
    titles = table.layout.titles
    texts = [i for i in features if table.columns[i].dtype == object and not _are_truths(table.columns[i])]
    texts = [i for i in texts if not _are_numbers_with_gaps(table, i)]
    ids = [i for i in features if i not in texts and _is_id(table, i)] if len(features) - len(texts) > 1 else []
    if reading.usecols is not None or reading.drop == ():
        ids = []
    if not texts and not ids:
        return
    dropped = [position("dataset.drop", name, table.layout.names, "") for name in reading.drop or ()]
    drop = typed("dataset.drop", sorted({*dropped, *texts, *ids}), table.layout.names)
    said = [f"words in {called(texts, titles)} ({_first_word(table, texts[0])})"] if texts else []
    said += [f"another whole number in every row of {called(ids, titles)}, as an id has"] if ids else []
    remedies = [f"leave {'it' if len(texts) + len(ids) == 1 else 'them'} out: {drop}"]
    if set(features) <= {*texts, *ids}:
        remedies = ["write numbers instead, a column for each thing that can be or not be"]
    elif texts:
        remedies.append("or write numbers instead")
    if ids and not texts:
        remedies.append(f"or keep {'it' if len(ids) == 1 else 'them'}: {_keeping(features, reading, table)}")
    if len(texts) == 1 and reading.label is None and _repeats(table.columns[texts[0]]):
        remedies.append(f"or, if it is the label, {typed_one('dataset.label', texts[0], table.layout.names)}")
    raise InputError(
        f"dataset.path: expected features that are numbers, got {' and '.join(said)}; {', '.join(remedies)}"
    )


def features_of(table: Table, features: Sequence[int], remarks: Sequence[str]) -> Features:
    """The features as numbers, true and false as 1 and 0. Raises InputError for a cell that is none."""
    columns, truths = [], []
    for i in features:
        column = table.columns[i]
        if column.dtype == object:
            _refuse_words(table, i)
            truths.append(i)
            column = np.array([cell.lower() == "true" for cell in column], dtype=np.float64)
        columns.append(column)
    said = [f"true and false as 1 and 0 in {called(truths, table.layout.titles)}"] if truths else []
    X = np.column_stack(columns) if columns else np.empty((len(table.columns[0]), 0))
    return Features(X, tuple(table.layout.titles[i] for i in features), (*remarks, *said))


def with_values(table: Table, label: int, features: Sequence[int]) -> tuple[Table, str]:
    """Without the rows that lack the label or a feature, and how many those were."""
    gaps = np.zeros(len(table.columns[label]), dtype=bool)
    for i in (label, *features):
        if table.columns[i].dtype == object:
            none = NO_LABEL if i == label else MISSING
            gaps |= np.array([str(cell).lower() in none for cell in table.columns[i]])
    kept = table.kept(~gaps)
    return kept, f"without {gaps.sum()} of {len(gaps)} rows that lack a value" if gaps.any() else ""


def _is_id(table: Table, column: int) -> bool:
    values = table.columns[column]
    if values.dtype != np.float64 or not (values == np.floor(values)).all() or not _never_repeats(values):
        return False
    counts = values.max() == values.min() + (len(values) - 1)  # no difference: that of two huge numbers overflows
    named = ID_NAME.fullmatch(table.layout.names[column]) is not None
    return named or (len(values) >= MANY_ROWS and (counts or column == 0))


def _never_repeats(values: NDArray[Any]) -> bool:
    return len(values) > 1 and len(set(values.tolist())) == len(values)


def _repeats(values: NDArray[Any]) -> bool:
    return 2 * len(set(values.tolist())) <= len(values)


def _are_truths(cells: NDArray[Any]) -> bool:
    return all(cell.lower() in ("true", "false") for cell in cells)


def _are_numbers_with_gaps(table: Table, column: int) -> bool:
    """Mostly numbers, or truth values: then the cells that are none are worth a complaint of their own."""
    fine = sum(
        is_number(cell, table.layout.decimal) or cell.lower() in ("true", "false") for cell in table.columns[column]
    )
    return 2 * fine >= sum(cell.lower() not in MISSING for cell in table.columns[column])


def _first_word(table: Table, column: int) -> str:
    words = enumerate(table.columns[column])
    row, word = next(
        ((row, word) for row, word in words if not is_number(word, table.layout.decimal) and word), (0, "")
    )
    return f"{shown(word)} in line {table.line(row)}"


def _keeping(features: Sequence[int], reading: Reading, table: Table) -> str:
    if not reading.drop:
        return "'dataset.drop=[]'"
    return typed("dataset.usecols", features, table.layout.names)


def _refuse_words(table: Table, column: int) -> None:
    """Raises InputError for the first cell that is no number, unless all are true or false."""
    cells, decimal, title = table.columns[column], table.layout.decimal, table.layout.titles[column]
    if _are_truths(cells):
        return
    gaps = [row for row, cell in enumerate(cells) if cell.lower() in MISSING]
    odd = next(
        (row for row, cell in enumerate(cells) if not is_number(cell, decimal) and cell.lower() not in MISSING), None
    )
    if odd is None:
        drop = typed("dataset.drop", [column], table.layout.names)
        raise InputError(
            f"dataset.path: expected a number in every row, got {shown(cells[gaps[0]])} in line {table.line(gaps[0])} of "
            f"{shown(table.layout.file)}, column {shown(title)} ({len(gaps)} of {len(cells)} rows); fill in what is right, or leave out the rows: "
            f"dataset.dropna=true, or the column: {drop}"
        )
    raise InputError(
        f"dataset.path: expected a number, got {shown(cells[odd])} in line {table.line(odd)} of {shown(table.layout.file)}, column "
        f"{shown(title)}; {_correction(cells[odd], decimal)}"
    )


CORRECTIONS: tuple[tuple[str, Callable[[str], str]], ...] = (
    (r"[+-]?\d{1,3}([ ,._'\u00a0\u202f]\d{3})+([.,]\d+)?", lambda cell: "write it without marks between thousands"),
    (r"[+-]?\d+_[\d_]+", lambda cell: f"write it without marks: {cell.replace('_', '')}"),
    (
        r"[+-]?\d*,\d+",
        lambda cell: (
            f"if a comma marks decimals everywhere: dataset.decimal=comma, else write {cell.replace(',', '.')}"
        ),
    ),
    (r"[\u2212\u2013\u2014][\d.,]+", lambda cell: "write a hyphen for the minus sign"),
    (r"[^\w\s]?\s*[\d.,]+\s*[^\w\s]?", lambda cell: "write the number without its unit"),
    (r"[+-]?[\d.,]+\s*[^\W\d]+", lambda cell: "write the number without its unit"),
    (r"#.*", lambda cell: "if a comment: 'dataset.comment=#'"),
)


def _correction(cell: str, decimal: str) -> str:
    for pattern, remedy in CORRECTIONS:
        if re.fullmatch(pattern, cell):
            return remedy(cell)
    return "correct it, or leave the row or column out"
