"""MLflow, which is imported here and nowhere else, and only when something is recorded or read."""

from sandbox.tracking.medians import summary
from sandbox.tracking.provenance import digest
from sandbox.tracking.reading import Run, dashboard_hint, fetch_config, fetch_history, runs_of
from sandbox.tracking.recording import Content, Image, finish_sweep, record_run, start_sweep
from sandbox.tracking.store import Store, StoreError, prepare, resolve

__all__ = [
    "Content",
    "Image",
    "Run",
    "Store",
    "StoreError",
    "dashboard_hint",
    "digest",
    "fetch_config",
    "fetch_history",
    "finish_sweep",
    "prepare",
    "record_run",
    "resolve",
    "runs_of",
    "start_sweep",
    "summary",
]
