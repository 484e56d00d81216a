"""A map of what two settings do together: a grid of their values, refined where neighbours disagree.

A place on an axis is the number of a value as it was typed, 0, 1, 2 ...; between 1 and 2 lie 1.5, 1.25 and so on, with the value in
between, geometrically where the axis is one of factors.
"""

import ast
import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from sandbox.config.compose import declared_sweep
from sandbox.config.names import keys
from sandbox.config.schema import RunConfig, keys_of_type
from sandbox.system.errors import InputError, nearest

# What a key is tried with if nobody says: from, to, and whether a step is a factor.
USUAL: dict[str, tuple[float, float, bool]] = {
    "learning_rate": (0.01, 10.0, True),
    "weight_decay": (1e-4, 1.0, True),
    "init.scale": (0.01, 10.0, True),
    "dataset.noise": (0.0, 0.5, False),
    "dataset.samples": (20, 2000, True),
    "steps": (10, 10_000, True),
    "hidden": (1, 64, True),
}
WHOLE = keys_of_type(int, int | None)
ROUNDED = 1e-3  # of the way between two values: by so much a value in between may be off
FACTORS = 8.0  # an axis whose values span more is one of factors

Place = tuple[int, float, float]  # which panel, and where on each axis


@dataclass(frozen=True)
class Axis:
    """A key with the values that were typed, as numbers where they are some.

    kind: "number", "whole", "depth" or "width" of hidden layers; "" for names.
    """

    key: str
    words: tuple[str, ...]
    numbers: tuple[float, ...] = ()
    kind: str = ""
    hidden: int = 0  # units of a layer, of a kind of "depth"

    @property
    def factors(self) -> bool:
        """Whether the middle of two values is the geometric one."""
        return len(self.numbers) > 1 and self.numbers[0] > 0 and self.numbers[-1] > FACTORS * self.numbers[0]

    def number(self, place: float) -> float:
        """The value at a place; the place itself where values are names."""
        if not self.numbers:
            return place
        low = min(int(place), len(self.numbers) - 1)
        part, (a, b) = place - low, (self.numbers[low], self.numbers[min(low + 1, len(self.numbers) - 1)])
        between = a * (b / a) ** part if self.factors else a + part * (b - a)
        return float(round(between)) if self.kind != "number" else between

    def word(self, place: float) -> str:
        """The value at a place, as it would be typed."""
        if place == int(place):
            return self.words[int(place)]
        number = self.number(place)
        if self.kind == "depth":
            return f"[{','.join([str(self.hidden)] * int(number))}]"
        return {"width": f"[{number:.0f}]", "whole": f"{number:.0f}"}.get(self.kind) or self._short(number, int(place))

    def _short(self, number: float, low: int) -> str:
        """With four digits where that leaves it in its place between two values that were typed."""
        text, room = f"{number:.4g}", ROUNDED * abs(self.numbers[low + 1] - self.numbers[low])
        return text if abs(float(text) - number) <= room else repr(number)

    def middle(self, low: float, high: float) -> float | None:
        """The place half way between two, if there is a value in between."""
        place = (low + high) / 2
        ends = sorted((self.number(low), self.number(high)))
        inside = bool(self.numbers) and ends[0] < self.number(place) < ends[1]
        return place if inside and self.word(place) not in (self.word(low), self.word(high)) else None


def axis(key: str, words: Sequence[str]) -> Axis:
    """An axis with these values, in order where they are numbers. Raises InputError."""
    words = tuple(dict.fromkeys(words))
    if len(words) < 2:
        raise InputError(
            f"{key}: expected two values or more for a map, got {', '.join(words) or 'none'}; name them: {key}=A,B,C"
        )
    if key == "hidden":
        return _of_layers(words)
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        return Axis(key, words)
    alike = [numbers.index(number) for number in dict.fromkeys(numbers)]  # 0.1 and 1e-1 are one value
    if len(alike) < min(2, len(words)):
        raise InputError(f"{key}: expected two values or more for a map, got {', '.join(words)}; name another one")
    words, numbers = tuple(words[i] for i in alike), [numbers[i] for i in alike]
    order = np.argsort(numbers, kind="stable")
    if not all(math.isfinite(number) for number in numbers):
        return Axis(key, words)
    kind = "whole" if key in WHOLE else "number"
    return Axis(key, tuple(words[i] for i in order), tuple(numbers[i] for i in order), kind)


