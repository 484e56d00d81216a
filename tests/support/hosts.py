"""Two machines that resume one sweep on one server at the same moment: namespaces with a host's name and processes of their own."""

import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from sandbox import tracking
from tests.support.sweeps import ENVIRONMENT, ROOT, store_in, where

ARMS = 6
LONGER = 240  # seconds for a sweep that was begun elsewhere and has to be given up first


def why_not() -> str:
    """Why there can be no second machine here; "" if there can."""
    command = ["unshare", "--uts", "--pid", "--fork", "--mount-proc", "true"]
    if shutil.which("unshare") is None or subprocess.run(command, check=False, capture_output=True).returncode:
        return "needs unshare, and to be root, for hosts of their own"
    return ""


def on_host(name: str, log: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """A command on a machine of that name."""
    script = f'hostname {name} && exec "$@"'
    command = ["unshare", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", script, "sh"]
    command += [sys.executable, "-m", "sandbox.run", *arguments]
    with log.open("wb") as out:
        return subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, cwd=ROOT, env=os.environ | ENVIRONMENT, start_new_session=True
        )  # fmt: skip


def resumed_twice(folder: Path, delay: float, address: str, first: int) -> list[str]:
    """A sweep of its own seeds that a machine has begun and given up after so many seconds, resumed by two others at once."""
    folder.mkdir(parents=True)
    sweep = ("-m", f"seed=range({first},{first + ARMS})", "steps=400", "replicates=2", "dataset.samples=40", "probes.count=4", "tracking.figures=false", "resume=true", *where(folder, address))  # fmt: skip
    begun = on_host("first", folder / "first.log", *sweep)
    try:
        begun.wait(delay)
    except subprocess.TimeoutExpired:
        os.killpg(begun.pid, signal.SIGTERM)
        begun.wait(60)
    both = [on_host(name, folder / f"{name}.log", *sweep) for name in ("left", "right")]
    codes = [process.wait(LONGER) for process in both]
    said = [(folder / f"{name}.log").read_text() for name in ("left", "right")]
    found = []
    for code, words in zip(codes, said, strict=True):
        refused = code == 2 and "resume: expected" in words
        stopped = code == 143 and "went to another process" in words
        if (code != 0 and not refused and not stopped) or "Traceback" in words:
            found.append(f"exit code {code}: {words[-300:]}")
    if 0 not in codes:
        found.append(f"nobody completed it: {codes}")
    return found + once_each(folder, address, first)


def once_each(folder: Path, address: str, first: int) -> list[str]:
    """Whether each arm of the sweep with these seeds was finished once, all under one parent."""
    store = store_in(folder, address)
    seeds = {str(first + i) for i in range(ARMS)}
    finished, parents = Counter[str](), set[str]()
    for sweep in tracking.sweeps_of(store, 100):
        own = [run for run in tracking.runs_of(store, sweep.run_id) if run.params["seed"] in seeds]
        finished.update(run.params["seed"] for run in own if run.status == "FINISHED")
        parents |= {sweep.status for _ in own[:1]}
    if finished != Counter(seeds):
        return [f"finished: {dict(finished)}"]
    return [] if parents == {"FINISHED"} else [f"sweeps: {parents}"]
