"""What earlier calls left in a store: a sweep to go on with, its finished runs, and those to be done again."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from sandbox import tracking
from sandbox.config.schema import RunConfig
from sandbox.system.signals import undivided
from sandbox.system.terminal import console, counted
from sandbox.tracking import Lease, Run, Store
from sandbox.trial.digest import sweep_digest
from sandbox.trial.outcome import Outcome, Result, load_history

if TYPE_CHECKING:
    import sqlite3


@dataclass(frozen=True)
class Done:
    """A run that an earlier call has finished, and that is as it was recorded."""

    run_id: str
    outcome: Outcome
    manifest: str
    made_with: Mapping[str, str]

    def as_result(self, config: RunConfig, arm: int = 0) -> Result:
        return Result(config, self.run_id, self.outcome, 0.0, arm, self.manifest, self.made_with)


LATEST = 10  # sweeps to look through for a smaller grid


@dataclass
class Earlier:
    """A sweep that is to be completed, and by digest its finished runs and the latest that are to be done again."""

    sweep: Run
    lease: Lease
    arms: int  # that it had
    done: dict[str, Done] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def put_in_order(store: Store) -> None:
    """Deliver what waits for the store, close what dead processes left open, and say so if there was anything."""
    if store.offline:
        return
    delivered = tracking.recover(store)
    if delivered.taken:
        console.print(f"delivered {counted(delivered.taken, 'record')} that had waited for {store.shown}")
    for reason in delivered.aside:
        console.print(
            f"a record was set aside: {reason}; `python -m sandbox.sync --aside` says more",
            markup=False,
            soft_wrap=True,
        )
    if delivered.early:
        console.print(f"{counted(delivered.early, 'record')} wait for the sweep that they belong to", soft_wrap=True)
    if delivered.reason:  # without one, another process is just delivering them
        console.print(f"{delivered.left} records wait for {store.shown}: {delivered.reason}", soft_wrap=True)


def reopen(
    store: Store,
    experiment: str,
    digests: list[str],
    predictions: Mapping[str, str],
    grows: bool = True,
    of_map: str = "",
) -> Earlier | None:
    """Make the latest sweep of these runs this process's, or if it `grows` the latest of some of them; None if there is none.

    of_map: that of this map comes next, which may have more arms or fewer.

    predictions: tags with what is predicted now. A sweep that was begun with other predictions is left as it is: its
    verdicts are about those, and what its runs have shown is no test of predictions made since. Raises InputError while
    the sweep runs.
    """
    found, others = _begun_before(store, experiment, digests, predictions, grows=grows, of_map=of_map)
    if found is None:
        if others:
            console.print(
                f"sweep {others[0].run_id} was begun with other predictions, and keeps its verdicts; this is a new one",
                soft_wrap=True,
            )
        return None
    earlier: Earlier | None = None
    try:
        with undivided():
            earlier = Earlier(found, tracking.claim(store, found.run_id), int(found.tags.get("arms", len(digests))))
        for run, done in examined(store, found.run_id):
            if done is not None:
                earlier.done[run.tags["digest"]] = done
            else:
                earlier.failed[run.tags["digest"]] = run.run_id
    except BaseException:  # stopped while it looked: the sweep is nobody's again
        if earlier is not None:
            tracking.close(store, found.run_id)
        raise
    return earlier


def examined(store: Store, sweep: str) -> Iterator[tuple[Run, Done | None]]:
    """A sweep's runs, each with what it came to where it is finished and intact."""
    runs = [run for run in tracking.runs_of(store, sweep) if "digest" in run.tags]
    with tracking.at_hand(store) as connection:
        for run in runs:
            yield run, as_done(store, run, connection)


def begin_alone(store: Store, experiment: str, sweep: str, tags: Mapping[str, Any]) -> None:
    """Give way to another process that has just begun the same sweep, with the same predictions. Raises InputError then."""

    def others() -> list[tuple[int, str]]:
        same = tracking.latest_sweeps(
            store, experiment, f"tags.digest = '{tags['digest']}' AND attributes.status = 'RUNNING'"
        )
        return [
            (run.started, run.run_id)
            for run in same
            if run.run_id != sweep and predictions_in(run.tags) == predictions_in(tags)
        ]

    tracking.begin_alone(store, sweep, others)


