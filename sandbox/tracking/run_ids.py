"""Which run a record has become: the store knows runs by ids of its own, records know each other by theirs."""

import time
from functools import lru_cache
from typing import TYPE_CHECKING

from sandbox.system.errors import RefusedError, StoreError
from sandbox.tracking import spool
from sandbox.tracking.spool import WAITING
from sandbox.tracking.store import Store, client, faults

if TYPE_CHECKING:
    from mlflow import MlflowClient

RECORD = "record.id"  # the tag by which a run is known to be a record that was delivered before
LOST = 24 * 3600 * 10**9  # nanoseconds after which a sweep that waits on no disk of this machine will not come


class EarlyError(StoreError):
    """A record of a sweep that has not reached the store yet: others need not wait for it."""


def found_as(store: Store, identifier: str) -> str:
    """The run that a delivered record has become. Raises StoreError if there is none, RefusedError if there will be none."""
    waits = any(entry.id == identifier for entry in spool.entries(store))
    with faults(store):
        found = search(client(store), identifier)
    if found is not None:
        return found
    if any(entry.id == identifier for entry in spool.aside(store)):
        raise RefusedError(f"record {identifier}, which it belongs to, was set aside")
    if not waits and time.time_ns() - spool.noted_at(identifier) > LOST:
        raise RefusedError(f"record {identifier}, which it belongs to, is neither in {store.shown} nor waits for it")
    raise EarlyError(f"record {identifier}, which it belongs to, has not reached {store.shown} yet")


def whereabouts(store: Store, run: str) -> str:
    """A run's id in the store, for an id or WAITING and a record's. Raises StoreError."""
    return _known(store, run.removeprefix(WAITING)) if run.startswith(WAITING) else run


@lru_cache(maxsize=1024)
def _known(store: Store, identifier: str) -> str:
    return found_as(store, identifier)


@lru_cache(maxsize=64)
def parent(store: Store, run_id: str) -> str:
    """The id of a sweep that is there. Raises RefusedError if there is none of that id, or no longer."""
    if client(store).get_run(run_id).info.lifecycle_stage != "active":
        raise RefusedError(
            f"the sweep {run_id}, which it belongs to, was deleted in the dashboard; "
            f"restore it there and `python -m sandbox.sync --retry` the record"
        )
    return run_id


def search(api: "MlflowClient", identifier: str) -> str | None:
    everywhere = [found.experiment_id for found in api.search_experiments()]
    runs = api.search_runs(everywhere, f"tags.`{RECORD}` = '{identifier}'", order_by=["attributes.start_time ASC"])
    for spare in runs[1:]:  # a request that was answered too late, and made again
        api.set_terminated(spare.info.run_id, "KILLED")
        api.delete_run(spare.info.run_id)
    return str(runs[0].info.run_id) if runs else None
