"""Power cuts: a sweep records on a disk of its own, and what has reached that disk at some moment is all that is left.

The disk is an ext4 image, mounted. At the moment of the cut the image is copied while the sweep stands still, and the copy
is mounted in its place: what was written and not synced is in the memory of the machine that has lost its power.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sandbox import tracking
from tests.support.sweeps import SWEEP, Histories, complaints, start, store_in

SIZE = "192M"


def why_not() -> str:
    """Why there can be no power cuts on this machine; "" if there can."""
    missing = [tool for tool in ("mkfs.ext4", "mount", "umount") if shutil.which(tool) is None]
    if missing:
        return f"needs {', '.join(missing)}"
    if os.geteuid() != 0 or not Path("/dev/loop-control").exists():
        return "needs root and loop devices, to mount an image"
    return ""


def _do(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


@contextmanager
def mounted(image: Path, at: Path) -> Iterator[None]:
    at.mkdir(exist_ok=True)
    _do("mount", "-o", "loop", str(image), str(at))
    try:
        yield
    finally:
        _do("umount", "--lazy", str(at))


def power_cut(
    folder: Path,
    delay: float,
    expected: Histories,
    extra: tuple[str, ...] = (),
    arguments: tuple[str, ...] = SWEEP,
) -> list[str]:
    """A sweep whose machine loses its power after so many seconds, and which is resumed when it is back."""
    folder.mkdir(parents=True)
    before, after, disk = folder / "before.img", folder / "after.img", folder / "disk"
    _do("truncate", "-s", SIZE, str(before))
    _do("mkfs.ext4", "-q", str(before))
    where = f"tracking.directory={disk / 'mlruns'}"
    with mounted(before, disk):
        process = start(*arguments, where, *extra, log=folder / "run.log")
        with suppress(subprocess.TimeoutExpired):
            process.wait(delay)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGSTOP)  # a cut is one moment, and a copy takes a few
        _do("cp", "--sparse=always", str(before), str(after))
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)
    with mounted(after, disk):
        _do("cp", "-r", str(disk), str(folder / "found"))
        found = evidence_missing(folder / "found" / "mlruns")
        begun = time.monotonic()
        code = start(*arguments, where, *extra, log=folder / "resumed.log").wait(300)
        if code != 0:
            found.append(f"resumed with exit code {code}: {(folder / 'resumed.log').read_text()[-300:]}")
        if time.monotonic() - begun > 120:
            found.append(f"resumed in {time.monotonic() - begun:.0f} s")
        _do("cp", "-r", str(disk), str(folder / "resumed"))
    found += complaints(store_in(folder / "resumed" / "mlruns"), expected)
    if not found:
        shutil.rmtree(folder)
    return found


def evidence_missing(store_folder: Path) -> list[str]:
    """FINISHED runs that are not as they were recorded."""
    if not (store_folder / "mlflow.db").exists():
        return []
    store = store_in(store_folder)
    try:
        tracking.prepare(store)
        sweeps = tracking.sweeps_of(store)
        runs = [run for sweep in sweeps for run in (*tracking.runs_of(store, sweep.run_id), sweep)]
    except ValueError:  # the database was being made
        return []
    damaged = {run.run_id: lines for run in runs if run.status == "FINISHED" and (lines := tracking.damage(store, run))}
    return [f"FINISHED without its evidence: {run}: {lines[0]}" for run, lines in damaged.items()]