def finished_before(
    store: Store, experiment: str, digests: list[str], predictions: Mapping[str, str], grows: bool = True
) -> set[str]:
    """The digests of the runs that `reopen` would find finished, if they are intact; nothing is changed."""
    if not tracking.is_there(store):
        return set()
    found, _ = _begun_before(store, experiment, digests, predictions, grows=grows)
    runs = tracking.runs_of(store, found.run_id) if found is not None else []
    return {run.tags.get("digest", "") for run in runs if run.status == "FINISHED"}


def _begun_before(
    store: Store, experiment: str, digests: list[str], predictions: Mapping[str, str], *, grows: bool, of_map: str = ""
) -> tuple[Run | None, list[Run]]:
    """The sweep to go on with, and those before it that were begun with other predictions."""
    same = tracking.latest_sweeps(store, experiment, f"tags.digest = '{sweep_digest(digests)}'")
    others: list[Run] = []
    maps = tracking.latest_sweeps(store, experiment, f"tags.map = '{of_map}'", most=1) if of_map else []
    for sweep in chain(same, maps, _smaller(store, experiment, {*digests}) if grows and not of_map else ()):
        if predictions_in(sweep.tags) == predictions:
            return sweep, others
        others.append(sweep)
    return None, others


def _smaller(store: Store, experiment: str, digests: set[str]) -> Iterator[Run]:
    """The latest sweeps that have nothing but some of these runs: their grid has been extended since."""
    for sweep in tracking.latest_sweeps(store, experiment, most=LATEST):
        if int(sweep.tags.get("arms", len(digests))) < len(digests):
            runs = {run.tags.get("digest", "") for run in tracking.runs_of(store, sweep.run_id)}
            if runs and runs <= digests:
                yield sweep


def predictions_in(tags: Mapping[str, Any]) -> dict[str, str]:
    """What of a sweep's tags says what it was begun to test."""
    return {tag: str(text) for tag, text in tags.items() if tag.startswith("prediction.")}


def as_done(store: Store, run: Run, connection: "sqlite3.Connection | None" = None) -> Done | None:
    """A run that is FINISHED and intact. One that is not intact any more is named, and marked in the store as FAILED."""
    if run.status != "FINISHED":
        return None
    try:
        wrong = tracking.damage(store, run, connection)
        outcome = tracking.history_of(store, run, snapshots=False) if not wrong else None
    except tracking.StoreError as problem:
        if not tracking.answers(store):
            raise
        wrong, outcome = [str(problem)], None
    if outcome is None:
        console.print(
            f"run {run.run_id} ({run.name}) is damaged and done again: {wrong[0]}", markup=False, soft_wrap=True
        )
        tracking.condemn(store, run.run_id, wrong[0])
        return None
    return Done(run.run_id, outcome, run.tags.get("manifest", ""), tracking.made_with(run.tags))


def finished_since(store: Store, sweep: str | None) -> dict[str, Done]:
    """The sweep's finished runs by digest, where only the records know of them: in the store, and those that wait for it."""
    if sweep is None:
        return {}
    found = dict(_waiting(store, sweep))
    if store.offline or tracking.pause_reason(store) or sweep.startswith(tracking.WAITING):
        return found
    with suppress(tracking.StoreError):  # it has just gone away; what it knows is there when it is back, and resumed
        found |= {run.tags["digest"]: done for run, done in examined(store, sweep) if done is not None}
    return found


def _waiting(store: Store, sweep: str) -> Iterator[tuple[str, Done]]:
    for entry in tracking.waiting(store):
        try:
            record = entry.checked()
        except tracking.DamagedError:
            continue  # delivery says so
        history = entry.artifacts / "history.npz"
        if record.parent == sweep and record.status == "FINISHED" and history.exists():
            outcome = load_history(history, snapshots=False)
            made_with = tracking.made_with(record.tags)
            yield record.tags["digest"], Done(tracking.WAITING + record.id, outcome, entry.manifest, made_with)
