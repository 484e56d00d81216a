"""What earlier calls left in a store: a sweep to go on with, its finished runs, and those to be done again."""

from dataclasses import dataclass, field, replace

from sandbox import tracking
from sandbox.system.errors import InputError
from sandbox.system.processes import has_died
from sandbox.system.terminal import console
from sandbox.trial.digest import sweep_digest
from sandbox.trial.outcome import Outcome, load_history

LATEST = 10  # sweeps to look through for a smaller grid


@dataclass
class Earlier:
    """A sweep that is to be completed: its id, and by digest its finished runs and the latest that did not finish."""

    sweep: str
    arms: int  # that it had
    done: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def put_in_order(store: tracking.Store) -> None:
    """Deliver what waits for the store, close what dead processes left open, and say so if there was anything."""
    if store.offline:
        return
    delivered = tracking.recover(store)
    if delivered.taken:
        console.print(f"delivered {delivered.taken} records that had waited for {store.shown}")
    if delivered.reason:  # without one, another process is just delivering them
        console.print(f"{delivered.left} records wait for {store.shown}: {delivered.reason}", soft_wrap=True)


def reopen(store: tracking.Store, experiment: str, digests: list[str], grows: bool = True) -> Earlier | None:
    """Make the latest sweep of these runs this process's, or if it `grows` the latest of some of them; None if there is none.

    Raises InputError while it runs.
    """
    with tracking.lock(
        store, "resume", patience=30
    ):  # of two calls that would resume it, the second one sees the first
        sweep = tracking.latest_sweep(store, experiment, f"tags.digest = '{sweep_digest(digests)}'")
        if sweep is None and grows:
            sweep = _smaller(store, experiment, {*digests})
        if sweep is None:
            return None
        if sweep.status == "RUNNING" and not has_died(sweep.tags.get("process", "")):
            host, *_, pid, _ = (sweep.tags.get("process", "") + " ? ? ?").split(" ")[:5]
            raise InputError(
                f"resume: expected a sweep that has ended, got one that runs as process {pid} on {host}; wait for it, "
                "or close it with `python -m sandbox.status --close " + sweep.run_id + "`"
            )
        tracking.reopen_sweep(store, sweep.run_id)
    earlier = Earlier(sweep.run_id, int(sweep.tags.get("arms", len(digests))))
    for run in tracking.runs_of(store, sweep.run_id):
        if "digest" in run.tags:
            (earlier.done if run.status == "FINISHED" else earlier.failed)[run.tags["digest"]] = run.run_id
    return earlier


def _smaller(store: tracking.Store, experiment: str, digests: set[str]) -> tracking.Run | None:
    """The latest sweep that has nothing but some of these runs: its grid has been extended since."""
    for sweep in tracking.latest_sweeps(store, experiment, most=LATEST):
        if int(sweep.tags.get("arms", len(digests))) < len(digests):
            runs = {run.tags.get("digest", "") for run in tracking.runs_of(store, sweep.run_id)}
            if runs and runs <= digests:
                return sweep
    return None


def finished_since(store: tracking.Store, sweep: str | None) -> dict[str, tuple[str, Outcome]]:
    """The sweep's finished runs by digest, where only the records know of them: in the store, and those that wait for it."""
    if sweep is None:
        return {}
    found = {}
    for entry in tracking.waiting(store):
        record = entry.record()
        history = entry.folder / "artifacts" / "history.npz"
        if record.parent == sweep and record.status == "FINISHED" and history.exists():
            outcome = replace(load_history(history), snapshots={})
            found[record.tags["digest"]] = (tracking.WAITING + record.id, outcome)
    if store.offline or tracking.pause_reason(store) or sweep.startswith(tracking.WAITING):
        return found
    try:
        for run in tracking.runs_of(store, sweep):
            if run.status == "FINISHED" and "digest" in run.tags:
                found[run.tags["digest"]] = (run.run_id, history_of(store, run.run_id))
    except tracking.StoreError:
        pass  # it has just gone away; what it knows is there when it is back, and resumed
    return found


def history_of(store: tracking.Store, run_id: str) -> Outcome:
    return replace(tracking.fetch_history(store, run_id), snapshots={})
