"""A user's mistake, and the words in which it is reported."""

from collections.abc import Iterable
from difflib import get_close_matches

PLAUSIBLE = 0.75  # of difflib's likeness: `moonz` is moons, `mnist` is not, nor is `loss` looks


class InputError(ValueError):
    """A mistake of the user's: one line that says what was expected, what was given and what to do."""


def nearest(got: str, names: Iterable[str]) -> str:
    """The end of an error message about an unknown name: the closest right one, or all of them."""
    names, got = sorted(names), got.casefold()
    longer = [name for name in names if got and name.startswith(got)]
    close = longer[:1] or get_close_matches(got, names, n=1, cutoff=PLAUSIBLE)
    return f"; did you mean {close[0]!r}?" if close else f"; one of: {', '.join(names)}"


class StoreError(RuntimeError):
    """A store that failed while in use, in one line without its secrets; what was to be recorded may be incomplete."""


class RefusedError(StoreError):
    """A store that answers, and will never take this."""
