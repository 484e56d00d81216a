"""A run's artifacts: in the store's own folder, or with a server that keeps them itself."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote, urlsplit

from sandbox.system import disk
from sandbox.system.errors import RefusedError, StoreError
from sandbox.tracking.store import Store, client, faults

SERVED = "mlflow-artifacts"  # the scheme of what a server keeps for its clients
AT_ONCE = 4  # files on their way to a server: it answers each on its own


def put_all(store: Store, run_id: str, folder: Path, in_time: Callable[[], None], address: str = "") -> None:
    """Give a run all files of a folder. In the store's own folder they are on the disk when this returns.

    address: that of its artifacts, where the store has just told it.
    """
    if any(path.is_file() for path in folder.rglob("*")):
        put_each(store, [(address or client(store).get_run(run_id).info.artifact_uri, folder)], in_time)


def put_each(store: Store, runs: Sequence[tuple[str, Path]], in_time: Callable[[], None]) -> None:
    """As `put_all`, for several: each has the address of its artifacts, and a folder of files."""
    changed: dict[Path, None] = {}
    for address, folder in runs:
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        target = local(store, address)
        if target is None:
            _send(store, address, folder, files, in_time)
            continue
        for parent in sorted({file.parent for file in files}):
            into = target / parent.relative_to(folder)
            changed |= dict.fromkeys([*disk.made(into), into])
        for file in files:
            disk.put(file, target / file.relative_to(folder))
    disk.sync_all(changed)


def _send(store: Store, address: str, folder: Path, files: Sequence[Path], in_time: Callable[[], None]) -> None:
    there = _at(store, address)

    def send(file: Path) -> None:
        in_time()
        inside = file.parent.relative_to(folder).as_posix()
        there.log_artifact(str(file), None if inside == "." else inside)

    with ThreadPoolExecutor(AT_ONCE) as pool:  # of its own: the engines' threads are for who computes
        for _ in pool.map(send, files):
            pass


def take_back(store: Store, address: str) -> None:
    """Remove from the store's own folder what was put there for a run that has come to nothing."""
    if target := local(store, address):
        shutil.rmtree(target.parent, ignore_errors=True)


@contextmanager
def fetched(store: Store, run_id: str, address: str, name: str) -> Iterator[Path]:
    """A file with one of a run's artifacts. Raises StoreError if there is none of that name."""
    target = local(store, address)
    if target is not None:
        file = target / name
        if not file.is_file():
            raise StoreError(f"run {run_id}: its {name} is missing")
        yield file
        return
    with TemporaryDirectory(prefix="sandbox-") as folder:
        file = Path(folder) / Path(name).name
        with faults(store):
            _at(store, address)._download_file(name, str(file))  # noqa: SLF001 - the public way asks for lists, too
        yield file


def _at(store: Store, address: str) -> Any:
    """What answers for an address that was checked; MLflow's client would ask the server for another one."""
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    return get_artifact_repository(address, store.uri)


def local(store: Store, address: str) -> Path | None:
    """The folder behind an artifact address; None if a server is asked. Raises RefusedError on a server's bad answer.

    A server may name no place but itself: a `file:` address would have our files written over or sent, another host would
    get the password.
    """
    parts = urlsplit(address)
    if store.kind != "server":
        return Path(unquote(parts.path)) if parts.scheme in ("", "file") else None
    host = urlsplit(store.uri).netloc.rpartition("@")[2]
    if parts.scheme != SERVED or parts.netloc not in ("", host):
        raise RefusedError(
            f"{store.shown} says that artifacts go to {address[:200]!r}, expected to itself ({SERVED}:/...); "
            "start the server with --artifacts-destination instead of --default-artifact-root; into a store that "
            "`sandbox ui` shows record with tracking.directory=FOLDER"
        )
    return None
