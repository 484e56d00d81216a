"""The schema of a run's configuration: its keys, their types, defaults and roles. OmegaConf checks the types.

Plain dataclasses that import nothing, so that `--help` and a mistyped key cost no more than Hydra itself.
"""

from dataclasses import dataclass, field, fields, is_dataclass
from functools import lru_cache
from typing import Any

# The roles of keys. One without is a setting: arms differ in it, and with another value it is another run.
OUTSIDE = {"outside": True}  # where a run is recorded, and what is done about others: it is the same run with any value
TECHNICAL = {"technical": True}  # how a run is done: another run with another value, but no other arm
CONTENT = {"content": True}  # where and how to read a file: the run is what the file holds, wherever it lies
TEXT = {"text": True}  # free text, taken as it is typed whatever signs it holds
FREE = {"free": True}  # may be typed beside +experiment=NAME: the sweep is still the one that the experiment declares


@dataclass
class DatasetConfig:
    name: str = "moons"
    samples: int | None = None
    noise: float | None = None
    seed: int = field(default=0, metadata=FREE)
    test_fraction: float | None = 0.25
    validation_fraction: float = 0.0
    standardise: bool = True
    path: str | None = field(default=None, metadata=CONTENT | TEXT)
    test_path: str | None = field(default=None, metadata=CONTENT | TEXT)
    # How to read a file, named as in pandas.read_csv; None: as it looks.
    label: str | None = field(default=None, metadata=CONTENT | TEXT)
    task: str | None = field(default=None, metadata=CONTENT)
    usecols: list[str] | None = field(default=None, metadata=CONTENT | TEXT)
    drop: list[str] | None = field(default=None, metadata=CONTENT | TEXT)
    dropna: bool | None = field(default=None, metadata=CONTENT)
    header: Any = field(default=None, metadata=CONTENT)  # true or false; a bool's type would take 0 for false
    sep: str | None = field(default=None, metadata=CONTENT | TEXT)
    decimal: str | None = field(default=None, metadata=CONTENT | TEXT)
    comment: str | None = field(default=None, metadata=CONTENT | TEXT)
    encoding: str | None = field(default=None, metadata=CONTENT | TEXT)


@dataclass
class InitConfig:
    name: str = "normal"
    scale: float = 1.0
    path: str | None = field(default=None, metadata=CONTENT | TEXT)
    zero_layers: list[int] = field(default_factory=list)
    bias: str = "zero"


@dataclass
class ProbesConfig:
    count: int = 30
    steps: list[int] | None = None
    names: list[str] | None = None
    snapshots: int = 3
    float64: bool = False
    predictions: bool = False


@dataclass
class TrackingConfig:
    kind: str = "local"
    uri: str | None = field(default=None, metadata=TEXT)
    directory: str | None = field(default=None, metadata=TEXT)
    figures: bool = True
    offline: bool = False
    parent: str | None = None  # this and the next three are what a sweep tells its jobs
    session: str | None = None
    parts: str | None = None
    replaces: str | None = None
    label: str | None = None
    among: str | None = None
    batch: Any = None  # the runs of a job that does several, in bytes: nobody can type them


@dataclass
class FiguresConfig:
    format: str = "png"
    columns: int = 2


@dataclass
class RunConfig:
    dataset: DatasetConfig = field(default_factory=DatasetConfig)
    init: InitConfig = field(default_factory=InitConfig)
    probes: ProbesConfig = field(default_factory=ProbesConfig, metadata=TECHNICAL)
    tracking: TrackingConfig = field(default_factory=TrackingConfig, metadata=OUTSIDE | FREE)
    figures: FiguresConfig = field(default_factory=FiguresConfig, metadata=OUTSIDE | FREE)
    experiment: str | None = field(default=None, metadata=TECHNICAL | FREE)
    experiment_file: str | None = field(default=None, metadata=OUTSIDE | FREE | TEXT)
    activation: Any = "tanh"
    hidden: list[int] = field(default_factory=lambda: [4])
    output: str = "auto"
    learning_rate: float = 1.0
    weight_decay: float = 0.0
    steps: int = 2000
    threshold: float = 0.5
    replicates: int = field(default=20, metadata=TECHNICAL)
    first_replicate: int = field(default=0, metadata=TECHNICAL)
    per_draw: int | None = field(default=None, metadata=TECHNICAL)
    looks: int = field(default=1, metadata=OUTSIDE)
    paired: list[str] | None = field(default=None, metadata=OUTSIDE | FREE)
    only: list[str] | None = field(default=None, metadata=OUTSIDE | FREE | TEXT)
    resume: bool = field(default=False, metadata=OUTSIDE | FREE)
    on_error: str = field(default="continue", metadata=OUTSIDE | FREE)
    retries: int = field(default=0, metadata=OUTSIDE | FREE)
    time_limit: float | None = field(default=None, metadata=OUTSIDE | FREE)
    batch: int | None = field(default=None, metadata=OUTSIDE | FREE)
    quick: bool = field(default=False, metadata=OUTSIDE)
    dry_run: bool = field(default=False, metadata=OUTSIDE | FREE)
    seed: int = field(default=0, metadata=FREE)
    engine: str = field(default="auto", metadata=TECHNICAL | FREE)
    trial: dict[str, Any] = field(default_factory=dict)


def keys_with(role: dict[str, bool]) -> frozenset[str]:
    """The keys that have a role, as they are typed: `seed`, `dataset.seed`."""
    return _keys_with(frozenset(role.items()))


@lru_cache
def _keys_with(role: frozenset[tuple[str, bool]]) -> frozenset[str]:
    return _within(RunConfig, role, "")


def _within(schema: Any, role: frozenset[tuple[str, bool]], prefix: str) -> frozenset[str]:
    own = {prefix + key.name for key in fields(schema) if role <= key.metadata.items()}
    groups = [key for key in fields(schema) if is_dataclass(key.type)]
    return frozenset(own).union(*(_within(key.type, role, f"{prefix}{key.name}.") for key in groups))


def keys_of_type(*types: Any) -> frozenset[str]:
    """The keys that take values of one of these types."""
    return _typed(RunConfig, types, "")


def _typed(schema: Any, types: tuple[Any, ...], prefix: str) -> frozenset[str]:
    own = {prefix + key.name for key in fields(schema) if key.type in types}
    groups = [key for key in fields(schema) if is_dataclass(key.type)]
    return frozenset(own).union(*(_typed(key.type, types, f"{prefix}{key.name}.") for key in groups))


def plain(config: RunConfig) -> dict[str, Any]:
    """The keys with their values, groups as dictionaries: as `dataclasses.asdict`, whose copies cost a hundred times as much."""
    return {name: vars(value) if is_dataclass(value) else value for name, value in vars(config).items()}
