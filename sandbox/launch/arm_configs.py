"""Arms read as records: what a word like `seed=3` sets is found out once, by OmegaConf, and set from then on without it.

A copy of a composed configuration takes milliseconds, of which a grid of ten thousand arms has few different ones: one for
each choice of groups. What comes out is what `config.compose.read` makes of Hydra's own (a test compares them).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.launch.compose_cache import Arm, Composer
from sandbox.launch.guard import guard

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.override_parser.types import Override, OverrideType
from omegaconf import DictConfig, ListConfig, OmegaConf, open_dict, read_write

from sandbox.config.compose import checked, read, typed
from sandbox.config.names import keys
from sandbox.config.schema import RunConfig
from sandbox.system.errors import InputError


class Reader:
    """Reads the arms of one sweep."""

    def __init__(self, composer: Composer, master: DictConfig) -> None:
        self.composer, self.master = composer, master
        self.begun: dict[Arm, tuple[DictConfig, RunConfig] | None] = {}  # by choice of groups
        self.values: dict[tuple[Arm, str], Any] = {}  # by choice of groups and word
        self.keys = frozenset(keys())

    def read(self, arm: list[str]) -> RunConfig:
        """An arm's configuration, checked. Raises InputError, and what Hydra raises for words that it refuses."""
        choices, values = self.composer.split(tuple(arm))
        if choices not in self.begun:
            self.begun[choices] = self._begin(choices)
        begun = self.begun[choices]
        if begun is None or not all(map(self._is_plain, values)):
            return read(self._composed(arm))
        scratch, record = begun
        found = {value.key_or_group: self._value(choices, value, scratch) for value in values}
        return checked(_with_values(record, found))

    def _begin(self, choices: Arm) -> tuple[DictConfig, RunConfig] | None:
        """What the groups alone make, to set values in, and as a record; None where they do not make one alone."""
        composed = self._composed(list(choices))
        try:
            return composed, typed(composed)
        except InputError:
            return None

    def _composed(self, arm: list[str]) -> DictConfig:
        composed = self.composer.load_sweep_config(self.master, arm)
        guard(composed)  # Hydra's own keys may differ between arms
        with read_write(composed), open_dict(composed):
            del composed["hydra"]
        return composed

    def _is_plain(self, word: Override) -> bool:
        """Whether it sets one key of ours, whatever else is set."""
        key, _, name = word.key_or_group.partition(".")
        known = word.key_or_group in self.keys or (key == "trial" and name.isidentifier())
        return (
            known
            and word.type == OverrideType.CHANGE
            and word.package is None
            and not isinstance(word.value(), dict)
            and "${" not in str(word.input_line)
        )

    def _value(self, choices: Arm, word: Override, scratch: DictConfig) -> Any:
        """What a word sets, of the key's type. Raises what Hydra raises for a value that is not."""
        line = str(word.input_line)
        if (choices, line) not in self.values:
            ConfigLoaderImpl._apply_overrides_to_config([word], scratch)  # noqa: SLF001 - as Hydra does it, not alike
            value = OmegaConf.select(scratch, word.key_or_group)
            self.values[choices, line] = OmegaConf.to_container(value) if isinstance(value, ListConfig) else value
        return self.values[choices, line]


def _with_values(config: RunConfig, values: Mapping[str, Any]) -> RunConfig:
    """The configuration with some keys set, `dataset.seed` in its group."""
    groups: dict[str, dict[str, Any]] = {}
    for key, value in values.items():
        group, _, name = key.rpartition(".")
        groups.setdefault(group, {})[name] = [*value] if isinstance(value, list) else value
    own = groups.pop("", {})
    for group, inner in groups.items():
        before = getattr(config, group)
        own[group] = {**before, **inner} if isinstance(before, dict) else replace(before, **inner)
    return replace(config, **own)
