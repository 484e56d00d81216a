"""What must happen before a command imports more than this: the environment that NumPy and Hydra read, the path of our plugins,
the garbage collector, and the server that forks the workers of hydra/launcher=cores and joblib.

It imports MLflow, Matplotlib and the rest once for all of them, while the command still reads what was typed.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_all_start_methods
from pathlib import Path
from typing import Any

from sandbox.system import garbage
from sandbox.system.errors import InputError

ENVIRONMENT = {
    # more BLAS threads only hurt at these sizes
    **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    "HYDRA_FULL_ERROR": "1",  # Hydra's own reports hide behind ours
}
PLUGINS = Path(__file__).parent / "plugins"
CHOSEN = ("hydra/launcher=cores", "hydra/launcher=joblib")
COMPUTING = ("sandbox.launch.execute", "sandbox.sweep.job", "sandbox.trial.experiment", "sandbox.nn.engines.fused.kernel", "sklearn.datasets")  # fmt: skip
RECORDING = ("mlflow.store.tracking.sqlalchemy_store", "sandbox.sweep.recorder", "sandbox.tracking")
DRAWING = ("sandbox.plotting.run_figures", "sandbox.plotting.run_frames")


def begin_server(*, recording: bool, drawing: bool) -> None:
    """Start the server unless it runs; it goes on importing by itself, what runs need that are recorded, with figures or without.

    Raises InputError where processes cannot be forked.
    """
    if "forkserver" not in get_all_start_methods():
        raise InputError(f"{CHOSEN[0]}: expected a system with fork, got none; use {CHOSEN[1]}")
    from multiprocessing import forkserver, resource_tracker

    forkserver.set_forkserver_preload(modules(recording=recording, drawing=drawing))
    resource_tracker.ensure_running()  # which lets Ctrl-C through as it starts
    with _undisturbed():
        forkserver.ensure_running()


def modules(*, recording: bool, drawing: bool) -> list[str]:
    """What the server imports; the last one makes what a first run would."""
    more = (RECORDING if recording else ()) + (DRAWING if recording and drawing else ())
    return [*COMPUTING, *more, "sandbox.launch.warm"]


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A process that is started inside never hears of Ctrl-C, which would end its imports with a traceback: we end it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def server() -> int | None:
    """The server's process id; None if there is none."""
    return getattr(_begun(), "_forkserver_pid", None)


def end_server() -> None:
    """End the server, which would find only after its imports that nobody needs it."""
    if pid := server():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        with suppress(OSError):
            getattr(_begun(), "_stop", lambda: None)()  # so that another can be started in this process


def _begun() -> Any:
    return getattr(sys.modules.get("multiprocessing.forkserver"), "_forkserver", None)  # it has no public name for it


def is_a_command() -> bool:
    """Whether this process was started by somebody who typed it, and is no worker."""
    words = [Path(word).name for word in sys.orig_argv[1:3]]
    return "sandbox" in words or any(word.startswith("sandbox.") for word in words)


def _leave(*_: object) -> None:
    """Ctrl-C while everything is still being imported."""
    end_server()
    os.write(2, b"stopped\n")
    os._exit(130)


def _prepare() -> None:
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    sys.path.append(str(PLUGINS))
    garbage.collect_seldom()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler and is_a_command():
        signal.signal(signal.SIGINT, _leave)  # until the command itself listens
    # what this very process was started with: a worker has its parent's sys.argv, too
    if (
        {*CHOSEN} & {*sys.orig_argv}
        and {"-m", "--multirun"} & {*sys.argv[1:]}
        and "forkserver" in get_all_start_methods()
    ):
        begin_server(recording="tracking=none" not in sys.argv, drawing="tracking.figures=false" not in sys.argv)


_prepare()
