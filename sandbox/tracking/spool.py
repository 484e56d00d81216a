"""Records on the local disk: each one is complete here before any store is asked to take it.

A folder per record: `record.json` and `artifacts/`. It appears under its name by a single rename, so that a
process killed at any moment leaves a whole record or none; it goes when the store has it. `ID.begun.json` stands for a
run in progress, and tells of it if its process dies.
"""

import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from filelock import FileLock

from sandbox.system.processes import has_died, identity
from sandbox.tracking.store import NOWHERE, Store, StoreError

WAITING = "waiting:"  # before a record's id: what is known of a run while the store has not taken it
ABANDONED = 3600  # seconds after which a record still being written has nobody who writes it


def new_id() -> str:
    """An id that sorts by time: parents are delivered before their children."""
    return f"{time.time_ns():020d}-{uuid.uuid4().hex[:12]}"


@dataclass(frozen=True)
class Record:
    """What a store is to be told, in plain values: a run or sweep to create, or (with a `target`) more about one."""

    experiment: str = ""
    name: str = ""
    status: str = "FINISHED"  # RUNNING: a sweep that goes on
    target: str | None = None  # a run's id, or WAITING and a record's
    parent: str | None = None  # the same
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    metrics: list[tuple[str, int, float]] = field(default_factory=list)  # name, step, value
    dataset: dict[str, str] | None = None
    started: int = 0  # milliseconds since 1970
    ended: int = 0
    id: str = field(default_factory=new_id)


@dataclass(frozen=True)
class Entry:
    """A record that waits, in its folder."""

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def waiting(self) -> bool:
        return (self.folder / "record.json").exists()

    def record(self) -> Record:
        found = json.loads((self.folder / "record.json").read_text(encoding="utf-8"))
        return Record(**found | {"metrics": [(name, step, value) for name, step, value in found["metrics"]]})

    def lock(self, patience: float) -> FileLock:
        """Whoever holds it delivers; it is free again when its process dies."""
        return FileLock(self.folder.with_name(f"{self.id}.lock"), timeout=patience)

    def note(self, name: str, text: str = "") -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def noted(self, name: str) -> bool:
        return (self.folder / name).exists()

    def remove(self) -> None:
        """Gone by a rename first: a process killed in between leaves no half of a record."""
        gone = self.folder.with_name(f"{self.id}.gone")
        self.folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
        self.folder.with_name(f"{self.id}.lock").unlink(missing_ok=True)


def folders(store: Store) -> tuple[Path, ...]:
    """Where a store's records may wait: beside it, and in the user's cache where that is no folder or cannot be written.

    Nowhere, for a store that keeps nothing.
    """
    if store == NOWHERE:
        return ()
    name = hashlib.sha256(store.uri.encode()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sandbox" / "spool" / name
    return (store.directory / ".spool" / name, cache) if store.directory else (cache,)


def entries(store: Store) -> list[Entry]:
    """All records that wait for a store, oldest first."""
    found = [Entry(path.parent) for folder in folders(store) for path in folder.glob("*/record.json")]
    return sorted((entry for entry in found if not entry.folder.suffix), key=lambda entry: entry.id)


def keep(store: Store, record: Record, write: Callable[[Path], None]) -> Entry:
    """Put a record on the disk; `write` fills the folder of its artifacts. Raises StoreError if no disk takes it."""
    problems = []
    for folder in folders(store):
        try:
            entry = _keep_in(folder, record, write)
            withdraw(store, record)
            return entry  # noqa: TRY300
        except OSError as problem:  # full, or not ours to write
            problems.append(f"{problem.strerror or problem} in {folder}")
            shutil.rmtree(folder / f"{record.id}.part", ignore_errors=True)
    raise StoreError(f"no disk takes the record: {'; '.join(problems)}")


def _keep_in(folder: Path, record: Record, write: Callable[[Path], None]) -> Entry:
    part, whole = folder / f"{record.id}.part", folder / record.id
    (part / "artifacts").mkdir(parents=True)
    write(part / "artifacts")
    (part / "record.json").write_text(json.dumps(asdict(record)), encoding="utf-8")
    part.rename(whole)
    return Entry(whole)


def begin(store: Store, record: Record, artifacts: Mapping[str, str]) -> None:
    """Leave word of a run in progress; `keep`, or `leftovers` after its process has died, makes a record of it."""
    for folder in folders(store):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            part = folder / f"{record.id}.begun"
            part.write_text(json.dumps({"record": asdict(record), "artifacts": dict(artifacts)}), encoding="utf-8")
            part.rename(part.with_suffix(".begun.json"))
        except OSError:
            continue
        return


def withdraw(store: Store, record: Record) -> None:
    """Take back the word of a run in progress."""
    for folder in folders(store):
        with suppress(OSError):  # this folder is not in use
            (folder / f"{record.id}.begun.json").unlink(missing_ok=True)


def lock(store: Store, name: str, patience: float) -> FileLock:
    """A lock of that name which all processes on this machine share that use the store."""
    for folder in folders(store):
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            return FileLock(folder / f"{name}.lock", timeout=patience)
    raise StoreError("no disk takes a lock")


def leftovers(store: Store) -> list[Entry]:
    """Records, as KILLED, of runs whose process died in the middle; what it was writing is cleared away."""
    found = []
    for folder in folders(store):
        for path in folder.glob("*.begun.json"):
            identifier = path.name.removesuffix(".begun.json")
            with FileLock(folder / "leftovers.lock", timeout=30):
                begun = _begun(path)
                if begun is None or not has_died(begun[0].tags.get("process", "")):
                    continue
                shutil.rmtree(folder / f"{identifier}.part", ignore_errors=True)
                if (folder / identifier).exists():  # it was killed just after it had finished
                    path.unlink(missing_ok=True)
                    continue
                record, artifacts = replace(begun[0], status="KILLED", ended=int(1000 * path.stat().st_mtime)), begun[1]

                def write(into: Path, artifacts: dict[str, str] = artifacts) -> None:
                    for name, text in artifacts.items():
                        (into / name).write_text(text, encoding="utf-8")

                found.append(_keep_in(folder, record, write))
                path.unlink(missing_ok=True)
        for path in (*folder.glob("*.part"), *folder.glob("*.gone")):
            if time.time() - path.stat().st_mtime > ABANDONED:
                shutil.rmtree(path, ignore_errors=True)
    return found


def begun_by_children(store: Store) -> list[str]:
    """The runs in progress whose processes this one has started, directly or not."""
    own, found = identity(), []
    for folder in folders(store):
        for path in folder.glob("*.begun.json"):
            begun = _begun(path)
            if begun is not None and begun[0].tags.get("owner", "") == own:
                found.append(begun[0].id)
    return found


def _begun(path: Path) -> tuple[Record, dict[str, str]] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Record(**found["record"]), found["artifacts"]
    except (OSError, ValueError, TypeError, KeyError):
        return None  # another process was faster, or it is none of ours
