"""The whole procedure on thousands of tables at once: arrays in place of tidy tables, for `benchmarks.procedure_calibration`.

A second way to the answers of `sandbox.claims.judge`, without pandas: a test holds both against each other, answer by
answer. Axes: table N, stratum S, arm (the expected one first), rate, draw of the data, network of the draw.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sandbox.claims.claim import NEARLY_ALWAYS, Claim, Interval, above
from sandbox.claims.measures import EFFECTS, Paired
from sandbox.claims.rows import PILOT
from sandbox.claims.statistics import ROUNDING, binomial, outer_rank
from sandbox.system.arrays import Array
from tests.support.drawn_tables import CLAIM, FIRST, RATES, SECOND, SETS, WINS
from tests.support.known_tables import Generator

Answers = NDArray[np.int8]  # 1 supported, -1 refuted, 0 undecided


@dataclass(frozen=True)
class Tables:
    """judged, choosing: (N, S, arm, rate, draw, network), infinite where an arm has no such rate.

    choosing: validation losses, by which each draw chooses its rate; None where a pilot of the judged numbers does.
    rates: how many each arm has. budget: of a time; infinite for a loss. names: of the strata, in their order.
    """

    judged: Array
    choosing: Array | None
    rates: tuple[int, int]
    budget: float = math.inf
    names: tuple[str, ...] = tuple(f"dataset={name}" for name in SETS)
    overlap: float = 0.0  # n_test / n_train, where the draws are splits of one set of samples


@dataclass(frozen=True)
class Kind:
    """A procedure, its tables, and what is wrong to say of them: of which strata the truth lies on the bound."""

    name: str
    claim: Claim
    tables: Callable[[Generator, float, int], Tables]  # (generator, icc, N)
    on_bound: NDArray[np.bool_]  # (S,); of all others `refuted` is wrong


# --- tables -------------------------------------------------------------------------------------------------------------


def normal(rng: Generator, shape: tuple[int, ...], icc: float) -> Array:
    """Standard normal numbers whose last axis, a draw's networks, is correlated by icc."""
    return math.sqrt(icc) * rng.normal(size=(*shape[:-1], 1)) + math.sqrt(1 - icc) * rng.normal(size=shape)


def rated(
    rng: Generator,
    icc: float,
    n: int,
    rates: tuple[int, int] = (4, 4),
    draws: int = 30,
    per: int = 2,
    ahead: float = 0.0,
    by_validation: bool = True,
    apart: tuple[float, float] = (0.0, 0.0),
) -> Tables:
    """Arms of which no rate is better than another on any draw, though its samples may say so.

    Networks of one draw are alike (icc): one half of that is how the arm suits the draw, the other the luck with a rate
    that the samples have which validate, and, apart from it, those that test.

    ahead: by how much the first arm's loss lies below the second's, for power; in standard deviations of a network's.
    apart: by how much an arm's loss grows with every rate away from its best, the first's lowest or the second's highest.
    """
    shape = (n, len(SETS), 2, len(RATES), draws, per)
    suits = rng.normal(size=(*shape[:3], 1, draws, 1))

    def seen() -> Array:
        shared = math.sqrt(icc / 2) * (suits + rng.normal(size=(*shape[:-1], 1)))
        numbers = shared + math.sqrt(1 - icc) * rng.normal(size=shape)
        for arm, count in enumerate(rates):
            numbers[:, :, arm, count:] = math.inf
        return numbers

    test, validation = seen(), seen()
    away = np.arange(len(RATES))[:, None, None]
    for losses in (test, validation):
        losses += np.stack([apart[0] * away, apart[1] * away[::-1]])
    test[:, :, 0] -= ahead
    return Tables(test, validation if by_validation else None, rates)


def timed(rng: Generator, icc: float, n: int) -> Tables:
    """Two equal arms at three rates, of one set nearly all cut off."""
    when = np.exp(normal(rng, (n, len(SETS), 2, 3, 30, 2), icc)) * 100
    when[:, 2] *= math.exp(3.0)
    return Tables(np.where(when > 200, math.inf, when), None, (3, 3), budget=200.0)


