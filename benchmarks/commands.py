"""Commands as a user types them, each in a process of its own: how long they take and how much memory at most."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = {"MLFLOW_DISABLE_TELEMETRY": "true", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class Spent(NamedTuple):
    """What a command cost."""

    seconds: float
    megabytes: float  # of its largest process, at the most
    printed: str
    cpu: float = 0.0  # seconds of the processor, with those of its own processes


def _environment() -> dict[str, str]:
    """As this process's, but compiled files are kept, as users have them."""
    usual = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return usual | ENVIRONMENT | {"PYTHONPATH": str(ROOT)}


def python(*arguments: str, folder: Path = ROOT, **variables: str) -> Spent:
    """`python -m ARGUMENTS` in a folder, with these environment variables; exits with what it printed if it fails."""
    begin = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own modules
        [sys.executable, *(("-m",) if not arguments[0].endswith(".py") else ()), *arguments],
        cwd=folder, env=_environment() | variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    printed = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"error: {' '.join(arguments)}: {printed[-2000:]}")
    return Spent(time.perf_counter() - begin, used.ru_maxrss / 1024, printed, used.ru_utime + used.ru_stime)
