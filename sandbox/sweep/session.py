"""What the jobs of one launch share, in whatever processes they run: a folder on the local disk.

owner: the process that launched them and waits for them. ended: a line for each job that has ended. stop: start no more.
"""

import os
import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sandbox.config.schema import TrackingConfig
from sandbox.system.processes import has_died, identity

LOOK = 0.5  # seconds between two looks at whether the owner lives


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
