"""Reading back what was recorded, and the words that lead to it."""

import shlex
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sandbox.config.schema import TrackingConfig
from sandbox.system.errors import InputError, StoreError
from sandbox.tracking import artifacts, tables, views
from sandbox.tracking.store import NOWHERE, Store, client, faults, resolve
from sandbox.trial.outcome import Outcome, load_history

T = TypeVar("T")


@dataclass(frozen=True)
class Run:
    """A recorded run, without its history."""

    run_id: str
    name: str
    status: str  # RUNNING, FINISHED, FAILED or KILLED
    params: dict[str, str]
    tags: dict[str, str]
    started: int = 0  # milliseconds since 1970
    metrics: dict[str, float] = field(default_factory=dict)  # the last value of each
    address: str = ""  # of its artifacts
    dataset: str = ""  # its digest


def runs_of(store: Store, sweep: str) -> list[Run]:
    """The runs of a sweep, first started first."""
    if store.database is not None:
        with suppress(sqlite3.Error):
            return [Run(**fields) for fields in tables.runs_of(store.database, sweep)]
    with faults(store):
        api = client(store)
        experiment = api.get_run(sweep).info.experiment_id
        search = partial(
            api.search_runs,
            [experiment],
            filter_string=f"tags.`mlflow.parentRunId` = '{sweep}'",
            order_by=["attributes.start_time ASC"],
        )
        page = search()
        found = list(page)
        while page.token:
            page = search(page_token=page.token)
            found += page
    return [_as_run(run) for run in found]


def states_of(store: Store, sweep: str) -> "Counter[str]":
    """How many of a sweep's runs are FINISHED, FAILED and so on."""
    if store.database is not None:
        with suppress(sqlite3.Error):
            return tables.states_of(store.database, sweep)
    return Counter(run.status for run in runs_of(store, sweep))


def _as_run(run: Any) -> Run:
    info, data = run.info, run.data
    used = run.inputs.dataset_inputs if run.inputs else []
    return Run(
        info.run_id,
        info.run_name,
        info.status,
        data.params,
        data.tags,
        info.start_time,
        data.metrics,
        info.artifact_uri,
        used[0].dataset.digest if used else "",
    )


def fetch_run(store: Store, run_id: str) -> Run:
    """A run or sweep by its id, or by as much of its beginning as no other has.

    Raises InputError if there is none of it, if it was deleted, or if several begin so.
    """
    found = _beginning_with(store, run_id)
    if len(found) > 1:
        ids = [run.run_id for run in found]
        apart = next(n for n in range(max(map(len, ids)) + 1) if len({each[:n] for each in ids}) == len(ids))
        several = ", ".join(each[: apart + 4] for each in ids)
        raise InputError(
            f"id: expected the beginning of one, got {run_id!r}, with which several begin: {several} ...; add to it"
        )
    if not found:
        raise InputError(
            f"id: expected that of a recorded run or sweep, got {run_id!r}; `python -m sandbox.status` lists them"
        )
    return found[0]


def _beginning_with(store: Store, start: str, most: int = 3) -> list[Run]:
    if not start.isalnum():
        return []
    with faults(store):
        api = client(store)
        everywhere = [found.experiment_id for found in api.search_experiments()]
        return [_as_run(run) for run in api.search_runs(everywhere, f"attributes.run_id LIKE '{start}%'", 1, most)]


def sweeps_of(store: Store, latest: int = 20) -> list[Run]:
    """The latest sweeps of all experiments, latest first."""
    return _latest(store, latest, "tags.kind = 'sweep'")


def launched_in(store: Store, latest: int = 20) -> list[Run]:
    """What the latest commands have recorded, sweeps and single runs, latest first."""
    return _latest(store, latest, "tags.`mlflow.parentRunId` IS NULL AND tags.kind != 'ledger'")


def _latest(store: Store, latest: int, which: str) -> list[Run]:
    with faults(store):
        api = client(store)
        everywhere = [found.experiment_id for found in api.search_experiments()]
        order = ["attributes.start_time DESC"]
        return [_as_run(run) for run in api.search_runs(everywhere, which, 1, latest, order)]


