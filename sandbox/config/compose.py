"""From Hydra's composed configuration, or a recorded one, to a checked `RunConfig`."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from sandbox.config import own
from sandbox.config.complaints import one_line, unknown_key
from sandbox.config.names import CONF, keys
from sandbox.config.schema import RunConfig
from sandbox.system.errors import InputError

# C, where PyYAML was built with it, takes a quarter of the time. It escapes an emoji, which Python writes as it is, and a NEL,
# which Python loses.
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def read(composed: DictConfig) -> RunConfig:
    """The run's configuration, types and names checked; raises InputError."""
    return checked(typed(composed))


def checked(config: RunConfig) -> RunConfig:
    """A configuration whose types are right, once its names and values are. Raises InputError."""
    from sandbox.config.checks import check

    return check(own.taken_in(_at_home(config)))


def typed(composed: DictConfig) -> RunConfig:
    """The configuration as a record, its keys and types checked. Raises InputError."""
    plain = OmegaConf.to_container(composed, resolve=False)
    _refuse_interpolation(plain)
    _refuse_unknown(plain)
    try:
        config = OmegaConf.to_object(composed)
    except OmegaConfBaseException as error:
        raise InputError(one_line(error)) from error
    assert isinstance(config, RunConfig)
    return config


def _at_home(config: RunConfig) -> RunConfig:
    """The configuration with `~` at the beginning of a path as the home that it means."""
    return replace(
        config,
        dataset=replace(
            config.dataset, path=_expanded(config.dataset.path), test_path=_expanded(config.dataset.test_path)
        ),
        init=replace(config.init, path=_expanded(config.init.path)),
        tracking=replace(config.tracking, directory=_expanded(config.tracking.directory)),
    )


def _expanded(path: str | None) -> str | None:
    try:
        return str(Path(path).expanduser()) if path and path.startswith("~") and "/" in path else path
    except RuntimeError:  # nobody's home
        return path


def to_yaml(config: RunConfig) -> str:
    """The whole configuration as YAML, as it is stored with a run."""
    return str(yaml.dump(asdict(config), Dumper=DUMPER, allow_unicode=True, sort_keys=False))


def declared_sweep(experiment: str) -> dict[str, Any]:
    """What conf/experiment/NAME.yaml declares, as it is read, or the user's own file; nothing where there is no such file."""
    return own.declared(experiment) or _in_conf(experiment)


@lru_cache
def _in_conf(experiment: str) -> dict[str, Any]:
    file = CONF / "experiment" / f"{experiment}.yaml"
    declared: dict[str, Any] = (yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else None) or {}
    return declared


def declared_grid(experiment: str) -> dict[str, list[str]]:
    """What an experiment's sweep varies, each key with its values as they would be typed; each combination is an arm."""
    from hydra.core.override_parser.overrides_parser import OverridesParser  # here, since most commands need none

    declared = declared_sweep(experiment).get("hydra", {}).get("sweeper", {}).get("params", {})
    parser = OverridesParser.create()
    swept = [parser.parse_override(f"{key}={values}") for key, values in declared.items()]
    return {
        each.get_key_element().lstrip("+"): [*each.sweep_string_iterator()]
        if each.is_sweep_override()
        else [str(each.value())]
        for each in swept
    }


def declared_run(experiment: str, arm: Mapping[str, str]) -> RunConfig:
    """About the configuration of an arm, by value: what its data set and initialisation have of their own is left out."""
    flat = {key: value for key, value in declared_sweep(experiment).items() if key not in ("defaults", "hydra")}
    config = OmegaConf.create(flat)
    for key, value in arm.items():
        OmegaConf.update(config, f"{key}.name" if key in ("dataset", "init") else key, yaml.safe_load(value))
    return from_yaml(OmegaConf.to_yaml(config))


def from_yaml(text: str) -> RunConfig:
    """The configuration that `to_yaml` wrote; keys added to the schema since take their defaults.

    Whoever can write to the store can write this text: it is checked as the command line is. Raises InputError.
    """
    try:
        # not by OmegaConf's loader, which takes for numbers what YAML's dumper leaves bare
        given = yaml.safe_load(text) or {}
        _refuse_interpolation(given)
        merged = OmegaConf.merge(_schema(), OmegaConf.create(dict(given)))
    except (OmegaConfBaseException, YAMLError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"config.yaml: expected a recorded configuration, got {one_line(error)[:300]}") from None
    assert isinstance(merged, DictConfig)
    return read(merged)


@lru_cache
def _schema() -> DictConfig:
    schema: DictConfig = OmegaConf.structured(RunConfig)
    return schema


def _refuse_interpolation(value: Any, key: str = "") -> None:
    # ${oc.env:...} and its like could carry the environment into logged parameters
    if isinstance(value, dict):
        for inner, given in value.items():
            _refuse_interpolation(given, f"{key}.{inner}".lstrip("."))
    elif isinstance(value, list):
        for given in value:
            _refuse_interpolation(given, key)
    elif isinstance(value, str) and "${" in value:
        raise InputError(f"{key}: expected a plain value, got {value!r}; interpolations are not evaluated here")


def _refuse_unknown(plain: Any) -> None:
    known = _known_keys()
    for key, value in plain.items():  # `+key=value` gets past the schema
        if key not in known:
            raise InputError(unknown_key(key))
        if isinstance(value, dict) and key != "trial":
            for inner in value:
                if f"{key}.{inner}" not in known:
                    raise InputError(unknown_key(f"{key}.{inner}"))


@lru_cache
def _known_keys() -> frozenset[str]:
    return frozenset(keys())
