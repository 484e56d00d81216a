"""The server that forks the workers of hydra/launcher=cores: it imports everything once, while the command reads what was typed."""

import os
import signal
from contextlib import suppress
from multiprocessing import forkserver, get_all_start_methods
from typing import Any

from sandbox.system.errors import InputError

CHOSEN = "hydra/launcher=cores"
COMPUTING = ("sandbox.system.garbage", "hydra.main", "sandbox.sweep.job", "sandbox.trial.experiment", "sandbox.nn.engines.fused.kernel", "sklearn.datasets")  # fmt: skip
RECORDING = ("mlflow.store.tracking.sqlalchemy_store", "sandbox.sweep.recorder", "sandbox.tracking", "sandbox.plotting.run_card", "sandbox.plotting.run_frames")  # fmt: skip
_server: Any = getattr(forkserver, "_forkserver", None)  # multiprocessing has no public name for it


def begin(recording: bool) -> None:
    """Start the server unless it runs; it goes on importing by itself.

    Raises InputError where processes cannot be forked.
    """
    if "forkserver" not in get_all_start_methods():
        raise InputError(f"{CHOSEN}: expected a system with fork, got none; use hydra/launcher=joblib")
    forkserver.set_forkserver_preload([*COMPUTING, *(RECORDING if recording else ()), "sandbox.launch.warm"])
    forkserver.ensure_running()


def begin_if_typed(words: list[str]) -> None:
    """As early as can be, for a sweep whose words choose it."""
    if CHOSEN in words and {"-m", "--multirun"} & {*words}:
        begin(recording="tracking=none" not in words)


def server() -> int | None:
    """The server's process id; None if there is none."""
    return getattr(_server, "_forkserver_pid", None)


def end() -> None:
    """End the server, which would find only after its imports that nobody needs it."""
    if pid := server():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        with suppress(OSError):
            getattr(_server, "_stop", lambda: None)()  # so that another can be started in this process
