"""Where a claim holds: the factors that decide, found among the strata by a rule that is declared here.

A condition is one comparison of one factor (`learning_rate <= 1`, `activation is relu`), or two joined by *and* or *or*.
Of all that tell strata apart the one that sorts most of them is taken. A second comparison has to pay: it must sort two
strata more, and one in twenty. What is found was found by looking: it is found on half of the draws of the data, and counts
only if it sorts the strata on the other half as well, and the answers that all draws gave: where it holds the claim has to
be supported as one that holds everywhere is, undecided strata counted, and elsewhere at least half have to refute it.
"""

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sandbox.claims.rows import show

Settings = Mapping[str, Any]  # a stratum's factors
Leaning = bool | None  # whether a stratum's number lies inside the prediction; None where there is no number

# Shares of supporting strata among those decided: at least so many where it holds, at most so many elsewhere.
INSIDE, OUTSIDE = 0.9, 0.25
PLENTY = 0.75  # of all strata: so many that support a claim need no average beside them
ELSEWHERE = 0.5  # of all strata where a condition does not hold: so many refute it there
LUCK = {1: 0.25, 2: 0.05}  # by the number of comparisons: the share of random answers that may be sorted as well
SHUFFLES = 400


@dataclass(frozen=True)
class Term:
    """A comparison of one factor. Numbers are told apart by a threshold, words by being one or not."""

    factor: str
    relation: Literal["<=", ">", "is", "is not"]
    value: Any

    def holds(self, settings: Settings) -> bool:
        value = settings[self.factor]
        if self.relation in {"is", "is not"}:
            return bool((value == self.value) == (self.relation == "is"))
        return bool((value <= self.value) == (self.relation == "<="))

    def __str__(self) -> str:
        return f"{self.factor} {self.relation} {show(self.value)}"


@dataclass(frozen=True)
class Condition:
    """One term, or two of which both (`and`) or either (`or`) must hold."""

    terms: tuple[Term, ...]
    joined: Literal["and", "or"] = "and"

    def holds(self, settings: Settings) -> bool:
        held = [term.holds(settings) for term in self.terms]
        return all(held) if self.joined == "and" else any(held)

    def __str__(self) -> str:
        return f" {self.joined} ".join(map(str, self.terms))


@dataclass(frozen=True)
class Sorting:
    """How well a condition sorts the strata.

    inside, outside: (supported, all decided) strata where it holds, and where it does not. open: those undecided in
    either. fresh: (right, all) strata sorted right on the half of the draws on which it was not found. luck: the share of
    random answers to the same strata that some condition of as many terms sorts as well; large where there are few strata.
    """

    condition: Condition
    inside: tuple[int, int]
    outside: tuple[int, int]
    fresh: tuple[int, int]
    luck: float
    open: tuple[int, int] = (0, 0)

    @property
    def decided(self) -> int:
        return self.inside[1] + self.outside[1]

    def __str__(self) -> str:
        sides = zip((self.inside, self.outside), self.open, strict=True)
        kept, elsewhere = (
            f"{yes} of {decided}" + (f", {rest} undecided" if rest else "") for (yes, decided), rest in sides
        )
        return f"{self.condition}: {kept}; elsewhere: {elsewhere}"


def deciding(
    settings: Sequence[Settings],
    answers: Sequence[Leaning],
    found_on: Sequence[Leaning],
    checked_on: Sequence[Leaning],
    *,
    pure: bool = False,
    on_average: Callable[[NDArray[np.bool_]], bool] = lambda where: False,
) -> Sorting | None:
    """The condition that tells where a claim holds, or None if there is none that sorts well enough.

    settings: of every stratum. answers: True where all draws support, False where they refute, None if undecided.
    found_on, checked_on: on which side of the prediction each stratum lies by either half of the draws. pure: where it
    holds there must be no exception. on_average: whether the average over these strata supports it as well.
    """
    conditions, holds = candidates(settings)
    if not conditions or sum(answer is True for answer in answers) == 0 or all(a is not False for a in answers):
        return None
    length = np.array([len(condition.terms) for condition in conditions])
    best = choice(holds, found_on, length)
    if best is None:
        return None
    inside, outside = tally(holds[best], answers)
    fresh_inside, fresh_outside = tally(holds[best], [*_known(checked_on, answers)])
    luck = by_luck(holds[length <= length[best]], holds[best], answers)
    size = int(holds[best].sum())
    open_ = size - inside[1], len(answers) - size - outside[1]
    sorts = _sorts(inside, outside, 1.0 if pure else INSIDE) and _sorts(fresh_inside, fresh_outside, INSIDE)
    counts = _counts(inside, outside, open_, lambda: on_average(holds[best]))
    if not (sorts and counts) or luck > LUCK[int(length[best])]:
        return None
    right = fresh_inside[0] + fresh_outside[1] - fresh_outside[0], fresh_inside[1] + fresh_outside[1]
    return Sorting(conditions[best], inside, outside, right, luck, open_)


def _known(leanings: Sequence[Leaning], answers: Sequence[Leaning]) -> list[Leaning]:
    """Near the bound a stratum leans by chance: only those that all draws decide are asked again."""
    return [lean if answer is not None else None for lean, answer in zip(leanings, answers, strict=True)]


def _sorts(inside: tuple[int, int], outside: tuple[int, int], least: float) -> bool:
    return 0 < inside[1] <= inside[0] / least and outside[1] > 0 and outside[0] <= OUTSIDE * outside[1]


