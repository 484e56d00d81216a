"""A whole sweep from the command line: ours against scripts with one network per job, checked by final losses.

24 arms (moons, 16 tanh, sigmoid or ReLU units, 1,000 steps), recorded with figures in a store that exists. All contenders have
run once before they are timed. What they are compared by is measured: 24 networks, one of each arm, by everybody. For the 480
networks of 24 arms x 20 replicates a script takes minutes: `whole` times that, too; else they follow from how far the starts of
its 24 jobs are apart.
"""

import os
from collections.abc import Iterable
from functools import partial
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from unittest.mock import patch

import numpy as np
from mlflow.entities import Run

from benchmarks.commands import python
from benchmarks.sane import beyond, in_a_few_tries, one_more
from sandbox import tracking
from sandbox.config.schema import DatasetConfig, InitConfig, RunConfig, TrackingConfig
from sandbox.system.threads import available_cores
from sandbox.tracking.store import client
from sandbox.trial.train import train

INITS, ACTIVATIONS, RATES = ("normal", "xavier", "he", "lecun"), ("tanh", "sigmoid", "relu"), (0.5, 1.0)
ARMS, FEWER, REPLICATES = 24, 6, 20  # FEWER: the arms of one scheme; the difference is what one more costs
NETWORKS = ARMS * REPLICATES
UNCHECKED = REPLICATES  # the seed of a script's network that is none of ours
SETTING = ("hidden=[16]", "steps=1000")
JOBLIB = ("joblib",) if find_spec("hydra_plugins") and find_spec("hydra_plugins.hydra_joblib_launcher") else ()
LAUNCHERS = ("cores", *JOBLIB, "basic")  # ours
# A script of benchmarks.template, which is its experiment, too, and the package that it needs beside PyTorch.
PEERS = {"plain Hydra + MLflow script": ("train", "template", "torch"), "HydraFlow": ("flow", "flow", "hydraflow")}
AGREE = 1e-6  # a thousand steps let rounding grow


def swept(rounds: int, whole: bool) -> dict[str, Any]:
    """Seconds of each, in turns; what an arm costs beyond its training; how far losses differ at most.

    whole: whether the scripts train all networks, once. Raises Impossible where times contradict each other again and again.
    """
    peers = {name: peer for name, peer in PEERS.items() if find_spec("torch") and find_spec(peer[2])}
    training = training_of_each()
    found: dict[str, Any] = {"networks": NETWORKS, "difference": 0.0, "training": training, "extrapolated": not whole}
    found["ours"] = {name: {"whole": [], "alone": [], "arm": [], "overhead": []} for name in LAUNCHERS}
    found["peers"] = {name: {"alone": [], "job": []} for name in peers}
    for turn in range(rounds):
        with TemporaryDirectory(prefix="sandbox-bench-") as name:
            _turn(Path(name), found, peers, LAUNCHERS if turn == 0 else ())
    for peer, (module, _, _) in peers.items():
        times = found["peers"][peer]
        expected = [a + (NETWORKS - ARMS) * job for a, job in zip(times["alone"], times["job"], strict=True)]
        times["whole"] = [all_of_them(module)] if whole else expected
    if found["difference"] > AGREE:
        raise SystemExit(f"error: a script did not do the same work: losses differ by {found['difference']:.1e}")
    return found


def _turn(folder: Path, found: dict[str, Any], peers: dict[str, tuple[str, str, str]], cold: Iterable[str]) -> None:
    """Everybody once, and once before if its stores are new and it is cold."""
    python("sandbox.run", "steps=1", "replicates=1", f"tracking.directory={folder / 'ours'}")
    for launcher in cold:
        sweep(folder, INITS[:1], launcher)
    for launcher in LAUNCHERS:
        _add(found["ours"][launcher], in_a_few_tries(partial(ours, folder, launcher, found["training"][launcher])))
    for peer, (module, experiment, _) in peers.items():
        script(module, folder, INITS[:1], f"seed={UNCHECKED}")
        _add(found["peers"][peer], theirs(module, experiment, folder))
        found["difference"] = max(found["difference"], difference(folder, recorded(module, experiment, folder)))


def _add(lists: dict[str, list[float]], times: dict[str, float]) -> None:
    for key, seconds in times.items():
        lists[key].append(seconds)


