"""Free text on the command line, taken as the shell hands it over: paths and names of any script, with = # ~ & ( ) ' and spaces.

Hydra's grammar knows no letters beyond ASCII outside quotes, and gives many signs a meaning. Values of the keys that the
schema marks as text are put into quotes of Hydra's before it parses them; what is in quotes already stays as it is.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Quote, QuotedString

from sandbox.config.schema import TEXT, keys_with

LISTS = ("dataset.drop", "dataset.usecols", "only")
FUNCTIONS = re.compile(r"(choice|glob|interval|range|shuffle|sort|str|tag)\(.*\)", re.DOTALL)


def install() -> None:
    """From now on Hydra is given such values in quotes."""
    original = OverridesParser.parse_rule
    if getattr(original, "quotes_first", False):
        return

    def parse_rule(self: OverridesParser, s: str, rule_name: str) -> Any:
        return original(self, quoted(s) if rule_name == "override" else s, rule_name)

    parse_rule.quotes_first = True  # type: ignore[attr-defined]
    OverridesParser.parse_rule = parse_rule  # type: ignore[method-assign]


def quoted(word: str) -> str:
    """`key=value` with the value in quotes, or each of several, if the key takes text; a second time nothing changes."""
    head, _, value = word.partition("=")
    key = head.lstrip("+")
    if key not in _keys() or not value or value == "null" or "${" in value or FUNCTIONS.fullmatch(value):
        return word
    several = list(_split(value))
    if not all(several) or _is_a_file(value):
        several = [value]
    return f"{head}={','.join(_list_in_quotes(part) if key in LISTS else _in_quotes(part) for part in several)}"


@lru_cache
def _keys() -> frozenset[str]:
    return keys_with(TEXT)


def _split(text: str) -> Iterator[str]:
    """At the commas outside of quotes and brackets."""
    depth, within, part = 0, "", ""
    for i, sign in enumerate(text):
        if within:
            within = "" if sign == within and text[i - 1] != "\\" else within
        elif sign in "'\"" and not part.strip(" ["):
            within = sign
        elif sign == "," and depth == 0:
            yield part
            part = ""
            continue
        else:
            depth += (sign == "[") - (sign == "]" and depth > 0)
        part += sign
    yield part


def _list_in_quotes(text: str) -> str:
    if not (text.startswith("[") and text.endswith("]")):
        return text  # Hydra says what it expected
    return f"[{','.join(map(_in_quotes, _split(text[1:-1])))}]" if text[1:-1].strip() else text


def _in_quotes(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text
    return QuotedString(text, Quote.single).with_quotes()


def _is_a_file(value: str) -> bool:
    try:
        return Path(value).expanduser().exists()
    except (OSError, ValueError, RuntimeError):
        return False
