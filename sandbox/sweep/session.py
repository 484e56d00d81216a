"""What the jobs of one launch share, in whatever processes they run: a folder on the local disk.

owner: the process that launched them and waits for them. running: a file for each process that has a job in hand, with which
one and since when. ended: a line for each job that has ended. stop: start no more.
"""

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sandbox.config.schema import TrackingConfig
from sandbox.system.processes import has_died, identity

LOOK = 0.5  # seconds between two looks at whether the owner lives


@dataclass(frozen=True)
class Running:
    """A job that a process has in hand."""

    digest: str
    label: str
    process: str  # its identity
    begun: float  # seconds, by the clock that all processes of a machine share


@dataclass(frozen=True)
class Session:
    """The folder; without one, or on a machine that does not see it, a job is on its own."""

    folder: Path | None

    @staticmethod
    def of(config: TrackingConfig) -> "Session":
        return Session(Path(config.session) if config.session else None)

    def open(self) -> None:
        assert self.folder is not None
        (self.folder / "owner").write_text(identity(), encoding="utf-8")

    @contextmanager
    def in_hand(self, digest: str, label: str) -> Iterator[None]:
        """Say that this process does that job."""
        note = self.folder / "running" / str(os.getpid()) if self.folder and self.folder.is_dir() else None
        if note is not None:
            note.parent.mkdir(exist_ok=True)
            part = note.with_name(f".{note.name}")
            part.write_text(json.dumps([digest, label, identity(), time.monotonic()]), encoding="utf-8")
            part.replace(note)
        try:
            yield
        finally:
            if note is not None:
                note.unlink(missing_ok=True)

    def running(self) -> list[Running]:
        """What is in hand just now."""
        found = []
        for note in (self.folder / "running").glob("[0-9]*") if self.folder else ():
            with suppress(OSError, ValueError, TypeError):  # it has just ended
                found.append(Running(*json.loads(note.read_text(encoding="utf-8"))))
        return found

    def announce(self, word: str) -> None:
        """One more job has ended; appending one short line is atomic."""
        if self.folder is not None and self.folder.is_dir():
            with (self.folder / "ended").open("a", encoding="utf-8") as file:
                file.write(f"{word}\n")

    def stop(self) -> None:
        if self.folder is not None and self.folder.is_dir():
            (self.folder / "stop").touch()

    @property
    def stopped(self) -> bool:
        return self.folder is not None and (self.folder / "stop").exists()

    @property
    def owner(self) -> str | None:
        """The identity of the process that launched this one's job; None if it is this one, or not to be seen."""
        try:
            owner = (self.folder / "owner").read_text(encoding="utf-8") if self.folder else ""
        except OSError:
            return None
        return owner if owner not in ("", identity()) else None

    def follow(self) -> None:
        """End this process when the owner has died: nobody waits for it any more, and a resumed sweep does its work."""
        if owner := self.owner:
            follow(owner)


@lru_cache
def follow(owner: str) -> None:
    """End this process when the one of that identity has died."""

    def watch() -> None:
        while not has_died(owner):
            time.sleep(LOOK)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="follows its owner").start()
