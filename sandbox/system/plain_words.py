"""Text in letters that whoever is to show it has: a terminal that knows ASCII alone, a figure whose fonts lack a script."""

import codecs
import io
import re
import sys

TRANSLITERATED = "transliterated"  # the name of the way in which Python's encoders deal with what they lack


def transliterated(text: str) -> str:
    """The nearest words in ASCII: `größe` becomes `grosse`, and what has none a question mark."""
    from anyascii import anyascii  # here, since most runs need not wait for it

    return anyascii(text) or "?"


def as_printed(text: str, encoding: str) -> str:
    """The text as a stream of that encoding prints it: tables are laid out with what will be there."""
    codecs.register_error(TRANSLITERATED, _replacement)
    return text.encode(encoding, TRANSLITERATED).decode(encoding)


def speak_plainly() -> None:
    """What standard output cannot encode, it prints transliterated from now on: it must not end a run. Errors are escaped as ever."""
    codecs.register_error(TRANSLITERATED, _replacement)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a test may have put something else in its place
        sys.stdout.reconfigure(errors=TRANSLITERATED)


def _replacement(problem: UnicodeError) -> tuple[str, int]:
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    words = re.findall(r"[\ud800-\udfff]|[^\ud800-\udfff]+", problem.object[problem.start : problem.end])
    return "".join(map(transliterated, words)), problem.end