def conditional(rng: Generator, icc: float, n: int, draws: int = 120) -> Tables:
    """Wins of 0.995 up to rate 1, above of 0.9, the bound; one network a draw."""
    names = tuple(f"dataset={name} rate={rate:g}" for name in SETS for rate in RATES)
    share = np.array([0.995 if rate <= 1 else 0.9 for _ in SETS for rate in RATES])[:, None]
    if icc > 0:
        total = (1 - icc) / icc
        share = rng.beta(share * total, (1 - share) * total, (n, len(names), draws))
    won = rng.random((n, len(names), draws)) < share
    first = 1.0 - won[:, :, None, None, :, None]
    return Tables(np.concatenate([first, np.full_like(first, 0.5)], axis=2), None, (1, 1), names=names)


def two_arms(second: Array, first: Array | float, **known: Any) -> Tables:
    """Of numbers (N, S, draw, network) without a choice of rates."""
    arms = np.stack(np.broadcast_arrays(np.asarray(first), second), axis=2)[:, :, :, None]
    names = tuple(f"dataset={s}" for s in range(second.shape[1]))
    return Tables(arms, None, (1, 1), names=names, **known)


def won(rng: Generator, icc: float, n: int, strata: int = 1, share: float = 0.9) -> Tables:
    """As `drawn_tables.won`: 30 draws with four pairs each, of which a share is won; beta-binomial within the draw."""
    shares: Array | float = share
    if icc > 0:
        total = (1 - icc) / icc
        shares = rng.beta(share * total, (1 - share) * total, (n, strata, 30, 1))
    lost = rng.random((n, strata, 30, 4)) >= shares
    return two_arms(np.full(lost.shape, 0.5), lost.astype(float))


def differing(rng: Generator, icc: float, n: int) -> Tables:
    """30 draws with four differences each, of median 0."""
    return two_arms(normal(rng, (n, 1, 30, 4), icc), 0.0)


def of_one_set(rng: Generator, icc: float, n: int, samples: int = 100) -> Tables:
    """30 splits of one set of samples, a quarter for the test: what each says is the mean of its test part, and its weights' luck.

    The source's mean is 0. icc: how alike what two networks of a split say, beside what the samples do.
    """
    size = samples // 4
    source = rng.normal(size=(n, 1, samples)) * math.sqrt(size)
    places = np.argsort(rng.random((n, 30, samples)), axis=-1)[:, :, :size]
    means = np.take_along_axis(np.broadcast_to(source, (n, 30, samples)), places, axis=2).mean(axis=-1)
    weights = normal(rng, (n, 1, 30, 4), icc)
    return two_arms(means[:, None, :, None] + weights / 4, 0.0, overlap=size / (samples - size))


# --- the procedure ------------------------------------------------------------------------------------------------------


def decided(claim: Claim, tables: Tables, level: float) -> tuple[Answers, Answers]:
    """What is said in every stratum (N, S), and of the placebo on average and in every stratum (N, 1 + S)."""
    measure = claim.measure
    assert isinstance(measure, Paired)
    said = strata_said(claim, tables, level, 0)
    if min(tables.rates) >= 3:
        beside = strata_said(claim, tables, level, 1)
        said = np.where(said * beside == -1, 0, said).astype(np.int8)
    return said, placebo(tables, level)


def strata_said(claim: Claim, tables: Tables, level: float, rank: int) -> Answers:
    a, b = (side(tables, arm, rank) for arm in (0, 1))
    each = of_each(level, len(tables.names))
    if claim.statistic == "share":
        low, high = wins(a, b)
        return shares_said(claim.prediction, low.mean(axis=-1), high.mean(axis=-1), each, tables.overlap)
    assert isinstance(claim.measure, Paired)
    low, high = EFFECTS[claim.measure.effect](a, b, tables.budget)
    with np.errstate(invalid="ignore"):  # a median between -inf and inf
        low, high = (np.median(end, axis=-1) for end in (low, high))
    low, high = np.where(np.isnan(low), -math.inf, low), np.where(np.isnan(high), math.inf, high)
    return medians_said(claim.prediction, low, high, each, tables.overlap)


