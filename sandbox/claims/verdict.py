"""What a table says about a claim: the answer, the interval behind it, and all that is needed to doubt both."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from sandbox.claims.statistics import STATISTICS, fewest_replicates
from sandbox.system.errors import InputError

Answer = Literal["supported", "refuted", "mixed", "undecided", "invalid"]
SYMBOLS: dict[str, str] = {"supported": "✓", "refuted": "✗", "mixed": "±", "undecided": "?", "invalid": "!"}


@dataclass(frozen=True)
class Interval:
    """The numbers from low to high; `ends` such as "(]" leave one out. Infinity always belongs to an unbounded side."""

    low: float
    high: float
    ends: str = "[]"

    def __post_init__(self) -> None:
        # 0 and -0.0 and 0.0 are one number, and must give one hash
        object.__setattr__(self, "low", float(self.low) + 0.0)
        object.__setattr__(self, "high", float(self.high) + 0.0)
        if not self.low <= self.high or self.ends not in {"[]", "[)", "(]", "()"}:
            raise InputError(f"interval: expected low <= high with ends such as '[]' or '()', got {self}")

    def __str__(self) -> str:
        return f"{self.ends[0]}{self.low:.4g}, {self.high:.4g}{self.ends[1]}"

    def contains(self, other: "float | Interval") -> bool:
        inner = other if isinstance(other, Interval) else Interval(other, other)
        above = self.low < inner.low or (self.low == inner.low and (self.ends[0] == "[" or math.isinf(self.low)))
        below = inner.high < self.high or (inner.high == self.high and (self.ends[1] == "]" or math.isinf(self.high)))
        return above and below

    def overlaps(self, other: "Interval") -> bool:
        low, high = max(self.low, other.low), min(self.high, other.high)
        return low < high or (low == high and self.contains(low) and other.contains(low))


def above(bound: float) -> Interval:
    return Interval(bound, math.inf, "()")


def below(bound: float) -> Interval:
    return Interval(-math.inf, bound, "()")


NEARLY_ALWAYS = Interval(0.9, 1.0)  # of replicates: one in ten is left
MORE_OFTEN_THAN_NOT = Interval(0.5, 1.0, "(]")


@dataclass(frozen=True)
class StratumVerdict:
    """The answer in one stratum, or over all of them."""

    stratum: str  # "dataset=moons activation=tanh"
    verdict: Answer
    estimate: float
    interval: Interval
    replicates: int
    note: str = ""


@dataclass(frozen=True)
class Verdict:
    """What the table says about a claim, with all that is needed to doubt it.

    level: the confidence of every single interval; it is higher than what is promised for all of them together.
    replicates: independent ones. strata: one or more, whose pairs are averaged over.
    """

    claim_id: str
    verdict: Answer
    estimate: float
    interval: Interval
    level: float
    look: int
    strata: tuple[StratumVerdict, ...]
    control: tuple[StratumVerdict, ...]
    replicates: int
    runs: int
    statistic: str
    effect: str
    unit: str
    prediction: Interval
    prediction_hash: str
    note: str = ""
    text: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain strings, numbers, lists; what JSON has no number for becomes "inf" or "nan"."""
        return {name: portable(value) for name, value in asdict(self).items()}

    @staticmethod
    def from_dict(plain: Mapping[str, Any]) -> "Verdict":
        rest = {name: plain[name] for name in (f.name for f in fields(Verdict))}
        for name in ("strata", "control"):
            rest[name] = tuple(StratumVerdict(**_numbers(stratum)) for stratum in plain[name])
        return Verdict(**_numbers(rest))


def _numbers(plain: Mapping[str, Any]) -> dict[str, Any]:
    special: dict[str, Callable[[Any], Any]] = {"estimate": float, "interval": _interval, "prediction": _interval}
    return {name: special.get(name, lambda same: same)(value) for name, value in plain.items()}


def _interval(plain: Mapping[str, Any]) -> Interval:
    return Interval(float(plain["low"]), float(plain["high"]), plain["ends"])


