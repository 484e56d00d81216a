"""Keywords as the words that somebody would have typed: `learning_rate=[0.1, 1]` is `learning_rate=0.1,1` in a sweep."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from sandbox.launch import command  # it comes before Hydra

import numpy as np
from hydra.core.override_parser.types import Quote, QuotedString
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from sandbox.config import own
from sandbox.config.complaints import one_line
from sandbox.config.names import LISTS
from sandbox.config.schema import RunConfig
from sandbox.system.errors import InputError

PLAIN = re.compile(r"[A-Za-z_][\w.:/-]*", re.ASCII)
SPECIAL = frozenset({"null", "true", "false", "nan", "inf"})  # which Hydra would take for what they say
OWN_NAME = {"tracking": "kind"}  # the key of a group by which its file is chosen; `name` in the others
RECORDS = ("Activation", "Output", "Initialiser", "Dataset", "Probe")
KINDS = {"activation": "activation", "output": "output", "init": "init", "dataset": "dataset", "probes.names": "probe"}
STRUCTURED = frozenset(key.name for key in fields(RunConfig) if is_dataclass(key.type)) | {"trial"}
Settings = Mapping[str, Any]


def words_of(settings: Settings, *, several: bool = False) -> list[str]:
    """Overrides of `sandbox run`. several: a list is a value each, but for keys that take lists, where it is a list of them."""
    return [word for key, value in settings.items() for word in _words(key.replace("__", "."), value, several=several)]


def _words(key: str, value: Any, *, several: bool) -> Iterator[str]:
    if key in KINDS:
        value = _names(KINDS[key], value)
    if key in STRUCTURED and isinstance(value, Mapping):
        chosen = OWN_NAME.get(key, "name")
        if chosen in value and key != "trial":
            yield f"{key}={spelled(value[chosen])}"
        for inner, given in value.items():
            if inner != chosen or key == "trial":
                yield from _words(f"{key}.{inner}", given, several=several)
        return
    if key == "experiment" or key.startswith("trial."):
        key = f"+{key}"
    if several and (alternatives := _alternatives(key, value)) is not None:
        if not alternatives:
            raise InputError(
                f"{key}: expected at least one value to sweep over, got none; leave it out, or name values"
            )
        yield f"{key}={','.join(map(spelled, alternatives))}"
    else:
        yield f"{key}={spelled(value)}"


def _names(kind: str, value: Any) -> Any:
    """The value with functions and records of the caller's own taken in, and called by name. Raises InputError."""
    if _is_part(value):
        first = value[0] if isinstance(value, tuple) else value
        return own.hand_over(kind, value, re.sub(r"\W", "", getattr(first, "__name__", "")) or kind)
    if isinstance(value, Mapping):
        return {name: _names(kind, given) if name == "name" else given for name, given in value.items()}
    return [_names(kind, each) for each in value] if isinstance(value, list | tuple) else value


def _is_part(value: Any) -> bool:
    """A function, a record of a table, or a function with its derivative."""
    if isinstance(value, tuple):
        return len(value) == 2 and all(map(callable, value))
    return not isinstance(value, type) and (callable(value) or type(value).__name__ in RECORDS)


def _alternatives(key: str, value: Any) -> list[Any] | None:
    """What a sweep goes through; None where the value is one."""
    if not isinstance(value, list | tuple | range | np.ndarray):
        return None
    values = list(value)
    takes_lists = key in LISTS and key != "activation"  # of which a name is the usual value
    if takes_lists and not all(isinstance(each, list | tuple | np.ndarray) for each in values):
        return None
    return values


def spelled(value: Any) -> str:
    """A value in Hydra's grammar."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list | tuple | range | np.ndarray):
        return f"[{','.join(map(spelled, value))}]"
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{key}:{spelled(given)}' for key, given in value.items())}}}"
    if isinstance(value, int | float):
        return repr(value)
    if not isinstance(value, str | Path):
        raise InputError(f"settings: expected names, numbers and lists of them, got {type(value).__name__}")
    text = str(value)
    if PLAIN.fullmatch(text) and text.lower() not in SPECIAL:
        return text
    return QuotedString(text, Quote.single).with_quotes()


def where(record: bool | str | Path) -> list[str]:
    """Where a run is recorded: nowhere, in the usual store, in a folder, or at an address."""
    if record is False:
        return ["tracking=none"]
    if record is True:
        return []
    address = str(record)
    if address.startswith(("http://", "https://")):
        return ["tracking=server", f"tracking.uri={spelled(address)}"]
    key = "tracking.uri" if "://" in address else "tracking.directory"
    return [f"{key}={spelled(address)}"]


@contextmanager
def mistakes() -> Iterator[None]:
    """What Hydra and OmegaConf complain of, as InputErrors of one line; see `sandbox.launch.command.answer`."""
    try:
        yield
    except (HydraException, OmegaConfBaseException) as error:
        raise InputError(one_line(error)) from None


def configured(words: list[str]) -> RunConfig:
    """The checked configuration that these words make; raises InputError."""
    own.allow(words)
    with mistakes():
        return command.configured(own.expanded(words))
