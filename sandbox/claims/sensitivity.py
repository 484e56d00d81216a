"""What else could have been chosen: the same question with another margin, a coarser grid of settings, or the next rate."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from sandbox.claims.measures import Measure, comparison, neighbours, with_comparison
from sandbox.claims.rows import show

COARSE = 4  # settings at least, for every second of them to be a grid of its own


@dataclass(frozen=True)
class Every:
    """A measure on every second setting of `over`, from the first or from the second on."""

    measure: Measure
    over: str
    first: int

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame | pd.Series:
        kept = sorted(rows[self.over].unique())[self.first :: 2]
        return self.measure(rows[rows[self.over].isin(kept)])


def others(measure: Measure, declared: Mapping[str, Measure], rows: pd.DataFrame) -> Iterator[tuple[str, Measure]]:
    """By name, the measures that could as well have been taken: those declared, and what a comparison always has."""
    yield from declared.items()
    pair = comparison(measure)
    if pair is None:
        return
    yield from neighbours(measure, rows).items()
    if pair.margin:
        yield "no margin", with_comparison(measure, replace(pair, margin=0.0))
        yield "twice the margin", with_comparison(measure, replace(pair, margin=2 * pair.margin))
    over = pair.best_over
    if isinstance(over, str) and over in rows and len(levels := sorted(rows[over].unique())) >= COARSE:
        for first in (0, 1):
            yield f"{over} {','.join(show(level) for level in levels[first::2])} only", Every(measure, over, first)
