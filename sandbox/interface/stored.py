"""What was recorded, read back: a run, a sweep, or all of a store."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from sandbox import tracking
from sandbox.claims.verdict import Verdict
from sandbox.config.compose import from_yaml
from sandbox.config.own import allow
from sandbox.interface.runs import Run
from sandbox.interface.settings import configured, where
from sandbox.interface.sweeps import Sweep
from sandbox.system.errors import InputError
from sandbox.tracking import Store
from sandbox.trial.outcome import Result, load_history
from sandbox.trial.registry import experiment_of
from sandbox.trial.table import technical

LATEST = 200  # that a table shows


def load(
    what: str | Path, *, record: bool | str | Path = True, own: Sequence[str | Path] = ()
) -> "Run | Sweep | Records":
    """A recorded run or sweep by its id, or by as much of its beginning as no other has; or what a folder holds.

    A folder is a store (`mlruns`), or the artifacts of a run (`config.yaml` beside `history.npz`). record: the store that the
    id is looked for in. own: files of your own parts, by which runs were made; no other file is imported. Raises InputError.
    """
    allow(map(str, own))
    folder = Path(what).expanduser()
    if (folder / "history.npz").is_file():
        return Run(
            _result("", (folder / "config.yaml").read_text(encoding="utf-8"), load_history(folder / "history.npz"))
        )
    if (folder / "mlflow.db").is_file():
        return Records(_store(folder))
    if folder.is_dir() or "/" in str(what) or len(folder.parts) > 1:
        raise InputError(f"load: expected a folder with mlflow.db, or with history.npz, got {str(what)!r}")
    return Records(_store(record))[str(what)]


def _store(record: bool | str | Path) -> Store:
    store = tracking.resolve(configured(where(record)).tracking, needed=True)
    if not tracking.is_there(store):
        raise InputError(f"load: expected a store with runs, got none at {store.shown}; record some")
    return store


@dataclass(frozen=True)
class Records:
    """A store of runs and sweeps, of which a table shows the latest.

    records[ID], or records[0] for the table's first row and so on; a loop goes over the table's rows that have finished runs.
    """

    store: Store

    @property
    def table(self) -> pd.DataFrame:
        """What the latest commands recorded, latest first: a row per sweep or single run."""
        rows = [
            {
                "id": run.run_id,
                "kind": run.tags.get("kind", ""),
                "name": run.name,
                "status": run.status,
                "started": pd.Timestamp(run.started, unit="ms"),
                **{
                    key: value
                    for key, value in run.metrics.items()
                    if key in ("train/loss", "test/loss", "arms", "holds", "fails")
                },
            }
            for run in self._latest()
        ]
        return (
            pd.DataFrame(rows, columns=[*dict.fromkeys(key for row in rows for key in row)]).set_index("id")
            if rows
            else pd.DataFrame()
        )

    def _latest(self) -> list[tracking.Run]:
        return tracking.launched_in(self.store, LATEST)

    def __len__(self) -> int:
        return len(self._latest())

    def __iter__(self) -> Iterator["Run | Sweep"]:
        for run in self._latest():
            runs = tracking.runs_of(self.store, run.run_id) if _is_sweep(run) else [run]
            if any(each.status == "FINISHED" for each in runs):
                yield self._read(run)

    def __getitem__(self, which: str | int) -> "Run | Sweep":
        """By its id, or as much of its beginning as no other has, or by its row in the table. Raises InputError."""
        return self._read(tracking.fetch_run(self.store, which) if isinstance(which, str) else self._row(which))

    def _row(self, number: object) -> tracking.Run:
        latest = self._latest()
        if not isinstance(number, int) or not -len(latest) <= number < len(latest):
            raise InputError(f"load: expected an id, or a row of the table from 0 to {len(latest) - 1}, got {number!r}")
        return latest[number]

    def _read(self, run: tracking.Run) -> "Run | Sweep":
        if _is_sweep(run):
            return _sweep(self.store, run)
        return Run(_recorded(self.store, run), (self.store, run))

    def _repr_html_(self) -> str:
        return f"<b>{self.store.shown}</b>{self.table.to_html()}"


def _is_sweep(run: tracking.Run) -> bool:
    return run.tags.get("kind") == "sweep"


def _recorded(store: Store, run: tracking.Run) -> Result:
    _refuse_damaged(store, run)
    config, outcome = tracking.config_of(store, run), tracking.history_of(store, run)
    made = _result(run.run_id, config, outcome, tracking.made_with(run.tags))
    return replace(made, data=run.dataset if made.config.dataset.path else "")


def _refuse_damaged(store: Store, run: tracking.Run) -> None:
    if wrong := tracking.damage(store, run):
        raise InputError(f"load: expected a record that is as it was written, got {run.run_id}: {wrong[0]}")


def _result(run_id: str, config: str, outcome: Any, made_with: Any = None) -> Result:
    return Result(from_yaml(config), run_id, outcome, 0.0, made_with=made_with or {})


def _sweep(store: Store, parent: tracking.Run) -> Sweep:
    """Its finished runs, an arm each; runs that add replicates to an arm belong to it."""
    _refuse_damaged(store, parent)
    finished = [run for run in tracking.runs_of(store, parent.run_id) if run.status == "FINISHED"]
    if not finished:
        raise InputError(f"load: expected a sweep with finished runs, got {parent.run_id}, which has none")
    results = _in_arms([_recorded(store, run) for run in finished], [run.params for run in finished])
    claims = experiment_of(results[0].config).claims
    records = {run.run_id: (store, run) for run in finished}
    budget = parent.tags.get("budget", "")
    return Sweep(tuple(results), _verdicts(store, parent), claims, parent.run_id, budget=budget, records=records)


def _in_arms(results: Sequence[Result], params: Sequence[Mapping[str, str]]) -> list[Result]:
    """The runs with the numbers of their arms, the first arm first: one that begins where another ended adds replicates to it."""
    found: list[Result] = []
    ends: dict[tuple[str, int], int] = {}  # by settings and first replicate to come, the arm
    for result, told in zip(results, params, strict=True):
        config = result.config
        settings = json.dumps({**told, **technical(config), "replicates": "", "first_replicate": ""}, sort_keys=True)
        arm = ends.pop((settings, config.first_replicate), None)
        arm = len({each.arm for each in found}) if arm is None else arm
        ends[settings, config.first_replicate + config.replicates] = arm
        found.append(replace(result, arm=arm))
    return found


def _verdicts(store: Store, parent: tracking.Run) -> tuple[Verdict, ...]:
    try:
        told = json.loads(tracking.fetch_text(store, parent.run_id, "verdicts.json"))
    except tracking.StoreError:  # it was not judged
        return ()
    return tuple(Verdict.from_dict(each) for each in told)
