"""The store's experiments, as MLflow calls what all runs of one kind lie in: found by their names, and made where there are none."""

import time
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

from sandbox.system.errors import InputError, RefusedError
from sandbox.tracking import artifacts
from sandbox.tracking.moved import folder_of, home
from sandbox.tracking.store import Store, client, faults

if TYPE_CHECKING:
    from mlflow import MlflowClient


def experiment_id(store: Store, name: str) -> str:
    """The id of an experiment, created if there is none. Raises InputError if somebody deleted it."""
    return experiment(store, name)[0]


@lru_cache(maxsize=64)
def experiment(store: Store, name: str) -> tuple[str, str]:
    """An experiment's id, and the address below which its runs have their artifacts."""
    from mlflow.exceptions import MlflowException

    with faults(store):
        api = client(store)
        found = api.get_experiment_by_name(name)
        fresh = found is None
        if found is None:
            location = (home(store.directory) / folder_of(name)).as_uri() if store.directory else None
            try:
                found = api.get_experiment(api.create_experiment(name, artifact_location=location))
            except MlflowException:
                found, fresh = api.get_experiment_by_name(name), False
                if found is None:  # the error stands, unless another process was faster
                    raise
    if found.lifecycle_stage != "active":
        raise InputError(
            f"experiment: expected one that is not in the dashboard's bin, got {name!r}; "
            f"restore it with `mlflow experiments restore -x {found.experiment_id}`"
        )
    if store.kind == "server":
        try:
            artifacts.local(store, found.artifact_location)  # a bad address is refused before any work is done
        except RefusedError:
            if fresh:
                _take_back(api, found.experiment_id, name)
            raise
    return str(found.experiment_id), str(found.artifact_location)


def _take_back(api: "MlflowClient", experiment: str, name: str) -> None:
    """Put an experiment that was made in vain into the bin, by another name, so that its own is free again."""
    with suppress(Exception):  # the refusal is what the user should hear of
        if not api.search_runs([experiment], max_results=1):
            api.rename_experiment(experiment, f"{name}, made in vain {time.time_ns()}")
            api.delete_experiment(experiment)
