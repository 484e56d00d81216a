"""Files as people bring them: each is read right, or refused in one line that says what to type. Nothing is misread in silence."""

import gzip
import random
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.data.files import read_samples
from sandbox.data.reading import Reading
from sandbox.data.table import is_number
from sandbox.system.errors import InputError

# One table, written in many ways: six samples of two features and a label.
VALUES = ((0.5, -12.25), (1.5, 3.0), (2.0, 0.125), (-3.5, 4.0), (1e-3, 5.5), (2.25, 6.0))
KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # labels as written; the classes they are
    "words": (("yes", "no", "yes", "no", "yes", "no"), ("no", "yes")),
    "truths": (("True", "False", "True", "False", "True", "False"), ("False", "True")),
    "codes": (("3", "10", "3", "10", "3", "10"), ("3", "10")),
    "three codes": (("0", "1", "2", "0", "1", "2"), ("0", "1", "2")),
    "codes as floats": (("0.0", "1.0", "2.0", "0.0", "1.0", "2.0"), ("0", "1", "2")),
    "amounts": (("0.25", "1.75", "2.0", "3.125", "4.5", "5.0"), ()),
    "whole amounts": (("7", "12", "31", "44", "58", "60"), ()),
}
SEPARATORS = {"commas": ",", "semicolons": ";", "tabs": "\t", "bars": "|", "blanks": "  "}


def written(sep: str, kind: str, *, header: bool, place: int, decimal: str = ".") -> str:
    rows = [[f"{x:.6g}" for x in values] for values in VALUES]
    if decimal == ",":
        rows = [[cell.replace(".", ",") for cell in row] for row in rows]
    labels = [label.replace(".", decimal) for label in KINDS[kind][0]]
    names = ["height", "width"]
    for row, label in zip([names, *rows], ["kind of it" if sep != "  " else "kind", *labels], strict=True):
        row.insert(place if place >= 0 else len(row), label)
    return "\n".join(sep.join(row) for row in ([names] if header else []) + rows) + "\n"


@pytest.mark.parametrize(
    ("separator", "header", "place", "kind"), list(product(SEPARATORS, (True, False), (0, 1, -1), KINDS))
)
def test_a_table_is_read_alike_however_it_is_written(
    tmp_path: Path, separator: str, header: bool, place: int, kind: str
) -> None:
    """Separator x header x place of the label x kind of label."""
    text = written(SEPARATORS[separator], kind, header=header, place=place)
    samples = read(tmp_path, text, label=str(place))
    labels, classes = KINDS[kind]
    assert samples.X.tolist() == [list(values) for values in VALUES]
    assert samples.classes == classes
    if classes:
        by_value = [classes[k] for k in samples.labels]
        assert by_value == [f"{float(label):.0f}" if is_number(label) else label for label in labels]
    else:
        assert samples.labels.tolist() == [float(label) for label in labels]
    assert ("no header" in samples.remarks) == (not header)
    assert (f"separated by {separator}" in samples.remarks) == (separator != "commas")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp949", "cp1252", "latin-1"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("sep", [";", "\t"])
def test_decimal_commas_ends_of_lines_and_encodings_change_nothing(
    tmp_path: Path, encoding: str, newline: str, sep: str
) -> None:
    name = "동물" if encoding == "cp949" else "größe"
    text = written(sep, "words", header=True, place=-1, decimal=",").replace("height", name)
    if encoding in ("cp1252", "latin-1", "utf-8", "utf-8-sig"):
        text = text.replace("yes", "já")
    content = text.replace("\n", newline).encode("utf-8" if encoding == "utf-8" else encoding)
    said = None if encoding in ("utf-8", "utf-8-sig", "utf-16") else encoding
    samples = read(tmp_path, content, encoding=said)
    assert samples.X.tolist() == [list(values) for values in VALUES]
    assert samples.features == (name, "width")
    assert samples.classes[0] in ("no", "já")
    assert "decimal comma" in samples.remarks


def read(folder: Path, content: str | bytes, name: str = "data.csv", **said: Any) -> Any:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_samples(str(path), Reading(**said))


