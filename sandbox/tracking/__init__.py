"""MLflow, which is imported here and nowhere else, and only when something is recorded or read."""

from sandbox.tracking.medians import summary
from sandbox.tracking.provenance import digest
from sandbox.tracking.reading import Run, dashboard_hint, fetch_config, fetch_history, fetch_text, latest_sweep, runs_of
from sandbox.tracking.recording import Content, Image, finish_sweep, record_run, reopen_sweep, start_sweep
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
    "fetch_text",
    "finish_sweep",
    "latest_sweep",
    "prepare",
    "record_run",
    "reopen_sweep",
    "resolve",
    "runs_of",
    "start_sweep",
    "summary",
]
