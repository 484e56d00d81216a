"""Text in letters that whoever is to show it has: a terminal that knows ASCII alone, a figure whose fonts lack a script."""

import codecs
import io
import re
import sys

# What a terminal obeys instead of showing it, or shows elsewhere: a name in a store may be anybody's.
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
TRANSLITERATED = "transliterated"  # the name of the way in which Python's encoders deal with what they lack


def transliterated(text: str) -> str:
    """The nearest words in ASCII: `größe` becomes `grosse`, and what has none a question mark."""
    from anyascii import anyascii  # here, since most runs need not wait for it

    return anyascii(text) or "?"


def visible(text: str) -> str:
    """A text in which nothing can be hidden from whoever reads it on a terminal; lines and tabs stay."""
    return OBEYED.sub("\N{REPLACEMENT CHARACTER}", text)


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