def placebo(tables: Tables, level: float) -> Answers:
    """The arms' names exchanged in half of the draws: `refuted` where the share of wins cannot be one half."""
    draws = tables.judged.shape[4]
    if tables.choosing is not None and tables.rates[0] == tables.rates[1]:
        lot = by_lot(draws)
        tables = replace(tables, judged=exchanged(tables.judged, lot), choosing=exchanged(tables.choosing, lot))
        a, b = (side(tables, arm, 0) for arm in (0, 1))
    else:
        a, b = (side(tables, arm, 0) for arm in (0, 1))
        lot = by_lot(a.shape[2])[:, None]
        a, b = np.where(lot, b, a), np.where(lot, a, b)
    low, high = (end.mean(axis=-1) for end in wins(a, b))
    low, high = (np.concatenate([end.mean(axis=1, keepdims=True), end], axis=1) for end in (low, high))
    ends = intervals(low, high, of_each(level, len(tables.names)), tables.overlap)
    if len(tables.names) == 1:
        ends = ends[:, 1:]
    found, nothing = (ends[..., 0] > 0.5) | (ends[..., 1] < 0.5), (ends[..., 0] <= 0) & (ends[..., 1] >= 1)
    return np.where(found, -1, np.where(nothing, 0, 1)).astype(np.int8)


def side(tables: Tables, arm: int, rank: int) -> Array:
    """One arm's judged numbers at the rate that is chosen (N, S, draw, network); of a pilot without the pilot."""
    judged, count = tables.judged[:, :, arm], tables.rates[arm]
    if tables.judged.shape[3] == 1:
        return judged[:, :, 0]
    place = min(rank, count - 1)
    if tables.choosing is not None:
        scores = np.median(tables.choosing[:, :, arm], axis=-1)  # (N, S, rate, draw)
        best = np.argsort(scores, axis=2, kind="stable")[:, :, place]
        return np.take_along_axis(judged, best[:, :, None, :, None], axis=2)[:, :, 0]
    pilot = np.arange(judged.shape[3]) % PILOT == 0
    with np.errstate(invalid="ignore"):
        scores = np.median(judged[:, :, :, pilot], axis=(3, 4))  # (N, S, rate)
    best = np.argsort(scores, axis=2, kind="stable")[:, :, place]
    return np.take_along_axis(judged[:, :, :, ~pilot], best[:, :, None, None, None], axis=2)[:, :, 0]


def by_lot(draws: int, lot: int = 0) -> NDArray[np.bool_]:
    return np.asarray(np.random.default_rng(lot).permutation(np.arange(draws) % 2 == 0))


def exchanged(numbers: Array, lot: NDArray[np.bool_]) -> Array:
    return np.where(lot[:, None], numbers[:, :, ::-1], numbers)


def wins(a: Array, b: Array) -> tuple[Array, Array]:
    """Where the first loses less 1, where both are equal 1/2, where neither arrives anything from 0 to 1."""
    unknown = np.isinf(a) & np.isinf(b)
    score = (b > a) + 0.5 * (a == b)
    return np.where(unknown, 0.0, score), np.where(unknown, 1.0, score)


def of_each(level: float, strata: int) -> float:
    return 1 - (1 - level) / (strata + 1 if strata > 1 else 1)


def intervals(low: Array, high: Array, level: float, overlap: float) -> Array:
    """Clopper and Pearson's, of numbers in [0, 1] whose last axis are the draws: (..., 2)."""
    n = low.shape[-1]
    ends = np.array([binomial(wins, n, level, overlap) for wins in range(n + 1)])  # (n + 1, 2)
    fewest, most = np.floor(low.sum(axis=-1) + ROUNDING), np.ceil(high.sum(axis=-1) - ROUNDING)
    return np.stack([ends[fewest.astype(int), 0], ends[most.astype(int), 1]], axis=-1)


def shares_said(prediction: Interval, low: Array, high: Array, level: float, overlap: float) -> Answers:
    ends = intervals(low, high, level, overlap)
    pairs, which = np.unique(ends.reshape(-1, 2), axis=0, return_inverse=True)
    answers = np.array([answer(prediction, Interval(*pair)) for pair in pairs], dtype=np.int8)
    return np.asarray(answers[which].reshape(ends.shape[:-1]))


def medians_said(prediction: Interval, low: Array, high: Array, level: float, overlap: float) -> Answers:
    k = outer_rank(low.shape[-1], level, overlap)
    if k == 0:
        return np.zeros(low.shape[:-1], dtype=np.int8)
    ends = np.sort(low, axis=-1)[..., k - 1], np.sort(high, axis=-1)[..., -k]
    flat = [answer(prediction, Interval(a, b)) for a, b in zip(*(end.ravel() for end in ends), strict=True)]
    return np.array(flat, dtype=np.int8).reshape(low.shape[:-1])


