"""What a sweep costs beside its training, as it grows; and a model of it, held against arms that were not measured for it.

python -m benchmarks.scaling                     a minute: what the parent and a record cost for each arm, and the model
python -m benchmarks.scaling --launchers 50 250  minutes: two sizes of a tiny sweep on each launcher, resumed and listed; --rounds 5
                                                 does so five times, one launcher after the other, of which the medians count
python -m benchmarks.scaling --map MLRUNS        what the last map in a store took, beside what the model says of its arms
python -m benchmarks.scaling --ray-nodes 12      minutes: so many arms of two seconds and more on a Ray of one node, and of two

All of the first are seconds of one processor, which a busy machine does not double as it does those of the clock. Of the launchers
both are measured; an arm costs what lies between the two sizes, and what is left of the smaller one is the start. Beside `basic` stands
a launcher's median of the larger size over its median: what happens on a machine meanwhile happens to both.
"""

import argparse
import ctypes
import json
import os
import resource
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time, sleep
from typing import Any

from sandbox.launch.execute import prepared

import numpy as np

from benchmarks.commands import python
from benchmarks.machine import described
from benchmarks.sane import Impossible, one_more
from benchmarks.sweeps import JOBLIB
from sandbox import tracking
from sandbox.config.compose import from_yaml
from sandbox.config.schema import RunConfig, TrackingConfig
from sandbox.nn.engines import cost
from sandbox.sweep.batches import packed
from sandbox.sweep.forecast import PROBE, expected, limit_of
from sandbox.sweep.job import perform
from sandbox.sweep.resume import examined
from sandbox.sweep.runner import planned
from sandbox.system.threads import available_cores
from sandbox.tracking.store import client
from sandbox.trial.build import Setup
from sandbox.trial.experiment import PLAIN
from sandbox.trial.table import gathered
from sandbox.trial.train import train

RESULTS = Path(__file__).resolve().parent / "results" / "scaling.json"
LAUNCHERS = ("basic", "cores", *JOBLIB)
TINY = ("steps=2", "replicates=1", "tracking.figures=false")
LONGER = (
    "steps=100000",
    "replicates=2",
    "dataset.samples=40",
    "engine=numpy",
    "batch=1",
    "tracking.figures=false",
)  # two seconds and more
PLANNED, RECORDED, HELD = 1000, 60, 12  # arms: that are only planned, that are recorded, that the model is held against
DEPTHS = (2, 4, 8, 16, 24, 32)  # hidden layers of the phase diagram's coarse part
SUBREAPER = 36  # of Linux's prctl: orphans below this process are its own
LEAVING = 10  # seconds


def here() -> dict[str, Any]:
    """Seconds of one processor for each arm of a tiny sweep, of a million of which this would be the parent."""
    words = [f"seed=range({PLANNED})", *TINY, "tracking=none"]

    def compose() -> tuple[list[list[str]], list[RunConfig]]:
        with prepared(words) as (arms, configs, _):
            return arms, configs

    arms, configs = compose()  # the first opens files
    composing, planning = _spent(compose) / PLANNED, _spent(lambda: _planned(arms, configs)) / PLANNED
    with TemporaryDirectory(prefix="sandbox-scaling-") as name:
        where = TrackingConfig(directory=name, figures=False)
        store = tracking.resolve(where)
        tracking.prepare(store)
        sweep = tracking.start_sweep(store, PLAIN.name, "recorded")
        tiny = [replace(config, tracking=replace(where, parent=sweep)) for config in configs[: RECORDED + 1]]
        perform(tiny.pop())
        before = _sizes(Path(name))
        recording = _spent(lambda: _together(tiny)) / RECORDED
        size = [(after - begun) / RECORDED for begun, after in zip(before, _sizes(Path(name)), strict=True)]
        done = [each for _, each in examined(store, sweep) if each is not None]
        reading = _spent(lambda: list(examined(store, sweep))) / len(done)
        results = [each.as_result(configs[i], i) for i, each in enumerate(done)]
        tabling = _spent(lambda: gathered(results)) / len(done)
        model = held(where, recording)
    seconds = {"compose": composing, "plan": planning, "record": recording, "read back": reading, "table": tabling}
    return {
        "seconds of a processor": seconds,
        "bytes": dict(zip(("database", "artifacts"), size, strict=True)),
        "model": model,
    }


def _together(configs: list[RunConfig]) -> None:
    """As the runs of a batch."""
    with tracking.beside():
        for config in configs:
            perform(config)


def _planned(arms: list[list[str]], configs: list[RunConfig]) -> None:
    """What a sweep does with its arms before the first one runs."""
    sweep = planned(arms, configs, "changed")
    assert len(sweep.labels) == len(arms)
    for config in configs:
        limit_of(config, PLAIN), expected(config, PLAIN)
    packed(list(zip(arms, configs, strict=True)))


