"""Arrays, DataFrames and Bunches as the file that `dataset=file` reads: what the command does with a file, it does with them.

A file is named by what it holds. It lies beside the store where something is recorded, so that the record can be replayed, and
else in a folder that goes with this process.
"""

import atexit
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sandbox import tracking
from sandbox.config.schema import TrackingConfig
from sandbox.data.npz import digest
from sandbox.interface.settings import spelled
from sandbox.system.errors import InputError
from sandbox.system.terminal import counted

FOLDER = "own-data"
LABEL = "label"


def words_for(data: Any, record: bool | str | Path) -> list[str]:
    """The overrides by which a run reads these data; nothing where there are none. Raises InputError."""
    if data is None:
        return []
    if isinstance(data, str | Path):
        return ["dataset=file", f"dataset.path={spelled(str(data))}"]
    folder = _folder(record)
    if isinstance(data, pd.DataFrame):
        return _table(data, folder)
    if hasattr(data, "data") and hasattr(data, "target"):  # scikit-learn's Bunch
        X, y = _bunch(data)
    elif isinstance(data, tuple | list) and len(data) == 2:
        X, y = data
    else:
        raise InputError(
            f"data: expected (X, y), a DataFrame, a Bunch of scikit-learn or the path of a file, got {type(data).__name__}"
        )
    for name, given in (("X", X), ("y", y)):
        _refuse_masked(given, name)
    if isinstance(X, pd.DataFrame):
        if isinstance(y, pd.Series | pd.DataFrame) and not y.index.equals(X.index):
            raise InputError(
                "data: expected X and y with one index, got two that differ; y = y.loc[X.index] pairs them by it, "
                "y.to_numpy() by their places"
            )
        label = y.name if isinstance(y, pd.Series) and y.name not in (None, *X.columns) else LABEL
        frame = X.assign(**{str(label): np.asarray(y)})
        return [*_table(frame, folder), f"dataset.label={spelled(str(label))}"]
    return _arrays(X, y, folder)


def _refuse_masked(given: Any, name: str) -> None:
    """NumPy would read what lies under a mask."""
    if isinstance(given, np.ma.MaskedArray) and (count := int(np.ma.getmaskarray(given).sum())):
        raise InputError(
            f"data: expected {name} with a value everywhere, got {counted(count, 'masked value')}; "
            "leave out those samples, or fill them: .filled(VALUE)"
        )


def _bunch(bunch: Any) -> tuple[Any, Any]:
    X, y = bunch.data, bunch.target
    _refuse_masked(X, "X")
    names = getattr(bunch, "target_names", None)
    if names is not None and len(names) > 1 and np.asarray(y).dtype.kind in "iu" and np.asarray(y).ndim == 1:
        y = np.asarray(names, dtype=str)[np.asarray(y)]
    features = getattr(bunch, "feature_names", None)
    if not isinstance(X, pd.DataFrame) and features is not None and len(features) == np.shape(X)[-1]:
        X = _Named(np.asarray(X), tuple(map(str, features)))
    return X, y


class _Named:
    """An array whose columns have names."""

    def __init__(self, array: NDArray[Any], names: tuple[str, ...]) -> None:
        self.array, self.names = array, names


def _arrays(X: Any, y: Any, folder: Path) -> list[str]:
    names = X.names if isinstance(X, _Named) else None
    arrays = {"X": _plain(X.array if names else X, "X", float), "y": _plain(y, "y", str)}
    if names:
        arrays["features"] = np.asarray(names)
    path = _kept(folder, f"own-{digest(arrays)}.npz", lambda file: np.savez(file, allow_pickle=False, **arrays))
    return ["dataset=file", f"dataset.path={spelled(str(path))}"]


def _plain(given: Any, name: str, usual: type) -> NDArray[Any]:
    """An array of numbers or text; one of objects becomes one of the usual kind."""
    try:
        array = np.asarray(given.toarray() if hasattr(given, "toarray") else given)
        return array.astype(usual) if array.dtype.kind in "OT" else array
    except (TypeError, ValueError) as problem:
        reason = " ".join(str(problem).split())
        raise InputError(
            f"data: expected {name} as an array of numbers, got what NumPy cannot take: {reason}"
        ) from None


def _table(frame: pd.DataFrame, folder: Path) -> list[str]:
    text = frame.to_csv(index=False, lineterminator="\n")
    name = f"own-{hashlib.sha256(text.encode()).hexdigest()[:16]}.csv"
    path = _kept(folder, name, lambda file: file.write_text(text, encoding="utf-8"))
    return [
        "dataset=file",
        f"dataset.path={spelled(str(path))}",
        "dataset.header=true",
        "dataset.sep=','",
        "dataset.encoding=utf-8",
    ]


def _kept(folder: Path, name: str, write: Callable[[Path], object]) -> Path:
    """The file, written unless it is there: its name says what it holds."""
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{os.getpid()}-{name}")
        write(partial)
        partial.replace(path)
    return path


def _folder(record: bool | str | Path) -> Path:
    if record is False:
        return _passing()
    if isinstance(record, str) and record.startswith(("http://", "https://")):
        return Path.cwd() / FOLDER  # a server keeps no files for us
    if record is True:
        where = TrackingConfig()
    else:
        where = TrackingConfig(uri=str(record)) if "://" in str(record) else TrackingConfig(directory=str(record))
    store = tracking.resolve(where)
    return (store.directory or Path.cwd()) / FOLDER


@lru_cache
def _passing() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="sandbox-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