def _counts(
    inside: tuple[int, int], outside: tuple[int, int], open_: tuple[int, int], averaged: Callable[[], bool]
) -> bool:
    """Whether so many of all strata say what the condition says of them, that the undecided ones do not matter."""
    refuted = outside[1] - outside[0]
    return enough(inside[0], inside[1] + open_[0], averaged) and refuted >= ELSEWHERE * (outside[1] + open_[1])


def enough(yes: int, of: int, averaged: Callable[[], bool]) -> bool:
    """Whether so many of these strata support a claim that it holds for them: plenty, or half of them and their average."""
    return yes >= PLENTY * of or (2 * yes >= of and averaged())


def tally(holds: NDArray[np.bool_], answers: Sequence[Leaning]) -> tuple[tuple[int, int], tuple[int, int]]:
    """(supported, decided) where a condition holds, and where it does not."""
    sides = ([a for a, held in zip(answers, holds, strict=True) if held == side] for side in (True, False))
    inside, outside = ((sum(a is True for a in side), sum(a is not None for a in side)) for side in sides)
    return inside, outside


def choice(holds: NDArray[np.bool_], leanings: Sequence[Leaning], length: NDArray[np.int64]) -> int | None:
    """The condition that sorts most strata, less what a second comparison costs; the first of those that are equal."""
    known = np.array([lean is not None for lean in leanings])
    if not known.any():
        return None
    right = (holds == np.array([lean is True for lean in leanings]))[:, known].sum(axis=1)
    return int(np.argmax(right - (length - 1) * max(2.0, known.sum() / 20)))


def by_luck(holds: NDArray[np.bool_], chosen: NDArray[np.bool_], answers: Sequence[Leaning]) -> float:
    """The share of random orders of the answers of which some candidate sorts as many right as the chosen one of these."""
    known = np.array([answer is not None for answer in answers])
    truth = np.array([answer is True for answer in answers])[known]
    shuffled = np.random.default_rng(0).permuted(np.tile(truth, (SHUFFLES, 1)), axis=1)
    signs = np.where(holds[:, known], 1, -1)
    agreement = signs @ np.where(shuffled, 1, -1).T  # (candidates, shuffles): right ones less wrong ones
    own = int(np.where(chosen[known], 1, -1) @ np.where(truth, 1, -1))
    return float((agreement.max(axis=0) >= own).mean())


def candidates(settings: Sequence[Settings]) -> tuple[list[Condition], NDArray[np.bool_]]:
    """All conditions that hold in some strata and not in others, the simplest of those that do so in the same ones first."""
    every = [term for factor in factors(settings) for term in _terms(factor, [s[factor] for s in settings])]
    terms = _clearer(every, settings)
    held = np.array([[term.holds(s) for s in settings] for term in terms], dtype=bool).reshape(
        len(terms), len(settings)
    )
    found: dict[bytes, tuple[Condition, NDArray[np.bool_]]] = {}
    for i in range(len(terms)):
        found.setdefault(held[i].tobytes(), (Condition((terms[i],)), held[i]))
    pairs = itertools.combinations(range(len(terms)), 2)
    for i, j in sorted(pairs, key=lambda pair: sum(terms[k].relation == "is not" for k in pair)):
        for joined, both in (("and", held[i] & held[j]), ("or", held[i] | held[j])):
            if both.any() and not both.all():
                condition = Condition((terms[i], terms[j]), "and" if joined == "and" else "or")
                found.setdefault(both.tobytes(), (condition, both))
    conditions = [condition for condition, _ in found.values()]
    return conditions, np.array([mask for _, mask in found.values()], dtype=bool).reshape(len(found), len(settings))


def factors(settings: Sequence[Settings]) -> list[str]:
    """The factors that all strata have, and of which they have more than one value, in their order."""
    shared = [factor for factor in (settings[0] if settings else ()) if all(factor in s for s in settings)]
    return [factor for factor in shared if len({show(s[factor]) for s in settings}) > 1]


def _clearer(terms: Sequence[Term], settings: Sequence[Settings]) -> list[Term]:
    """Without `hidden is 4`, which reads as a width, where all lists are of one width and `layers of hidden` says as much."""
    held = [tuple(term.holds(s) for s in settings) for term in terms]
    varied, said = {term.factor for term in terms}, {(t.factor, h) for t, h in zip(terms, held, strict=True)}
    return [
        term
        for term, strata in zip(terms, held, strict=True)
        if f"width of {term.factor}" in varied or (f"layers of {term.factor}", strata) not in said
    ]


def _terms(factor: str, values: Sequence[Any]) -> list[Term]:
    distinct = [value.item() if isinstance(value, np.generic) else value for value in dict.fromkeys(values)]
    if all(isinstance(value, int | float | np.number) and not isinstance(value, bool) for value in distinct):
        return [Term(factor, relation, value) for value in sorted(distinct)[:-1] for relation in ("<=", ">")]
    return [Term(factor, relation, value) for value in distinct for relation in ("is", "is not")]


def with_shapes(settings: Settings) -> dict[str, Any]:
    """Lists such as `hidden=16-16` also as numbers that can be ordered: how many there are, and the first of them."""
    wider = dict(settings)
    for factor, value in settings.items():
        if factor == "hidden" and value == "none":  # as an empty list is told
            wider |= {"layers of hidden": 0, "width of hidden": 0}
        if isinstance(value, str) and re.fullmatch(r"\d+(-\d+)*", value):
            wider |= {f"layers of {factor}": value.count("-") + 1, f"width of {factor}": int(value.partition("-")[0])}
    return wider
