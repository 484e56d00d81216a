"""Writing runs and sweeps: each run all at once, when it has ended, in a handful of calls to the store."""

import json
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sandbox.datasets import Data
from sandbox.errors import InputError
from sandbox.history import Outcome, save_history
from sandbox.tracking.medians import summary
from sandbox.tracking.provenance import digest, git, user, versions
from sandbox.tracking.reading import runs_of
from sandbox.tracking.store import PROJECT, Store, client, faults

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput

PARAM_LENGTH, TAG_LENGTH, NAME_LENGTH = 6000, 8000, 250  # MLflow's limits; beyond them it cuts without a word


class Figure(Protocol):
    """What can draw itself into a file, as Matplotlib's figures can."""

    def savefig(self, fname: Path, /) -> object: ...


Content = bytes | str | Path | Figure  # of an artifact: what to write, the file to copy, or the figure to draw
Image = tuple[str, int, NDArray[np.uint8]]  # a key, a step and pixels (height, width, 3): a frame of MLflow's slider


def record_run(
    store: Store,
    experiment: str,
    name: str,
    *,
    config: Mapping[str, Any],
    config_yaml: str,
    outcome: Outcome | None = None,
    data: Data | None = None,
    figures: Mapping[str, Content] | None = None,
    images: Iterable[Image] = (),
    tags: Mapping[str, Any] | None = None,
    parent: str | None = None,
    started: float | None = None,
    error: str | None = None,
) -> str:
    """Record one run and return its id: FINISHED, or FAILED with the traceback `error` as an artifact.

    `config` holds, flat, what a user would compare, `config_yaml` all of it; `figures` are artifacts by path; `started`
    is a `time.time()`. Metrics are the medians of `summary`, and `history.npz` keeps every replicate. Raises StoreError;
    the run is then closed as FAILED, unless the store is gone altogether.
    """
    described = {"seed": config.get("seed"), "mlflow.parentRunId": parent, **(tags or {})}
    with TemporaryDirectory(prefix="sandbox-") as name_of_folder:
        folder = Path(name_of_folder)
        _write(folder, {"config.yaml": config_yaml, **(figures or {}), **({"error.txt": error} if error else {})})
        if outcome is not None:
            save_history(folder / "history.npz", outcome)
        with faults(store), _run(store, experiment, name, "run", described, started) as (api, run_id):
            _log(api, run_id, params=config, metrics=summary(outcome) if outcome else ())
            api.log_artifacts(run_id, str(folder))
            for key, step, pixels in images:
                api.log_image(run_id, pixels, key=key, step=step)
            if data is not None:
                api.log_inputs(run_id, datasets=[_dataset(data)])
            api.set_terminated(run_id, "FAILED" if error else "FINISHED")
    return run_id


def start_sweep(
    store: Store,
    experiment: str,
    name: str,
    *,
    params: Mapping[str, Any] | None = None,
    tags: Mapping[str, Any] | None = None,
    note: str = "",
) -> str:
    """Open the parent run of a sweep and return its id; it stays RUNNING until `finish_sweep`."""
    described = {"mlflow.note.content": note or None, **(tags or {})}
    with faults(store), _run(store, experiment, name, "sweep", described) as (api, run_id):
        _log(api, run_id, params=params or {})
    return run_id


def reopen_sweep(store: Store, sweep: str) -> None:
    """Let a sweep go on that had ended; runs of it that a killed process left RUNNING are closed as KILLED."""
    with faults(store):
        api = client(store)
        api.update_run(sweep, status="RUNNING")
        for run in runs_of(store, sweep):
            if run.status == "RUNNING":
                api.set_terminated(run.run_id, "KILLED")


def finish_sweep(
    store: Store,
    sweep: str,
    status: str = "FINISHED",
    *,
    tags: Mapping[str, Any] | None = None,
    metrics: Mapping[str, float] | None = None,
    artifacts: Mapping[str, Content] | None = None,
    note: str = "",
) -> None:
    """Close a sweep as FINISHED, FAILED or KILLED with what was learnt from it; may be called again with more."""
    finite = [(key, 0, float(value)) for key, value in (metrics or {}).items() if np.isfinite(value)]
    with TemporaryDirectory(prefix="sandbox-") as folder:
        _write(Path(folder), artifacts or {})
        with faults(store):
            api = client(store)
            _log(api, sweep, metrics=finite, tags={"mlflow.note.content": note or None, **(tags or {})})
            if artifacts:
                api.log_artifacts(sweep, folder)
            api.set_terminated(sweep, status)