def portable(value: Any) -> Any:
    """Plain lists, dicts, strings and numbers that every JSON reader knows; "inf", "-inf" and "nan" are strings."""
    if isinstance(value, Mapping):
        return {str(key): portable(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [portable(inner) for inner in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def combine(
    overall: StratumVerdict, strata: tuple[StratumVerdict, ...], control: tuple[StratumVerdict, ...] = ()
) -> Answer:
    """One answer from those of the average, the strata and the control."""
    controls = {part.verdict for part in control}
    if "refuted" in controls:
        return "invalid"
    if control and control[0].verdict != "supported":
        return "undecided"
    answers = {overall.verdict, *(part.verdict for part in strata)}
    return "mixed" if {"supported", "refuted"} <= answers else overall.verdict


def quantity(verdict: Verdict) -> str:
    """What was estimated: `share of replicates in which ...`, the statistic's word once."""
    word, effect = STATISTICS[verdict.statistic].words, verdict.effect
    return effect if effect.startswith(word) else f"{word} {effect}".strip()


def describe(verdict: Verdict, counts: Mapping[str, int], explanation: str = "") -> str:
    """The verdict in words: the number and its interval, where strata differ, what is behind it."""
    statistic = STATISTICS[verdict.statistic]
    number = f"{verdict.estimate:.4g} {verdict.unit}".strip() + (f" ({verdict.note})" if verdict.note else "")
    spread = f"all within {verdict.interval}" if statistic.exact else f"{verdict.interval} at level {verdict.level:.6g}"
    sample = f"{verdict.replicates} replicates" + (
        f" x {len(verdict.strata)} strata" if len(verdict.strata) > 1 else ""
    )
    sample += "".join(f", {count} {what}" for what, count in counts.items())
    sentences = [
        f"{verdict.verdict}: {quantity(verdict)} {number}, {spread}, predicted {verdict.prediction} ({sample})."
    ]
    if len({part.verdict for part in verdict.strata} | {verdict.verdict}) > 1:
        sentences += [_by_answer(verdict.strata)]
    sentences += [
        f"Control {part.verdict} in {part.stratum}: {part.estimate:.4g}, {part.interval}."
        for part in verdict.control
        if part.verdict != "supported"
    ]
    needed = fewest_replicates(verdict.statistic, verdict.prediction.low, verdict.prediction.high, verdict.level)
    if verdict.verdict == "undecided" and verdict.replicates < needed:
        sentences += [
            f"No outcome of {verdict.replicates} replicates could support it at this level; that takes {needed} or more."
        ]
    return " ".join([*sentences, explanation]).strip()


NAMED = 4  # strata with one answer that a sentence names; all of them are in verdicts.json and in the figure


def _by_answer(strata: tuple[StratumVerdict, ...]) -> str:
    """Which strata said what, the rarest answer first; what most of them said goes without their names."""
    by_answer: dict[str, list[str]] = {}
    for part in strata:
        by_answer.setdefault(part.verdict, []).append(part.stratum)
    *rare, (usual, others) = sorted(by_answer.items(), key=lambda item: len(item[1]))
    said = [f"{answer} in {_named(names)}" for answer, names in rare]
    if not rare and len(others) <= NAMED:
        return f"By stratum: {usual} in {_named(others)}."
    last = f"{usual} in {'the other' if rare else 'all'} {len(others)}"
    return f"By stratum: {'; '.join([*said, last])}."


def compact(stratum: str) -> str:
    """Equal layers as one: `hidden=16-16-16` as `hidden=16×3`."""
    return re.sub(r"(?<![\w-])(\w+)(?:-\1)+(?![\w-])", lambda found: f"{found[1]}×{found[0].count('-') + 1}", stratum)


def _named(names: list[str]) -> str:
    """`a=1 b=2; a=1 b=3`, what is common to all first: `a=1 with b=2, b=3`."""
    if len(names) == 1:
        return compact(names[0])
    settings = [compact(name).split(" ") for name in names]
    common = [word for word in settings[0] if all(word in others for others in settings)]
    own = [" ".join(word for word in words if word not in common) for words in settings]
    shown = ", ".join(own[:NAMED]) + (f" and {len(own) - NAMED} more" if len(own) > NAMED else "")
    return f"{' '.join(common)} with {shown}" if common else shown
