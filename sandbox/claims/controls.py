"""Controls that several experiments share: what would come out if there were nothing to find."""

from sandbox.claims.claim import Control, Interval
from sandbox.claims.measures import Value
from sandbox.claims.rows import Where


def half_at_the_start(column: str, arm: Where, strata: tuple[str, ...]) -> Control:
    """What symmetric random weights and biases of 0 make of a share that belongs to the sign of z."""
    return Control(
        "at the start, with symmetric random weights and no bias, it is half of them on average",
        Value(f"{column}:first", where=arm),
        Interval(0.4, 0.6),
        statistic="mean",
        strata=strata,
    )


def fair_clock(what: str, strata: tuple[str, ...]) -> Control:
    """A clock that finds a difference where there is none finds nothing."""
    return Control(
        f"timed against itself in the same turns, {what} shows no ratio",
        Value("time_ratio/itself:mean"),
        Interval(0.67, 1.5),
        statistic="median",
        strata=strata,
    )
