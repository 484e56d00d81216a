"""What determines a run's result, as one short name: two runs with the same digest are the same run.

It covers the configuration (without what does not matter), the data, given weights and the code that computes. A key
at its default does not count, so a new one leaves old digests as they were; nor do comments and docstrings.
"""

import ast
import hashlib
import json
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from sandbox.config.schema import CONTENT, OUTSIDE, RunConfig, keys_with
from sandbox.data.npz import digest
from sandbox.trial.build import Setup
from sandbox.trial.source import reached, without_docstrings

# Packages that compute a result: the mathematics and what leads to it, nothing that records, judges or draws.
COMPUTING = ("data", "nn", "config", "trial")
OF_EXPERIMENTS = ("experiments", "sandbox.analysis")  # of which what a trial reaches counts


def run_digest(setup: Setup, uses_data: bool = True) -> str:
    """16 hexadecimal digits of SHA-256, the same in every process and on every machine."""
    config, data = setup.config, setup.data if uses_data else None
    parts: dict[str, Any] = {"config": differing(config), "code": code_digest(config.experiment)}
    if data is not None:
        parts["data"] = digest(data.arrays)
    if config.init.path:
        parts["weights"] = hashlib.sha256(Path(config.init.path).read_bytes()).hexdigest()
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def sweep_digest(digests: list[str]) -> str:
    """The name of a sweep of these runs, in whatever order."""
    return hashlib.sha256(" ".join(sorted(digests)).encode()).hexdigest()[:16]


def differing(config: RunConfig) -> dict[str, Any]:
    """The keys that differ from their defaults, without those outside of the run and paths, whose files count."""
    return _unlike(asdict(config), asdict(RunConfig()), keys_with(OUTSIDE) | keys_with(CONTENT))


def _unlike(given: dict[str, Any], default: dict[str, Any], without: frozenset[str], at: str = "") -> dict[str, Any]:
    unlike: dict[str, Any] = {}
    for key, value in given.items():
        if isinstance(value, dict) and isinstance(default.get(key), dict):
            value = _unlike(value, default[key], without, f"{at}{key}.")
            usual: Any = {}
        else:
            usual = default.get(key)
        if f"{at}{key}" not in without and value != usual:
            unlike[key] = value
    return unlike


@lru_cache
def code_digest(experiment: str | None = None) -> str:
    """A name for the code that computes, and for what an experiment's trial adds to it; comments and docstrings aside."""
    root = Path(__file__).resolve().parents[1]
    files = [path for name in COMPUTING for path in sorted((root / name).rglob("*.py"))]
    state = hashlib.sha256()
    for file in files:
        state.update(ast.dump(without_docstrings(ast.parse(file.read_bytes()))).encode())
    for text in reached(f"experiments.{experiment}", OF_EXPERIMENTS) if experiment else []:
        state.update(text.encode())
    return state.hexdigest()[:16]
