"""Numbers that can be: a difference of two times is no time if a busy machine made it, so it is refused, not printed."""

from collections.abc import Callable
from typing import TypeVar

TRIES = 3
Number = TypeVar("Number")


class Impossible(Exception):  # noqa: N818 - it says what the number is
    """A measured number that cannot be."""


def one_more(few: int, short: float, many: int, long: float) -> float:
    """Seconds of one more job, where `few` jobs took `short` seconds and `many` took `long`.

    Raises Impossible where a job would take no time, or so much that starting would take less than none.
    """
    job = (long - short) / (many - few)
    if not 0 < job <= long / many:
        raise Impossible(f"{many} jobs in {long:.2f} s and {few} in {short:.2f} s: {1e3 * job:.0f} ms for one more")
    return job


def beyond(whole: float, part: float) -> float:
    """What is left of a time without its part; raises Impossible where the part takes longer."""
    if part > whole:
        raise Impossible(f"{1e3 * part:.0f} ms is a part of {1e3 * whole:.0f} ms")
    return whole - part


def over_limit(time: float, limit: float) -> float:
    """How far a time is from the least there can be; raises Impossible below it."""
    if time < limit:
        raise Impossible(f"{time:.3g} µs, below the limit of {limit:.3g} µs")
    return time / limit


def in_a_few_tries(measure: Callable[[], Number]) -> Number:
    """What is measured, again if it cannot be; raises Impossible with the last reason."""
    for _ in range(TRIES - 1):
        try:
            return measure()
        except Impossible:
            continue
    return measure()
