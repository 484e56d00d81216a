"""What happens to a sweep when its processes and its store are killed, counted.

python -m benchmarks.faults                  everything, about two hours: 50 kills of each kind, 8 processes x 20 runs, 2,000 inputs
python -m benchmarks.faults --kills 5 --processes 4 --inputs 200 --only kill,fuzz
python -m benchmarks.faults --only power,damage,hosts,refused,moved      what becomes of records: 20, 200, 20, 20 and 20 times

Each kill falls at a random moment between the first line of Python and the end of the sweep of 30 runs; the sweep is then
resumed, and must be complete: every arm exactly once, nothing RUNNING, and every history bit-identical to that of a sweep
that nobody has disturbed. Power cuts and second hosts need root; where they cannot be had the table says so. Results are merged into
benchmarks/results/faults.json.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from sandbox import tracking
from tests.support import hosts, power, rays
from tests.support.damage import FORMS, IN_SPOOL
from tests.support.refusals import refused
from tests.support.servers import served, server_ails, server_killed
from tests.support.spoiled import judged, moved, spoiled
from tests.support.sweeps import (
    ENVIRONMENT,
    ROOT,
    SWEEP,
    Histories,
    crowd,
    killed_and_resumed,
    start,
    store_in,
    undisturbed,
    where,
)
from tests.support.typed import verdicts

CORES, JOBLIB = ("hydra/launcher=cores",), ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2")
KILLS: dict[str, tuple[str, signal.Signals, tuple[str, ...]]] = {
    "kill": ("kill -9, resume", signal.SIGKILL, ()),
    "term": ("SIGTERM, resume", signal.SIGTERM, ()),
    "cores": ("kill -9 under cores, resume", signal.SIGKILL, CORES),
    "joblib": ("kill -9 under joblib, resume", signal.SIGKILL, JOBLIB),
}
AILMENTS = {"silent": "server silent, synced", "500": "server answers 500, synced", "slow": "server slow, synced"}
RECORDS = ("power", "damage", "hosts", "refused", "moved")
KINDS = (*KILLS, "server", *AILMENTS, "ray", "crowd", "served", *RECORDS, "replay", "fuzz")
RESULTS = Path(__file__).resolve().parent / "results" / "faults.json"
FEW = ("-m", "seed=range(8)", *SWEEP[2:])  # arms of a sweep whose disk is copied

Found = list[str]  # what is wrong; nothing if all is right

console = Console()


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
        "-n",
        "auto",
        "-p",
        "no:cacheprovider",
        "-o",
        "faulthandler_timeout=1800",
        "tests/launch/test_fuzz.py",
    ]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    return [] if done.returncode == 0 else [(done.stdout + done.stderr)[-2000:]]


class Count:
    """What was done how often, and what was wrong with it."""

    def __init__(self, root: Path, given: argparse.Namespace) -> None:
        self.root, self.given = root, given
        self.moments = random.Random(given.seed)  # noqa: S311
        self.rows: list[tuple[str, int, list[Found]]] = []

    def many(self, what: str, times: int, once: Callable[[Path, float], Found], length: float) -> None:
        """So often, each at a random moment of the sweep's `length` (seconds)."""
        found = [
            once(self.root / f"{len(self.rows)}-{i}", self.moments.uniform(0.2, length))
            for i in track(range(times), what, console=console)
        ]
        self._add(what, times, found)

    def one(self, what: str, times: int, once: Callable[[], Found]) -> None:
        """Once, with so many parts."""
        with console.status(what):
            found = once()
        self._add(what, times, [found])

    def all_at_once(self, what: str, work: Callable[[], list[Found]]) -> None:
        """What one command does many times."""
        with console.status(what):
            found = work()
        self._add(what, len(found), found)

    def left_out(self, what: str, why: str) -> None:
        console.print(f"{what}: not counted: {why}", markup=False)

    def _add(self, what: str, times: int, found: list[Found]) -> None:
        self.rows.append((what, times, [each for each in found if each]))
        console.print(f"{what}: {len(self.rows[-1][2])} wrong of {times} {self.rows[-1][2] or ''}", markup=False)

    def keep(self) -> None:
        """Merge the counts into the results; of something counted before, the latest stays."""
        before = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        now = {
            what: {"times": times, "wrong": len(wrong), "how": ["; ".join(each)[:400] for each in wrong[:5]], "seed": self.given.seed}
            for what, times, wrong in self.rows
        }  # fmt: skip
        RESULTS.write_text(json.dumps(before | now, indent=1, ensure_ascii=False) + "\n")

    def table(self) -> Table:
        table = Table("what", "times", "wrong", "how")
        for what, times, wrong in self.rows:
            table.add_row(what, str(times), str(len(wrong)), "\n".join("; ".join(each) for each in wrong[:5]))
        return table


def disturbed(count: Count, only: set[str]) -> None:
    """Sweeps that are ended, or whose server is."""
    if not only & {*KILLS, "server", *AILMENTS}:
        return
    given = count.given
    expected, length = timed(lambda: undisturbed(count.root / "undisturbed"))
    for key, (what, how, words) in KILLS.items():
        if key in only:
            once = partial(killed_and_resumed, how=how, expected=expected, extra=words)
            count.many(what, given.kills, once, length)
    if "server" in only:
        count.many("server killed, synced", given.kills, partial(server_killed, expected=expected), length)
    if only & {*AILMENTS}:
        usual = usually(count.root / "well")
        for key, what in AILMENTS.items():
            if key in only:
                ails = partial(server_ails, how=key, expected=expected, usual=usual)
                count.many(what, given.ails, ails, length)


