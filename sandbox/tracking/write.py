"""Writing runs and sweeps: each run all at once, when it has ended, to the local disk and from there to the store."""

import json
import re
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from sandbox.data.datasets import Data
from sandbox.system.errors import InputError
from sandbox.system.processes import identity
from sandbox.tracking import places, spool
from sandbox.tracking.delivery import settle
from sandbox.tracking.images import THERE_ARE_SOME, Image, write_images
from sandbox.tracking.lease import ALIVE, ENDED, FIRST
from sandbox.tracking.line import line_of
from sandbox.tracking.metrics import summary
from sandbox.tracking.provenance import cpu, git, user, versions
from sandbox.tracking.spool import WAITING, Record
from sandbox.tracking.store import PROJECT, Store, client, faults
from sandbox.trial.outcome import Outcome, save_history

PARAM_LENGTH, TAG_LENGTH, NAME_LENGTH = 6000, 8000, 250  # MLflow's limits; beyond them it cuts without a word


@dataclass(frozen=True)
class Ended:
    """A run on record: its id, which begins with WAITING while the store has not taken it, and its manifest's SHA-256."""

    run_id: str = ""
    manifest: str = ""


class Figure(Protocol):
    """What can draw itself into a file, as Matplotlib's figures can."""

    def savefig(self, fname: Path, /) -> object: ...


Content = bytes | str | Path | Figure  # of an artifact: what to write, the file to copy, or the figure to draw


def described(
    experiment: str,
    name: str,
    kind: str,
    *,
    config: Mapping[str, Any] | None = None,
    tags: Mapping[str, Any] | None = None,
    parent: str | None = None,
) -> Record:
    """A record of what is about to happen: what it is, who does it, with what, and since when."""
    origin = {"mlflow.user": user(), "mlflow.source.name": "sandbox", "mlflow.source.type": "LOCAL"}
    made_with = {**_made_with(), "process": identity()}
    return Record(
        experiment=experiment,
        name=_cut(name, NAME_LENGTH),
        parent=parent,
        params=_texts(config or {}, PARAM_LENGTH),
        tags=_texts({"kind": kind, **made_with, **origin, **(tags or {})}, TAG_LENGTH),
        started=int(1000 * time.time()),
    )


def _made_with() -> dict[str, str]:
    return {"versions": versions(), "cpu": cpu(), **git(PROJECT)}


def begin_run(store: Store, record: Record, config_yaml: str) -> None:
    """Leave word, on the local disk, of a run that starts now: should its process die, the run is recorded as KILLED."""
    spool.begin(store, record, {"config.yaml": config_yaml})


def end_run(
    store: Store,
    record: Record,
    status: str | None = None,
    *,
    config_yaml: str,
    outcome: Outcome | None = None,
    data: Data | None = None,
    figures: Mapping[str, Content] | None = None,
    images: Iterable[Image] = (),
    error: str | None = None,
) -> Ended:
    """Record how a run ended: FINISHED, or FAILED with the traceback `error` as an artifact, or KILLED.

    `config_yaml` holds all of the configuration; `figures` are artifacts by path. Metrics are the medians of `summary`, and
    `history.npz` keeps every replicate. The record is on the local disk first; while the store does not take it, the id is
    one that waits. Raises StoreError only if no disk takes it either.
    """
    frames = list(images)
    record = replace(
        record,
        status=status or ("FAILED" if error else "FINISHED"),
        metrics=[(_key(name), step, value) for name, step, value in summary(outcome)] if outcome else [],
        tags=record.tags | ({THERE_ARE_SOME: "True"} if frames else {}),
        dataset=_dataset(data) if data is not None else None,
        ended=int(1000 * time.time()),
    )

    def write(folder: Path) -> None:
        _write(folder, {"config.yaml": config_yaml, **(figures or {}), **({"error.txt": error} if error else {})})
        if outcome is not None:
            save_history(folder / "history.npz", outcome)
        write_images(folder / "images", frames, record.id, record.ended)

    return _keep_and_settle(store, record, write)


def start_sweep(
    store: Store,
    experiment: str,
    name: str,
    *,
    params: Mapping[str, Any] | None = None,
    tags: Mapping[str, Any] | None = None,
    note: str = "",
) -> str:
    """Open the parent run of a sweep and return its id; it stays RUNNING until `finish_sweep`. "" where nothing is recorded."""
    given = {"mlflow.note.content": note or None, **(tags or {})}
    held = {**(params or {}), FIRST: identity()}  # shown in this order
    record = described(experiment, name, "sweep", config=held, tags=given | {ALIVE: f"1 {int(1000 * time.time())}"})
    return _keep_and_settle(store, replace(record, status="RUNNING"), lambda folder: None).run_id


def rename_sweep(store: Store, sweep: str, name: str, tags: Mapping[str, Any]) -> None:
    """Let a sweep that goes on be another one: its grid was extended."""
    with faults(store):
        client(store).update_run(sweep, name=_cut(name, NAME_LENGTH))
    record = Record(target=sweep, status="RUNNING", tags=_texts(tags, TAG_LENGTH))
    _keep_and_settle(store, record, lambda folder: None)


def finish_sweep(
    store: Store,
    sweep: str,
    status: str = "FINISHED",
    *,
    tags: Mapping[str, Any] | None = None,
    metrics: Mapping[str, float] | None = None,
    artifacts: Mapping[str, Content] | None = None,
    note: str = "",
    ended: int = 0,
    runs: Mapping[str, str] | None = None,
) -> None:
    """Close a sweep as FINISHED, FAILED or KILLED with what was learnt from it; may be called again with more.

    runs: of each of its runs, by digest, the SHA-256 of its manifest. Versions and commit become those of whoever closes
    it. What stood in the sweep's tags when it was begun is covered by its manifest if it is in `tags` again.
    ended: milliseconds since 1970, now by default.
    """
    released = {ENDED: "1"} if sweep.startswith(WAITING) else {}  # its lease can only tell a store that knows it
    record = Record(
        target=sweep,
        status=status,
        runs=dict(runs or {}),
        tags=_texts({"mlflow.note.content": note or None, **_made_with(), **(tags or {}), **released}, TAG_LENGTH),
        metrics=[(_key(key), 0, float(value)) for key, value in (metrics or {}).items() if np.isfinite(value)],
        ended=ended or int(1000 * time.time()),
    )
    _keep_and_settle(store, record, lambda folder: _write(folder, artifacts or {}))


def _keep_and_settle(store: Store, record: Record, write: Callable[[Path], None]) -> Ended:
    if not places.to_write(store):
        return Ended()
    entry = spool.keep(store, record, write)
    named = entry.manifest
    line = line_of() if record.target is None and record.status != "RUNNING" else None
    return Ended(line.take(store, entry) if line else settle(store, entry), named)


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


def _dataset(data: Data) -> dict[str, str]:
    shapes = {f"{name}_shape": list(array.shape) for name, array in data.arrays.items()}
    profile = {"kind": data.kind, **shapes, "features": data.features[:100], "classes": data.classes[:100]}
    return {
        "name": _cut(data.name, NAME_LENGTH),
        "digest": data.digest,
        "source_type": "local",
        "source": json.dumps({"uri": data.source or data.name}),
        "profile": json.dumps(profile),
    }
