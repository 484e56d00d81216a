"""From a file's bytes to text: compression, encoding, and what is no table at all."""

import codecs
import gzip
import re
import unicodedata
from pathlib import Path

from sandbox.data.npz import LARGEST, damage_reported, shown
from sandbox.system.errors import InputError

# What Windows saves as where, in words; all can be Python's names.
SUSPECTED = ("cp1252", "cp949", "cp932", "gb18030", "cp1251")
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
EXPORT = "save it as CSV (UTF-8) where you made it"
# How files begin that are no table in text: (beginning, what it is, what to do); below, as patterns.
FOREIGN: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "a zip archive or an Excel sheet", f"{EXPORT}, or unpack it"),
    (b"\xd0\xcf\x11\xe0", "an old Excel sheet", EXPORT),
    (b"PAR1", "Parquet", "write it as CSV: pandas.read_parquet(FILE).to_csv('data.csv', index=False)"),
    (b"\x89HDF", "HDF5", "store X and y with numpy.savez"),
    (b"MATLAB 5.0", "MATLAB's .mat", "store X and y with numpy.savez after scipy.io.loadmat(FILE)"),
    (b"\x93NUMPY", "a lone array", "store it with its labels: numpy.savez('data.npz', X=X, y=y)"),
    (b"\x80\x04\x95", "a pickle, which may run code", "store X and y with numpy.savez"),
    (b"%PDF", "a PDF", "copy its table into a CSV"),
    (b"\x89PNG", "a picture", "bring a table of numbers"),
    (b"version https://git-lfs", "a pointer of Git LFS", "fetch the file itself: git lfs pull"),
)
PROSE: tuple[tuple[str, str, str], ...] = (
    (r"<(!doctype|html|\?xml)", "a web page or XML", "download the raw file instead"),
    (r'\{\s*"|\[\s*[\[{]', "JSON", "write it as CSV: pandas.read_json(FILE).to_csv('data.csv', index=False)"),
    (r"(%.*\n|\s)*@relation", "ARFF", "take the lines after @data, with a line of names above them"),
    (r"\S+ +\d+:\S+ +\d+:", "LIBSVM's format", "write all values of a sample in a row, separated by commas"),
    (r"%!PS", "PostScript", "bring a table of numbers"),
)


def text_of(file: Path, encoding: str | None = None) -> tuple[str, list[str]]:
    """The file's text, its lines ending in a line feed, and what had to be understood for it. Raises InputError."""
    content, remarks = _unpacked(file)
    _refuse_foreign(content, file)
    text, used = _decoded(content, file, encoding)
    if used:
        remarks.append(used)
    if "\0" in text:
        raise InputError(
            f"dataset.path: expected text, got bytes of 0 in {shown(file.name)}; save it as CSV in UTF-8, or say what it is: "
            "dataset.encoding=utf-16-le (Windows' Unicode)"
        )
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    _refuse_prose(text, file)
    return text, remarks


def _unpacked(file: Path) -> tuple[bytes, list[str]]:
    content = file.read_bytes()
    if not content.startswith(b"\x1f\x8b"):
        return content, []
    with damage_reported(file, "dataset.path"), gzip.open(file) as stream:
        content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise InputError(f"dataset.path: expected at most 256 MiB, got more when unpacking {shown(file.name)}")
    return content, ["gzip"]


def _decoded(content: bytes, file: Path, encoding: str | None) -> tuple[str, str]:
    """The text, and the encoding's name where it is worth a word."""
    if encoding is not None:
        try:
            return content.decode(encoding).removeprefix("\ufeff"), encoding
        except (LookupError, UnicodeError, ValueError) as problem:
            raise InputError(
                f"dataset.encoding: expected one that {shown(file.name)} is in, got {shown(encoding)}, {shown(str(problem))}; "
                f"{_candidates(content) or 'leave it out for UTF-8'}"
            ) from None
    for mark, name in BOMS:
        if content.startswith(mark):
            with damage_reported(file, "dataset.path"):
                return content.decode(name), "" if mark == codecs.BOM_UTF8 else name.upper()
    try:
        return content.decode("utf-8"), ""
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise InputError(
            f"dataset.path: expected UTF-8, got something else in line {line} of {shown(file.name)}; save it as UTF-8"
            f"{_candidates(content)}"
        ) from None


def _candidates(content: bytes) -> str:
    """What the first word beyond ASCII would read as in each encoding that is likely: whoever knows the file can tell."""
    start = next((i for i, byte in enumerate(content) if byte > 127), 0)
    line_start = content.rfind(b"\n", 0, start) + 1
    line_end = content.find(b"\n", start)
    line = content[line_start : line_end if line_end > 0 else len(content)]
    readings: dict[str, str] = {}
    for name in SUSPECTED:
        try:
            word = next(
                word for word in line.decode(name).replace(",", " ").replace(";", " ").split() if not word.isascii()
            )
        except (UnicodeDecodeError, StopIteration):
            continue
        if word.isprintable() and word not in readings.values():
            readings[name] = word[:20]
    listed = ", ".join(f"{name} ({shown(word)})" for name, word in list(readings.items())[:3])
    return f", or type the one that reads right: dataset.encoding={listed}" if listed else ""


def _refuse_foreign(content: bytes, file: Path) -> None:
    for beginning, what, remedy in FOREIGN:
        if content.startswith(beginning):
            raise InputError(f"dataset.path: expected a table in text, got {what} in {shown(file.name)}; {remedy}")


def _refuse_prose(text: str, file: Path) -> None:
    start = text[:10_000].lstrip()
    for beginning, what, remedy in PROSE:
        if re.match(beginning, start, re.IGNORECASE):
            raise InputError(f"dataset.path: expected a table in text, got {what} in {shown(file.name)}; {remedy}")
