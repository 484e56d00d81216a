"""The keys of a run, what is said of each, and the names it can be set to: from the schema, conf/ and the source of the tables.

To import the tables would load NumPy and SciPy, which `--help` has no time for. A test holds these names against the tables.
Datasets and initialisers are groups of Hydra's, which lists them by their files in conf/.
"""

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import fields, is_dataclass
from itertools import zip_longest
from pathlib import Path
from textwrap import fill, wrap
from typing import Any

from omegaconf import DictConfig, ListConfig, OmegaConf

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
    "paired",
    "only",
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
    return "\n".join(_paragraph(key, names_of(key)) for key in TABLES)


def listed_groups() -> str:
    """A paragraph for each group."""
    return "\n".join(_paragraph(group, options_of(group)) for group in groups())


def _paragraph(name: str, items: list[str]) -> str:
    return fill(f"{name}: {', '.join(items)}", WIDTH, subsequent_indent="  ")


REMARK = re.compile(r"^ *(\w+): .*?# (.*)$")
REMARK_AT, WIDTH = 28, 120  # columns
TOLD_BY_PARENT = {
    f"tracking.{key}" for key in ("parent", "session", "parts", "replaces", "label", "among", "batch")
}  # nobody types them


def remarks_on_keys(chosen: Collection[str] = ()) -> dict[str, str]:
    """What conf/ says beside each key, `dataset.noise` for one of a group.

    Where several files say it: one that is chosen ("dataset/moons"), else the first by name.
    """
    found: dict[str, str] = {}
    files = sorted(CONF.glob("[!e]*/*.yaml"))  # those of experiments are settings
    files.sort(key=lambda file: f"{file.parent.name}/{file.stem}" not in chosen)
    for file in [CONF / "config.yaml", *files]:
        above = "" if file.parent == CONF else f"{file.parent.name}."
        for line in file.read_text(encoding="utf-8").partition("\nhydra:")[0].splitlines():
            if line[:1].isalpha() and file.parent == CONF:
                above = ""
            if match := REMARK.match(line):
                found.setdefault(f"{above}{match[1]}", match[2])
            elif line.endswith(":"):
                above = f"{line[:-1]}."
    return found


def listed_keys(*, _root_: DictConfig) -> str:
    """A line for each key: its value as composed, and the remark of conf/."""
    keys = {str(key): value for key, value in _root_.items() if key != "hydra"}
    chosen = {f"{key}/{value.get('name')}" for key, value in keys.items() if isinstance(value, DictConfig)}
    return "\n".join(_lines(keys, remarks_on_keys(chosen)))


def _lines(values: dict[str, Any], remarks: dict[str, str], above: str = "") -> Iterator[str]:
    for key, value in values.items():
        name = f"{above}{key}"
        if isinstance(value, DictConfig) and value:
            yield f"{name}:"
            yield from (
                "  " + line for line in _lines({str(inner): each for inner, each in value.items()}, remarks, f"{name}.")
            )
        elif name not in TOLD_BY_PARENT:
            yield from _remarked(f"{key}: {_written(value)}", remarks.get(name, ""), 2 * bool(above))


def _remarked(written: str, remark: str, indent: int) -> list[str]:
    at = REMARK_AT - indent
    lines = wrap(remark, WIDTH - REMARK_AT - 2)
    return (
        [f"{left:{at}}# {line}" for left, line in zip_longest([written], lines, fillvalue="")] if remark else [written]
    )


def _written(value: Any) -> str:
    if isinstance(value, ListConfig):
        return f"[{','.join(map(str, value))}]"
    if isinstance(value, DictConfig):
        return "{}"
    return {"None": "null", "True": "true", "False": "false"}.get(str(value), str(value))


def register() -> None:
    """Let the text of `--help` say `${names:}`, `${groups:}` and `${keys:}`."""
    OmegaConf.register_new_resolver("names", listed, replace=True)
    OmegaConf.register_new_resolver("groups", listed_groups, replace=True)
    OmegaConf.register_new_resolver("keys", listed_keys, replace=True)
