"""A store in a folder that was moved, copied or renamed: MLflow writes down where artifacts are, from the disk's root on.

Addresses that lead elsewhere are turned to the folder that the database lies in now, in one transaction, when the store is
opened: a copy would write into its original otherwise, and a store that was moved find nothing.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

ARTIFACTS = "artifacts"  # below the store's folder; a folder for each experiment, and in it one for each run


def folder_of(experiment: str) -> str:
    """The name of an experiment's folder."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", experiment)[:60]


def home(directory: Path) -> Path:
    """Where a store's artifacts are; one folder has one address, whatever links lead to it."""
    return directory.resolve() / ARTIFACTS


def turn_home(database: Path) -> int:
    """Mend the addresses in a database of ours, and return how many there were to mend."""
    root = home(database.parent)
    with closing(sqlite3.connect(database, timeout=20, isolation_level=None)) as connection:
        mended = [*_experiments(connection, root), *_runs(connection, root)]
        if mended:
            connection.execute("BEGIN IMMEDIATE")
            for statement, address, key in mended:
                connection.execute(statement, (address, key))
            connection.execute("COMMIT")
    return len(mended)


Change = tuple[str, str, str | int]  # a statement, the new address and the row's key


def _experiments(connection: sqlite3.Connection, root: Path) -> Iterator[Change]:
    rows = connection.execute("SELECT experiment_id, name, artifact_location FROM experiments").fetchall()
    for key, name, address in rows:
        place = _place(address)
        if place is not None and place.parts[-2:] == (ARTIFACTS, folder_of(name)) and place.parent != root:
            yield (
                "UPDATE experiments SET artifact_location = ? WHERE experiment_id = ?",
                (root / place.name).as_uri(),
                key,
            )


def _runs(connection: sqlite3.Connection, root: Path) -> Iterator[Change]:
    prefix = root.as_uri() + "/"
    elsewhere = connection.execute(
        "SELECT run_uuid, artifact_uri FROM runs WHERE substr(artifact_uri, 1, ?) <> ?", (len(prefix), prefix)
    ).fetchall()
    for key, address in elsewhere:
        place = _place(address)
        if place is None or place.parts[-4:-3] != (ARTIFACTS,):  # .../artifacts/EXPERIMENT/RUN/artifacts
            continue
        here = root.joinpath(*place.parts[-3:])
        if root.is_dir() or not place.is_dir():  # else only the database was moved: its artifacts stay where they are
            yield "UPDATE runs SET artifact_uri = ? WHERE run_uuid = ?", here.as_uri(), key


def _place(address: str | None) -> Path | None:
    parts = urlsplit(address or "")
    return Path(unquote(parts.path)) if parts.scheme in ("", "file") and parts.path.startswith("/") else None
