"""Deliver what waits on the local disk for a store that was away.

python -m sandbox.sync                                  to the store that sandbox.run would use
python -m sandbox.sync tracking.uri=http://HOST:PORT    to that one
python -m sandbox.sync --aside                          what was set aside, since its store will not take it or it is damaged
python -m sandbox.sync --retry ID                       try one of these again; ID may be `all`
python -m sandbox.sync --alone ID                       deliver one of these as a run of its own: its sweep is gone
python -m sandbox.sync --drop ID                        delete one of these

Exit code: 0 nothing waits any more; 1 something still does; 2 a mistake in the command, or a store that does not answer.
"""

import os
import sys
from dataclasses import replace

from sandbox.launch.command import Parser, answer, configured

from sandbox import tracking
from sandbox.system.errors import InputError
from sandbox.system.terminal import console

# Nobody waits here for a sweep to go on, so a slow server gets its time.
PATIENT = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "60", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2"}


def main() -> None:
    """Deliver; see the module's docstring for the exit codes."""
    answer(_main)


def _main() -> None:
    parser = Parser("sync", __doc__)
    parser.add_argument("--aside", action="store_true", help="list what was set aside, and why")
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--retry", metavar="ID", help="deliver this record, which was set aside; all: every one")
    one.add_argument("--alone", metavar="ID", help="deliver it as a run of its own, without its sweep")
    one.add_argument("--drop", metavar="ID", help="delete it")
    typed = parser.read()
    for name, value in PATIENT.items():
        os.environ.setdefault(name, value)
    store = replace(tracking.resolve(configured(typed.overrides).tracking, needed=True), offline=False)
    if typed.options.aside:
        list_aside(store)
        return
    if typed.options.drop:
        for entry in set_aside(store, typed.options.drop):
            entry.remove()
            console.print(f"deleted {entry.id}")
        return
    for entry in set_aside(store, typed.options.retry or typed.options.alone):
        if typed.options.alone:
            alone(entry)
        entry.take_back()
    tracking.leftovers(store)
    if not tracking.waiting(store):
        console.print(f"nothing waits for {store.shown}")
        return
    tracking.prepare(store)
    delivered = tracking.recover(store)
    console.print(f"delivered {delivered.taken} records to {store.shown}")
    for reason in delivered.aside:
        console.print(f"set aside: {reason}; see --aside", markup=False, soft_wrap=True)
    if delivered.early:
        console.print(
            f"{delivered.early} wait until the sweep they belong to has been delivered; after a day they are set aside",
            soft_wrap=True,
        )
    if delivered.left:
        folder = tracking.waiting(store)[0].folder.parent
        console.print(
            f"{delivered.left} still wait in {folder}: {delivered.reason or 'others deliver them'}", soft_wrap=True
        )
        sys.exit(1)


def list_aside(store: tracking.Store) -> None:
    """Each record that was set aside, where it lies and why."""
    entries = tracking.aside(store)
    for entry in entries:
        console.print(f"{entry.id}: {entry.noted('reason') or 'no reason was kept'}", markup=False, soft_wrap=True)
        console.print(f"  {entry.folder}", markup=False, soft_wrap=True)
    if not entries:
        console.print(f"nothing was set aside for {store.shown}")


def set_aside(store: tracking.Store, identifier: str | None) -> list[tracking.Entry]:
    """The record of that id, or of the only one that begins so; all of them for `all`. Raises InputError where there is none."""
    found = [entry for entry in tracking.aside(store) if identifier in ("all", entry.id) or _begins(entry, identifier)]
    if identifier not in (None, "all") and len(found) != 1:
        raise InputError(f"sync: expected the id of one record that was set aside, got {identifier!r}; see --aside")
    return found


def _begins(entry: tracking.Entry, identifier: str | None) -> bool:
    return bool(identifier) and entry.id.startswith(str(identifier))


def alone(entry: tracking.Entry) -> None:
    """Let a run's record go without its sweep. Raises InputError for what is no run's, or is damaged."""
    try:
        if entry.record().target is not None:
            raise InputError(f"sync: --alone: expected a run, got {entry.id}, which tells more of another; drop it")
        entry.leave_its_sweep()
    except tracking.DamagedError as problem:
        raise InputError(f"sync: --alone: expected a whole record, got {entry.id}: {problem}; drop it") from None


if __name__ == "__main__":
    main()