def nodes_killed(count: Count, only: set[str]) -> None:
    """Of a Ray of two, one."""
    if "ray" not in only:
        return
    if why := rays.why_not():
        count.left_out("node of Ray killed, retried", why)
        return
    expected = undisturbed(count.root / "alone", rays.SWEEP)
    count.many(
        "node of Ray killed, retried", count.given.nodes, lambda folder, _: rays.node_killed(folder, expected, 1), 1.0
    )


def timed(work: Callable[[], Histories]) -> tuple[Histories, float]:
    begun = time.monotonic()
    return work(), time.monotonic() - begun


def usually(folder: Path) -> float:
    """Seconds that the sweep takes with a server that is well."""
    with served(folder) as (address, _, _):
        begun = time.monotonic()
        start(*SWEEP, *where(folder, address)).wait(300)
        return time.monotonic() - begun


def crowded(count: Count, only: set[str]) -> None:
    """Many sweeps at once, into one store."""
    given, folder = count.given, count.root / "crowd"
    together, runs = f"{given.processes} processes x {given.runs} runs into", given.processes * given.runs

    def into_a_server() -> Found:
        with served(count.root / "served") as (address, _, _):
            return crowd(count.root / "served", given.processes, given.runs, address)

    if "crowd" in only:
        folder.mkdir()
        count.one(f"{together} one fresh sqlite store", runs, lambda: crowd(folder, given.processes, given.runs))
    if "served" in only:
        count.one(f"{together} one server", runs, into_a_server)


def recorded(count: Count, only: set[str]) -> None:
    """What becomes of records."""
    given, root = count.given, count.root
    if "power" in only and (why := power.why_not()):
        count.left_out("power cut, resume", why)
    elif "power" in only:
        expected, length = timed(lambda: undisturbed(root / "powered", FEW))
        count.many("power cut, resume", given.cuts, partial(power.power_cut, expected=expected, arguments=FEW), length)
    if "damage" in only:
        count.all_at_once("damage, resume", lambda: damages(root, given.damages, given.seed))
    if "hosts" in only and (why := hosts.why_not()):
        count.left_out("resumed by two hosts at once", why)
    elif "hosts" in only:
        with served(root / "hosts") as (address, _, _):
            firsts = count_by(hosts.ARMS)
            count.many(
                "resumed by two hosts at once",
                given.hosts,
                lambda folder, delay: hosts.resumed_twice(folder, delay, address, next(firsts)),
                given.length,
            )
    if "refused" in only:
        count.all_at_once("refused for ever, next sweep", lambda: refused(given.refusals, root / "refused"))
    if "moved" in only:
        count.all_at_once("store moved, used", lambda: moved(given.moves, root / "moved", given.seed))


def count_by(step: int) -> Iterator[int]:
    return iter(range(0, 10**6, step))


def damages(root: Path, times: int, seed: int) -> list[Found]:
    """So many, in turn of each form; a fifth of them to records that wait."""
    whole, waiting = judged(root / "whole"), judged(root / "waiting", "tracking.offline=true")
    expected = verdicts(whole)
    found = []
    for i in track(range(times), "damage", console=console):
        forms = [*IN_SPOOL] if i % 5 == 4 else [*FORMS]
        form = forms[i // 5 % len(forms)] if i % 5 == 4 else forms[(i - i // 5) % len(forms)]
        folder = root / "damaged" / str(i) / "mlruns"
        found.append(spoiled(form, waiting if form in IN_SPOOL else whole, folder, seed + i, expected))
        if found[-1]:
            console.print(f"  {found[-1]}", markup=False)
    return found


def options() -> argparse.Namespace:
    """What to count, and how often."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--ails", type=int, default=10, help="times a server is silent, answers 500, is slow")
    parser.add_argument("--nodes", type=int, default=10, help="times a node of Ray is killed")
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--inputs", type=int, default=2000)
    parser.add_argument("--cuts", type=int, default=20, help="of the power")
    parser.add_argument("--damages", type=int, default=200)
    parser.add_argument("--hosts", type=int, default=20, help="times that two hosts resume one sweep")
    parser.add_argument("--refusals", type=int, default=20)
    parser.add_argument("--moves", type=int, default=20, help="of a store")
    parser.add_argument(
        "--length", type=float, default=20, help="seconds within which a sweep is given up for two hosts"
    )
    parser.add_argument("--no-results", action="store_true", help="write nothing down")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default=",".join(KINDS), help=f"some of {', '.join(KINDS)}")
    given = parser.parse_args()
    if unknown := {*given.only.split(",")} - {*KINDS}:
        parser.error(f"--only: expected some of {', '.join(KINDS)}, got {', '.join(sorted(unknown))}")
    return given


def main() -> None:
    """Count, and print a table; exit code 1 if anything is wrong."""
    given = options()
    only = {*given.only.split(",")}
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        count = Count(Path(name), given)
        disturbed(count, only)
        nodes_killed(count, only)
        crowded(count, only)
        recorded(count, only)
        for launcher, engine in product(("basic", "cores", "joblib"), ("fused", "numpy")) if "replay" in only else ():
            words = (f"hydra/launcher={launcher}", f"engine={engine}")
            folder = count.root / f"replay-{launcher}-{engine}"
            count.one(f"quick study replayed, {launcher}, {engine}", 1, partial(replayed, folder, *words))
        if "fuzz" in only:
            count.one("fuzzed inputs", given.inputs, lambda: fuzzed(given.inputs))
        if not given.no_results:
            count.keep()
    console.print(count.table())
    sys.exit(any(wrong for _, _, wrong in count.rows))


if __name__ == "__main__":
    main()