def answer(prediction: Interval, interval: Interval) -> Literal[-1, 0, 1]:
    return 1 if prediction.contains(interval) else 0 if prediction.overlaps(interval) else -1


def wrong(kind: Kind, said: Answers) -> NDArray[np.bool_]:
    """Of which tables something wrong is said (N,): any answer where the truth is on the bound, elsewhere a refutation."""
    return np.asarray(((said != 0) & kind.on_bound).any(axis=1) | ((said == -1) & ~kind.on_bound).any(axis=1))


# --- one of them as a tidy table ----------------------------------------------------------------------------------------


def tidy(tables: Tables, i: int, claim: Claim) -> pd.DataFrame:
    """Table i as `judge` takes it."""
    measure = claim.measure
    assert isinstance(measure, Paired) and isinstance(measure.column, str)
    places = [
        (i, s, arm, rate) for s in range(len(tables.names)) for arm in (0, 1) for rate in range(tables.rates[arm])
    ]
    frame = pd.concat([_rows(tables, at, measure.column) for at in places], ignore_index=True)
    frame["rate"] = frame["rate"].astype(float)
    return frame


def _rows(tables: Tables, at: tuple[int, int, int, int], column: str) -> pd.DataFrame:
    settings = dict(word.split("=") for word in tables.names[at[1]].split(" "))
    numbers = tables.judged[at]  # (draw, network)
    draws, per = numbers.shape
    n = np.arange(draws * per)
    columns = {column: numbers.ravel(), "steps": tables.budget}
    if tables.choosing is not None:
        columns["validation/loss"] = tables.choosing[at].ravel()
    where = {"arm": ("first", "second")[at[2]], "rate": RATES[at[3]], **settings}
    return pd.DataFrame(
        {**where, "seed": 0, "replicate": n, "draw": n // per, "run_id": str(at), "overlap": tables.overlap, **columns}
    )


# --- the kinds ----------------------------------------------------------------------------------------------------------

_ALL = np.ones(len(SETS), dtype=bool)
_ONE = np.ones(1, dtype=bool)
_ABOVE_1 = np.array([rate > 1 for _ in SETS for rate in RATES])
_HALF = CLAIM  # more wins than not
_MOST = replace(CLAIM, prediction=NEARLY_ALWAYS)
_MEDIAN = replace(CLAIM, statistic="median", prediction=above(0), measure=replace(WINS, effect="difference"))
_RATED = replace(CLAIM, measure=replace(WINS, best_over="rate", choose_by="validation/loss"))
_PILOT = replace(CLAIM, measure=replace(WINS, best_over="rate"))
_TIMED = replace(
    CLAIM,
    statistic="median",
    prediction=above(1),
    measure=Paired("time", FIRST, SECOND, effect="ratio", budget="steps", best_over="rate"),
)
_CONDITIONAL = replace(_MOST, strata=("dataset", "rate"))


def _kind(name: str, claim: Claim, tables: Callable[..., Tables], on_bound: NDArray[np.bool_], **known: Any) -> Kind:
    return Kind(name, claim, lambda rng, icc, n: tables(rng, icc, n, **known), on_bound)


KINDS = (
    _kind("share of wins", _MOST, won, _ONE),
    _kind("share of wins, six strata", _MOST, won, np.ones(6, dtype=bool), strata=6),
    _kind("share of wins, splits of one set", _HALF, of_one_set, _ONE),
    _kind("median difference", _MEDIAN, differing, _ONE),
    _kind("median difference, splits of one set", _MEDIAN, of_one_set, _ONE),
    _kind("best of 4 rates by validation", _RATED, rated, _ALL),
    _kind("best of 4 rates against 1", _RATED, rated, _ALL, rates=(4, 1)),
    _kind("best of 4 rates by validation, one network a draw", _RATED, rated, _ALL, draws=60, per=1),
    _kind("best of 4 rates by the test loss of a pilot", _PILOT, rated, _ALL, by_validation=False),
    _kind("best rates apart, by a pilot", _PILOT, rated, _ALL, by_validation=False, apart=(9.0, 3.0), draws=104, per=1),
    _kind("times at the best rate, cut off", _TIMED, timed, _ALL),
    _kind("a condition, the bound beyond it", _CONDITIONAL, conditional, _ABOVE_1),
)
