"""The sweeps of a store and how they stand; what dead processes left open is closed first.

python -m sandbox.status                               the latest sweeps
python -m sandbox.status --close ID                    close a sweep as KILLED whose process cannot be seen from here
python -m sandbox.status tracking.directory=PATH       of another store
"""

import time
from collections import Counter

from sandbox.launch.command import Parser, answer, configured

from rich.table import Table
from rich.text import Text

from sandbox import tracking
from sandbox.sweep.resume import put_in_order
from sandbox.system.terminal import console
from sandbox.tracking import Run, Store


def main() -> None:
    """List sweeps; exit code 0, or 2 for a mistake in the command."""
    answer(_main)


def _main() -> None:
    parser = Parser("status", __doc__)
    parser.add_argument("--close", metavar="ID", help="close this sweep as KILLED")
    parser.add_argument("--latest", type=int, default=20, help="how many sweeps (20)")
    typed = parser.read()
    store = tracking.resolve(configured(typed.overrides).tracking, needed=True)
    tracking.prepare(store)
    put_in_order(store)
    if typed.options.close:
        tracking.finish_sweep(store, tracking.fetch_run(store, typed.options.close).run_id, "KILLED")
    sweeps = tracking.sweeps_of(store, max(1, typed.options.latest))
    console.print(table(store, sweeps) if sweeps else f"no sweeps in {store.shown}")
    if waiting := len(tracking.waiting(store)):
        console.print(f"{waiting} records wait on the local disk; deliver them with python -m sandbox.sync")


def table(store: Store, sweeps: list[Run]) -> Table:
    """A row per sweep: its id, state, runs by state, and what to type to complete one that has not finished."""
    rows = Table(header_style="bold")
    for heading in ("sweep", "begun", "state", "runs", "name", "to do what is left"):
        rows.add_column(heading, overflow="fold")
    for sweep in sweeps:
        counts = Counter(each.status.lower() for each in tracking.runs_of(store, sweep.run_id))
        begun = time.strftime("%Y-%m-%d %H:%M", time.localtime(sweep.started / 1000))
        command = f"python -m sandbox.run {sweep.tags.get('command', '')} resume=true"
        left = (
            "" if sweep.status in ("FINISHED", "RUNNING") else command.replace("resume=true resume=true", "resume=true")
        )
        counted = ", ".join(f"{number} {word}" for word, number in sorted(counts.items()))
        cells = (sweep.run_id, begun, sweep.status.lower(), counted, sweep.name, left)
        rows.add_row(*(Text(cell) for cell in cells))
    return rows


if __name__ == "__main__":
    main()