def ours(folder: Path, launcher: str, training: float) -> dict[str, float]:
    """Seconds of the sweep, of the same with a network per arm, of one arm more, and of what is not training in it."""
    whole, few, alone = (
        sweep(folder, *what) for what in ((INITS, launcher), (INITS[:1], launcher), (INITS, launcher, 1))
    )
    arm = one_more(FEWER, few, ARMS, whole)
    return {"whole": whole, "alone": alone, "arm": arm, "overhead": beyond(arm, training)}


def theirs(module: str, experiment: str, folder: Path) -> dict[str, float]:
    """Seconds of a script with a network per arm, and from the start of one job to that of the next."""
    alone = script(module, folder, INITS, "seed=0")
    starts = sorted(run.info.start_time / 1e3 for run in recorded(module, experiment, folder))
    return {"alone": alone, "job": (starts[-1] - starts[0]) / (len(starts) - 1)}


def all_of_them(module: str) -> float:
    """Seconds of a script that trains all networks, in a store of its own that exists."""
    with TemporaryDirectory(prefix="sandbox-bench-") as name:
        script(module, Path(name), INITS[:1], f"seed={UNCHECKED}")
        return script(module, Path(name), INITS, f"seed=range({REPLICATES})")


def sweep(folder: Path, inits: tuple[str, ...], launcher: str, replicates: int = REPLICATES) -> float:
    """Our command, with its store in that folder."""
    where = (f"hydra/launcher={launcher}", f"tracking.directory={folder / 'ours'}")
    return python("sandbox.run", "-m", *arms(inits), *SETTING, f"replicates={replicates}", *where).seconds


def script(module: str, folder: Path, inits: tuple[str, ...], seed: str) -> float:
    """A script, in the same store each time, which exists: no call pays for making it."""
    (folder / module).mkdir(parents=True, exist_ok=True)
    where = (f"hydra.sweep.dir={folder / module}/multirun", f"store=sqlite:///{folder / module}/mlflow.db")
    return python(f"benchmarks.template.{module}", "-m", *where, *arms(inits), seed, folder=folder / module).seconds


def arms(inits: tuple[str, ...]) -> tuple[str, ...]:
    """Overrides that both understand."""
    rates = ",".join(map(str, RATES))
    return f"init={','.join(inits)}", f"activation={','.join(ACTIVATIONS)}", f"learning_rate={rates}"


def training_of_each() -> dict[str, float]:
    """Seconds of training and probing in what one arm more takes: on all cores, or on one of them while others train theirs."""
    with patch.dict(os.environ, {"SANDBOX_THREADS": "1"}):
        alone = trained()
    return dict.fromkeys(LAUNCHERS, alone / available_cores()) | {"basic": trained()}


def trained() -> float:
    """Seconds per arm of training and probing alone."""
    seconds = []
    for init, activation, rate in product(INITS, ACTIVATIONS, RATES):
        config = RunConfig(
            dataset=DatasetConfig("moons"), init=InitConfig(init), activation=activation, hidden=[16], learning_rate=rate,
            steps=1000, replicates=REPLICATES,
        )  # fmt: skip
        if not seconds:
            train(config)  # loads the data and the compiled code
        begin = perf_counter()
        train(config)
        seconds.append(perf_counter() - begin)
    return median(seconds)


def recorded(module: str, experiment: str, folder: Path) -> list[Run]:
    """The runs of a script that are to be compared."""
    store = client(tracking.resolve(TrackingConfig(uri=f"sqlite:///{folder / module}/mlflow.db")))
    (number,) = (e.experiment_id for e in store.search_experiments() if e.name == experiment)
    return list(store.search_runs([number], f"params.seed != '{UNCHECKED}'"))


def difference(folder: Path, scripts: list[Run]) -> float:
    """The largest relative difference between a script's final losses and ours of the same networks."""
    mine = tracking.resolve(TrackingConfig(directory=str(folder / "ours")))
    api = client(mine)
    (experiment,) = (e.experiment_id for e in api.search_experiments() if e.name == "sandbox")
    runs = api.search_runs([experiment], f"tags.kind = 'run' AND params.replicates = '{REPLICATES}'")
    losses = {
        (run.data.params["init"], run.data.params["activation"], float(run.data.params["learning_rate"])):
        tracking.fetch_history(mine, run.info.run_id).curves["train/loss"][-1]
        for run in runs
    }  # fmt: skip
    worst = 0.0
    for run in scripts:
        p = run.data.params
        right = losses[p["init"], p["activation"], float(p["learning_rate"])][int(p["seed"])]
        worst = max(worst, float(np.abs(run.data.metrics["train/loss"] - right) / right))
    return worst
