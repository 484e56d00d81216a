"""What a record consists of, each part by its SHA-256, and whether what the store has is still that.

`manifest.json` among a run's artifacts names its artifacts, metric rows, params, tags, data and state; the run's tag
`manifest` holds that file's own SHA-256. A sweep's manifest names the manifests of its runs, too. So a byte, a file or a
row that changed, went or changed places is noticed, and named. It does not protect against somebody who rewrites the
artifacts, the manifest and the tag together; nor does it cover what users may edit: names, notes, tags of their own.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.system import disk

FILE = "manifest.json"
TAG = "manifest"

# Tags that go on changing after the record, or are the store's own.
NOT_COVERED = (TAG, "record.id", "replaces", "process", "heartbeat", "released", "damaged")

Rows = Mapping[str, Iterable[tuple[int, float]]]  # metric -> (step, value)


@dataclass(frozen=True)
class Manifest:
    """The parts of one record."""

    record: str
    status: str = "FINISHED"
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, str] = field(default_factory=dict)  # name -> digest of its rows
    dataset: str = ""  # its digest
    artifacts: dict[str, str] = field(default_factory=dict)  # path -> SHA-256
    runs: dict[str, str] = field(default_factory=dict)  # of a sweep: digest of a run -> SHA-256 of its manifest

    def content(self) -> bytes:
        return json.dumps({name: getattr(self, name) for name in self.__dataclass_fields__}, indent=1).encode()


def of_content(content: bytes) -> Manifest:
    """Raises ValueError on what is no manifest."""
    try:
        return Manifest(**json.loads(content))
    except TypeError as problem:
        raise ValueError(str(problem)) from None


def named(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def artifacts_in(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file in a record's folder, by its path there."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): disk.sha256(path) for path in files if path != folder / FILE}


def digests(rows: Rows) -> dict[str, str]:
    """A name for the rows of each metric, in whatever order they come."""
    return {name: _digest(points) for name, points in rows.items()}


def _digest(points: Iterable[tuple[int, float]]) -> str:
    lines = sorted(f"{step} {float(value).hex()}" for step, value in {*points})
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]


def by_name(rows: Iterable[tuple[str, int, float]]) -> dict[str, list[tuple[int, float]]]:
    found: dict[str, list[tuple[int, float]]] = {}
    for name, step, value in rows:
        found.setdefault(name, []).append((step, value))
    return found


def covered(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags that are part of a record."""
    return {key: text for key, text in tags.items() if key not in NOT_COVERED and not _is_theirs(key)}


def _is_theirs(key: str) -> bool:
    return key.startswith("mlflow.")  # the dashboard's: name, note, user, and what it shows


@dataclass(frozen=True)
class Live:
    """What a store has of a run now."""

    status: str
    params: Mapping[str, str]
    tags: Mapping[str, str]
    latest: Mapping[str, float]  # of each metric, as the store's own table of latest values has it
    rows: Rows
    dataset: str


def differences(expected: Manifest, live: Live, is_sweep: bool) -> Iterator[str]:
    """What of a run in a store is not as it was recorded, artifacts aside; a line each, artifacts and rows by name."""
    if live.status != expected.status and (live.status == "FINISHED" or not is_sweep):
        yield f"it is {live.status}, and was recorded as {expected.status}"
    yield from _changed("param", expected.params, live.params)
    yield from _changed("tag", expected.tags, live.tags)
    rows = (
        {name: [(0, value)] for name, value in live.latest.items()} if is_sweep else live.rows
    )  # told again, it has more
    there = digests({name: points for name, points in rows.items() if name in expected.metrics})
    for name, digest in expected.metrics.items():
        if name not in there:
            yield f"metric {name} has no rows any more"
        elif there[name] != digest:
            yield f"metric {name} has other rows than were recorded"
        elif name in live.latest and live.latest[name] != _last(rows[name]):
            yield f"metric {name} has another latest value than its last row"
    if live.dataset != expected.dataset:
        yield f"its data set is {live.dataset or 'none'}, recorded as {expected.dataset or 'none'}"


def _last(points: Iterable[tuple[int, float]]) -> float:
    return max(points)[1]


def _changed(what: str, expected: Mapping[str, str], live: Mapping[str, Any]) -> Iterator[str]:
    for key, text in expected.items():
        if key not in live:
            yield f"{what} {key} is gone"
        elif live[key] != text:
            yield f"{what} {key} is {live[key][:60]!r}, recorded as {text[:60]!r}"
