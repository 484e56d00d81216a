"""Strata in an order that tells: by the condition under which a claim holds, or by the factor that moves its number most."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from sandbox.claims.conditions import with_shapes
from sandbox.claims.verdict import SYMBOLS, Interval, StratumVerdict, Verdict, compact
from sandbox.plotting.canvas.axes import short
from sandbox.plotting.charts.panels import plain

FEW = 6  # strata that need no groups
TELLING = 0.3  # of the variance of the numbers' ranks that a factor has to explain
CROWDED = 18  # rows, from which on strata of a group that say the same are one row


class Group(NamedTuple):
    """Strata under one heading; without one, all of them."""

    heading: str
    strata: tuple[StratumVerdict, ...]


def grouped(verdict: Verdict, known: Mapping[str, Mapping[str, Any]] | None = None) -> list[Group]:
    """Every stratum once, the lowest number first within its group. known: the strata's settings, if not by their names."""
    strata = sorted(verdict.strata, key=lambda part: (np.isnan(part.estimate), part.estimate))
    settings = {part.stratum: (known or {}).get(part.stratum) or settings_of(part.stratum) for part in strata}
    if verdict.where is not None:
        inside = [part for part in strata if verdict.where.condition.holds(with_shapes(settings[part.stratum]))]
        rest = [part for part in strata if part not in inside]
        parts = [(f"where {condition_words(verdict)}", inside), ("elsewhere", rest)]
    elif (factor := deciding_factor(strata, settings) if len(strata) > FEW else None) is not None:
        levels = dict.fromkeys(settings[part.stratum][factor] for part in strata)
        numeric = all(isinstance(x, int | float | np.number) and not isinstance(x, bool | np.bool_) for x in levels)
        levels = dict.fromkeys(sorted(levels) if numeric else levels)
        parts = [(_level(factor, x), [p for p in strata if settings[p.stratum][factor] == x]) for x in levels]
    else:
        parts = [("", strata)]
    return [Group(heading and f"{heading}:  {counted(found)}", tuple(found)) for heading, found in parts if found]


def summarised(groups: Sequence[Group]) -> list[Group]:
    """The groups; where there are too many rows, what is unanimous in a group is one row: the median and the range."""
    if sum(len(group.strata) + bool(group.heading) for group in groups) <= CROWDED:
        return list(groups)
    return [Group(group.heading, tuple(_summary(group.strata))) for group in groups]


def _summary(strata: Sequence[StratumVerdict]) -> list[StratumVerdict]:
    kinds = Counter(part.verdict for part in strata)
    found: list[StratumVerdict] = []
    for kind, count in kinds.most_common():
        alike = [part for part in strata if part.verdict == kind]
        if count <= 3:
            found += alike
            continue
        numbers = np.array([part.estimate for part in alike])
        ends = [part.interval for part in alike]
        hull = Interval(min(x.low for x in ends), max(x.high for x in ends))
        found.append(
            StratumVerdict(f"{count} strata {kind}", kind, float(np.median(numbers)), hull, alike[0].replicates)
        )
    return found


def members(group: Group, row: StratumVerdict) -> tuple[float, ...]:
    """The numbers of the strata that a row of `summarised` stands for; none where it is a stratum itself."""
    if row in group.strata:
        return ()
    return tuple(part.estimate for part in group.strata if part.verdict == row.verdict and np.isfinite(part.estimate))


def settings_of(stratum: str) -> dict[str, Any]:
    """`dataset=moons init.scale=0.1` as a mapping, numbers as numbers; empty for a name that is no condition."""
    pairs = [part.partition("=") for part in stratum.split(" ")]
    return {name: value if name == "hidden" else _number(value) for name, equals, value in pairs if equals}


def deciding_factor(strata: Sequence[StratumVerdict], settings: Mapping[str, Mapping[str, Any]]) -> str | None:
    """The factor whose levels explain most of the numbers' ranks, less what as many levels explain by luck."""
    numbers = np.array([part.estimate for part in strata])
    ranks = np.argsort(np.argsort(np.nan_to_num(numbers, nan=np.inf))).astype(float)
    ranks = np.array([ranks[numbers == x].mean() if np.isfinite(x) else r for x, r in zip(numbers, ranks, strict=True)])
    best, factor = TELLING, None
    for name in settings[strata[0].stratum]:
        levels = [settings[part.stratum].get(name) for part in strata]
        distinct = list(dict.fromkeys(levels))
        if not 2 <= len(distinct) <= len(strata) // 2 or not ranks.var():
            continue
        means = {level: ranks[[x == level for x in levels]].mean() for level in distinct}
        explained = float(np.var([means[x] for x in levels]) / ranks.var())
        adjusted = 1 - (1 - explained) * (len(strata) - 1) / (len(strata) - len(distinct))
        if adjusted > best:
            best, factor = adjusted, name
    return factor


def condition_words(verdict: Verdict) -> str:
    """The condition under which it holds, as a reader says it: `scale ≤ 1 and activation is relu`."""
    assert verdict.where is not None
    signs = {"<=": "≤", ">": ">", "is": "is", "is not": "is not"}
    terms = [f"{_factor(t.factor)} {signs[t.relation]} {_value(t.value)}" for t in verdict.where.condition.terms]
    return f" {verdict.where.condition.joined} ".join(terms)


def counted(strata: Sequence[StratumVerdict]) -> str:
    """`✓ 12  ✗ 3`: how many say what."""
    answers = Counter(SYMBOLS[part.verdict] for part in strata)
    return "   ".join(f"{sign} {answers[sign]}" for sign in dict.fromkeys(SYMBOLS.values()) if answers[sign])


def _level(factor: str, value: Any) -> str:
    return str(value) if isinstance(value, str) and value[:1].isalpha() else f"{_factor(factor)} {_value(value)}"


def _factor(name: str) -> str:
    return f"{name.partition(' of ')[0]} of {plain(name.partition(' of ')[2])}" if " of " in name else plain(name)


def _value(value: Any) -> str:
    return (
        short(float(value))
        if isinstance(value, int | float | np.number) and not isinstance(value, bool)
        else compact(str(value))
    )


def _number(text: str) -> Any:
    try:
        return float(text) if not text.isalpha() else {"True": True, "False": False}.get(text, text)
    except ValueError:
        return text
