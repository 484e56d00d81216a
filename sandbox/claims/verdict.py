"""What a table says about a claim: the answer, the interval behind it, and all that is needed to doubt both."""

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from sandbox.claims.statistics import STATISTICS
from sandbox.system.errors import InputError

if TYPE_CHECKING:
    from sandbox.claims.conditions import Sorting
    from sandbox.claims.tasks import Tasks

Answer = Literal["supported", "refuted", "undecided"]  # in a stratum, and on average
Word = Literal["holds", "fails", "holds where", "undecided", "invalid"]  # of a claim
BEFORE = {"holds": "supported", "fails": "refuted", "holds where": "mixed"}  # what records of before say instead
SYMBOLS: dict[str, str] = {"holds": "✓", "fails": "✗", "holds where": "◐", "undecided": "?", "invalid": "!"}
SYMBOLS |= {was: SYMBOLS[word] for word, was in BEFORE.items()}  # in a stratum, too


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
    """The answer in one stratum, or on average over all of them.

    draws: of the data, 1 where all replicates share one. size: the median effect in the column's unit, or how many times,
    as the measure tells it. same: the share of pairs within its margin. Both are None where the measure tells none.
    """

    stratum: str  # "dataset=moons activation=tanh"
    verdict: Answer | Word  # a word where a figure shows the whole as a row
    estimate: float
    interval: Interval
    replicates: int
    note: str = ""
    draws: int = 1
    size: float | None = None
    same: float | None = None


@dataclass(frozen=True)
class Variant:
    """The same claim, had something else been chosen: how many strata say what then, and how many say the opposite."""

    name: str
    estimate: float
    supported: int
    refuted: int
    undecided: int
    opposite: int


@dataclass(frozen=True)
class Verdict:
    """What the table says about a claim, with all that is needed to doubt it.

    verdict: a `Word`; in records of before, "supported", "refuted" or "mixed".
    estimate, interval: of the average over these strata. level: the confidence of every single interval; it is higher than
    what is promised for all of them together. strata: one or more, whose answers decide.
    where: the condition under which it holds. tasks: what to expect of a new one. size, same: see `StratumVerdict`.
    replicates: networks per arm and stratum. draws: of the data they share out among them; 1 where all share one, and
    nothing is said of other data. over: what kinds of luck the verdict generalises over, in words.
    seen: what a table of this size would have decided. sensitivity: what other choices would have given.
    """

    claim_id: str
    verdict: Word
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
    draws: int = 1
    over: str = ""
    where: "Sorting | None" = None
    tasks: "Tasks | None" = None
    size: float | None = None
    same: float | None = None
    seen: str = ""
    sensitivity: tuple[Variant, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain strings, numbers, lists; what JSON has no number for becomes "inf" or "nan"."""
        return {name: portable(value) for name, value in asdict(self).items()}

    @staticmethod
    def from_dict(plain: Mapping[str, Any]) -> "Verdict":
        """The verdict that `to_dict` wrote, or a form of before wrote: what was not known then has its default."""
        from sandbox.claims.conditions import Condition, Sorting, Term
        from sandbox.claims.tasks import Tasks

        rest = _known(Verdict, plain)
        rest["strata"], rest["control"] = (
            tuple(StratumVerdict(**_known(StratumVerdict, part)) for part in plain[name])
            for name in ("strata", "control")
        )
        rest["sensitivity"] = tuple(Variant(**_known(Variant, part)) for part in plain.get("sensitivity", ()))
        if tasks := plain.get("tasks"):
            rest["tasks"] = Tasks(**_known(Tasks, tasks))
        if where := plain.get("where"):
            terms = tuple(Term(**_known(Term, term)) for term in where["condition"]["terms"])
            condition = Condition(terms, where["condition"]["joined"])
            pairs = {name: tuple(where[name]) for name in ("inside", "outside", "fresh", "open") if name in where}
            rest["where"] = Sorting(condition, luck=float(where["luck"]), **pairs)
        return Verdict(**rest)


FLOATS = {"estimate", "size", "same", "chance"}
INTERVALS = {"interval", "prediction", "share"}


def _known(kind: Any, plain: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a record, as far as they were written down."""
    found = {f.name: plain[f.name] for f in fields(kind) if f.name in plain}
    return {
        name: float(x) if name in FLOATS and x is not None else _interval(x) if name in INTERVALS else x
        for name, x in found.items()
    }


def _interval(plain: Mapping[str, Any]) -> Interval:
    return Interval(float(plain["low"]), float(plain["high"]), plain["ends"])


def portable(value: Any) -> Any:
    """Plain lists, dicts, strings and numbers that every JSON reader knows; "inf", "-inf" and "nan" are strings."""
    if isinstance(value, Mapping):
        return {str(key): portable(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [portable(inner) for inner in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def quantity(verdict: Verdict) -> str:
    """What was estimated: `share of replicates in which ...`, the statistic's word once."""
    word, effect = STATISTICS[verdict.statistic].words, verdict.effect
    return effect if effect.startswith(word) else f"{word} {effect}".strip()


def compact(stratum: str) -> str:
    """Equal layers as one: `hidden=16-16-16` as `hidden=16×3`."""
    return re.sub(r"(?<![\w-])(\w+)(?:-\1)+(?![\w-])", lambda found: f"{found[1]}×{found[0].count('-') + 1}", stratum)