@lru_cache(maxsize=64)
def experiment_id(store: Store, name: str) -> str:
    """The id of an experiment, created if there is none. Raises InputError if somebody deleted it."""
    from mlflow.exceptions import MlflowException

    api = client(store)
    found = api.get_experiment_by_name(name)
    if found is None:
        folder = re.sub(r"[^A-Za-z0-9_-]+", "_", name)[:60]
        location = (store.directory / "artifacts" / folder).as_uri() if store.directory else None
        try:
            return api.create_experiment(name, artifact_location=location)
        except MlflowException:
            found = api.get_experiment_by_name(name)  # unless another process was faster, the error stands
            if found is None:
                raise
    if found.lifecycle_stage != "active":
        raise InputError(
            f"experiment: expected one that is not in the dashboard's bin, got {name!r}; "
            f"restore it with `mlflow experiments restore -x {found.experiment_id}`"
        )
    return str(found.experiment_id)


@contextmanager
def _run(
    store: Store, experiment: str, name: str, kind: str, tags: Mapping[str, Any], started: float | None = None
) -> Iterator[tuple["MlflowClient", str]]:
    """A new run; closed as FAILED (KILLED on an interrupt) if what is done with it fails."""
    api = client(store)
    origin = {"mlflow.user": user(), "mlflow.source.name": "sandbox", "mlflow.source.type": "LOCAL"}
    described = {"kind": kind, "versions": versions(), **git(PROJECT), **origin, **tags}
    run = api.create_run(
        experiment_id(store, experiment),
        start_time=int(1000 * (started or time.time())),
        tags=_texts(described, TAG_LENGTH),
        run_name=_cut(name, NAME_LENGTH),
    )
    run_id = str(run.info.run_id)
    try:
        yield api, run_id
    except BaseException as problem:
        with suppress(Exception):  # the store may be what failed
            api.set_terminated(run_id, "FAILED" if isinstance(problem, Exception) else "KILLED")
        raise


def _log(
    api: "MlflowClient",
    run_id: str,
    params: Mapping[str, Any] | None = None,
    metrics: Iterable[tuple[str, int, float]] = (),
    tags: Mapping[str, Any] | None = None,
) -> None:
    from mlflow.entities import Metric, Param, RunTag

    now = int(1000 * time.time())
    api.log_batch(  # splits what is more than 1,000 metrics or 100 params
        run_id,
        metrics=[Metric(_key(name), value, now, step) for name, step, value in metrics],
        params=[Param(key, text) for key, text in _texts(params or {}, PARAM_LENGTH).items()],
        tags=[RunTag(key, text) for key, text in _texts(tags or {}, TAG_LENGTH).items()],
    )


def _texts(values: Mapping[str, Any], length: int) -> dict[str, str]:
    return {_key(key): _cut(str(value), length) for key, value in values.items() if value is not None}


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 6] + " [cut]"


def _key(name: str) -> str:
    """A name MLflow takes for a param, metric or tag: its characters, and no path that leads elsewhere."""
    parts = [part for part in re.sub(r"[^\w.\- :/]", "_", name).split("/") if part.strip(".")]
    return "/".join(parts)[:NAME_LENGTH] or "_"


def _write(folder: Path, artifacts: Mapping[str, Content]) -> None:
    for name, content in artifacts.items():
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise InputError(f"artifact: expected a name inside the run's folder, got {name!r}")
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        elif isinstance(content, Path):
            shutil.copyfile(content, path)
        else:
            content.savefig(path)


def _dataset(data: Data) -> "DatasetInput":
    from mlflow.entities import Dataset, DatasetInput, InputTag

    arrays = {"X": data.X, "Y": data.Y, "X_test": data.X_test, "Y_test": data.Y_test}
    shapes = {f"{name}_shape": list(array.shape) for name, array in arrays.items()}
    profile = {"kind": data.kind, **shapes, "features": data.features[:100], "classes": data.classes[:100]}
    dataset = Dataset(
        name=_cut(data.name, NAME_LENGTH),
        digest=digest(arrays),
        source_type="local",
        source=json.dumps({"uri": data.name}),
        profile=json.dumps(profile),
    )
    return DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])
