"""What a store holds and how it stands, in lines to copy from; what dead processes left open is closed first.

python -m sandbox.status                               the latest sweeps and single runs
python -m sandbox.status ID                            that sweep's runs, or what is on record of that run
python -m sandbox.status --close ID                    close a sweep as KILLED whose process cannot be seen from here
python -m sandbox.status tracking.directory=PATH       of another store

An id may be shortened to a beginning that no other has.
"""

import time
from collections.abc import Iterator

from sandbox.launch.command import Parser, answer, configured

from sandbox import tracking
from sandbox.sweep.resume import put_in_order
from sandbox.system.terminal import console, counted
from sandbox.tracking import Run, Store

SHORT = 12  # digits of an id: enough for a million runs
UNFINISHED = ("FAILED", "KILLED")


def main() -> None:
    """List what is there; exit code 0, or 2 for a mistake in the command."""
    answer(_main)


def _main() -> None:
    parser = Parser("status", __doc__, words="ID")
    parser.add_argument("--close", metavar="ID", help="close this sweep as KILLED")
    parser.add_argument("--latest", type=int, default=20, metavar="N", help="how many sweeps and single runs (20)")
    typed = parser.read()
    store = tracking.resolve(configured(typed.overrides).tracking, needed=True)
    tracking.prepare(store)
    put_in_order(store)
    if typed.options.close:
        tracking.close(store, tracking.fetch_run(store, typed.options.close).run_id)
    if typed.words:
        lines = [line for word in typed.words for line in described(store, tracking.fetch_run(store, word))]
    else:
        latest = tracking.launched_in(store, max(1, typed.options.latest))
        lines = [line for run in latest for line in listed(store, run)] or [f"nothing is recorded in {store.shown}"]
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)  # no line is broken: ids and commands are to be copied
    if waiting := len(tracking.waiting(store)):
        console.print(f"{counted(waiting, 'record')} wait on the local disk; deliver them with python -m sandbox.sync")


def listed(store: Store, run: Run) -> Iterator[str]:
    """A sweep or a single run in a line; below it what completes a sweep that has not finished."""
    states = tracking.states_of(store, run.run_id) if run.tags.get("kind") == "sweep" else {}
    told = ", ".join(f"{number} {word.lower()}" for word, number in sorted(states.items()))
    inside = f" ({told})" if told else ""
    yield f"{_line(run)}{inside}"
    if run.status in UNFINISHED and "command" in run.tags:
        yield f"    to do what is left: {command_of(run)}"


def described(store: Store, run: Run) -> Iterator[str]:
    """A sweep's runs, each in a line; of a run, all that was set and what it came to."""
    yield from listed(store, run)
    if run.tags.get("kind") == "sweep":
        yield from (f"  {_line(each)}" for each in tracking.runs_of(store, run.run_id))
        return
    told = {
        "to do it again": f"python -m sandbox.replay {run.run_id}",
        "sweep": run.tags.get("mlflow.parentRunId", ""),
        "engine": run.tags.get("engine", ""),
        "commit": run.tags.get("git.commit", ""),
        **dict(sorted(run.params.items())),
        **{name: f"{value:.6g}" for name, value in sorted(run.metrics.items())},
    }
    width = max(map(len, told))
    yield from (f"    {name:{width}}  {value}" for name, value in told.items() if value)


def command_of(sweep: Run) -> str:
    """What to type to complete a sweep."""
    words = sweep.tags["command"]
    if sweep.tags.get("verb") == "map":
        return f"python -m sandbox.map {words}"
    return f"python -m sandbox.run {words}" + ("" if "resume=true" in words.split() else " resume=true")


def _line(run: Run) -> str:
    begun = time.strftime("%Y-%m-%d %H:%M", time.localtime(run.started / 1000))
    return f"{run.run_id[:SHORT]}  {begun}  {run.status.lower():8}  {run.name}"


if __name__ == "__main__":
    main()
