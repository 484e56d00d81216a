"""A claim and its control: what is promised before the first run, and the hash that shows whether it still is."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

import numpy as np

from sandbox.claims.measures import Measure
from sandbox.claims.rows import Where
from sandbox.claims.statistics import STATISTICS
from sandbox.claims.verdict import MORE_OFTEN_THAN_NOT, NEARLY_ALWAYS, Interval, above, below
from sandbox.system.errors import InputError, nearest

__all__ = [
    "MORE_OFTEN_THAN_NOT",
    "NEARLY_ALWAYS",
    "Claim",
    "Control",
    "Interval",
    "above",
    "below",
    "prediction_hash",
]


FOR_THE_READER = {"source", "effect", "unit"}


@dataclass(frozen=True)
class Control:
    """What must come out, on the same runs, for the claim's verdict to mean anything; by default in the claim's strata."""

    statement: str
    measure: Measure
    prediction: Interval
    statistic: str = "all"
    where: Where = field(default_factory=dict)
    strata: tuple[str, ...] | None = None
    crossed: bool = True

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True)
class Claim:
    """A sentence of the notes, made falsifiable.

    prediction, reason: what the sentence leads us to expect of `statistic`, and why these numbers.
    measure: reads the numbers off the rows of one stratum (see `sandbox.claims.measures`).
    control: what must come out for the verdict to be valid, or the reason why nothing can.
    where, strata: the rows concerned, and the nuisance factors held equal; if `crossed`, all combinations must be there.
    effect, unit: what the estimated number is, in words.
    What is to be said of a verdict, once it is known, stands in experiments/findings: it is no part of what was promised.
    """

    id: str
    statement: str
    source: str
    prediction: Interval
    reason: str
    measure: Measure
    control: Control | str
    statistic: str = "share"
    strata: tuple[str, ...] = ()
    where: Where = field(default_factory=dict)
    crossed: bool = True
    effect: str = ""
    unit: str = ""

    def __post_init__(self) -> None:
        _check(self)


def _check(question: Claim | Control) -> None:
    name, prediction = question.statistic, question.prediction
    if name not in STATISTICS:
        raise InputError(f"statistic: expected a known one, got {name!r}{nearest(name, STATISTICS)}")
    bounds = [abs(bound) for bound in (prediction.low, prediction.high) if abs(bound) < 1]
    if name == "rank_correlation" and max(bounds, default=0.0) > 0.5:
        # its interval keeps its level near 0; see benchmarks/judge_calibration.py
        raise InputError(f"prediction: expected bounds of a rank correlation within [-0.5, 0.5], got {prediction}")


def prediction_hash(claim: Claim) -> str:
    """SHA-256 of all that was promised: what is asked of which rows, the prediction and its reason, and the control.

    Records count with all their fields, functions by name. What only helps the reader may still be improved.
    """
    promised = {f.name: getattr(claim, f.name) for f in fields(claim) if f.name not in FOR_THE_READER}
    return hashlib.sha256(json.dumps(_canonical(promised), sort_keys=True).encode()).hexdigest()


def _canonical(value: Any) -> Any:
    """The same for all processes and versions of Python; 1 and 1.0 are one number."""
    if is_dataclass(value) and not isinstance(value, type):
        return [type(value).__name__, {f.name: _canonical(getattr(value, f.name)) for f in fields(value)}]
    if isinstance(value, Mapping):
        return {str(key): _canonical(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_canonical(inner) for inner in value]
    if isinstance(value, set | frozenset):
        return sorted((_canonical(inner) for inner in value), key=repr)
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        return float(value)
    return value.__qualname__ if callable(value) else value
