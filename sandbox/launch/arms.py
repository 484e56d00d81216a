"""Which combinations of a sweep's values are arms: keys that go together, and keys that matter only where another has a value.

-m activation=sigmoid,tanh,relu learning_rate=4,1,0.3 paired=[activation,learning_rate]     three arms, not nine
-m init=zero,normal init.scale=0.01,1 'only=[init.scale if init=normal]'                    three arms: zero has no scale
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.config.names import keys
from sandbox.system.errors import InputError, nearest

Arm = list[str]  # overrides


def key_of(word: str) -> str:
    return word.partition("=")[0].lstrip("+")


def value_of(arm: Arm, key: str) -> str | None:
    """What an arm says of a key, the last time if it does so more than once."""
    return next((word.partition("=")[2] for word in reversed(arm) if key_of(word) == key), None)


def paired(arms: list[Arm], names: Sequence[str], swept: Mapping[str, Sequence[str]]) -> list[Arm]:
    """The arms in which these keys have their first values, or their second ones, and so on. Raises InputError.

    swept: the values of every key, as they were typed.
    """
    if not names:
        return arms
    for name in names:
        if name not in swept:
            _refuse_unknown("paired", name)
            raise InputError(
                f"paired: expected keys with several values, got {name!r}, which has one; name its values or leave it out"
            )
    counts = {name: len(swept[name]) for name in names}
    if len(names) < 2 or len({*counts.values()}) > 1:
        told = ", ".join(f"{name} with {count}" for name, count in counts.items())
        raise InputError(f"paired: expected two keys or more with equally many values, got {told}")
    together = {*zip(*(swept[name] for name in names), strict=True)}
    return [arm for arm in arms if tuple(value_of(arm, name) for name in names) in together]


def conditional(arms: list[Arm], only: Sequence[str], usual: Mapping[str, Any]) -> list[Arm]:
    """Arms without what is said of a key where its condition does not hold; arms that are then equal are one. Raises InputError.

    only: a key and its condition, `init.scale if init=normal,he`. usual: what keys are where an arm does not say.
    """
    for text in only:
        key, _, condition = (part.strip() for part in text.partition(" if "))
        other, _, values = condition.partition("=")
        if not values:
            raise InputError(
                f"only: expected a key and its condition as in 'only=[init.scale if init=normal]', got {text!r}"
            )
        for name in (key, other):
            _refuse_unknown("only", name)
        holds = {value.strip() for value in values.split(",")}
        arms = [
            arm
            if str(value_of(arm, other) or usual.get(other)) in holds
            else [word for word in arm if key_of(word) != key]
            for arm in arms
        ]
    return [[*arm] for arm in dict.fromkeys(map(tuple, arms))] if only else arms


def _refuse_unknown(key: str, name: str) -> None:
    known = [*keys()]
    if name not in known and not name.startswith("trial."):
        raise InputError(f"{key}: expected a key, got {name!r}{nearest(name, known)}")
