"""Deliver what waits on the local disk for a store that was away.

python -m sandbox.sync                                  to the store that sandbox.run would use
python -m sandbox.sync tracking.uri=http://HOST:PORT    to that one

Exit code: 0 nothing waits any more; 1 something still does; 2 a mistake in the command, or a store that does not answer.
"""

import os
import sys
from dataclasses import replace

from sandbox.launch.command import Parser, answer, configured

from sandbox import tracking
from sandbox.system.terminal import console

# Nobody waits here for a sweep to go on, so a slow server gets its time.
PATIENT = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "60", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2"}


def main() -> None:
    """Deliver; see the module's docstring for the exit codes."""
    answer(_main)


def _main() -> None:
    typed = Parser("sync", __doc__).read()
    for name, value in PATIENT.items():
        os.environ.setdefault(name, value)
    store = replace(tracking.resolve(configured(typed.overrides).tracking, needed=True), offline=False)
    tracking.leftovers(store)
    if not tracking.waiting(store):
        console.print(f"nothing waits for {store.shown}")
        return
    tracking.prepare(store)
    delivered = tracking.recover(store)
    console.print(f"delivered {delivered.taken} records to {store.shown}")
    if delivered.left:
        folder = tracking.waiting(store)[0].folder.parent
        console.print(
            f"{delivered.left} still wait in {folder}: {delivered.reason or 'others deliver them'}", soft_wrap=True
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
