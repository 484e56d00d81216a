"""A user's mistake, and the words in which it is reported."""

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(ValueError):
    """A mistake of the user's: one line that says what was expected, what was given and what to do."""


def nearest(got: str, names: Iterable[str]) -> str:
    """The end of an error message about an unknown name: the closest right one, or all of them."""
    names = sorted(names)
    longer = [name for name in names if got and name.startswith(str(got))]
    close = longer[:1] or get_close_matches(str(got), names, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; one of: {', '.join(names)}"
