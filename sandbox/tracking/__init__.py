"""MLflow, which is imported here and nowhere else, and only when something is recorded or read."""

from sandbox.tracking.delivery import (
    Delivered,
    close_begun,
    deliver_all,
    deliver_for,
    experiment_id,
    pause_reason,
    recover,
    settle,
    whereabouts,
)
from sandbox.tracking.images import Image
from sandbox.tracking.metrics import summary
from sandbox.tracking.provenance import cpu, versions
from sandbox.tracking.query import (
    Run,
    dashboard_hint,
    fetch_config,
    fetch_history,
    fetch_run,
    fetch_text,
    latest_sweep,
    latest_sweeps,
    launched_in,
    runs_of,
    sweeps_of,
)
from sandbox.tracking.spool import WAITING, Record, leftovers, lock, withdraw
from sandbox.tracking.spool import entries as waiting
from sandbox.tracking.store import NOWHERE, Store, StoreError, answers, prepare, resolve
from sandbox.tracking.write import (
    Content,
    begin_run,
    described,
    end_run,
    finish_sweep,
    rename_sweep,
    reopen_sweep,
    start_sweep,
)

__all__ = [
    "NOWHERE",
    "WAITING",
    "Content",
    "Delivered",
    "Image",
    "Record",
    "Run",
    "Store",
    "StoreError",
    "answers",
    "begin_run",
    "close_begun",
    "cpu",
    "dashboard_hint",
    "deliver_all",
    "deliver_for",
    "described",
    "end_run",
    "experiment_id",
    "fetch_config",
    "fetch_history",
    "fetch_run",
    "fetch_text",
    "finish_sweep",
    "latest_sweep",
    "latest_sweeps",
    "launched_in",
    "leftovers",
    "lock",
    "pause_reason",
    "prepare",
    "recover",
    "rename_sweep",
    "reopen_sweep",
    "resolve",
    "runs_of",
    "settle",
    "start_sweep",
    "summary",
    "sweeps_of",
    "versions",
    "waiting",
    "whereabouts",
    "withdraw",
]
