"""Tables with draws of the data whose truth is known, for the whole procedure: draws, rates, censoring, conditions.

Replicates of one draw are alike: `icc` is the correlation of what two of them show. In null tables the truth lies exactly
on the bound of the prediction, so that every decided answer is a wrong one; in `Procedure.wrong` it says which are.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from scipy.stats import norm

from sandbox.claims.claim import NEARLY_ALWAYS, Claim, Interval, Placebo, above
from sandbox.claims.judge import Decision
from sandbox.claims.measures import Paired
from sandbox.system.arrays import Array
from tests.support.known_tables import MEAN, MEDIAN, MEDIANS, RANK, SHARE, Frames, Generator, Scenario

ICCS = 0.0, 0.3, 0.6
DRAWS, PER = 30, 4  # draws of the data, and networks on each
RATES = 0.25, 1.0, 4.0, 16.0


def alike(rng: Generator, draws: int, per: int, icc: float, strata: int = 1) -> Array:
    """Standard normal numbers (draws * per, strata); two of one draw are correlated by icc."""
    own, shared = rng.normal(size=(draws, per, strata)), rng.normal(size=(draws, 1, strata))
    return (math.sqrt(icc) * shared + math.sqrt(1 - icc) * own).reshape(draws * per, strata)


def of_draws(columns: dict[str, Array], per: int) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    index = pd.MultiIndex.from_arrays([np.arange(n) // per, np.arange(n)], names=["draw", "replicate"])
    return pd.DataFrame(columns, index=index)


def known(values: Array, per: int = PER) -> Frames:
    """A stratum per column."""
    return {f"stratum={s}": of_draws({"low": column, "high": column}, per) for s, column in enumerate(values.T)}


def won(rng: Generator, n: int, icc: float, strata: int = 1, share: float = 0.9) -> Frames:
    """Pairs of which each draw wins a share of its own: beta-binomial, so that icc is the correlation of two wins.

    Far from normal on purpose: at icc 0.6 most draws are won or lost as a whole.
    """
    if icc == 0:
        return known((rng.random((n * PER, strata)) < share).astype(float))
    total = (1 - icc) / icc
    of_draw = rng.beta(share * total, (1 - share) * total, (n, 1, strata))
    return known((rng.random((n, PER, strata)) < of_draw).astype(float).reshape(n * PER, strata))


def doses(rng: Generator, n: int, icc: float) -> Frames:
    """A dose and a response, uncorrelated; both are alike within a draw."""
    dose, response = alike(rng, n, PER, icc, 2).T
    return {"all": of_draws({"dose": dose, "response": response}, PER)}


def times(rng: Generator, n: int, icc: float) -> Frames:
    """Two arms whose medians over draws are in ratio 2, with the latest two in ten cut off."""
    slow, fast = np.exp(alike(rng, n, PER, icc, 2)).T * [[2.0], [1.0]]
    budget = 2 * math.exp(float(norm.ppf(0.8)))
    slow, fast = (np.where(arm > budget, math.inf, arm) for arm in (slow, fast))
    return {"all": of_draws({"numerator": slow, "denominator": fast, "budget": np.full(n * PER, budget)}, PER)}


def with_draws(icc: float) -> tuple[Scenario, ...]:
    """For each statistic, tables of n draws with the truth on the bound."""
    said = f"icc {icc}"
    return (
        Scenario("share", f"wins, {said}", SHARE, lambda rng, n: won(rng, n, icc)),
        Scenario("share", f"six strata, {said}", SHARE, lambda rng, n: won(rng, n, icc, 6)),
        Scenario("median", f"normal, {said}", MEDIAN, lambda rng, n: known(alike(rng, n, PER, icc))),
        Scenario("mean", f"normal, {said}", MEAN, lambda rng, n: known(alike(rng, n, PER, icc, 2))),
        Scenario("rank correlation", f"independent, {said}", RANK, lambda rng, n: doses(rng, n, icc)),
        Scenario("ratio of medians", f"2 in 10 cut off, {said}", MEDIANS, lambda rng, n: times(rng, n, icc)),
    )


CLUSTERED = tuple(scenario for icc in ICCS for scenario in with_draws(icc))


# --- splits of one set of samples -------------------------------------------------------------------------------------


def splits(rng: Generator, n: int, samples: int = 100, test: float = 0.25) -> Array:
    """Means over the test parts of n random splits of one set of samples drawn from a normal of mean 0."""
    source, size = rng.normal(size=samples), round(test * samples)
    return np.array([source[rng.permutation(samples)[:size]].mean() for _ in range(n)])


OVERLAPPING = (
    Scenario("median", "splits of one set", MEDIAN, lambda rng, n: known(splits(rng, n)[:, None], 1)),
    Scenario("mean", "splits of one set", MEAN, lambda rng, n: known(splits(rng, n)[:, None], 1)),
    Scenario("share", "splits of one set", replace(SHARE, prediction=Interval(0.5, 1, "(]")),
             lambda rng, n: known((splits(rng, n) > 0)[:, None].astype(float), 1)),
)  # fmt: skip


# --- the whole procedure ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Procedure:
    """A claim and tables for it, and what of a decision on one of them is wrong."""

    name: str
    claim: Claim
    table: Callable[..., pd.DataFrame]  # (generator, icc)
    wrong: Callable[[Decision], bool]


FIRST, SECOND = {"arm": "first"}, {"arm": "second"}
WINS = Paired("test/loss", better=FIRST, than=SECOND)
CLAIM = Claim(
    id="known", statement="The first arm does better.", source="made up", prediction=Interval(0.5, 1, "(]"),
    reason="it is so made", measure=WINS, control=Placebo(), strata=("dataset",),
)  # fmt: skip
SETS = "a", "b", "c"


def rows(numbers: dict[str, Array], draws: int, per: int, **settings: object) -> pd.DataFrame:
    n = draws * per
    keys = {"seed": 0, "replicate": np.arange(n), "draw": np.arange(n) // per, "run_id": repr(settings)}
    return pd.DataFrame({**settings, **keys, **numbers})


def with_rates(
    rng: Generator, icc: float, rates: tuple[int, int] = (4, 4), draws: int = DRAWS, per: int = 2
) -> pd.DataFrame:
    """Arms of which no rate is better than another on any draw, though its samples may say so.

    Networks of one draw are alike (icc): one half of that is how the arm suits the draw, the other the luck with a rate
    that the samples have which validate, and, apart from it, those that test.
    """
    tables = []
    for dataset in SETS:
        for arm, count in zip(("first", "second"), rates, strict=True):
            suits = rng.normal(size=draws)
            for rate in RATES[:count]:
                seen = {}
                for name in ("test/loss", "validation/loss"):
                    shared = math.sqrt(icc / 2) * (suits + rng.normal(size=draws))
                    seen[name] = np.repeat(shared, per) + math.sqrt(1 - icc) * rng.normal(size=per * draws)
                tables.append(rows(seen, draws, per, dataset=dataset, arm=arm, rate=rate))
    return pd.concat(tables, ignore_index=True)


def with_times(rng: Generator, icc: float) -> pd.DataFrame:
    """Times of two equal arms, each at three rates; the budget cuts off one in four, in two settings nearly all."""
    tables = []
    for dataset, late in zip(SETS, (0.0, 0.0, 3.0), strict=True):
        for arm in ("first", "second"):
            for rate in RATES[:3]:
                when = 100 * np.exp(alike(rng, DRAWS, 2, icc)[:, 0] + late)
                cut = np.where(when > 200, math.inf, when)
                tables.append(
                    rows(
                        {"time": cut, "steps": np.full(len(when), 200.0)}, DRAWS, 2, dataset=dataset, arm=arm, rate=rate
                    )
                )
    return pd.concat(tables, ignore_index=True)


def with_conditions(rng: Generator, icc: float) -> pd.DataFrame:
    """Up to rate 1 the first arm nearly always wins (0.995), above in nine of ten pairs: just where the bound is."""
    tables = []
    for dataset in SETS:
        for rate in RATES:
            share = 0.995 if rate <= 1 else 0.9
            pairs = won(rng, 120, icc, share=share)["stratum=0"]["low"].to_numpy().reshape(120, PER)[:, :1].ravel()
            for arm, loss in (("first", 1.0 - pairs), ("second", np.full(120, 0.5))):
                tables.append(rows({"test/loss": loss}, 120, 1, dataset=dataset, arm=arm, rate=rate))
    return pd.concat(tables, ignore_index=True)


def any_decided(decision: Decision) -> bool:
    """Where the truth is on the bound everywhere: any answer in a stratum, and any word."""
    return decision.word in {"holds", "fails", "holds where"} or any(p.verdict != "undecided" for p in decision.strata)


def decided_on_the_bound(decision: Decision) -> bool:
    """Where it is on the bound above rate 1: an answer there, a refutation elsewhere, or a condition that says otherwise."""
    said = {part.stratum: part.verdict for part in decision.strata}
    above_1 = [answer for stratum, answer in said.items() if stratum.endswith(("=4", "=16"))]
    return any(answer != "undecided" for answer in above_1) or "refuted" in said.values() or decision.word == "fails"


RATED = replace(WINS, best_over="rate", choose_by="validation/loss")
PROCEDURES = (
    Procedure("best of 4 rates by validation", replace(CLAIM, measure=RATED), with_rates, any_decided),
    Procedure("best of 4 rates against 1", replace(CLAIM, measure=RATED),
              partial(with_rates, rates=(4, 1)), any_decided),
    Procedure("best of 4 rates by validation, one network a draw", replace(CLAIM, measure=RATED),
              partial(with_rates, draws=60, per=1), any_decided),
    Procedure("best of 4 rates by the test loss of a pilot", replace(CLAIM, measure=replace(RATED, choose_by=None)),
              with_rates, any_decided),
    Procedure("times at the best rate, cut off", replace(CLAIM, statistic="median", prediction=above(1), measure=Paired(
        "time", FIRST, SECOND, effect="ratio", budget="steps", best_over="rate")), with_times, any_decided),
    Procedure("a condition, the bound beyond it",
              replace(CLAIM, prediction=NEARLY_ALWAYS, strata=("dataset", "rate")), with_conditions, decided_on_the_bound),
)  # fmt: skip
