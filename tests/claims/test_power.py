"""What would have been seen, against simulation and against the binomial distribution."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, binomtest

from sandbox.claims.claim import NEARLY_ALWAYS, Interval, above
from sandbox.claims.power import SEEN, seen, shares_seen
from sandbox.claims.statistics import STATISTICS


def test_a_share_that_is_said_to_be_seen_is_seen_nine_times_in_ten() -> None:
    n, level = 120, 0.999
    supported, refuted = shares_seen(NEARLY_ALWAYS, n, level)
    assert supported is not None and refuted is not None
    needed = next(k for k in range(n + 1) if binomtest(k, n).proportion_ci(level, "exact").low >= 0.9)
    assert binom.sf(needed - 1, n, supported[0]) >= SEEN > binom.sf(needed - 1, n, supported[0] - 0.002)
    most = max(k for k in range(n + 1) if binomtest(k, n).proportion_ci(level, "exact").high < 0.9)
    assert binom.cdf(most, n, refuted[1]) >= SEEN > binom.cdf(most, n, refuted[1] + 0.002)


def test_too_few_draws_support_nothing_and_are_said_to() -> None:
    assert shares_seen(NEARLY_ALWAYS, 30, 0.9999)[0] is None
    assert "supported" not in seen("share", NEARLY_ALWAYS, 30, 0.9999)
    assert seen("share", NEARLY_ALWAYS, 3, 0.9999) == "Nothing that such a table could have decided."
    assert seen("all", Interval(0, 1), 30, 1.0) == ""


def test_overlapping_splits_show_less() -> None:
    apart, overlapping = (shares_seen(NEARLY_ALWAYS, 100, 0.95, overlap)[1] for overlap in (0.0, 0.25))
    assert apart is not None and overlapping is not None
    assert overlapping[1] < 0.5 < apart[1]


@pytest.mark.parametrize(("statistic", "prediction"), [("mean", above(0)), ("rank_correlation", above(0))])
def test_the_effect_that_is_said_to_be_seen_is_seen_in_simulated_tables(statistic: str, prediction: Interval) -> None:
    rng, n, level = np.random.default_rng(0), 40, 0.99
    size = float(
        seen(statistic, prediction, n, level).split("mean " if statistic == "mean" else "or ")[1].split()[0].rstrip(".")
    )
    right = 0
    for _ in range(60):
        if statistic == "mean":
            values = rng.normal(size, 1, n)
            frame = pd.DataFrame({"low": values, "high": values})
        else:
            pearson = 2 * np.sin(np.pi * size / 6)
            x, noise = rng.normal(size=(2, n))
            frame = pd.DataFrame({"dose": x, "response": pearson * x + np.sqrt(1 - pearson**2) * noise})
        right += STATISTICS[statistic].estimate([frame], level, 0.0).low > 0
    assert right >= 44  # of 60; a power of 0.9 would give fewer once in 10,000 times


def test_a_median_is_seen_by_the_share_of_draws_beyond_the_bound() -> None:
    words = seen("median", above(0), 40, 0.99)
    share = float(words.split("which ")[1].split()[0])
    rng = np.random.default_rng(1)
    values = np.where(rng.random((60, 40)) < share, 1.0, -1.0) * rng.exponential(size=(60, 40))
    frames = [pd.DataFrame({"low": row, "high": row}) for row in values]
    assert sum(STATISTICS["median"].estimate([frame], 0.99, 0.0).low > 0 for frame in frames) >= 44