def _of_layers(words: Sequence[str]) -> Axis:
    """Lists of widths: a depth where all layers are alike, a width where there is one."""
    try:
        lists = [[int(n) for n in ast.literal_eval(word)] for word in words]
    except (ValueError, SyntaxError, TypeError):
        return Axis("hidden", tuple(words))
    widths, lengths = {n for each in lists for n in each}, [len(each) for each in lists]
    if len(widths) == 1 and min(lengths) > 0:
        numbers, kind, hidden = lengths, "depth", widths.pop()
    elif {*lengths} == {1}:
        numbers, kind, hidden = [each[0] for each in lists], "width", 0
    else:
        return Axis("hidden", tuple(words))
    order = np.argsort(numbers)
    return Axis("hidden", tuple(words[i] for i in order), tuple(float(numbers[i]) for i in order), kind, hidden)


def usual(key: str, points: int) -> list[str]:
    """Values of a key for which none were typed. Raises InputError where nothing is usual."""
    if key not in USUAL:
        known = [*keys()]
        hint = nearest(key, known) if key not in known else f"; name them: {key}=A,B,C"
        raise InputError(f"map: expected values of {key}, got none{hint}")
    low, high, factors = USUAL[key]
    numbers = np.geomspace(low, high, points) if factors else np.linspace(low, high, points)
    whole = key in WHOLE or key == "hidden"
    said = [f"{number:.0f}" if whole else f"{number:.4g}" for number in numbers]
    return list(dict.fromkeys(f"[{word}]" if key == "hidden" else word for word in said))


@dataclass(frozen=True)
class Map:
    """Two axes, the words that make each panel, and those that all have in common."""

    across: Axis
    up: Axis
    panels: tuple[tuple[str, ...], ...] = ((),)
    shared: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """By which a map is found again, however far it was refined."""
        told = repr((self.across, self.up, self.panels, [word for word in self.shared if not word.startswith("hydra")]))
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def coarse(self) -> list[Place]:
        """The places that were typed."""
        shape = range(len(self.panels)), range(len(self.up.words)), range(len(self.across.words))
        return [(panel, float(i), float(j)) for panel in shape[0] for j in shape[1] for i in shape[2]]

    def arm(self, place: Place) -> list[str]:
        panel, i, j = place
        own = [f"{self.across.key}={self.across.word(i)}", f"{self.up.key}={self.up.word(j)}"]
        ours = [word for word in self.shared if not word.startswith("hydra")]
        return [*ours, *self.panels[panel], *own]


class Cell(NamedTuple):
    """What lies between four places of a panel."""

    panel: int
    left: float
    right: float
    low: float
    high: float

    @property
    def corners(self) -> list[Place]:
        return [(self.panel, i, j) for i in (self.left, self.right) for j in (self.low, self.high)]


def cells(plan: Map) -> list[Cell]:
    """Those between the places that were typed."""
    columns, rows = len(plan.across.words) - 1, len(plan.up.words) - 1
    return [
        Cell(panel, float(i), i + 1.0, float(j), j + 1.0)
        for panel in range(len(plan.panels))
        for j in range(rows)
        for i in range(columns)
    ]


def disagree(values: Sequence[float], tolerance: float) -> bool:
    """Whether some are no number and others are, or they lie further apart than that."""
    finite = [value for value in values if math.isfinite(value)]
    return 0 < len(finite) < len(values) or (len(finite) > 1 and max(finite) - min(finite) > tolerance)