def fetch_history(store: Store, run_id: str) -> Outcome:
    """What a run measured, every replicate of it. Raises StoreError if it recorded none."""
    return history_of(store, fetch_run(store, run_id))


def history_of(store: Store, run: Run, *, snapshots: bool = True) -> Outcome:
    """As `fetch_history`, of a run that was found already. snapshots: also the weights that were kept of it."""
    return _fetched(store, run, "history.npz", partial(load_history, snapshots=snapshots))


def fetch_config(store: Store, run_id: str) -> str:
    """The whole configuration of a run, as the YAML it was recorded with."""
    return config_of(store, fetch_run(store, run_id))


def config_of(store: Store, run: Run) -> str:
    """As `fetch_config`, of a run that was found already: to find one asks every experiment."""
    return _fetched(store, run, "config.yaml", _text)


def fetch_text(store: Store, run_id: str, name: str) -> str:
    """An artifact that is text. Raises StoreError if there is none of that name."""
    return _fetch(store, run_id, name, _text)


def _fetch(store: Store, run_id: str, name: str, read: Callable[[Path], T]) -> T:
    return _fetched(store, fetch_run(store, run_id), name, read)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _fetched(store: Store, run: Run, name: str, read: Callable[[Path], T]) -> T:
    with artifacts.fetched(store, run.run_id, run.address, name) as path:
        try:
            return read(path)
        except (InputError, OSError, ValueError) as problem:
            text = " ".join(str(problem).replace(str(path), name).split())[:200]
            raise StoreError(f"run {run.run_id}: its {name} is damaged: {text}") from None


def dashboard_hint(
    store: Store, record: str | None = None, kind: str = "sweep", metric: str = "", view: str = ""
) -> str:
    """How to look at what was recorded: a command, and an address: of a run, or a sweep's runs as charts, by a prepared view or sorted by a metric."""
    if store == NOWHERE:
        return ""
    if store.kind == "server":
        return _link(store, store.shown, record, kind, metric, view)
    command = " ".join(["python -m sandbox.ui", *_where(store)])
    return f"{command}\n{_link(store, 'http://127.0.0.1:5000', record, kind, metric, view)}"


def _where(store: Store) -> list[str]:
    """What to type beside a command for it to mean this store; nothing where it would mean it anyway."""
    if store.uri == resolve(TrackingConfig()).uri:
        return []
    if store.shown != store.uri:
        return ['tracking.uri="$MLFLOW_TRACKING_URI"']
    usual = store.directory is not None and store.database == store.directory / "mlflow.db"
    return [shlex.quote(f"tracking.directory={store.directory}" if usual else f"tracking.uri={store.uri}")]


def _link(store: Store, address: str, record: str | None, kind: str, metric: str, view: str) -> str:
    if record is None:
        return address
    with faults(store):
        experiment = client(store).get_run(record).info.experiment_id
    if kind == "run":
        return f"{address}/#/experiments/{experiment}/runs/{record}?workflowType=machine_learning"
    return views.address(address, experiment, record, view=view, metric=metric or "test/loss")


def latest_view(store: Store, server: str) -> str:
    """The address of the latest sweep's own view, or of its runs where it has none; "" where there is no sweep."""
    with faults(store):
        for sweep in sweeps_of(store, 1):
            api = client(store)
            experiment = api.get_run(sweep.run_id).info.experiment_id
            known = api.get_experiment(experiment).tags
            view = views.of_its_own(sweep.run_id)
            return views.address(server, experiment, sweep.run_id, view=view if views.VIEW + view in known else "")
    return ""


def latest_sweep(store: Store, experiment: str, where: str = "") -> Run | None:
    """The latest sweep of an experiment, finished or not, that a condition in MLflow's words holds for."""
    return next(iter(latest_sweeps(store, experiment, where, most=1)), None)


def latest_sweeps(store: Store, experiment: str, where: str = "", most: int = 100) -> list[Run]:
    """As `latest_sweep`, and those before it, latest first."""
    with faults(store):
        api = client(store)
        found = api.get_experiment_by_name(experiment)
        if found is None:
            return []
        condition = "tags.kind = 'sweep'" + (f" AND {where}" if where else "")
        order = ["attributes.start_time DESC"]
        return [_as_run(run) for run in api.search_runs([found.experiment_id], condition, 1, most, order)]
