"""What determines a run's result, as one short name: two runs with the same digest are the same run.

It covers every key of the configuration, also at its default (without those that stand outside of a run), the engine
that computes, the data, given weights, and the code that computes, comments and docstrings aside. It is the same on every
machine and every Python; what may change a run's last bits there (library versions, the processor) is recorded beside it.
"""

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from sandbox.config import own
from sandbox.config.schema import CONTENT, OUTSIDE, RunConfig, keys_with, plain
from sandbox.system.source import meaning
from sandbox.trial.build import Setup
from sandbox.trial.experiment import PLAIN, Experiment
from sandbox.trial.source import reached

# Packages that compute a result: the mathematics and what leads to it, nothing that records, judges or draws.
COMPUTING = ("data", "nn", "config", "trial")
OF_EXPERIMENTS = ("experiments", "sandbox.analysis")  # of which what a trial reaches counts


Parts = dict[str, str]  # what a run is made of, in a user's words -> its digest


def run_digest(setup: Setup, experiment: Experiment = PLAIN) -> str:
    """16 hexadecimal digits of SHA-256."""
    return whole(parts_of(setup, experiment))


def whole(parts: Parts) -> str:
    """The digest of a run with these parts."""
    return _short(json.dumps(parts, sort_keys=True).encode())


def parts_of(setup: Setup, experiment: Experiment = PLAIN) -> Parts:
    config = setup.config
    engine = setup.engine if experiment.trains else config.engine
    settings = json.dumps(counted(config) | {"engine": engine}, sort_keys=True)
    found = {"configuration": _short(settings.encode()), "code": code_digest(config.experiment)}
    if experiment.trains:
        found["data"] = setup.data.digest
        found["names"] = _short(json.dumps([setup.data.features, setup.data.classes]).encode())
    if code := own.code_of(config):
        found["parts of your own"] = code
    if config.init.path:
        found["weights"] = _short(Path(config.init.path).expanduser().read_bytes())
    return found


def sweep_digest(digests: list[str]) -> str:
    """The name of a sweep of these runs, in whatever order."""
    return _short(" ".join(sorted(digests)).encode())


def counted(config: RunConfig) -> dict[str, Any]:
    """The keys with their values, flat, without those outside of the run and paths, whose files count."""
    left_out = keys_with(OUTSIDE) | keys_with(CONTENT)
    flat: dict[str, Any] = {}
    for key, value in plain(config).items():
        inner = value if isinstance(value, dict) and key != "trial" else {"": value}
        flat |= {f"{key}.{name}".rstrip("."): given for name, given in inner.items() if key not in left_out}
    return {key: value for key, value in flat.items() if key not in left_out}


@lru_cache
def code_digest(experiment: str | None = None) -> str:
    """A name for the code that computes, and for what an experiment's trial adds to it; comments and docstrings aside."""
    texts = [*_computing(), *(reached(_module(experiment), OF_EXPERIMENTS) if experiment else [])]
    return _short("\n".join(texts).encode())


@lru_cache
def _computing() -> tuple[str, ...]:
    """What the code says that all runs have in common; read once, however many experiments a process works on."""
    root = Path(__file__).resolve().parents[1]
    files = [path for name in COMPUTING for path in sorted((root / name).rglob("*.py"))]
    return tuple(meaning(file.read_bytes()) for file in files)


def _module(experiment: str) -> str:
    return own.module_of(experiment).__name__ if experiment.endswith(".py") else f"experiments.{experiment}"


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
