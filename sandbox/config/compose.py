"""From Hydra's composed configuration to a checked `RunConfig`, and from Hydra's errors to one line each."""

import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from sandbox.config.schema import TEXT, RunConfig, keys_with
from sandbox.system.errors import InputError, nearest

CONF = Path(__file__).resolve().parents[2] / "conf"


def read(composed: DictConfig) -> RunConfig:
    """The run's configuration, types and names checked; raises InputError."""
    from sandbox.config.checks import check

    plain = OmegaConf.to_container(composed, resolve=False)
    _refuse_interpolation(plain)
    _refuse_unknown(plain)
    try:
        config = OmegaConf.to_object(composed)
    except OmegaConfBaseException as error:
        raise InputError(one_line(error)) from error
    assert isinstance(config, RunConfig)
    return check(_at_home(config))


def _at_home(config: RunConfig) -> RunConfig:
    """The configuration with `~` at the beginning of a path as the home that it means."""
    return replace(
        config,
        dataset=replace(config.dataset, path=_expanded(config.dataset.path)),
        init=replace(config.init, path=_expanded(config.init.path)),
        tracking=replace(config.tracking, directory=_expanded(config.tracking.directory)),
    )


def _expanded(path: str | None) -> str | None:
    try:
        return str(Path(path).expanduser()) if path and path.startswith("~") else path
    except RuntimeError:  # nobody's home
        return path


def to_yaml(config: RunConfig) -> str:
    """The whole configuration as YAML, as it is stored with a run."""
    return str(yaml.safe_dump(asdict(config), allow_unicode=True, sort_keys=False))


def from_yaml(text: str) -> RunConfig:
    """The configuration that `to_yaml` wrote; keys added to the schema since take their defaults.

    Whoever can write to the store can write this text: it is checked as the command line is. Raises InputError.
    """
    try:
        # not by OmegaConf's loader, which takes for numbers what YAML's dumper leaves bare
        given = yaml.safe_load(text) or {}
        _refuse_interpolation(given)
        merged = OmegaConf.merge(OmegaConf.structured(RunConfig), OmegaConf.create(dict(given)))
    except (OmegaConfBaseException, YAMLError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"config.yaml: expected a recorded configuration, got {one_line(error)[:300]}") from None
    assert isinstance(merged, DictConfig)
    return read(merged)


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
            raise InputError(_unknown_key(key))
        if isinstance(value, dict) and key != "trial":
            for inner in value:
                if f"{key}.{inner}" not in known:
                    raise InputError(_unknown_key(f"{key}.{inner}"))


def one_line(error: BaseException) -> str:
    """What Hydra or OmegaConf complains about, as one line: the key, what was expected and what was given."""
    text = str(error)
    cause = error.__cause__
    if isinstance(cause, OmegaConfBaseException):
        text = f"{text}\n{cause}"
    for pattern, words in _PATTERNS:
        match = re.search(pattern, text, re.DOTALL)
        if match:
            return words(*match.groups())
    return " ".join(text.split())


def _wrong_type(value: str, wanted: str, key: str) -> str:
    return f"{key}: expected {_TYPES.get(wanted, wanted)}, got {value!r}"


def _unknown_option(group: str, option: str) -> str:
    if group == "hydra/launcher":
        return (
            f"{group}: expected one that is installed (basic, cores, joblib; ray and slurm are extras), got {option!r}; "
            "try: pip install -c constraints.txt -e '.[ray]'"
        )
    if not (CONF / group).is_dir():
        return f"{group}/{option}: no such group or option; see --help"
    options = [path.stem for path in (CONF / group).glob("*.yaml")]
    return f"{group}: expected a known name, got {option!r}{nearest(option, options)}"


def _unknown_key(key: str) -> str:
    if key.startswith("trial."):
        return f"{key}: no such key yet; an experiment's own keys are added with a plus sign: +{key}=VALUE"
    keys = list(_keys(RunConfig))
    groups = [path.name for path in CONF.iterdir() if path.is_dir()]
    if key in groups:
        return f"{key}: a prepared sweep is added with a plus sign: +{key}=NAME"
    close = nearest(key, [*keys, *groups])
    return f"{key}: no such key{close if 'did you mean' in close else '; --help lists them'}"


@lru_cache
def _known_keys() -> frozenset[str]:
    return frozenset(_keys(RunConfig))


def _keys(schema: Any) -> Iterable[str]:
    for key, value in OmegaConf.structured(schema).items():
        yield str(key)
        if isinstance(value, DictConfig):
            yield from (f"{key!s}.{inner!s}" for inner in value)


def _no_list(kind: str, key: str) -> str:
    given = next((word.partition("=")[2] for word in sys.argv if word.partition("=")[0].lstrip("+") == key), "")
    items = ",".join(given.split("-")) if re.fullmatch(r"\w+(-\w+)*", given) else "..."
    return f"{key}: expected a list, got {given or kind}; write '{key}=[{items}]'"


def _several(key: str, values: str) -> str:
    if key in keys_with(TEXT):  # Hydra has seen it in quotes
        typed = next(
            (word.removeprefix(f"{key}=") for word in sys.argv if word.startswith(f"{key}=") and "," in word), values
        )
        return f"{key}: expected one value, got {typed}; add -m to sweep over them, or put it in quotes twice: \"{key}='{typed}'\""
    return f"{key}: expected one value, got {values}; add -m to sweep over them, or write '{key}=[{values}]' for a list"


def _unreadable() -> str:
    return "expected arguments of the form key=value, got something else; put what has spaces or brackets in quotes: 'key=\"a b\"'"


_TYPES = {
    "bool": "true or false",
    "Integer": "an integer",
    "Float": "a number",
    "Boolean": "true or false",
    "String": "a text",
}

_PATTERNS: list[tuple[str, Callable[..., str]]] = [
    (r"Could not find '([^']*)/([^'/]*)'", _unknown_option),
    (r"Value '(.*?)' of type '.*?' could not be converted to (\w+).*?full_key: (\S+)", _wrong_type),
    (r"Value '(.*?)' \(?\w*\)? ?could not be converted to (\w+).*?full_key: (\S+)", _wrong_type),
    (r"Value '(.*?)' is not a valid (bool) .*?full_key: (\S+)", _wrong_type),
    (
        r"(?:Lexer\w*Exception|no viable alternative|mismatched input|missing EQUAL|extraneous input|token recognition)",
        _unreadable,
    ),
    (
        r"Config group override must be",
        lambda: "a group such as dataset or init: expected a name, got null; see --help",
    ),
    (
        r"field '([^']+)' is not Optional",
        lambda key: f"{key}: expected a value, got null; leave it out for its default",
    ),
    (r"Could not override '([^']+)'", _unknown_key),
    (r"Key '([^']+)' not in '\w+'", _unknown_key),
    (r"Key '([^']+)' is not in struct", _unknown_key),
    (r"value assigned: (\w+) is not a ListConfig.*?full_key: (\S+)", _no_list),
    (r"Ambiguous value for argument '([^'=]+)=([^']*)'", _several),
    (
        r"(?:Cannot|Invalid) .*?value.*?\n?.*?full_key: (\S+)",
        lambda key: f"{key}: expected another kind of value; see --help",
    ),
]