UV = {"classes": ("u", "v"), "labels": [0, 1]}
ONE = {**UV, "X": [[1.0], [2.0]], "features": ("a",)}
TWENTY = range(1, 25)
NOISE = random.Random(0)  # noqa: S311 - made-up values
IDS = "".join(f"{i},{NOISE.random():.3f},{NOISE.choice('uv')}\n" for i in TWENTY)
SHUFFLED = "".join(f"{i * 7919 % 1009},{NOISE.random():.3f},{NOISE.choice('uv')}\n" for i in TWENTY)

# (name, content, what is said, what is understood or the complaint)
SHAPES: list[tuple[str, str | bytes, dict[str, Any], dict[str, Any] | str]] = [
    # Formats
    ("plain", "a,y\n1,u\n2,v\n", {}, ONE | {"remarks": ()}),
    ("blanks after commas", "a, y\n1, u\n2, v\n", {}, ONE),
    ("blanks around cells", " a , y \n 1 , u \n 2 , v \n", {}, ONE),
    ("no end of line at the end", "a,y\n1,u\n2,v", {}, ONE),
    ("blank lines", "\na,y\n\n1,u\n\n2,v\n\n\n", {}, ONE),
    ("rows of commas", "a,y\n1,u\n,\n2,v\n,\n,\n", {}, ONE),
    ("commas at the ends", "a,y,\n1,u,\n2,v,\n", {}, ONE | {"remarks": ("separators at the ends of lines",)}),
    ("commas at the ends of rows", "a,y\n1,u,\n2,v,\n", {}, ONE | {"remarks": ("separators at the ends of lines",)}),
    ("many commas at the ends", "a,y,,,\n1,u,,,\n2,v,,,\n", {}, ONE),
    ("quotes", '"a","y"\n"1","u"\n"2","v"\n', {}, ONE),
    ("a comma in quotes", 'a,y\n1,"u, or so"\n2,v\n', {}, {"classes": ("u, or so", "v"), "X": [[1.0], [2.0]]}),
    ("a line feed in quotes", 'a,y\n1,"u\nor so"\n2,v\n', {}, {"classes": ("u\nor so", "v"), "X": [[1.0], [2.0]]}),
    ("a quote in quotes", 'a,y\n1,"u ""so"""\n2,v\n', {}, {"classes": ('u "so"', "v")}),
    ("a byte order mark", "\ufeffa,y\n1,u\n2,v\n", {}, ONE),
    ("UTF-16", "a,y\n1,u\n2,v\n".encode("utf-16"), {}, ONE | {"remarks": ("UTF-16",)}),
    ("gzip", gzip.compress(b"a,y\n1,u\n2,v\n"), {}, ONE | {"remarks": ("gzip",)}),
    ("a comment above", "# from a lab\n# in 2020\na,y\n1,u\n2,v\n", {}, ONE),
    ("a header in a comment", "# a,y\n1,0.5\n2,0.25\n", {}, {"features": ("a",), "labels": [0.5, 0.25], "remarks": ("columns named by a comment",)}),
    ("comments anywhere", "a,y\n%x\n1,u % so\n2,v\n", {"comment": "%"}, ONE),
    ("R's write.table", '"a" "y"\n"1" 1 "u"\n"2" 2 "v"\n', {}, ONE | {"remarks": ("separated by blanks", "without column 'column 0', which names the rows")}),
    ("R's write.csv", '"","a","y"\n"1",1,"u"\n"2",2,"v"\n', {}, ONE),
    ("pandas' to_csv", ",a,y\n0,1,u\n1,2,v\n", {}, ONE),
    ("pandas' to_csv twice", "Unnamed: 0,a,y\n0,1,u\n1,2,v\n", {}, ONE),
    ("numpy's savetxt", "1.000000000000000000e+00 0.000000000000000000e+00\n2.000000000000000000e+00 1.000000000000000000e+00\n", {}, {"X": [[1.0], [2.0]], "classes": ("0", "1")}),
    ("another separator", "a~y\n1~u\n2~v\n", {"sep": "~"}, ONE),
    ("a decimal comma in quotes", 'a,y\n"1,5",u\n"2,25",v\n', {}, {"X": [[1.5], [2.25]], "remarks": ("decimal comma",)}),
    ("decimal commas only", "1,5;2,5;0,25\n1,25;3,5;0,5\n", {}, {"X": [[1.5, 2.5], [1.25, 3.5]], "labels": [0.25, 0.5]}),
    ("a tab and decimal commas", "a\ty\n1,5\tu\n2\tv\n", {}, {"X": [[1.5], [2.0]]}),
    ("numbers of every spelling", "a,b,y\n+1.,.5,u\n1e5,-2E-3,v\n", {}, {"X": [[1.0, 0.5], [1e5, -2e-3]]}),
    # Headers
    ("no header", "1,lo\n2,hi\n3,lo\n", {}, {"X": [[1.0], [2.0], [3.0]], "features": ("column 0",), "classes": ("hi", "lo"), "remarks": ("no header",)}),
    ("no header and a gap", "?,1,u\n5,2,v\n6,1,u\n", {"dropna": True}, {"X": [[5.0, 2.0], [6.0, 1.0]], "remarks": ("no header", "without 1 of 3 rows that lack a value")}),
    ("numbers that may be names", "1,2,3\n4,5,6\n7,8,9\n", {}, "dataset.header: expected to know whether line 1 of 'data.csv' names the columns, got '1,2,3'; type dataset.header=true if it does, dataset.header=false if it is a sample"),
    ("numbers that are names", "1,2,3\n4,5,6\n7,8,8.5\n", {"header": True}, {"X": [[4.0, 5.0], [7.0, 8.0]], "features": ("1", "2")}),
    ("numbers that are a sample", "1,2,3\n4,5,6\n7,8,9\n", {"header": False}, {"X": [[1.0, 2.0], [4.0, 5.0], [7.0, 8.0]], "labels": [3.0, 6.0, 9.0]}),
    ("columns named by count", "0,1,label\n4,5,6\n7,8,6\n9,1,7\n1,2,7\n", {}, {"features": ("0", "1"), "classes": ("6", "7")}),
    ("names of which some are years", "a,2019,y\n1,5,0\n2,6,1\n", {}, "type dataset.header=true if it does"),
    ("a name twice", "a,a,y\n1,1,u\n2,2,v\n", {}, "got 'a' twice in line 1 of 'data.csv'; rename one there"),
    # The label's place
    ("another column", "y,a\nu,1\nv,2\n", {"label": "y"}, ONE),
    ("another place", "u,1\nv,2\n", {"label": "0"}, {**UV, "X": [[1.0], [2.0]]}),
    ("another place from the end", "a,y,b\n1,u,3\n2,v,4\n", {"label": "-2"}, {**UV, "features": ("a", "b")}),
    ("a label's name elsewhere", "label,a\n0,0.5\n1,0.25\n0,0.75\n", {}, "got column 'label' and last of all 'a'; type dataset.label=label or dataset.label=-1"),
    ("classes first and no header", "".join(f"{i % 3},{i * 0.37 % 1:.3f},{i * 0.61 % 1:.3f}\n" for i in range(12)), {}, "a first column of 3 values (0, 1, 2); type dataset.label=0 for the first, dataset.label=-1 for the last"),
    ("words first and no header", "".join(f"{'ab'[i % 2]},{i * 0.37 % 1:.3f},{i * 0.61 % 1:.3f}\n" for i in range(12)), {}, "('a', 'b'); type dataset.label=0 for the first"),
    ("one value last", "a,b\n1,0\n2,0\n", {}, "expected at least two different labels, got only '0'; if another column is the label, name it: dataset.label=NAME"),
    ("a label that is not there", "a,kind\n1,u\n2,v\n", {"label": "kin"}, "dataset.label: expected a column of 'data.csv', got 'kin'; did you mean 'kind'?, or its place from 0 to 1"),
    # Kinds of labels
    ("leading zeros", "a,y\n1,01\n2,02\n", {}, {"classes": ("01", "02")}),
    ("two spellings of a number", "a,y\n1,01\n2,1\n3,2\n4,2\n5,1\n6,01\n", {}, "expected one spelling of each class, got '01' and '1'; write them alike if they are the same, or put a letter before them"),
    ("numbers that only Python takes", "a,y\n1,1_1\n2,11\n3,2_1\n", {}, "got '11' in line 3 of 'data.csv' and '1_1' in line 2 of 'data.csv'; correct it, or type dataset.task=classification"),
    ("the same, as names", "a,y\n1,1_1\n2,11\n3,2_1\n", {"task": "classification"}, {"classes": ("11", "1_1", "2_1"), "labels": [1, 0, 2]}),
    ("classes as floats", "a,y\n1,0.0\n2,1.0\n3,2.0\n4,0.0\n5,1.0\n6,2.0\n", {}, {"classes": ("0", "1", "2")}),
    ("codes as amounts", "a,y\n1,0\n2,1\n3,2\n4,0\n", {"task": "regression"}, {"classes": (), "labels": [0.0, 1.0, 2.0, 0.0]}),
    ("amounts as codes", "a,y\n1,0.5\n2,1.5\n3,0.5\n", {"task": "classification"}, {"classes": ("0.5", "1.5"), "labels": [0, 1, 0]}),
    ("words as amounts", "a,y\n1,u\n2,v\n", {"task": "regression"}, "expected numbers for a regression, got 'u' in line 2 of 'data.csv'; correct it, or type dataset.task=classification"),
    ("a wrong task", "a,y\n1,u\n2,v\n", {"task": "clustering"}, "dataset.task: expected classification or regression, got 'clustering'"),
    ("too many names", "a,y\n" + "".join(f"{i}.5,n{i}\n" for i in range(101)), {}, "expected at most 100 classes, got 101 different labels such as 'n0' and 'n1'; name the column that holds the classes: dataset.label=NAME"),
    ("a label that is missing", "a,y\n1,u\n2,\n3,v\n", {}, "expected a label for every sample, got '' in line 3 of 'data.csv' (1 label is missing); fill in what is right, or leave such rows out: dataset.dropna=true"),
    ("the same, left out", "a,y\n1,u\n2,\n3,v\n", {"dropna": True}, {"X": [[1.0], [3.0]], "remarks": ("without 1 of 3 rows that lack a value",)}),
    ("none, which is a name", "a,y\n1,None\n2,some\n", {}, {"classes": ("None", "some")}),
    ("plus and minus", "a,y\n1,+\n2,-\n", {}, {"classes": ("+", "-")}),
    ("an infinite target", "a,y\n1,0.5\n2,inf\n3,0.25\n", {}, "got 'inf' in line 3"),
    ("a target beyond numbers", "a,y\n1,0.5\n2,1e400\n3,0.25\n", {}, "expected a finite number, got '1e400' in line 3"),
    # Features
    ("true and false", "a,b,y\n1,True,u\n2,FALSE,v\n", {}, {"X": [[1.0, 1.0], [2.0, 0.0]], "remarks": ("true and false as 1 and 0 in column 'b'",)}),
    ("a column of words", "a,colour,y\n1,red,u\n2,blue,v\n", {}, "got words in column 'colour' ('red' in line 2); leave it out: 'dataset.drop=[colour]', or write numbers instead"),
    ("words everywhere", "a,b,y\nx,red,u\nz,blue,v\n", {}, "got words in columns 'a', 'b' ('x' in line 2); write numbers instead"),
    ("a column left out", "a,colour,y\n1,red,u\n2,blue,v\n", {"drop": ("colour",)}, ONE | {"remarks": ("without column 'colour'",)}),
    ("columns chosen", "a,colour,y\n1,red,u\n2,blue,v\n", {"usecols": ("a",)}, ONE),
    ("the label left out", "a,y\n1,u\n2,v\n", {"drop": ("y",)}, "dataset.drop: expected columns besides the label, got the label 'y'"),
    ("a gap", "a,b,y\n1,2,u\n3,?,v\n5,6,u\n", {}, "got '?' in line 3 of 'data.csv', column 'b' (1 of 3 rows); fill in what is right, or leave out the rows: dataset.dropna=true, or the column: 'dataset.drop=[b]'"),
    ("a thousand with a mark", "a,y\n1_000,u\n2,v\n3,v\n", {}, "got '1_000' in line 2 of 'data.csv', column 'a'; write it without marks between thousands"),
    ("thousands in quotes", 'a,y\n"1,000",u\n"2,500",v\n', {}, "dataset.decimal: expected to know what a comma means, got '1,000' in line 2 of 'data.csv'; type dataset.decimal=comma for 1.000, or write 1000"),
    ("thousands and decimals", "a;y\n1.234,5;u\n2.345,6;v\n1,5;u\n2,5;v\n3,5;u\n", {}, "got '1.234,5' in line 2 of 'data.csv', column 'a'; write it without marks between thousands"),
    ("a unit", "a,y\n5 cm,u\n2,v\n3,v\n", {}, "got '5 cm' in line 2 of 'data.csv', column 'a'; write the number without its unit"),
    ("a long minus sign", "a,y\n−5,u\n2,v\n3,v\n", {}, "write a hyphen for the minus sign"),
    ("a wide digit", "a,y\n５,u\n2,v\n3,v\n", {}, "expected a number, got '５' in line 2"),
    ("a row of units", "a,y\ncm,kind\n5,u\n6,v\n7,u\n", {}, "expected a number, got 'cm' in line 2 of 'data.csv', column 'a'"),
    ("not a number", "a,y\n1,u\nnan,v\n3,u\n", {}, "got 'nan' in line 3 of 'data.csv', column 'a' (1 of 3 rows)"),
    ("an infinite feature", "a,y\n1,u\n1e400,v\n", {}, "expected a finite number, got '1e400' in line 3 of 'data.csv', column 'a'"),
    ("a number of rows", f"id,a,y\n{IDS}", {}, "got another whole number in every row of column 'id', as an id has; leave it out: 'dataset.drop=[id]', or keep it: 'dataset.drop=[]'"),
    ("a number of rows by any name", f"x,a,y\n{IDS}", {}, "leave it out: 'dataset.drop=[x]'"),
    ("an id without an order", f"customerID,a,y\n{SHUFFLED}", {}, "leave it out: 'dataset.drop=[customerID]'"),
    ("an id, left out", f"id,a,y\n{IDS}", {"drop": ("id",)}, {"features": ("a",)}),
    ("an id, kept", f"id,a,y\n{IDS}", {"drop": ()}, {"features": ("id", "a")}),
    ("whole numbers alone", "x,y\n" + "".join(f"{i},{i * i * 0.5}\n" for i in TWENTY), {}, {"features": ("x",), "classes": ()}),
    # What is no table, or no whole one
    ("empty", b"", {}, "expected a file that holds something, got the empty"),
    ("blank", "\n \n", {}, "expected rows of values, got none in 'data.csv'"),
    ("a header alone", "a,b,y\n", {}, "expected at least one sample and one feature, got 0 and 2 in 'data.csv'"),
    ("nothing left", "a,y\n1,u\n2,v\n", {"drop": ("a",)}, "expected at least one sample and one feature, got 2 and 0 in 'data.csv'; leave out fewer"),
    ("one column", "a\n1\n2\n", {}, "got one in 'data.csv', 'a' in line 1; separate columns by commas, or say what does: dataset.sep=semicolon"),
    ("the wrong separator", "a;y\n1;u\n2;v\n", {"sep": ","}, "dataset.sep: expected what parts the columns of 'data.csv', got ',', which makes one column"),
    ("a short row", "a,b,y\n1,2,u\n3,v\n4,5,v\n", {}, "expected 3 cells, got 2 in line 3 of 'data.csv', '3,v'; complete or remove it"),
    ("a long row", "a,y\n1,u\n2,v,3\n4,u\n", {}, "expected 2 cells, got 3 in line 3 of 'data.csv', '2,v,3'; put cells that hold commas in quotes"),
    ("a comment in between", "a,y\n1,u\n# so\n2,v\n", {}, "got 1 in line 3 of 'data.csv', '# so'; if it is a comment: 'dataset.comment=#'"),
    ("a quote without its end", 'a,y\n1,"u\n2,v\n', {}, "expected a sound file, got 'data.csv'"),
    ("Windows' letters", "a,y\n1,größe\n2,v\n".encode("cp1252"), {}, "got something else in line 2 of 'data.csv'; save it as UTF-8, or type the one that reads right: dataset.encoding=cp1252 ('größe')"),
    ("a wrong encoding", "a,y\n1,größe\n2,v\n".encode("cp1252"), {"encoding": "utf-8"}, "dataset.encoding: expected one that 'data.csv' is in, got 'utf-8'"),
    ("no encoding", "a,y\n1,u\n", {"encoding": "utf-99"}, "dataset.encoding: expected one that 'data.csv' is in, got 'utf-99'"),
    ("UTF-16 without its mark", "a,y\n1,u\n".encode("utf-16-le"), {}, "dataset.encoding=utf-16-le"),
    ("an Excel sheet", b"PK\x03\x04abc", {}, "got a zip archive or an Excel sheet in 'data.csv'; save it as CSV (UTF-8)"),
    ("an old Excel sheet", b"\xd0\xcf\x11\xe0abc", {}, "got an old Excel sheet in 'data.csv'; save it as CSV"),
    ("a web page", "<!DOCTYPE html>\n<html>", {}, "got a web page or XML in 'data.csv'; download the raw file"),
    ("JSON", '[{"a": 1, "y": "u"}]', {}, "got JSON in 'data.csv'; write it as CSV"),
    ("ARFF", "% iris\n@RELATION iris\n@DATA\n1,u\n", {}, "got ARFF in 'data.csv'; take the lines after @data"),
    ("LIBSVM", "+1 1:0.5 2:0.25\n-1 1:0.25 2:0.5\n", {}, "got LIBSVM's format in 'data.csv'"),
    ("Git LFS", b"version https://git-lfs.github.com/spec/v1\n", {}, "got a pointer of Git LFS in 'data.csv'; fetch the file itself"),
    ("a separator of two", "a,y\n1,u\n", {"sep": "::"}, "dataset.sep: expected one character"),
    ("a decimal mark that is none", "a,y\n1,u\n", {"decimal": "x"}, "dataset.decimal: expected point or comma, got 'x'"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "said", "expected"), SHAPES, ids=[shape[0] for shape in SHAPES])
