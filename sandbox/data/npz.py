"""Arrays from somebody else's .npz, read as if they meant harm.

Nothing is unpickled, and no entry is opened that unpacks to more than we would take. What a header declares beyond its entry
costs nothing: NumPy reads piece by piece into memory that nobody has touched, and stops where the entry ends.
"""

import hashlib
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox.system.errors import InputError

EXACT = 2**53
LARGEST = 2**28  # bytes: of a file, and of one array as float64; more is no data for small networks
MOST_ARRAYS = 10_000


def existing(path: str, key: str, suffixes: tuple[str, ...] = ()) -> Path:
    """The file at a path the user gave; relative paths count from the working directory, `~` is the home."""
    try:
        file = Path(path).expanduser()
        there = file.is_file()  # neither a folder nor a device that never ends
        size = file.stat().st_size if there else 0
    except (OSError, ValueError, RuntimeError) as problem:  # a name too long, a null byte, nobody's home
        raise InputError(f"{key}: expected the path of a file, got {shown(path)}; {shown(str(problem))}") from None
    if not there:
        raise InputError(
            f"{key}: expected a file that is there, got {shown(path)}, seen from {shown(str(Path.cwd()))}{_neighbour(file)}"
        )
    if suffixes and file.suffix.lower() not in suffixes:
        raise InputError(f"{key}: expected a file ending in {' or '.join(suffixes)}, got {shown(path)}")
    if not size:
        raise InputError(f"{key}: expected a file that holds something, got the empty {shown(path)}; save it again")
    if size > LARGEST:
        raise InputError(f"{key}: expected at most 256 MiB, got {size} bytes in {shown(path)}; store fewer values")
    return file


def _neighbour(file: Path) -> str:
    """The name in the same folder that comes closest."""
    try:
        there = {other.name.lower(): other.name for other in file.parent.iterdir()}
    except OSError:
        return ""
    close = get_close_matches(file.name.lower(), there, n=1)
    return f"; did you mean {shown(there[close[0]])}?" if close else ""


def names_in(file: Path, key: str) -> list[str]:
    """The names of the arrays in an .npz, in their order; no array is read."""
    with damage_reported(file, key), zipfile.ZipFile(file) as archive:
        names = [name.removesuffix(".npy") for name in archive.namelist()]
    if not 0 < len(names) <= MOST_ARRAYS or len(set(names)) < len(names):
        raise InputError(
            f"{key}: expected arrays with different names, got {shown(', '.join(names) or 'none')} in {shown(file.name)}"
        )
    return names


def array_in(file: Path, name: str, key: str, kinds: str = "biuf") -> NDArray[Any]:
    """One array of an .npz; `kinds` are NumPy's letters for the dtypes that will do. Numbers are finite as float64."""
    what = f"{shown(name)} in {shown(file.name)}"
    with damage_reported(file, key):
        array = _loaded(file, name, what, key)
        if array.size * max(array.itemsize, 8) > LARGEST:
            raise InputError(f"{key}: expected at most 256 MiB, got {array.size} values as {what}; store fewer")
        if array.dtype.kind not in kinds:
            text = " or text (str)" if "U" in kinds else ""
            raise InputError(f"{key}: expected real numbers{text}, got {shown(str(array.dtype))} as {what}; convert it")
        if array.dtype.kind == "U":
            "".join(array.ravel().tolist()).encode()  # a code point that is none fails here and not in a report
    if array.dtype.kind != "U":
        _refuse_non_finite(array, what, key)
        _refuse_rounded(array, what, key)
    return array


def _loaded(file: Path, name: str, what: str, key: str) -> NDArray[Any]:
    with np.load(file, allow_pickle=False) as archive:
        (entry,) = (entry for entry in archive.zip.infolist() if entry.filename in (name, f"{name}.npy"))
        if entry.file_size > LARGEST:
            raise InputError(
                f"{key}: expected at most 256 MiB, got {entry.file_size} bytes as {what}; store fewer values"
            )
        try:
            array = archive[name]
        except ValueError as problem:
            if "allow_pickle" in str(problem):
                raise InputError(
                    f"{key}: expected numbers, got pickled objects as {what}; store a plain array"
                ) from None
            raise
    if not isinstance(array, np.ndarray):  # NumPy hands over an entry of another kind as bytes
        raise TypeError(f"{name} is no array")
    return array


def digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    """A name for exactly these arrays: 16 hexadecimal digits of SHA-256 over names, types, shapes and bytes."""
    state = hashlib.sha256()
    for name, array in arrays.items():
        state.update(f"{name} {array.dtype.str} {array.shape};".encode())
        state.update(np.ascontiguousarray(array).tobytes())
    return state.hexdigest()[:16]


@contextmanager
def damage_reported(file: Path, key: str) -> Iterator[None]:
    """Whatever the library's decoders raise inside, said in one line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of old formats, which were read all the same
            yield
    except InputError:
        raise
    except Exception as problem:  # noqa: BLE001 - zip, its codecs, NumPy and pandas fail in a dozen ways, all the file's fault
        reason = f"{type(problem).__name__}: {problem}"
        raise InputError(f"{key}: expected a sound file, got {shown(file.name)} with {shown(reason)}") from None


def shown(text: str) -> str:
    """A user's text inside an error: quoted, escaped and so on one line, however long it is."""
    quoted = repr(text)
    return quoted if len(quoted) <= 160 else f"{quoted[:78]}...{quoted[-78:]}"


def _refuse_rounded(array: NDArray[Any], what: str, key: str) -> None:
    """Whole numbers that differ must not become one: a double has 53 binary digits."""
    if (
        array.dtype.kind in "iu"
        and array.size
        and (largest := max(abs(int(array.min())), abs(int(array.max())))) > EXACT
    ):
        raise InputError(
            f"{key}: expected whole numbers up to {EXACT}, which doubles tell apart, got {largest} in {what}; "
            "take a constant from them, divide them, or leave them out if they are names"
        )


def _refuse_non_finite(array: NDArray[Any], what: str, key: str) -> None:
    with np.errstate(over="ignore"):  # a long double may leave float64's range, and that is the question
        finite = np.isfinite(array.astype(np.float64))
    if not finite.all():
        first = tuple(int(i) for i in np.argwhere(~finite)[0])
        where = ", ".join(f"{axis} {i + 1}" for axis, i in zip(("row", "column"), first, strict=False))
        raise InputError(
            f"{key}: expected finite numbers, got {array[first]} in {where} of {what}; "
            f"{np.count_nonzero(~finite)} such values to correct or leave out"
        )
