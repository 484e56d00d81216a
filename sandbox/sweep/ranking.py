"""Which arms of a sweep did best and worst, and which of its factors mattered most; for sweeps too long to read row by row."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from sandbox.trial.table import higher_is_better

BEST, WORST = 10, 3
MOST_ROWS = 20  # a sweep of more arms is shown by its best and worst


@dataclass(frozen=True)
class Ranking:
    """Arms by their median, the best first; a median that is NaN, as of a network that diverged, is worst of all."""

    metric: str
    arms: list[int]

    def frame(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of the best and of the worst arms, in their order."""
        shown = [*self.arms[:BEST], *self.arms[-WORST:]]
        return pd.concat([frame[frame["arm"] == arm] for arm in shown], ignore_index=True)


def ranked(frame: pd.DataFrame, metric: str) -> Ranking:
    medians = frame.groupby("arm")[metric].median()
    return Ranking(metric, medians.sort_values(ascending=not higher_is_better(metric), kind="stable").index.to_list())


def what_mattered(frame: pd.DataFrame, names: Sequence[str], metric: str) -> dict[str, float]:
    """The share of the differences between arms that each factor accounts for on its own, the largest first.

    Of the ranks of the arms' medians, so that one arm that explodes does not count for all: the sum of squares between a
    factor's values over the whole one (eta squared). In a grid the rest is due to factors acting together. Empty where
    all arms are equal.
    """
    arms = frame.groupby("arm").agg({metric: "median", **dict.fromkeys(names, "first")})
    ranks = arms[metric].rank(na_option="top" if higher_is_better(metric) else "bottom")
    whole = ((ranks - ranks.mean()) ** 2).sum()
    if whole == 0:
        return {}
    between = {
        name: ((ranks.groupby(arms[name]).transform("mean") - ranks.mean()) ** 2).sum() / whole for name in names
    }
    return dict(sorted(between.items(), key=lambda item: -item[1]))