def _spent(work: Callable[[], object]) -> float:
    begun = process_time()
    work()
    return process_time() - begun


def _sizes(store: Path) -> tuple[int, int]:
    """Bytes of the database, and of everything else."""
    files = {path: path.stat().st_size for path in store.rglob("*") if path.is_file()}
    database = files.pop(store / "mlflow.db")
    return database, sum(files.values())


# The model ------------------------------------------------------------------------------------------------------------


def held(where: TrackingConfig, record: float) -> dict[str, Any]:
    """What arms of the phase diagram take, evenly chosen, beside what the model says of them: training, and a record for each.

    slower: by units, how many times as long as the model says this machine trains now, from an arm of each depth, which are
    left out; deep networks no longer fit where shallow ones do, at other depths on other machines.
    """
    with prepared(["+experiment=phase_diagram", "tracking=none"]) as (_, configs, _):
        tried = [next(config for config in configs if len(config.hidden) == depth) for depth in DEPTHS]
        others = [config for config in configs if config not in tried]
        chosen = [others[i * (len(others) - 1) // (HELD - 1)] for i in range(HELD)]
    train(tried[0])
    slower = [(float(sum(config.hidden)), _spent(partial(train, config)) / compute(config)) for config in tried]
    measured = _spent(lambda: _together([replace(config, experiment=None, tracking=where) for config in chosen]))
    said, whole = (trained(few, slower) + record * len(few) for few in (chosen, configs))
    return {"arms": len(chosen), "slower": slower, "measured": measured, "predicted": said, "whole diagram": whole}


def trained(configs: Sequence[RunConfig], slower: Sequence[tuple[float, float]]) -> float:
    """Seconds of a processor that these runs train, on a machine that is so much slower than the model's."""
    units, times = zip(*slower, strict=True)
    return float(sum(compute(each) * np.interp(sum(each.hidden), units, times) for each in configs))


def compute(config: RunConfig) -> float:
    """Seconds of one core for training and looking, by the sizes alone."""
    setup = Setup(config)
    engine = cost.FUSED if setup.engine == "fused" else cost.REFERENCE
    m, every = setup.data.X.shape[1], setup.data.X.shape[1] + setup.data.X_test.shape[1]
    looks = len(config.probes.steps or ()) or config.probes.count
    spent = cost.seconds(engine, setup.sizes, m, config.replicates, config.steps)
    return spent + PROBE * cost.seconds(cost.REFERENCE, setup.sizes, every, config.replicates, looks)


def mapped(folder: Path, measured: dict[str, Any]) -> dict[str, dict[str, float]]:
    """What the last map in a store took by the clock, as a whole and in its last refinement alone, beside what the model says."""
    store = tracking.resolve(TrackingConfig(directory=str(folder)), needed=True)
    sweep = tracking.sweeps_of(store)[0].run_id
    configs = [from_yaml(tracking.config_of(store, run)) for run in tracking.runs_of(store, sweep)]
    arms, seconds = (
        [point.value for point in client(store).get_metric_history(sweep, name)] for name in ("arms", "seconds")
    )
    each = measured["seconds of a processor"]
    beside = each["compose"] + each["plan"] + each["record"] + each["table"]

    def beside_each_other(few: Sequence[RunConfig], took: float) -> dict[str, float]:
        said = (len(few) * beside + trained(few, measured["model"]["slower"])) / available_cores()
        return {"arms": len(few), "took": took, "predicted": said, "predicted / took": said / took}

    before = int(arms[-2]) if len(arms) > 1 else 0
    last = beside_each_other(configs[before:], seconds[-1] - (seconds[-2] if before else 0.0))
    return {"whole": beside_each_other(configs, seconds[-1]), "last refinement": last}


# Launchers ------------------------------------------------------------------------------------------------------------


def launchers(few: int, many: int, rounds: int) -> dict[str, dict[str, Any]]:
    """By launcher, and for `resume` and `status` of the finished sweep, medians of the clock and of processors: see `told`."""
    names = (*LAUNCHERS, "resume", "status")
    spent: dict[tuple[str, int], list[tuple[float, float]]] = {
        (name, arms): [] for name in names for arms in (few, many)
    }
    for done in range(rounds):
        with TemporaryDirectory(prefix="sandbox-scaling-") as folder:
            for (launcher, arms), seconds in spent.items():
                seconds.append(_timed(*_command(Path(folder), arms, launcher)))
                sys.stderr.write(f"round {done + 1} of {rounds}: {arms} arms by {launcher}: {seconds[-1][0]:.1f} s\n")
    middle = {each: tuple(map(median, zip(*seconds, strict=True))) for each, seconds in spent.items()}
    found = {name: told(few, many, middle[name, few], middle[name, many]) for name in names}
    for name in names:
        found[name]["rounds"] = [clock for clock, _ in spent[name, many]]
    for name in LAUNCHERS[1:]:
        found[name]["beside basic"] = middle[name, many][0] / middle[LAUNCHERS[0], many][0]
    return found


def told(few: int, many: int, small: tuple[float, ...], large: tuple[float, ...]) -> dict[str, Any]:
    """What the larger sweep took, one more `arm`, and the `start`; None where that is lost in how seconds vary."""
    found: dict[str, Any] = {"large": large, "arm": [], "start": []}
    for short, long in zip(small, large, strict=True):
        try:
            arm: float | None = one_more(few, short, many, long)
        except Impossible:
            arm = None
        found["arm"].append(arm)
        found["start"].append(None if arm is None else short - few * arm)
    return found


def _command(folder: Path, arms: int, what: str) -> Sequence[str]:
    again = what in ("resume", "status")
    where = f"tracking.directory={folder / (LAUNCHERS[0] if again else what)}-{arms}"
    if what == "status":
        return "sandbox.status", where
    sweep = ("sandbox.run", "-m", f"seed=range({arms})", *TINY, where)
    if again:
        return *sweep, "resume=true"
    python("sandbox.run", *TINY, where)  # makes the store
    return *sweep, f"hydra/launcher={what}"


def _timed(*words: str) -> tuple[float, float]:
    """Seconds of the clock, and of all processors: also of workers and servers, which outlive it for a moment and become our own."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    begun, before = perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    python(*words)
    clock = perf_counter() - begun
    with suppress(ChildProcessError):
        while perf_counter() - begun < clock + LEAVING:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                sleep(0.05)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return clock, sum(getattr(after, name) - getattr(before, name) for name in ("ru_utime", "ru_stime"))


def ray_nodes(arms: int) -> dict[str, Any]:
    """Seconds of the clock from the first arm's begin to the last one's end, on nodes of one core each; `speed-up`: one node's by two's.

    A sweep of one tiny arm for each node goes before, so that workers have imported everything.
    """
    from tests.support import rays

    if why := rays.why_not():
        raise SystemExit(f"error: --ray-nodes: {why}")
    found: dict[str, Any] = {"arms": arms}
    with TemporaryDirectory(prefix="sandbox-scaling-") as name:
        for nodes in (1, 2):
            where = f"tracking.directory={Path(name) / str(nodes)}"
            with rays.cluster(nodes) as cluster:
                python("sandbox.run", "-m", f"seed=range({nodes})", *TINY, *cluster.launcher, "batch=1", where)
                python("sandbox.run", "-m", f"seed=range({arms})", *LONGER, *cluster.launcher, where)
            store = tracking.resolve(TrackingConfig(directory=str(Path(name) / str(nodes))))
            (sweep, _) = tracking.sweeps_of(store)
            spans = [_span(store, run.run_id) for run in tracking.runs_of(store, sweep.run_id)]
            found[f"{nodes} nodes"] = {
                "seconds": max(end for _, end in spans) - min(begin for begin, _ in spans),
                "seconds of an arm": sum(end - begin for begin, end in spans) / len(spans),
            }
    found["speed-up"] = found["1 nodes"]["seconds"] / found["2 nodes"]["seconds"]
    return found


def _span(store: tracking.Store, run: str) -> tuple[float, float]:
    info = client(store).get_run(run).info
    return info.start_time / 1000, info.end_time / 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--launchers", type=int, nargs=2, metavar=("FEW", "MANY"), help="measure all launchers with so many arms"
    )
    parser.add_argument("--rounds", type=int, default=3, help="of --launchers; 3 by default")
    parser.add_argument(
        "--ray-nodes", type=int, metavar="ARMS", help="measure a Ray of one node, and of two, with so many arms"
    )
    parser.add_argument("--map", type=Path, metavar="MLRUNS", help="hold the model against a map that is finished")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    report = json.loads(options.output.read_text(encoding="utf-8")) if options.output.exists() else {}
    found: dict[str, Any]
    if options.launchers:
        part, found = "launchers", launchers(*options.launchers, options.rounds)
    elif options.ray_nodes:
        part, found = "ray nodes", ray_nodes(options.ray_nodes)
    elif options.map:
        part, found = "map", mapped(options.map, report["here"]["found"])
    else:
        part, found = "here", here()
    report[part] = {"machine": described(), "found": found}
    text = json.dumps(report, indent=1)
    options.output.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(report[part]["found"], indent=1) + "\n")


if __name__ == "__main__":
    main()
