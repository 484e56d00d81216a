"""The names that a key can be set to, as `--help` lists them: read from the source of the tables that know them.

To import the tables would load NumPy and SciPy, which `--help` has no time for. A test holds these names against the tables.
Datasets and initialisers are groups of Hydra's, which lists them by their files in conf/.
"""

import ast
from pathlib import Path
from textwrap import fill

from omegaconf import OmegaConf

SANDBOX = Path(__file__).resolve().parents[1]
TABLES = {
    "activation": ("nn/activations.py", "ACTIVATIONS"),
    "output": ("nn/outputs.py", "OUTPUTS"),
    "probes.names": ("nn/probes.py", "PROBES"),
    "engine": ("nn/engines/__init__.py", "ENGINES"),
}
BESIDES = {"output": ["auto"], "engine": ["auto"]}  # what stands for one of the others


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
