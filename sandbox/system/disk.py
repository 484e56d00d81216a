"""Files and folders that stay where a function has put them, whole, though the power fails as soon as it has returned."""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from sandbox.system.threads import side_by_side

AT_ONCE = 8  # files that are synced side by side: a disk commits them together, in the time of one or two


def sync(path: Path) -> None:
    """Return once a file's content, or a folder's list of names, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as problem:
        if problem.errno != errno.EINVAL:  # a file system that cannot sync folders has nothing to sync there
            raise
    finally:
        os.close(handle)


def sync_all(paths: Iterable[Path]) -> None:
    """As `sync`, for many."""
    side_by_side(sync, list(paths), workers=AT_ONCE)


def sync_tree(folder: Path) -> None:
    """Return once everything in a folder is on the disk, its own name aside."""
    inside = list(folder.rglob("*"))
    sync_all([path for path in inside if path.is_file()])
    sync_all([*(path for path in inside if path.is_dir()), folder])


def write(path: Path, content: bytes) -> None:
    """A file that is there with all of its content, or as it was before."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_bytes(content)
    sync(part)
    part.replace(path)
    sync(path.parent)


def make_folder(folder: Path) -> None:
    """A folder with all that it lies in, each one's name on the disk."""
    sync_all(made(folder))


def made(folder: Path) -> list[Path]:
    """A folder with all that it lies in; returns those whose lists of names are to be synced."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
    return [each.parent for each in missing]


def put(source: Path, target: Path) -> None:
    """The content of a synced file under a second name, in place of what was there; a link where the disk allows, which costs nothing.

    It is on the disk when this returns; its name is once its folder is synced.
    """
    part = target.with_name(f".{target.name}.part")
    with suppress(FileNotFoundError):
        part.unlink()
    try:
        os.link(source, part)
    except OSError:  # another disk, or one without links
        shutil.copyfile(source, part)
        sync(part)
    part.replace(target)


def sha256(path: Path) -> str:
    """The name of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
