"""What is printed when a run or a sweep has ended: which arms failed, where to look, how to go on."""

import shlex
import sys
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from sandbox import tracking
from sandbox.sweep.dispatch import Arm, LostError, spelled
from sandbox.sweep.job import NotStartedError
from sandbox.system.terminal import console

DELIVERING = 20  # seconds for a store that answers to take what waits for it


def failures_table(failures: Sequence[tuple[Arm, BaseException]], store: tracking.Store) -> Table:
    """A row per arm that failed: which, where its traceback is kept, and why."""
    table = Table(title="failed", header_style="bold", style="red", title_style="red")
    for heading in ("arm", "run", "reason"):
        table.add_column(heading, overflow="fold")
    for arm, error in failures:
        run = getattr(error, "run_id", None) or "-"
        table.add_row(Text(spelled(arm)), Text(run), Text(reason_of(error, store)))
    return table


def reason_of(error: BaseException, store: tracking.Store) -> str:
    reason = store.without_secrets(" ".join(str(error).split()))
    return reason if isinstance(error, LostError | NotStartedError) else f"{type(error).__name__}: {reason}"


def where_to_look(
    store: tracking.Store, record: str | None, kind: str = "sweep", metric: str = "", view: str = ""
) -> bool:
    """Print the dashboard's command and address. False if the store should have taken everything and has not."""
    if waiting := tracking.waiting(store) if store.offline else tracking.deliver_for(store, DELIVERING):
        why = "tracking.offline" if store.offline else tracking.pause_reason(store) or "others deliver them"
        console.print(
            f"\n{len(waiting)} records wait for {store.shown} in {waiting[0].folder.parent}: {why}", soft_wrap=True
        )
        console.print("  python -m sandbox.sync   delivers them, with the same tracking options; so does the next run")
        return store.offline
    hint = tracking.dashboard_hint(store, tracking.whereabouts(store, record) if record else None, kind, metric, view)
    if hint:
        console.print("\nLook at it:", style="bold")
    for line in hint.splitlines():
        console.print(f"  {line}", soft_wrap=True, markup=False)
    return True


def how_to_resume(store: tracking.Store) -> None:
    """Print what to type to complete the sweep of this process."""
    words = [word for word in sys.argv[1:] if not word.startswith("resume=")]
    command = store.without_secrets(f"python -m sandbox.run {shlex.join([*words, 'resume=true'])}")
    console.print("\nTo do what is left:", style="bold")
    console.print(f"  {command}", soft_wrap=True, markup=False)
