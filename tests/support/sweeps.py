"""Sweeps as somebody types them, ended in the middle, resumed, and what is wrong with their store afterwards."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

import numpy as np

from sandbox import tracking
from sandbox.config.schema import TrackingConfig
from sandbox.tracking import Store, spool
from sandbox.tracking.store import client
from sandbox.trial.outcome import Outcome

ROOT = Path(__file__).resolve().parents[2]
ARMS = 30
SWEEP = (
    "-m", f"seed=range({ARMS})", "steps=400", "replicates=2", "dataset.samples=40", "probes.count=6", "tracking.figures=false",
    "resume=true",
)  # fmt: skip
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
}
LEAVING = 10  # seconds for workers to notice that nobody waits for them
Histories = dict[str, bytes]  # by parameters


def start(*arguments: str, module: str = "sandbox.run", log: Path | None = None) -> subprocess.Popen[bytes]:
    """A command of ours in a session of its own, as if it had been typed."""
    command = [sys.executable, "-m", module, *arguments]
    with log.open("wb") if log else nullcontext(subprocess.DEVNULL) as out:
        return subprocess.Popen(
            command,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=os.environ | ENVIRONMENT,
            start_new_session=True,
        )


def store_in(folder: Path, uri: str | None = None) -> Store:
    return tracking.resolve(TrackingConfig(kind="server" if uri else "local", uri=uri, directory=str(folder)))


def where(folder: Path, uri: str | None = None) -> list[str]:
    return ["tracking=server", f"tracking.uri={uri}"] if uri else [f"tracking.directory={folder}"]


def bits(outcome: Outcome) -> bytes:
    """Every number of a history, in a fixed order."""
    arrays = {"steps": outcome.steps, **outcome.curves, **outcome.values, **outcome.snapshots}
    return b"".join(name.encode() + np.ascontiguousarray(array).tobytes() for name, array in sorted(arrays.items()))


def histories(store: Store, sweep: str) -> tuple[Histories, Counter[str]]:
    """The bits of every finished run by its parameters, and how many finished runs have them."""
    finished = [run for run in tracking.runs_of(store, sweep) if run.status == "FINISHED"]
    arms = [json.dumps(run.params, sort_keys=True) for run in finished]
    return {
        arm: bits(tracking.fetch_history(store, run.run_id)) for arm, run in zip(arms, finished, strict=True)
    }, Counter(arms)


def undisturbed(folder: Path, arguments: tuple[str, ...] = SWEEP) -> Histories:
    assert start(*arguments, *where(folder)).wait(300) == 0
    return recorded(folder)


def recorded(folder: Path) -> Histories:
    """Of the one sweep in a store."""
    (sweep,) = tracking.sweeps_of(store_in(folder))
    return histories(store_in(folder), sweep.run_id)[0]


def complaints(store: Store, expected: Histories) -> list[str]:
    """What is wrong with the store after its one sweep was disturbed and resumed."""
    found = []
    sweeps = tracking.sweeps_of(store)
    if len(sweeps) != 1 or sweeps[0].status != "FINISHED":
        found.append(f"sweeps: {[sweep.status for sweep in sweeps]}")
    if sweeps:
        after, counts = histories(store, sweeps[-1].run_id)
        if counts != Counter(expected.keys()):
            missing = len(expected.keys() - counts.keys())
            found.append(f"{missing} arms missing, {sum(counts.values()) - len(counts)} runs too many")
        if any(after[arm] != expected.get(arm) for arm in after):
            found.append("other histories")
    api = client(store)
    everywhere = [each.experiment_id for each in api.search_experiments()]
    if left := api.search_runs(everywhere, "attributes.status = 'RUNNING'"):
        found.append(f"{len(left)} RUNNING")
    if waiting := spool.entries(store):
        found.append(f"{len(waiting)} not delivered")
    return found


def outlived(session: int) -> bool:
    """Whether after some seconds anything still runs of what `start` has started."""
    until = time.monotonic() + LEAVING
    while time.monotonic() < until:
        try:
            os.killpg(session, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.2)
    return True


def killed_and_resumed(
    folder: Path,
    delay: float,
    how: signal.Signals,
    expected: Histories,
    extra: tuple[str, ...] = (),
    arguments: tuple[str, ...] = SWEEP,
) -> list[str]:
    """One sweep ended by a signal after so many seconds, and resumed."""
    process = start(*arguments, *where(folder), *extra)
    try:
        process.wait(delay)
    except subprocess.TimeoutExpired:
        process.send_signal(how)
        code = process.wait(60)
        early = how != signal.SIGKILL and code == -how  # before Python had got so far as to listen
        if how != signal.SIGKILL and not early and code not in (0, 128 + how):
            return [f"exit code {code} after {how.name}"]
        if outlived(process.pid):
            return ["a process that it had started is still there"]
    resumed = start(*arguments, *where(folder), *extra, log=folder.with_suffix(".log")).wait(300)
    if resumed != 0:
        return [f"resumed with exit code {resumed}: {folder.with_suffix('.log').read_text()[-300:]}"]
    return complaints(store_in(folder), expected)


def crowd(folder: Path, processes: int, runs: int, uri: str | None = None, first: int = 0) -> list[str]:
    """Many sweeps at once, of seeds from `first` on that are new to the store: all runs must be there, and every row of every metric."""
    arguments = [
        ("-m", f"seed=range({first + 100 * i},{first + 100 * i + runs})", "steps=50", "replicates=2", "dataset.samples=40", "probes.count=5", "tracking.figures=false")
        for i in range(processes)
    ]  # fmt: skip
    all_of_them = [start(*each, *where(folder, uri), log=folder / f"{i}.log") for i, each in enumerate(arguments)]
    codes = [process.wait(900) for process in all_of_them]
    found = [f"exit codes {codes}"] if any(codes) else []
    store = store_in(folder, uri)
    api = client(store)
    everything = [run for sweep in tracking.sweeps_of(store, 100) for run in tracking.runs_of(store, sweep.run_id)]
    finished = [run for run in everything if int(run.params["seed"]) >= first]
    seeds = Counter(run.params["seed"] for run in finished if run.status == "FINISHED")
    if len(seeds) != processes * runs or set(seeds.values()) != {1}:
        found.append(f"{len(seeds)} of {processes * runs} runs")
    lacking = 0
    for run in finished:
        expected = sorted(tracking.summary(tracking.fetch_history(store, run.run_id)))
        points = [
            point for name in {name for name, _, _ in expected} for point in api.get_metric_history(run.run_id, name)
        ]
        lacking += sorted((point.key, point.step, point.value) for point in points) != expected
    return found + ([f"{lacking} runs lack metric rows, or have others"] if lacking else [])
