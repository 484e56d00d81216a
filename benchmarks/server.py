"""What a server costs a sweep: the same arms in the embedded store, through a server on this machine, and through one far away.

python -m benchmarks.server                                     24 arms with their figures, two jobs side by side
python -m benchmarks.server --database postgresql://...         the server keeps its rows there instead of in SQLite
python -m benchmarks.server --arms 1000 --launcher basic        and every arm is counted afterwards

Far away: what lies between sends every piece on after half the round trip, in each direction. The server itself runs on this
machine and takes its share of the same cores, which a server elsewhere does not.
"""

import argparse
import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.commands import python
from benchmarks.machine import described
from sandbox import tracking
from sandbox.system.terminal import console
from tests.support.servers import served
from tests.support.sweeps import store_in, where

RESULTS = Path(__file__).resolve().parent / "results" / "server.json"
SETTING = ("hidden=[16]", "activation=tanh,sigmoid,relu", "steps=1000")
PIECE = 1 << 16  # bytes


async def pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter, seconds: float) -> None:
    """Every piece, in order, so much later than it came."""
    now, under_way = asyncio.get_running_loop().time, asyncio.Queue[tuple[float, bytes]]()

    async def arrive() -> None:
        while True:
            due, piece = await under_way.get()
            await asyncio.sleep(max(0.0, due - now()))
            if not piece:
                target.close()
                return
            target.write(piece)

    arriving, piece = asyncio.create_task(arrive()), b"?"
    while piece:
        try:
            piece = await source.read(PIECE)
        except ConnectionError:
            piece = b""
        under_way.put_nowait((now() + seconds, piece))
    await arriving


async def stand_between(port: int, seconds: float, ready: Callable[[int], object], over: asyncio.Event) -> None:
    """Until it is over, a port of this machine behind which a server's answer takes so much longer."""

    async def between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection("127.0.0.1", port)
        with suppress(asyncio.CancelledError):  # the benchmark is over
            both = pass_on(reader, there[1], seconds / 2), pass_on(there[0], writer, seconds / 2)
            await asyncio.gather(*both, return_exceptions=True)

    async with await asyncio.start_server(between, "127.0.0.1", 0) as server:
        ready(int(server.sockets[0].getsockname()[1]))
        await over.wait()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@contextmanager
def far_away(port: int, seconds: float) -> Iterator[int]:
    """The port to ask instead."""
    ready, over, loop = Future[int](), asyncio.Event(), asyncio.new_event_loop()
    work = stand_between(port, seconds, ready.set_result, over)
    thread = threading.Thread(target=lambda: loop.run_until_complete(work), daemon=True)
    thread.start()
    try:
        yield ready.result(10)
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)
        loop.close()


def timed(folder: Path, uri: str | None, arms: int, launcher: str) -> float:
    """Seconds of a sweep that is recorded there; every arm is in the store afterwards, once."""
    words = [f"seed=range({arms // 3})", *SETTING, f"hydra/launcher={launcher}", f"hydra.sweep.dir={folder}/hydra"]
    spent = python("sandbox.run", "-m", *words, *where(folder / "mlruns", uri))
    store = store_in(folder / "mlruns", uri)
    runs = tracking.runs_of(store, tracking.sweeps_of(store)[0].run_id)
    finished = sum(run.status == "FINISHED" for run in runs)
    if (len(runs), finished) != (arms, arms):
        raise SystemExit(f"expected {arms} runs, got {len(runs)}, of which {finished} are finished")
    return spent.seconds


def measured(arms: int, launcher: str, rounds: int, latency: float, *options: str) -> dict[str, list[float]]:
    """Seconds of the sweep in each place, in turns; the first turn is not kept."""
    found: dict[str, list[float]] = {"embedded": [], "server": [], "far": []}
    for turn in range(rounds + 1):
        for name, times in found.items():
            with TemporaryDirectory(prefix="sandbox-bench-") as made:
                folder = Path(made)
                if name == "embedded":
                    seconds = timed(folder, None, arms, launcher)
                else:
                    with served(folder / "server", *options) as (address, _, _):
                        port = int(address.rpartition(":")[2])
                        with far_away(port, latency if name == "far" else 0.0) as through:
                            seconds = timed(folder, f"http://127.0.0.1:{through}", arms, launcher)
            if turn:
                times.append(seconds)
                console.print(f"{name:10} {seconds:6.1f} s")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arms", type=int, default=24, help="a multiple of three")
    parser.add_argument("--launcher", default="cores")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds for a question and its answer")
    parser.add_argument("--database", help="where the server keeps its rows")
    given = parser.parse_args()
    options = ("--backend-store-uri", given.database) if given.database else ()
    found = measured(given.arms, given.launcher, given.rounds, given.latency, *options)
    medians = {name: median(seconds) for name, seconds in found.items()}
    console.print(
        f"server / embedded {medians['server'] / medians['embedded']:.2f}, far / server {medians['far'] / medians['server']:.2f}"
    )
    RESULTS.write_text(
        json.dumps(
            {"machine": described(), **vars(given), "database": bool(given.database), "seconds": found}, indent=1
        )
    )


if __name__ == "__main__":
    main()
