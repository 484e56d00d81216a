"""What is printed when a run or a sweep has ended: which arms failed, where to look, how to go on."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from rich.table import Table
from rich.text import Text

from sandbox import tracking
from sandbox.claims.verdict import compact
from sandbox.sweep.dispatch import Arm, LostError, spelled
from sandbox.sweep.job import NotStartedError
from sandbox.sweep.ranking import BEST, MOST_ROWS, WORST, ranked, what_mattered
from sandbox.sweep.watch import TimeLimitError
from sandbox.system.terminal import console, results_table

DELIVERING = 20  # seconds for a store that answers to take what waits for it


def failures_table(failures: Sequence[tuple[Arm, BaseException]], store: tracking.Store) -> Table:
    """A row per arm that failed: which, where its traceback is kept, and why."""
    table = Table(title="failed", header_style="bold", style="red", title_style="red")
    for heading in ("arm", "run", "reason"):
        table.add_column(heading, overflow="fold")
    before = ""
    for arm, error in failures:
        run, reason = getattr(error, "run_id", None) or "-", reason_of(error, store)
        table.add_row(Text(spelled(arm)), Text(run), Text("the same" if reason == before else reason))
        before = reason
    return table


def reason_of(error: BaseException, store: tracking.Store) -> str:
    reason = store.without_secrets(" ".join(str(error).split()))
    return (
        reason
        if isinstance(error, LostError | NotStartedError | TimeLimitError)
        else f"{type(error).__name__}: {reason}"
    )


def show_results(frame: pd.DataFrame, names: list[str], metrics: list[str], *, trains: bool, recorded: bool) -> None:
    """Print a row per arm in launch order; of a long sweep of trainings the best and the worst, and what made the difference."""
    spelt = [name for name in names if name in frame and frame[name].map(lambda value: isinstance(value, str)).all()]
    # Thirty layers alike need no thirty numbers.
    frame = frame.assign(**{name: frame[name].map(compact) for name in spelt})
    arms = frame["arm"].nunique()
    if arms <= MOST_ROWS or not trains:
        console.print(results_table(frame, names, metrics))
        return
    ranking = ranked(frame, metrics[0])
    console.print(results_table(ranking.frame(frame), names, metrics, line_after=BEST))
    console.print(
        f"The best {BEST} and the worst {WORST} of {arms} arms by {metrics[0]}; all of them: runs.csv of the sweep's record"
    )
    if shares := what_mattered(frame, names, metrics[0]):
        told = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
        console.print(
            f"What mattered, as the share of the arms' differences in {metrics[0]} (by rank) that each accounts for: {told}"
        )


def where_to_look(
    store: tracking.Store, record: str | None, kind: str = "sweep", metric: str = "", view: str = "", since: int = 0
) -> bool:
    """Print the dashboard's command and address. False if the store should have taken everything and has not."""
    refused = newly_aside(store, since)
    for entry in refused[:3]:
        reason = entry.noted("reason") or "no reason was kept"
        console.print(f"\na record was set aside: {reason}", style="red", markup=False, soft_wrap=True)
    if refused:
        console.print("  python -m sandbox.sync --aside   lists what was set aside; --retry and --drop decide")
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
    return not refused


def newly_aside(store: tracking.Store, since: int) -> list[tracking.Entry]:
    """What was set aside of the records that were made since then: a command's own, and its workers'."""
    return [entry for entry in tracking.aside(store) if since and tracking.noted_at(entry.id) >= since]


def how_to_resume(store: tracking.Store) -> None:
    """Print what to type to complete the sweep of this process."""
    words = [word for word in sys.argv[1:] if not word.startswith("resume=")]
    of_map = Path(sys.argv[0]).stem.endswith("map")  # which goes on by itself
    verb, words = ("map", words) if of_map else ("run", [*words, "resume=true"])
    command = store.without_secrets(f"python -m sandbox.{verb} {shlex.join(words)}")
    console.print("\nTo do what is left:", style="bold")
    console.print(f"  {command}", soft_wrap=True, markup=False)
