"""A whole sweep from the command line: ours against a plain script with one network per job, checked by final losses.

24 arms x 20 replicates x 1,000 steps (moons, 16 tanh, sigmoid or ReLU units), recorded in a fresh store with figures. The
script would take a quarter of an hour for the 480 networks: it is timed on a few jobs, and the rest extrapolated.
"""

from importlib.util import find_spec
from itertools import product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.commands import python
from sandbox import tracking
from sandbox.schema import DatasetConfig, InitConfig, RunConfig, TrackingConfig
from sandbox.tracking.store import client
from sandbox.trial import train

INITS, ACTIVATIONS, RATES = ("normal", "xavier", "he", "lecun"), ("tanh", "sigmoid", "relu"), (0.5, 1.0)
NETWORKS = len(INITS) * len(ACTIVATIONS) * len(RATES) * 20
FEW, MORE = 2, 9  # jobs of the script that are timed; the difference is what one more costs
SETTING = ("hidden=[16]", "steps=1000", "replicates=20")
AGREE = 1e-6  # a thousand steps let rounding grow


def swept(rounds: int) -> dict[str, Any]:
    """Seconds of both, in turns; what an arm costs beyond its training; how far losses differ at most."""
    found: dict[str, Any] = {"networks": NETWORKS, "ours": [], "arm": [], "template": [], "job": [], "difference": 0.0}
    found["training"] = trained()
    for _ in range(rounds):
        with TemporaryDirectory(prefix="sandbox-bench-") as folder:
            ours, few = sweep(Path(folder) / "ours", INITS), sweep(Path(folder) / "few", INITS[:1])
            found["ours"].append(ours)
            found["arm"].append((ours - few) / (24 - 6))
            if not find_spec("torch"):
                continue
            store = f"sqlite:///{folder}/template.db"
            short = script(store, "activation=tanh", f"seed={_to(FEW)}")
            long = script(store, f"activation={','.join(ACTIVATIONS)}", f"seed={_to(MORE // 3)}")
            found["job"].append((long - short) / (MORE - FEW))
            found["template"].append(short + (NETWORKS - FEW) * found["job"][-1])
            found["difference"] = max(found["difference"], difference(Path(folder) / "ours", store))
    if found["difference"] > AGREE:
        raise SystemExit(f"error: the script did not do the same work: losses differ by {found['difference']:.1e}")
    return found


def sweep(folder: Path, inits: tuple[str, ...]) -> float:
    """Our command, with its store in that folder."""
    arms = (
        f"init={','.join(inits)}",
        f"activation={','.join(ACTIVATIONS)}",
        f"learning_rate={','.join(map(str, RATES))}",
    )
    return python("sandbox.run", "-m", *arms, *SETTING, f"tracking.directory={folder}").seconds


def script(store: str, *arms: str) -> float:
    """The script, in the same store each time: it does not pay for making one."""
    folder = Path(store.removeprefix("sqlite:///")).parent / "multirun"
    return python("benchmarks.template.train", "-m", f"hydra.sweep.dir={folder}", f"store={store}", *arms).seconds


def trained() -> float:
    """Seconds per arm of training and probing alone, which `arm` contains."""
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


def difference(folder: Path, store: str) -> float:
    """The largest relative difference between the script's final losses and ours of the same networks."""
    mine = tracking.resolve(TrackingConfig(directory=str(folder)))
    api = client(mine)
    (experiment,) = (e.experiment_id for e in api.search_experiments() if e.name == "sandbox")
    runs = api.search_runs([experiment], "tags.kind = 'run'")
    losses = {
        (run.data.params["init"], run.data.params["activation"], float(run.data.params["learning_rate"])):
        tracking.fetch_history(mine, run.info.run_id).curves["train/loss"][-1]
        for run in runs
    }  # fmt: skip
    theirs = client(tracking.resolve(TrackingConfig(uri=store)))
    (experiment,) = (e.experiment_id for e in theirs.search_experiments() if e.name == "template")
    worst = 0.0
    for run in theirs.search_runs([experiment]):
        p = run.data.params
        right = losses[p["init"], p["activation"], float(p["learning_rate"])][int(p["seed"])]
        worst = max(worst, float(np.abs(run.data.metrics["train/loss"] - right) / right))
    return worst


def _to(n: int) -> str:
    return ",".join(map(str, range(n)))
