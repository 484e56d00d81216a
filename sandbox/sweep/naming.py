"""What an arm is called within its sweep: the values of what varies, and nothing that all have in common."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sandbox.config.schema import RunConfig
from sandbox.trial.table import compared, technical

APART = " · "
SHORT = {"learning_rate": "rate", "weight_decay": "decay", "init.scale": "scale", "dataset.samples": "samples"}


def arm_names(configs: Sequence[RunConfig], names: Sequence[str]) -> list[str]:
    """`tanh · scale 0.1 · rate 3`, a different one for each; names: the columns in which they differ."""
    flat = [{**compared(config), **technical(config)} for config in configs]
    names = sorted(names, key=lambda key: key.startswith("dataset"))  # last, as a page cuts a name short
    found = [_joined([(key, row[key]) for key in names if key in row]) for row in flat]
    times = Counter(found)
    return [
        name if name and times[name] == 1 else f"{name}{APART}arm {i + 1}".removeprefix(APART)
        for i, name in enumerate(found)
    ]


def _joined(settings: Sequence[tuple[str, Any]]) -> str:
    """All settings in words; a scheme and its scale are one, `he ×0.1`."""
    given = dict(settings)
    if "init" in given and "init.scale" in given:
        given["init"] = f"{word('init', given['init'])} ×{given.pop('init.scale'):g}"
    return APART.join(word(key, value) for key, value in given.items())


def word(key: str, value: Any) -> str:
    """One setting in a word or two: by its value alone where that tells what it is."""
    if key == "hidden":
        return layers(str(value))
    if key == "init.zero_layers":
        return "W all drawn" if value == "none" else f"W{str(value).replace('-', ',')} = 0"
    if key.endswith("path"):
        return Path(str(value)).stem
    text = f"{value:g}" if isinstance(value, float) else str(value).replace("_", " ")
    telling = isinstance(value, str) and not value.replace("-", "").isdigit()
    return text if telling else f"{short(key)} {text}"


def short(key: str) -> str:
    return SHORT.get(key, key.rpartition(".")[2].replace("_", " "))


def layers(sizes: str) -> str:
    """`16-16-16` as `16×3`."""
    each = sizes.split("-")
    if sizes == "none":
        return "no hidden layer"
    return f"{each[0]}×{len(each)}" if len(set(each)) == 1 and len(each) > 1 else f"units {sizes}"
