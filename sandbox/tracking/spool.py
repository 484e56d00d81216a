"""Records on the local disk: each one is complete here before any store is asked to take it.

A folder per record: `record.json` and `artifacts/`. Its content is on the disk before it appears under its name by a
single rename, so that a process killed at any moment, or a power cut, leaves a whole record or none; it goes when the
store has it. A record that is damaged, or that the store will never take, is set aside with the reason. `ID.begun.json`
stands for a run in progress, and tells of it if its process dies.
"""

import json
import shutil
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from filelock import FileLock

from sandbox.system import disk
from sandbox.system.errors import StoreError
from sandbox.system.processes import has_died, identity
from sandbox.tracking import manifest, places
from sandbox.tracking.manifest import Manifest
from sandbox.tracking.store import Store

WAITING = "waiting:"  # before a record's id: what is known of a run while the store has not taken it
ABANDONED = 3600  # seconds after which a record still being written has nobody who writes it
ASIDE = "aside"  # the folder of what nobody tries to deliver any more


class DamagedError(RuntimeError):
    """A record on the disk that is not what was written."""


def new_id() -> str:
    """An id that sorts by time: parents are delivered before their children."""
    return f"{time.time_ns():020d}-{uuid.uuid4().hex[:12]}"


def noted_at(identifier: str) -> int:
    """When a record was made, in nanoseconds since 1970."""
    return int(identifier.partition("-")[0]) if identifier[:20].isdecimal() else 0


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
    runs: dict[str, str] = field(default_factory=dict)  # of a sweep: digest of a run -> SHA-256 of its manifest
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
    def artifacts(self) -> Path:
        return self.folder / "artifacts"

    @property
    def manifest(self) -> str:
        """Its SHA-256."""
        return disk.sha256(self.artifacts / manifest.FILE)

    @property
    def waiting(self) -> bool:
        return (self.folder / "record.json").exists()

    def record(self) -> Record:
        """What it says. Raises DamagedError where that is not what was written."""
        return _as_record(_unsealed(self.folder / "record.json"))

    def checked(self) -> Record:
        """As `record`, its artifacts compared with their digests. Raises DamagedError."""
        record = self.record()
        try:
            content = (self.artifacts / manifest.FILE).read_bytes()
            expected = manifest.of_content(content).artifacts
            there = manifest.artifacts_in(self.artifacts)
        except (OSError, ValueError) as problem:
            if manifest.TAG not in record.tags:  # of an earlier version
                return record
            raise DamagedError(f"artifacts: {problem}") from None
        changed = [name for name in expected if there.get(name) != expected[name]]
        if changed or manifest.named(content) != record.tags.get(manifest.TAG):
            raise DamagedError(f"{', '.join(changed[:3]) or manifest.FILE}: not what was written")
        return record

    def lock(self, patience: float) -> FileLock:
        """Whoever holds it delivers; it is free again when its process dies."""
        return FileLock(self.folder.with_name(f"{self.id}.lock"), timeout=patience)

    def note(self, name: str, text: str = "") -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def noted(self, name: str) -> str | None:
        """What `note` has left; None if it was not called."""
        try:
            return (self.folder / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None

    @property
    def begun_step_by_step(self) -> bool:
        """Whether the store may have been told a part of it, by MLflow's own requests."""
        return self.noted("tried") is not None

    def begin_step_by_step(self) -> None:
        self.note("tried")

    def remove(self) -> None:
        """Gone by a rename first: a process killed in between leaves no half of a record."""
        gone = self.folder.with_name(f"{self.id}.gone")
        self.folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
        self.folder.with_name(f"{self.id}.lock").unlink(missing_ok=True)

    def set_aside(self, reason: str) -> None:
        """Out of the way of the others, with the reason, until somebody decides."""
        folder = self.folder.parent / ASIDE
        disk.make_folder(folder)
        with suppress(OSError):  # on a full disk it goes without its reason
            self.note("reason", reason)
        self.folder.rename(folder / self.id)
        disk.sync(folder)
        self.folder.with_name(f"{self.id}.lock").unlink(missing_ok=True)

    def take_back(self) -> None:
        """Try it again."""
        (self.folder / "reason").unlink(missing_ok=True)
        self.folder.rename(self.folder.parents[1] / self.id)

    def leave_its_sweep(self) -> None:
        """Be a run of its own. Raises DamagedError."""
        disk.write(self.folder / "record.json", _sealed(asdict(replace(self.record(), parent=None))))


def entries(store: Store) -> list[Entry]:
    """All records that wait for a store, oldest first."""
    found = [Entry(path.parent) for folder in places.to_read(store) for path in folder.glob("*/record.json")]
    return sorted((entry for entry in found if not entry.folder.suffix), key=lambda entry: entry.id)


def aside(store: Store) -> list[Entry]:
    """All records that were set aside, oldest first."""
    found = [Entry(path) for folder in places.to_read(store) for path in (folder / ASIDE).glob("*") if path.is_dir()]
    return sorted(found, key=lambda entry: entry.id)


def keep(store: Store, record: Record, write: Callable[[Path], None]) -> Entry:
    """Put a record on the disk; `write` fills the folder of its artifacts. Raises StoreError if no disk takes it."""
    problems = []
    for folder in places.to_write(store):
        try:
            places.noted_in(folder, store)
            entry = _keep_in(folder, record, write)
            withdraw(store, record)
            return entry  # noqa: TRY300
        except OSError as problem:  # full, or not ours to write
            problems.append(f"{problem.strerror or problem} in {folder}")
            shutil.rmtree(folder / f"{record.id}.part", ignore_errors=True)
    raise StoreError(f"no disk takes the record: {'; '.join(problems)}")


def _keep_in(folder: Path, record: Record, write: Callable[[Path], None]) -> Entry:
    disk.make_folder(folder)
    part, whole = folder / f"{record.id}.part", folder / record.id
    (part / "artifacts").mkdir(parents=True)
    write(part / "artifacts")
    content = manifest_of(record, part / "artifacts").content()
    (part / "artifacts" / manifest.FILE).write_bytes(content)
    tagged = replace(record, tags=record.tags | {manifest.TAG: manifest.named(content)})
    (part / "record.json").write_bytes(_sealed(asdict(tagged)))
    disk.sync_tree(part)
    part.rename(whole)
    disk.sync(folder)
    return Entry(whole)


def manifest_of(record: Record, artifacts: Path) -> Manifest:
    """What the store will be asked to keep of a record."""
    return Manifest(
        record.target or record.id,
        record.status,
        record.params,
        manifest.covered(record.tags),
        manifest.digests(manifest.by_name(record.metrics)),
        record.dataset["digest"] if record.dataset else "",
        manifest.artifacts_in(artifacts),
        record.runs,
    )


def begin(store: Store, record: Record, artifacts: Mapping[str, str]) -> None:
    """Leave word of a run in progress; `keep`, or `leftovers` after its process has died, makes a record of it."""
    for folder in places.to_write(store):
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
    for folder in places.to_read(store):
        with suppress(OSError):  # this folder is not in use
            (folder / f"{record.id}.begun.json").unlink(missing_ok=True)


def lock(store: Store, name: str, patience: float) -> FileLock:
    """A lock of that name which all processes on this machine share that use the store."""
    for folder in places.to_write(store):
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            return FileLock(folder / f"{name}.lock", timeout=patience)
    raise StoreError("no disk takes a lock")


def leftovers(store: Store) -> list[Entry]:
    """Records, as KILLED, of runs whose process died in the middle; what it was writing is cleared away."""
    found = []
    for folder in places.to_read(store):
        for path in folder.glob("*.begun.json"):
            identifier = path.name.removesuffix(".begun.json")
            with FileLock(folder / "leftovers.lock", timeout=30):
                begun = _begun(path)
                if begun is None:
                    _clear_unreadable(path)
                    continue
                if not has_died(begun[0].tags.get("process", "")):
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
    for folder in places.to_read(store):
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


def _clear_unreadable(path: Path) -> None:
    """What a power cut has left of the word of a run in progress says nothing."""
    with suppress(OSError):
        if time.time() - path.stat().st_mtime > ABANDONED or path.stat().st_size == 0:
            path.unlink(missing_ok=True)


# A record's file carries the digest of what it says: JSON that was damaged may well be JSON still.


def _sealed(record: dict[str, Any]) -> bytes:
    return json.dumps({"record": record, "sha256": _seal(record)}).encode()


def _seal(record: Any) -> str:
    return manifest.named(json.dumps(record).encode())


def _unsealed(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
        if "sha256" not in found:  # of an earlier version
            return dict(found)
        if _seal(found["record"]) != found["sha256"]:
            raise DamagedError(f"{path.name}: not what was written")
        return dict(found["record"])
    except (OSError, ValueError, TypeError, KeyError) as problem:
        raise DamagedError(f"{path.name}: {type(problem).__name__}: {' '.join(str(problem).split())[:80]}") from None


def _as_record(found: dict[str, Any]) -> Record:
    """Raises DamagedError on fields that are none of ours: a newer version's, or nonsense."""
    try:
        return Record(**found | {"metrics": [(name, step, value) for name, step, value in found["metrics"]]})
    except (TypeError, ValueError, KeyError) as problem:
        raise DamagedError(f"record.json: {' '.join(str(problem).split())[:80]}") from None
