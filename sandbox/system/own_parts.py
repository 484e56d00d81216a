"""Parts of the user's own: found by name beside those of our tables, and never listed among them."""

from collections.abc import Mapping
from typing import Any

# (kind, name) -> the record that a table would hold, as `sandbox.config.own` has checked it.
PARTS: dict[tuple[str, str], Any] = {}


def part(kind: str, table: Mapping[str, Any], name: str) -> Any:
    """The entry of a table, or the user's own of that kind; raises KeyError."""
    return table[name] if name in table else PARTS[kind, name]


def names(kind: str, table: Mapping[str, Any]) -> list[str]:
    """All that `part` finds."""
    return [*table, *(name for known, name in PARTS if known == kind)]
