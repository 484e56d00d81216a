"""Composing the arms of a sweep: Hydra composes each choice of groups once, an arm's values are set in a copy of it.

Hydra composes anew for each job, and in each process again: 50 ms of reading files and merging, of which only the groups
decide. What comes out here is equal to what it would compose (a test compares them, key by key).
"""

import copy
import pickle
from collections.abc import Sequence
from functools import lru_cache

from hydra._internal.config_loader_impl import ConfigLoaderImpl, get_overrides_dirname
from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig

Arm = tuple[str, ...]  # overrides


class Batch(str):
    """What a launcher is handed in place of an arm's overrides: it stands for many arms, and says so where it is printed."""

    __slots__ = ("runs", "words")
    words: Arm  # what they say of Hydra itself
    runs: bytes  # see `sandbox.sweep.batches`

    @classmethod
    def of(cls, count: int, words: Arm, runs: bytes) -> "Batch":
        batch = cls(f"{count} arms")
        batch.words, batch.runs = words, runs
        return batch


class Composer:
    """A config loader for launchers: what `load_sweep_config` returns is the caller's own."""

    def __init__(self, inner: ConfigLoader) -> None:
        self.inner = inner
        self.composed: dict[Arm, DictConfig] = {}  # by the overrides that choose groups
        self.groups: dict[str, bool] = {}  # whether a key is one
        self.packed: bytes | None = None

    def load_sweep_config(self, master_config: DictConfig, sweep_overrides: list[str]) -> DictConfig:
        """An arm's configuration, or that of a job with a batch of them."""
        batch = next((word for word in sweep_overrides if isinstance(word, Batch)), None)
        if batch is not None:
            config = copy.deepcopy(self._saying(batch.words, master_config))
            _describe(config, [_parsed(word) for word in batch.words])
            config.tracking.batch = batch.runs
            return config
        arm = tuple(sweep_overrides)
        choices, values = self.split(arm)
        config = copy.deepcopy(self._composed(choices, master_config))
        if values:
            ConfigLoaderImpl._apply_overrides_to_config(values, config)  # noqa: SLF001 - equal to Hydra's, not similar
            _describe(config, [_parsed(word) for word in arm])
        return config

    def _composed(self, choices: Arm, master: DictConfig) -> DictConfig:
        if choices not in self.composed:
            self.composed[choices] = self.inner.load_sweep_config(master, list(choices))
            self.packed = None
        return self.composed[choices]

    def _saying(self, words: Arm, master: DictConfig) -> DictConfig:
        """What says this of Hydra itself, for a job whose runs bring their own settings."""
        alike = (config for choices, config in self.composed.items() if self.about_hydra(choices) == words)
        found = next(alike, None)
        return self._composed(words, master) if found is None else found

    def about_hydra(self, arm: Sequence[str]) -> Arm:
        """What of an arm is about Hydra itself; jobs of a batch have that in common."""
        return tuple(word for word in arm if _parsed(word).is_hydra_override())

    def split(self, arm: Arm) -> tuple[Arm, list[Override]]:
        """What of an arm chooses groups, or is about Hydra, and what sets values."""
        parsed = [_parsed(word) for word in arm]
        choices = tuple(word for word, override in zip(arm, parsed, strict=True) if self._chooses(override))
        return choices, [override for override in parsed if not self._chooses(override)]

    def __getstate__(self) -> tuple[ConfigLoader, bytes]:
        # a launcher sends this object along with every job
        self.packed = self.packed or pickle.dumps(self.composed)
        return self.inner, self.packed

    def __setstate__(self, state: tuple[ConfigLoader, bytes]) -> None:
        self.inner, self.packed = state
        self.composed = _unpacked(self.packed)
        self.groups = {}

    def _chooses(self, override: Override) -> bool:
        """Whether Hydra has to compose for it: it chooses a group's option, or is about Hydra itself."""
        name = override.key_or_group
        if name not in self.groups:
            assert isinstance(self.inner, ConfigLoaderImpl)
            self.groups[name] = self.inner.repository.group_exists(name)
        return override.is_hydra_override() or (self.groups[name] and not isinstance(override.value(), dict))


@lru_cache(maxsize=2**17)
def _parsed(word: str) -> Override:
    return _parser().parse_override(word)


@lru_cache
def _parser() -> OverridesParser:
    """One for all words: it takes half as long to make as a word takes to parse."""
    return OverridesParser.create()


@lru_cache(maxsize=2)
def _unpacked(packed: bytes) -> dict[Arm, DictConfig]:
    composed: dict[Arm, DictConfig] = pickle.loads(packed)  # noqa: S301 - packed by this class, sent by the launcher
    return composed


def _describe(config: DictConfig, overrides: list[Override]) -> None:
    """What Hydra notes about the overrides it was given."""
    given = [override for override in overrides if not override.is_hydra_override()]
    config.hydra.overrides.task = [override.input_line for override in given]
    names = config.hydra.job.config.override_dirname
    config.hydra.job.override_dirname = get_overrides_dirname(
        overrides=given, kv_sep=names.kv_sep, item_sep=names.item_sep, exclude_keys=names.exclude_keys
    )
