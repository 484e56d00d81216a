"""How time and memory grow with replicates, steps, samples and arms: each point in a process of its own.

python -m benchmarks.growth replicates=100 steps=300 dataset.samples=400        prints the seconds of one training
"""

import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.commands import python
from sandbox.config.schema import DatasetConfig, RunConfig
from sandbox.trial.train import train

# what grows -> what stays, the points of a short look, and those of a full one
TRAINING: dict[str, tuple[dict[str, int], tuple[int, ...], tuple[int, ...]]] = {
    "replicates": ({"steps": 300, "samples": 400}, (1, 10, 100, 1000), (10_000,)),
    "steps": ({"replicates": 20, "samples": 400}, (100, 1000, 10_000), (100_000,)),
    "samples": ({"replicates": 20, "steps": 200}, (100, 1000, 10_000), (100_000,)),
    "steps of 10,000 replicates": ({"replicates": 10_000, "samples": 8}, (100, 1000), (10_000, 100_000)),
}
ARMS = ((10, 50), (200, 1000))  # of a recorded sweep with figures


def grown(full: bool) -> dict[str, dict[str, Any]]:
    """For each thing that grows: points, seconds, megabytes, and the exponents of both."""
    found = {}
    for what, (fixed, short, more) in TRAINING.items():
        points = short + (more if full else ())
        spent = [_trained(**fixed, **{what.partition(" ")[0]: point}) for point in points]
        found[what] = _series(points, [s for s, _ in spent], [mb for _, mb in spent])
    points = ARMS[0] + (ARMS[1] if full else ())
    _recorded(1)  # warms up
    recorded = [_recorded(arms) for arms in points]
    found["arms"] = _series(points, [s for s, _ in recorded], [mb for _, mb in recorded])
    return found


def exponent(points: tuple[int, ...], values: list[float]) -> float:
    """The slope of a straight line through log value against log size: 1 is proportional, 0 is flat."""
    return float(np.polyfit(np.log(points), np.log(values), 1)[0])


def _series(points: tuple[int, ...], seconds: list[float], megabytes: list[float]) -> dict[str, Any]:
    late = slice(-3, None)  # where fixed costs no longer hide the growth
    return {
        "points": points, "seconds": seconds, "megabytes": megabytes,
        "exponent of time": exponent(points[late], seconds[late]), "exponent of memory": exponent(points[late], megabytes[late]),
    }  # fmt: skip


def _trained(**sizes: int) -> tuple[float, float]:
    spent = python("benchmarks.growth", *(f"{key}={value}" for key, value in sizes.items()))
    return float(spent.printed.split()[-1]), spent.megabytes


def _recorded(arms: int) -> tuple[float, float]:
    with TemporaryDirectory(prefix="sandbox-bench-") as folder:
        sweep = (
            "-m",
            f"seed=range({arms})",
            "steps=100",
            "replicates=20",
            f"tracking.directory={Path(folder) / 'store'}",
        )
        spent = python("sandbox.run", *sweep)
        return spent.seconds, spent.megabytes


def main() -> None:
    """One point: trained twice, the second time with everything loaded."""
    sizes = {key: int(value) for key, _, value in (word.partition("=") for word in sys.argv[1:])}
    data = DatasetConfig("moons", samples=sizes.pop("samples", 400))
    config = RunConfig(dataset=data, hidden=[16], engine="fused", learning_rate=0.1, **sizes)  # type: ignore[arg-type]
    train(replace(config, steps=2))
    begin = perf_counter()
    train(config)
    sys.stdout.write(f"{perf_counter() - begin}\n")


if __name__ == "__main__":
    main()
