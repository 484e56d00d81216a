"""A whole sweep from the command line: ours against scripts with one network per job, checked by final losses.

24 arms x 20 replicates x 1,000 steps (moons, 16 tanh, sigmoid or ReLU units), recorded with figures in a store that exists.
A script would take minutes for the 480 networks: it is timed on a few jobs, and the rest extrapolated.
"""

import os
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.commands import python
from sandbox import tracking
from sandbox.config.schema import DatasetConfig, InitConfig, RunConfig, TrackingConfig
from sandbox.system.threads import available_cores
from sandbox.tracking.store import client
from sandbox.trial.build import train

INITS, ACTIVATIONS, RATES = ("normal", "xavier", "he", "lecun"), ("tanh", "sigmoid", "relu"), (0.5, 1.0)
NETWORKS = len(INITS) * len(ACTIVATIONS) * len(RATES) * 20
FEW, MORE = 2, 9  # jobs of the script that are timed; the difference is what one more costs
SETTING = ("hidden=[16]", "steps=1000", "replicates=20")
JOBLIB = ("joblib",) if find_spec("hydra_plugins") and find_spec("hydra_plugins.hydra_joblib_launcher") else ()
LAUNCHERS = ("cores", *JOBLIB, "basic")  # ours
# A script of benchmarks.template, which is its experiment, too, and the package that it needs beside PyTorch.
PEERS = {"plain Hydra + MLflow script": ("train", "template", "torch"), "HydraFlow": ("flow", "flow", "hydraflow")}
AGREE = 1e-6  # a thousand steps let rounding grow


def swept(rounds: int) -> dict[str, Any]:
    """Seconds of each, in turns; what an arm costs beyond its training; how far losses differ at most."""
    peers = {name: peer for name, peer in PEERS.items() if find_spec("torch") and find_spec(peer[2])}
    found: dict[str, Any] = {"networks": NETWORKS, "difference": 0.0, "training": training_of_each()}
    found |= {"ours": {name: [] for name in LAUNCHERS}, "arm": {name: [] for name in LAUNCHERS}}
    found["peers"] = {name: {"whole": [], "job": []} for name in peers}
    for _ in range(rounds):
        with TemporaryDirectory(prefix="sandbox-bench-") as name:
            folder = Path(name)
            python("sandbox.run", "steps=1", "replicates=1", f"tracking.directory={folder / 'ours'}")  # makes the store
            for launcher in LAUNCHERS:
                ours, few = (sweep(folder / "ours", inits, launcher) for inits in (INITS, INITS[:1]))
                found["ours"][launcher].append(ours)
                found["arm"][launcher].append((ours - few) / (24 - 6))
            for peer, (module, experiment, _) in peers.items():
                (folder / module).mkdir()
                short = script(module, folder / module, "activation=tanh", f"seed={_to(FEW)}")
                long = script(
                    module, folder / module, f"activation={','.join(ACTIVATIONS)}", f"seed={_to(MORE // 3, FEW)}"
                )
                job = (long - short) / (MORE - FEW)
                found["peers"][peer]["job"].append(job)
                found["peers"][peer]["whole"].append(short + (NETWORKS - FEW) * job)
                store = f"sqlite:///{folder / module}/mlflow.db"
                found["difference"] = max(found["difference"], difference(folder / "ours", store, experiment))
    if found["difference"] > AGREE:
        raise SystemExit(f"error: a script did not do the same work: losses differ by {found['difference']:.1e}")
    return found


def sweep(folder: Path, inits: tuple[str, ...], launcher: str) -> float:
    """Our command, with its store in that folder."""
    arms = (
        f"init={','.join(inits)}",
        f"activation={','.join(ACTIVATIONS)}",
        f"learning_rate={','.join(map(str, RATES))}",
    )
    return python(
        "sandbox.run", "-m", *arms, *SETTING, f"hydra/launcher={launcher}", f"tracking.directory={folder}"
    ).seconds


def script(module: str, folder: Path, *arms: str) -> float:
    """A script, in the same store each time: the difference of two calls does not pay for making one."""
    words = (f"hydra.sweep.dir={folder}/multirun", f"store=sqlite:///{folder}/mlflow.db", *arms)
    return python(f"benchmarks.template.{module}", "-m", *words, folder=folder).seconds


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
            steps=1000, replicates=20,
        )  # fmt: skip
        if not seconds:
            train(config)  # loads the data and the compiled code
        begin = perf_counter()
        train(config)
        seconds.append(perf_counter() - begin)
    return median(seconds)


def difference(folder: Path, store: str, name: str) -> float:
    """The largest relative difference between a script's final losses and ours of the same networks."""
    mine = tracking.resolve(TrackingConfig(directory=str(folder)))
    api = client(mine)
    (experiment,) = (e.experiment_id for e in api.search_experiments() if e.name == "sandbox")
    runs = api.search_runs([experiment], "tags.kind = 'run' AND params.steps = '1000'")
    losses = {
        (run.data.params["init"], run.data.params["activation"], float(run.data.params["learning_rate"])):
        tracking.fetch_history(mine, run.info.run_id).curves["train/loss"][-1]
        for run in runs
    }  # fmt: skip
    theirs = client(tracking.resolve(TrackingConfig(uri=store)))
    (experiment,) = (e.experiment_id for e in theirs.search_experiments() if e.name == name)
    worst = 0.0
    for run in theirs.search_runs([experiment]):
        p = run.data.params
        right = losses[p["init"], p["activation"], float(p["learning_rate"])][int(p["seed"])]
        worst = max(worst, float(np.abs(run.data.metrics["train/loss"] - right) / right))
    return worst


def _to(n: int, first: int = 0) -> str:
    return ",".join(str(seed) for seed in range(first, first + n))
