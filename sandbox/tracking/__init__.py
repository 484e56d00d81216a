"""MLflow, which is imported here and nowhere else, and only when something is recorded or read."""

from sandbox.system.errors import StoreError
from sandbox.tracking.bundle import THIS_RUN
from sandbox.tracking.dashboards import app_options
from sandbox.tracking.delivery import Delivered, close_begun, deliver_all, deliver_for, read_back, recover, settle
from sandbox.tracking.experiments import experiment_id
from sandbox.tracking.images import Image
from sandbox.tracking.intact import at_hand, condemn, damage, damage_within
from sandbox.tracking.lease import Lease, begin_alone, claim, close
from sandbox.tracking.line import Line, beside
from sandbox.tracking.metrics import dashboard_name, summary
from sandbox.tracking.pause import pause_reason
from sandbox.tracking.provenance import cpu, kernel, made_with, versions
from sandbox.tracking.query import (
    Run,
    config_of,
    dashboard_hint,
    fetch_config,
    fetch_history,
    fetch_run,
    fetch_text,
    history_of,
    latest_sweep,
    latest_sweeps,
    latest_view,
    launched_in,
    runs_of,
    states_of,
    sweeps_of,
)
from sandbox.tracking.run_ids import whereabouts
from sandbox.tracking.spool import WAITING, DamagedError, Entry, Record, aside, leftovers, lock, noted_at, withdraw
from sandbox.tracking.spool import entries as waiting
from sandbox.tracking.store import NOWHERE, Store, answers, is_there, prepare, resolve, round_trip
from sandbox.tracking.views import LATEST, SWEEPS, View, of_its_own, of_sweep, publish, sweeps_view
from sandbox.tracking.write import (
    Content,
    Ended,
    begin_run,
    described,
    end_run,
    finish_sweep,
    rename_sweep,
    start_sweep,
)

__all__ = [
    "LATEST",
    "NOWHERE",
    "SWEEPS",
    "THIS_RUN",
    "WAITING",
    "Content",
    "DamagedError",
    "Delivered",
    "Ended",
    "Entry",
    "Image",
    "Lease",
    "Line",
    "Record",
    "Run",
    "Store",
    "StoreError",
    "View",
    "answers",
    "app_options",
    "aside",
    "at_hand",
    "begin_alone",
    "begin_run",
    "beside",
    "claim",
    "close",
    "close_begun",
    "condemn",
    "config_of",
    "cpu",
    "damage",
    "damage_within",
    "dashboard_hint",
    "dashboard_name",
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
    "history_of",
    "is_there",
    "kernel",
    "latest_sweep",
    "latest_sweeps",
    "latest_view",
    "launched_in",
    "leftovers",
    "lock",
    "made_with",
    "noted_at",
    "of_its_own",
    "of_sweep",
    "pause_reason",
    "prepare",
    "publish",
    "read_back",
    "recover",
    "rename_sweep",
    "resolve",
    "round_trip",
    "runs_of",
    "settle",
    "start_sweep",
    "states_of",
    "summary",
    "sweeps_of",
    "sweeps_view",
    "versions",
    "waiting",
    "whereabouts",
    "withdraw",
]
