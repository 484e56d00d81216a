"""What happens to a sweep when its processes and its store are killed, counted.

python -m benchmarks.faults                  everything, about half an hour: 50 kills of each kind, 8 processes x 20 runs, 2,000 inputs
python -m benchmarks.faults --kills 5 --processes 4 --inputs 200 --only kill,fuzz

Each kill falls at a random moment between the first line of Python and the end of the sweep of 30 runs; the sweep is then
resumed, and must be complete: every arm exactly once, nothing RUNNING, and every history bit-identical to that of a sweep
that nobody has disturbed.
"""

import argparse
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from sandbox import tracking
from sandbox.history import Outcome
from sandbox.schema import TrackingConfig
from sandbox.tracking import Store, spool
from sandbox.tracking.store import client

ROOT = Path(__file__).resolve().parent.parent
ARMS = 30
SWEEP = (
    "-m", f"seed=range({ARMS})", "steps=400", "replicates=2", "dataset.samples=40", "probes.count=6", "tracking.figures=false",
    "resume=true",
)  # fmt: skip
SERVER_PATIENCE = 30  # seconds that a sweep may lose, in all, to a server that does not answer

ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
}
Histories = dict[str, bytes]  # by parameters

console = Console()


def start(*arguments: str, module: str = "sandbox.run", log: Path | None = None) -> subprocess.Popen[bytes]:
    """A command of ours in a session of its own, as if it had been typed."""
    command = [sys.executable, "-m", module, *arguments]
    with log.open("wb") if log else nullcontext(subprocess.DEVNULL) as out:
        return subprocess.Popen(  # noqa: S603 - our own command
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


def killed_and_resumed(
    folder: Path,
    how: signal.Signals,
    delay: float,
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
    resumed = start(*arguments, *where(folder), *extra, log=folder.with_suffix(".log")).wait(300)
    if resumed != 0:
        return [f"resumed with exit code {resumed}: {folder.with_suffix('.log').read_text()[-300:]}"]
    return complaints(store_in(folder), expected)


@contextmanager
def served(
    folder: Path, *options: str, login: str = "", environment: Mapping[str, str] | None = None
) -> Iterator[tuple[str, Callable[[], None], Callable[[], None]]]:
    """A real MLflow server: its address, and how to kill and to start it again. login: `user:password`, if it wants one."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1",
               "--backend-store-uri", f"sqlite:///{folder}/server.db", "--artifacts-destination", str(folder / "artifacts"), *options]  # fmt: skip
    address = f"http://{login}{'@' if login else ''}127.0.0.1:{port}"
    running: list[subprocess.Popen[bytes]] = []

    def up() -> None:
        with (folder / "server.log").open("ab") as log:
            running.append(
                subprocess.Popen(  # noqa: S603 - our own command
                    command,
                    stdout=log,
                    stderr=log,
                    env=os.environ | ENVIRONMENT | {**(environment or {})},
                    start_new_session=True,
                )
            )
        store = store_in(folder, address)
        until = time.monotonic() + 90
        while not tracking.answers(store):
            if time.monotonic() > until:
                raise TimeoutError(address)
            time.sleep(0.3)

    def down() -> None:
        process = running.pop()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)

    up()
    try:
        yield address, down, up
    finally:
        while running:
            down()


def server_killed(folder: Path, delay: float, expected: Histories, arguments: tuple[str, ...] = SWEEP) -> list[str]:
    """The store's server killed after so many seconds of a sweep, which goes on; then the server is back, and gets all."""
    with served(folder) as (address, down, up):
        process = start(*arguments, *where(folder, address), log=folder / "run.log")
        time.sleep(delay)
        down()
        begun = time.monotonic()
        code = process.wait(300)
        waited = time.monotonic() - begun
        if code not in (0, 1, 2):
            return [f"exit code {code}: {(folder / 'run.log').read_text()[-300:]}"]
        up()
        synced = start(*where(folder, address), module="sandbox.sync", log=folder / "sync.log").wait(120)
        if synced != 0:
            return [f"sync: exit code {synced}: {(folder / 'sync.log').read_text()[-300:]}"]
        if code != 0:  # it may have been refused, as the server was gone before it had begun
            start(*arguments, *where(folder, address), log=folder / "resumed.log").wait(300)
        return complaints(store_in(folder, address), expected) + ([f"{waited:.0f} s"] if waited > 60 else [])


@contextmanager
def ailing(address: str) -> Iterator[tuple[str, dict[str, str]]]:
    """A server before a real one: its address, and its state, which is `well`, `slow`, `silent` or `500`."""
    state = {"is": "well"}

    class Handler(BaseHTTPRequestHandler):
        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            ill = state["is"]
            if ill == "silent":
                while state["is"] == "silent":
                    time.sleep(0.2)
                self.close_connection = True
                return
            if ill == "slow":
                time.sleep(5)
            kept = {name: text for name, text in self.headers.items() if name.lower() not in ("host", "connection")}
            request = Request(address + self.path, body or None, kept, method=self.command)  # noqa: S310
            try:
                with urlopen(request, timeout=60) as answer:  # noqa: S310
                    status, kind, text = answer.status, answer.headers.get("Content-Type", ""), answer.read()
            except HTTPError as refusal:
                with refusal:
                    status, kind, text = refusal.code, refusal.headers.get("Content-Type", ""), refusal.read()
            if ill == "500":
                status, kind, text = 500, "text/plain", b"Internal Server Error"
            with suppress(OSError):  # who asked may have given up
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = pass_on  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", state
        finally:
            state["is"] = "well"
            server.shutdown()


def server_ails(
    folder: Path, delay: float, how: str, expected: Histories, usual: float, arguments: tuple[str, ...] = SWEEP
) -> list[str]:
    """The server is `slow`, `silent` or answers `500` after so many seconds of a sweep; it recovers, and gets all.

    usual: seconds that the sweep takes on a server that is well; how much longer it may take is SERVER_PATIENCE.
    """
    with served(folder) as (real, _, _), ailing(real) as (address, state):
        begun = time.monotonic()
        process = start(*arguments, *where(folder, address), log=folder / "run.log")
        time.sleep(delay)
        state["is"] = how
        code = process.wait(300)
        longer = time.monotonic() - begun - usual
        said = (folder / "run.log").read_text()
        state["is"] = "well"
        if code not in (0, 1, 2) or "Traceback" in said:
            return [f"exit code {code}: {said[-300:]}"]
        synced = start(*where(folder, address), module="sandbox.sync", log=folder / "sync.log").wait(120)
        if synced != 0:
            return [f"sync: exit code {synced}: {(folder / 'sync.log').read_text()[-300:]}"]
        if code != 0:
            start(*arguments, *where(folder, address), log=folder / "resumed.log").wait(300)
        found = complaints(store_in(folder, address), expected)
        return found + ([f"{longer:.0f} s longer"] if longer > SERVER_PATIENCE else [])


def crowd(folder: Path, processes: int, runs: int, uri: str | None = None) -> list[str]:
    """Many sweeps at once into one fresh store: all runs must be there, and every row of every metric."""
    arguments = [
        ("-m", f"seed=range({100 * i},{100 * i + runs})", "steps=50", "replicates=2", "dataset.samples=40", "probes.count=5", "tracking.figures=false")
        for i in range(processes)
    ]  # fmt: skip
    all_of_them = [start(*each, *where(folder, uri), log=folder / f"{i}.log") for i, each in enumerate(arguments)]
    codes = [process.wait(900) for process in all_of_them]
    found = [f"exit codes {codes}"] if any(codes) else []
    store = store_in(folder, uri)
    api = client(store)
    finished = [run for sweep in tracking.sweeps_of(store, 100) for run in tracking.runs_of(store, sweep.run_id)]
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


def replayed(folder: Path, *overrides: str) -> list[str]:
    """A quick study of everything, and each of its runs done again: all of them must be bit-identical."""
    if code := start(
        "--all", "--quick", *where(folder), *overrides, module="sandbox.study", log=folder.with_suffix(".study")
    ).wait(900):
        return [f"study: exit code {code}"]
    store = store_in(folder)
    sweeps = [sweep for sweep in tracking.sweeps_of(store, 100) if sweep.tags["kind"] == "sweep"]
    named = [word for sweep in sweeps if tracking.runs_of(store, sweep.run_id) for word in ("--sweep", sweep.run_id)]
    log = folder.with_suffix(".replay")
    code = start(*named, *where(folder), module="sandbox.replay", log=log).wait(900)
    last = log.read_text().rstrip().rpartition("\n")[2]
    console.print(f"  {' '.join(overrides) or 'basic launcher'}: {last}", markup=False)
    return [] if code == 0 else [f"exit code {code}: {last}"]


def fuzzed(inputs: int) -> list[str]:
    """The fuzzing tests, with so many inputs in all."""
    environment = os.environ | ENVIRONMENT | {"FUZZED": str(inputs)}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        "-o",
        "faulthandler_timeout=1800",
        "tests/test_fuzz.py",
    ]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    return [] if done.returncode == 0 else [(done.stdout + done.stderr)[-2000:]]


def options() -> argparse.Namespace:
    """What to count, and how often."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--ails", type=int, default=10, help="times a server is silent, answers 500, is slow")
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--inputs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="kill,term,joblib,server,silent,500,slow,crowd,served,replay,fuzz")
    return parser.parse_args()


def main() -> None:
    """Count, and print a table; exit code 1 if anything is wrong."""
    given = options()
    moments, rows = random.Random(given.seed), []  # noqa: S311
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        root = Path(name)
        only = given.only.split(",")
        begun = time.monotonic()
        expected = (
            undisturbed(root / "undisturbed")
            if {*only} & {"kill", "term", "joblib", "server", "silent", "500", "slow"}
            else {}
        )
        length = time.monotonic() - begun
        joblib = ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2")

        def many(what: str, key: str, once: Callable[[Path, float], list[str]], times: int = given.kills) -> None:
            if key in only:
                found = [
                    once(root / f"{key}{i}", moments.uniform(0.2, length))
                    for i in track(range(times), what, console=console)
                ]
                rows.append((what, times, [each for each in found if each]))
                console.print(f"{what}: {len(rows[-1][2])} of {times} wrong {rows[-1][2]}", markup=False)

        def one(what: str, key: str, count: int, once: Callable[[], list[str]]) -> None:
            if key in only:
                with console.status(what):
                    rows.append((what, count, [each for each in [once()] if each]))
                console.print(f"{what}: {'wrong' if rows[-1][2] else 'right'} {rows[-1][2]}", markup=False)

        many("kill -9, resume", "kill", lambda f, s: killed_and_resumed(f, signal.SIGKILL, s, expected))
        many("SIGTERM, resume", "term", lambda f, s: killed_and_resumed(f, signal.SIGTERM, s, expected))
        many("kill -9 under joblib", "joblib", lambda f, s: killed_and_resumed(f, signal.SIGKILL, s, expected, joblib))
        many("server killed, synced", "server", lambda f, s: server_killed(f, s, expected))
        usual = 0.0
        if {*only} & {"silent", "500", "slow"}:
            with served(root / "well") as (address, _, _):
                begun = time.monotonic()
                start(*SWEEP, *where(root / "well", address)).wait(300)
                usual = time.monotonic() - begun
        for how in ("silent", "500", "slow"):
            what = {"silent": "server silent", "500": "server answers 500", "slow": "server slow"}[how] + ", synced"
            many(what, how, partial(server_ails, how=how, expected=expected, usual=usual), given.ails)
        together = f"{given.processes} processes x {given.runs} runs into"
        count = given.processes * given.runs
        (root / "crowd").mkdir()
        one(
            f"{together} one fresh sqlite store",
            "crowd",
            count,
            lambda: crowd(root / "crowd", given.processes, given.runs),
        )

        def into_a_server() -> list[str]:
            with served(root / "served") as (address, _, _):
                return crowd(root / "served", given.processes, given.runs, address)

        one(f"{together} one server", "served", count, into_a_server)
        for launcher, engine in product(("basic", "joblib"), ("fused", "numpy")):
            words = (f"hydra/launcher={launcher}", f"engine={engine}")
            folder = root / f"replay-{launcher}-{engine}"
            one(f"quick study replayed, {launcher}, {engine}", "replay", 1, partial(replayed, folder, *words))
        one("fuzzed inputs", "fuzz", given.inputs, lambda: fuzzed(given.inputs))
    table = Table("what", "times", "wrong", "how")
    for what, times, wrong in rows:
        table.add_row(what, str(times), str(len(wrong)), "\n".join("; ".join(each) for each in wrong[:5]))
    console.print(table)
    sys.exit(any(wrong for _, _, wrong in rows))


if __name__ == "__main__":
    main()
