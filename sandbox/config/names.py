"""The keys of a run, and the names that each can be set to: read from the schema, from conf/ and from the source of the tables.

To import the tables would load NumPy and SciPy, which `--help` has no time for. A test holds these names against the tables.
Datasets and initialisers are groups of Hydra's, which lists them by their files in conf/.
"""

import ast
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from textwrap import fill
from typing import Any

from omegaconf import OmegaConf

from sandbox.config.schema import RunConfig

SANDBOX = Path(__file__).resolve().parents[1]
INSTALLED = (
    SANDBOX / "conf"
).is_dir()  # from a wheel, which carries it inside; in a checkout it stands beside the package
CONF = SANDBOX / "conf" if INSTALLED else SANDBOX.parent / "conf"
TABLES = {
    "activation": ("nn/activations.py", "ACTIVATIONS"),
    "output": ("nn/outputs.py", "OUTPUTS"),
    "probes.names": ("nn/probes.py", "PROBES"),
    "engine": ("nn/engines/__init__.py", "ENGINES"),
}
BESIDES = {"output": ["auto"], "engine": ["auto"]}  # what stands for one of the others
LISTS = (
    "hidden",
    "activation",
    "probes.steps",
    "probes.names",
    "init.zero_layers",
    "dataset.drop",
    "dataset.usecols",
)  # keys that take a list


def keys(schema: Any = RunConfig, prefix: str = "") -> Iterator[str]:
    """Every key, also those that have others below them: `dataset`, `dataset.name` ..."""
    for key in fields(schema):
        yield prefix + key.name
        if is_dataclass(key.type):
            yield from keys(key.type, f"{prefix}{key.name}.")


def groups() -> list[str]:
    """The keys that choose a file of conf/."""
    return sorted(folder.name for folder in CONF.iterdir() if folder.is_dir())


def options_of(group: str) -> list[str]:
    """The files of a group, by name."""
    return sorted(file.stem for file in (CONF / group).glob("*.yaml"))


def keys_that_take(name: str) -> list[str]:
    """The keys and groups that can be set to this name."""
    return [group for group in groups() if name in options_of(group)] + [key for key in TABLES if name in names_of(key)]


def names_of(key: str) -> list[str]:
    """Every name that this key of the configuration takes."""
    file, table = TABLES[key]
    for node in ast.parse((SANDBOX / file).read_bytes()).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == table:
            if not isinstance(node.value, ast.Dict):
                raise TypeError(f"{table}: expected a literal, whose names can be read")
            return [ast.literal_eval(name) for name in node.value.keys if name] + BESIDES.get(key, [])
    raise LookupError(f"{table} in {file}")


def listed() -> str:
    """A paragraph for each key."""
    return "\n".join(fill(f"{key}: {', '.join(names_of(key))}", 120, subsequent_indent="  ") for key in TABLES)


def register() -> None:
    """Let the text of `--help` say `${names:}`."""
    OmegaConf.register_new_resolver("names", listed, replace=True)
