"""The roles that keys declare are what digests, tables and budgets make of them, for every key there is."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from sandbox.config.schema import CONTENT, FREE, OUTSIDE, TECHNICAL, RunConfig, keys_with
from sandbox.trial.digest import counted
from sandbox.trial.experiment import budget_of
from sandbox.trial.table import compared

USUAL = RunConfig()


def keys(group: Any = USUAL, prefix: str = "") -> Iterator[str]:
    for field in fields(group):
        value = getattr(group, field.name)
        yield from keys(value, f"{field.name}.") if is_dataclass(value) else [prefix + field.name]


def changed(group: Any, key: str) -> Any:
    """The same with one key at another value."""
    name, _, inner = key.partition(".")
    value = getattr(group, name)
    return replace(group, **{name: changed(value, inner) if inner else another(value)})


def another(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, list):
        return [*value, 1]
    return {"h": 1} if isinstance(value, dict) else "another" if value is None or isinstance(value, str) else value + 1


@pytest.mark.parametrize("key", list(keys()))
def test_a_key_counts_where_its_role_says(key: str) -> None:
    def has(role: dict[str, bool]) -> bool:
        return not keys_with(role).isdisjoint({key, key.partition(".")[0]})

    other = changed(USUAL, key)
    assert (counted(other) != counted(USUAL)) == (not has(OUTSIDE) and not has(CONTENT))
    assert (compared(other) != compared(USUAL)) == (not has(OUTSIDE) and not has(TECHNICAL))
    assert (budget_of([f"{key}=1"], quick=False) == "declared") == has(FREE)


def test_every_role_has_its_keys() -> None:
    assert {"tracking", "resume", "retries"} < keys_with(OUTSIDE)
    assert {"engine", "replicates", "probes"} < keys_with(TECHNICAL)
    assert {"dataset.path", "init.path", "dataset.sep"} <= keys_with(CONTENT)
    assert all(key.partition(".")[0] in {"dataset", "init"} for key in keys_with(CONTENT))
    assert {"seed", "dataset.seed", "engine"} < keys_with(FREE)
