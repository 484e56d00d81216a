"""A claim and its control: what is promised before the first run."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sandbox.claims.measures import Measure, comparison
from sandbox.claims.rows import Where
from sandbox.claims.statistics import STATISTICS
from sandbox.claims.verdict import MORE_OFTEN_THAN_NOT, NEARLY_ALWAYS, Interval, above, below
from sandbox.system.errors import InputError, nearest

Voice = Literal["notes", "sharper", "beyond"]

A_SHARE, A_CORRELATION = (0.0, 1.0), (-1.0, 1.0)  # limits

NOTES, SHARPER = "notes", "sharper than the notes"  # how a source begins that is theirs, or says more than they do

__all__ = ["MORE_OFTEN_THAN_NOT", "NEARLY_ALWAYS", "Claim", "Control", "Interval", "Placebo", "above", "below"]


@dataclass(frozen=True)
class Control:
    """What must come out, on the same runs, for the claim's verdict to mean anything.

    By default in the claim's strata, and of new samples or of these very ones as the claim is.
    """

    statement: str
    measure: Measure
    prediction: Interval
    statistic: str = "all"
    where: Where = field(default_factory=dict)
    strata: tuple[str, ...] | None = None
    crossed: bool = True
    real_data: Literal["source", "samples"] | None = None

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True)
class Placebo:
    """The claim's own question, with the names of its two arms exchanged in half of the draws: nothing must be found."""

    statement: str = "with the arms' names exchanged in half of the draws, by lot, neither is ahead"


@dataclass(frozen=True)
class Claim:
    """A sentence of the notes, made falsifiable.

    prediction, reason: what the sentence leads us to expect of `statistic`, and why these numbers.
    measure: reads the numbers off the rows of one stratum (see `sandbox.claims.measures`).
    control: what must come out for the verdict to be valid, or the reason why nothing can.
    where, strata: the rows concerned, and the nuisance factors held equal; if `crossed`, all combinations must be there.
    tasks: those of the strata's factors that make a task; the verdict says what to expect of a new one.
    real_data: what splits of a data set speak of, new samples from the same "source", which they tell little of since
    they overlap, or these very "samples".
    variants: by name, measures that could as well have been promised (another threshold, another budget).
    effect, unit: what the estimated number is, in words. limits: between which any such number lies.
    What is to be said of a verdict, once it is known, stands in experiments/findings: it is no part of what was promised.
    """

    id: str
    statement: str
    source: str
    prediction: Interval
    reason: str
    measure: Measure
    control: Control | Placebo | str
    statistic: str = "share"
    strata: tuple[str, ...] = ()
    where: Where = field(default_factory=dict)
    crossed: bool = True
    tasks: tuple[str, ...] = ("dataset",)
    real_data: Literal["source", "samples"] = "source"
    variants: Mapping[str, Measure] = field(default_factory=dict)
    effect: str = ""
    unit: str = ""
    limits: tuple[float, float] = (-math.inf, math.inf)

    def __post_init__(self) -> None:
        _check(self)


def whose(claim: Claim) -> Voice:
    """Who says so: the notes; nobody, but it is what they say made sharper; or a paper, a course or the sandbox beyond them."""
    return "notes" if claim.source.startswith(NOTES) else "sharper" if claim.source.startswith(SHARPER) else "beyond"


def _check(question: Claim | Control) -> None:
    name, prediction = question.statistic, question.prediction
    if name not in STATISTICS:
        raise InputError(f"statistic: expected a known one, got {name!r}{nearest(name, STATISTICS)}")
    bounds = [abs(bound) for bound in (prediction.low, prediction.high) if abs(bound) < 1]
    if name == "rank_correlation" and max(bounds, default=0.0) > 0.5:
        # its interval keeps its level near 0; see benchmarks/judge_calibration.py
        raise InputError(f"prediction: expected bounds of a rank correlation within [-0.5, 0.5], got {prediction}")
    if isinstance(question, Claim) and isinstance(question.control, Placebo) and comparison(question.measure) is None:
        raise InputError(
            "control: expected a claim on two arms (Paired, or Prepared) for a placebo; name another control, or the reason for none"
        )
