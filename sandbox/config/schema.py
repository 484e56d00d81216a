"""The schema of a run's configuration: its keys, their types and defaults. OmegaConf checks the types.

Plain dataclasses that import nothing, so that `--help` and a mistyped key cost no more than Hydra itself.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class DatasetConfig:
    name: str = "moons"
    samples: int | None = None
    noise: float | None = None
    seed: int = 0
    test_fraction: float = 0.25
    standardise: bool = True
    path: str | None = None
    label: str | None = None


@dataclass
class InitConfig:
    name: str = "normal"
    scale: float = 1.0
    path: str | None = None
    zero_layers: list[int] = field(default_factory=list)


@dataclass
class ProbesConfig:
    count: int = 30
    steps: list[int] | None = None
    names: list[str] | None = None
    snapshots: int = 3


@dataclass
class TrackingConfig:
    kind: str = "local"
    uri: str | None = None
    directory: str | None = None
    figures: bool = True
    offline: bool = False
    parent: str | None = None  # this and the next two are what a sweep tells its jobs
    session: str | None = None
    replaces: str | None = None


@dataclass
class RunConfig:
    dataset: DatasetConfig = field(default_factory=DatasetConfig)
    init: InitConfig = field(default_factory=InitConfig)
    probes: ProbesConfig = field(default_factory=ProbesConfig)
    tracking: TrackingConfig = field(default_factory=TrackingConfig)
    experiment: str | None = None
    activation: Any = "tanh"
    hidden: list[int] = field(default_factory=lambda: [4])
    output: str = "auto"
    learning_rate: float = 1.0
    steps: int = 2000
    threshold: float = 0.5
    replicates: int = 20
    first_replicate: int = 0
    looks: int = 1
    resume: bool = False
    on_error: str = "continue"
    retries: int = 0
    quick: bool = False
    seed: int = 0
    engine: str = "auto"
    trial: dict[str, Any] = field(default_factory=dict)