def split(plan: Map, cell: Cell) -> list[Cell]:
    """The parts of a cell; none where no value lies in between."""
    across = _ends(cell.left, plan.across.middle(cell.left, cell.right), cell.right)
    up = _ends(cell.low, plan.up.middle(cell.low, cell.high), cell.high)
    parts = [Cell(cell.panel, *i, *j) for j in up for i in across]
    return parts if len(parts) > 1 else []


def _ends(low: float, middle: float | None, high: float) -> list[tuple[float, float]]:
    return [(low, high)] if middle is None else [(low, middle), (middle, high)]


def refined(
    plan: Map, values: Mapping[Place, float], tried: Sequence[Cell], tolerance: float, most: int
) -> tuple[list[Place], list[Cell]]:
    """New places, in the middle of the cells whose corners disagree, and the cells that they make; at most so many places."""
    new: dict[Place, None] = {}
    parts: list[Cell] = []
    for cell in tried:
        corners = [values.get(corner, math.nan) for corner in cell.corners]
        if not disagree(corners, tolerance):
            continue
        into = split(plan, cell)
        more = {corner: None for part in into for corner in part.corners if corner not in values}
        if len({*new, *more}) > most:
            break
        new |= more
        parts += into
    return list(new), parts


def scaled(values: Mapping[Place, float]) -> dict[Place, float]:
    """Values as parts of the range of the middle nine tenths of all; by their logarithms where they span orders."""
    found = np.array([value for value in values.values() if math.isfinite(value)])
    if not len(found):
        return dict(values)
    orders = found.min() > 0 and found.max() > FACTORS * found.min()
    low, high = (float(q) for q in np.quantile(np.log(found) if orders else found, (0.05, 0.95)))

    def part(value: float) -> float:
        if not math.isfinite(value):
            return value
        return float(np.clip(((math.log(value) if orders else value) - low) / ((high - low) or 1.0), 0.0, 1.0))

    return {place: part(value) for place, value in values.items()}


def declared_words(experiment: str) -> list[str]:
    """The settings of an experiment as they would be typed, without its grid."""
    return list(
        _words({k: v for k, v in declared_sweep(experiment).items() if k not in ("defaults", "hydra", "experiment")})
    )


def _words(settings: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in settings.items():
        if isinstance(value, dict):
            yield from _words(value, f"{prefix}{key}.")
        else:
            name = prefix.rstrip(".") if key == "name" else f"{prefix}{key}"
            yield f"{name}={_typed(value)}"


def _typed(value: Any) -> str:
    if isinstance(value, list):
        return f"[{','.join(map(_typed, value))}]"
    return {"None": "null", "True": "true", "False": "false"}.get(str(value), str(value))


def theory(plan: Map, configs: Sequence[RunConfig]) -> list[dict[str, tuple[list[float], list[float]]]]:
    """For each panel the lines of mean-field theory, by name: where weights are N(0, scale^2 / n) and depths are compared.

    configs: one of each panel.
    """
    ours = (plan.across.key, plan.up.key, plan.up.kind) == ("init.scale", "hidden", "depth")
    if not ours or any(
        (c.init.name, c.init.bias, isinstance(c.activation, str)) != ("lecun", "zero", True) for c in configs
    ):
        return [{} for _ in plan.panels]
    return [_of_theory(plan, str(config.activation)) for config in configs]


DEPTH_SCALES = 6  # up to which networks could be trained in Schoenholz et al. 2017


def _of_theory(plan: Map, activation: str) -> dict[str, tuple[list[float], list[float]]]:
    from sandbox.analysis.mean_field import depth_scale, edge_of_chaos

    low, high = plan.across.numbers[0], plan.across.numbers[-1]
    scales = [float(scale) for scale in np.geomspace(low, high, 120)]
    found = {
        f"{DEPTH_SCALES} depth scales": (scales, [DEPTH_SCALES * depth_scale(activation, scale) for scale in scales])
    }
    edge = edge_of_chaos(activation)
    if low < edge < high:
        found["edge of chaos"] = ([edge, edge], [plan.up.numbers[0], plan.up.numbers[-1]])
    return found
