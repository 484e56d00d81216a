"""Where on this machine a store's records wait, whatever it is called today.

Beside a store in a folder, so that they move with it, or else in the user's cache. A store on a server is known by an id of
its own, which is noted here whenever it answers: records that were left under another of its names, or with another
password, are found by it.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import lru_cache
from pathlib import Path

from sandbox.system import disk
from sandbox.system.errors import StoreError
from sandbox.tracking.store import NOWHERE, Store, client, faults

KNOWN = "store.json"  # in a folder of records: the store's id and address


def to_write(store: Store) -> tuple[Path, ...]:
    """The folders where a new record may be put, the best one first; none for a store that keeps nothing."""
    if store == NOWHERE:
        return ()
    if store.database is not None:
        return (store.database.parent / ".spool" / store.database.name, _cached(store))
    beside = (store.directory / ".spool" / _short(store.address),) if store.directory else ()
    return (*beside, _cached(store))


def to_read(store: Store) -> tuple[Path, ...]:
    """All folders where records of this store may be."""
    return (*to_write(store), *_others(store)) if store != NOWHERE else ()


def note(store: Store) -> None:
    """Remember which store it is that answers under this address."""
    _others.cache_clear()
    if store.database is not None:
        return  # what waits lies beside it
    with suppress(OSError, StoreError):
        _noted_in(_cached(store), store, _asked(store))


def noted_in(folder: Path, store: Store) -> None:
    """Say in a folder of records whose they are, where the store itself cannot."""
    if store.database is None:
        _noted_in(folder, store, _known(_cached(store)).get("id", ""))
    elif folder == _cached(store):
        _noted_in(folder, store, _id_in(store.database))


def _noted_in(folder: Path, store: Store, identifier: str) -> None:
    said = {"id": identifier, "address": store.address}
    if _known(folder) != said:
        disk.make_folder(folder)
        disk.write(folder / KNOWN, json.dumps(said).encode())


def _known(folder: Path) -> dict[str, str]:
    try:
        return dict(json.loads((folder / KNOWN).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


@lru_cache
def _others(store: Store) -> tuple[Path, ...]:
    return tuple(folder for folder in _found(store) if folder not in to_write(store))


def _found(store: Store) -> Iterator[Path]:
    own = _short(store.uri)  # as earlier versions called it
    yield from (folder for folder in (_cache() / own, _spool(store) / own) if folder.is_dir())
    if store.database is not None:
        for folder in _spool(store).glob("*"):
            if _is_hash(folder.name) and folder.name != own and not (folder / KNOWN).exists():
                yield folder  # an earlier version's, from before the folder was moved
    identifier = _id_in(store.database) if store.database is not None else _known(_cached(store)).get("id", "")
    for folder in _cache().glob("*"):
        known = _known(folder)
        if not identifier or known.get("id") != identifier:
            continue
        if store.database is None or not Path(known["address"]).exists():  # else a copy's, or its original's
            yield folder


def _spool(store: Store) -> Path:
    return store.directory / ".spool" if store.directory else Path(os.devnull)


def _is_hash(name: str) -> bool:
    return len(name) == 12 and all(letter in "0123456789abcdef" for letter in name)


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sandbox" / "spool"


def _cached(store: Store) -> Path:
    return _cache() / _short(store.address)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


# A store's id is the moment in which its first experiment was made: it is there in every store, to the millisecond, and
# goes where its database goes.


def _asked(store: Store) -> str:
    with faults(store):
        return _short(str(client(store).get_experiment("0").creation_time))


def _id_in(database: Path) -> str:
    try:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            (made,) = connection.execute("SELECT creation_time FROM experiments WHERE experiment_id = 0").fetchone()
    except (sqlite3.Error, TypeError):
        return ""
    return _short(str(made))