def test_a_file_is_read_right_or_refused_with_the_right_remedy(
    tmp_path: Path, name: str, content: str | bytes, said: dict[str, Any], expected: dict[str, Any] | str
) -> None:
    try:
        samples = read(tmp_path, content, **said)
    except InputError as problem:
        message = str(problem)
        assert isinstance(expected, str), message
        assert expected in message
        assert message.isprintable() and len(message) < 800
        return
    assert isinstance(expected, dict), samples
    for what, value in expected.items():
        found = getattr(samples, what)
        assert (found.tolist() if isinstance(found, np.ndarray) else found) == value


def test_the_table_of_shapes_is_long_enough() -> None:
    assert len(SHAPES) >= 60
    assert len({shape[0] for shape in SHAPES}) == len(SHAPES)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=20), st.sampled_from([".", ","]))
def test_numbers_are_read_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory, values: list[float], mark: str
) -> None:
    """By pandas, and held against Python's own reading of the same text; spelled with 17 digits and with more than count."""
    spelled = [f"{value!r};{value:.30e};{label}" for value, label in zip(values, "uv" * len(values), strict=False)]
    text = "\n".join(["a;b;y", *spelled]).replace(".", mark)
    samples = read(tmp_path_factory.mktemp("bits"), text, sep=";", decimal=mark, drop=())
    assert samples.X.tolist() == [[value, float(f"{value:.30e}")] for value in values]
