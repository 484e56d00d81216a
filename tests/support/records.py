"""A run recorded in one go, as no command does it: for tests of what becomes of a record."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox import tracking
from sandbox.tracking import Store


def record_run(
    store: Store,
    experiment: str,
    name: str,
    *,
    config: Mapping[str, Any],
    config_yaml: str,
    tags: Mapping[str, Any] | None = None,
    parent: str | None = None,
    started: float | None = None,
    **ended: Any,
) -> str:
    """The run's id."""
    known = {"seed": config.get("seed"), **(tags or {})}
    record = tracking.described(experiment, name, "run", config=config, tags=known, parent=parent)
    if started is not None:
        record = replace(record, started=int(1000 * started))
    return tracking.end_run(store, record, config_yaml=config_yaml, **ended).run_id
