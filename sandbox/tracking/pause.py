"""A store that failed is left in peace for a while; every process of a sweep reads here until when."""

import json
import time
from contextlib import suppress

from sandbox.tracking import places
from sandbox.tracking.store import Store, answers

PAUSE = 10  # seconds until it is asked again; they double each time, so that the waiting adds up to little


def paused(store: Store) -> bool:
    """Whether the store failed lately; when it is due, it is asked, briefly, whether it is back."""
    for folder in places.to_read(store):
        with suppress(OSError, ValueError, KeyError):
            last = json.loads((folder / "paused").read_text())
            if time.time() < last["until"]:
                return True
            if not answers(store):
                pause(store, last["reason"], last["failures"] + 1)
                return True
    return False


def pause(store: Store, reason: str, failures: int = 0) -> None:
    """Leave it in peace from now on, the longer the more often it has failed."""
    until = time.time() + PAUSE * 2**failures
    for folder in places.to_read(store):
        if folder.is_dir():
            with suppress(OSError):
                (folder / "paused").write_text(json.dumps({"until": until, "failures": failures, "reason": reason}))


def pause_reason(store: Store) -> str:
    """Why the store took no more records; "" if it did."""
    for folder in places.to_read(store):
        with suppress(OSError, ValueError, KeyError):
            return str(json.loads((folder / "paused").read_text())["reason"])
    return ""


def resume(store: Store) -> None:
    """It takes records again."""
    for folder in places.to_read(store):
        with suppress(OSError):
            (folder / "paused").unlink(missing_ok=True)
