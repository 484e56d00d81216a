"""What a claim reads off the table, found in what it promises, so that no experiment has to say it a second time."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from typing import Any

from sandbox.claims.claim import Claim
from sandbox.claims.promise import code_of

NAME = re.compile(r"[a-zA-Z_]\w*(?:/\w+)?")  # of a column, less the summary behind its colon


def names_read(claims: Iterable[Claim]) -> list[str]:
    """Whatever could name a column in the measures' fields and in the experiment's own functions, in the claims' order."""
    said = (word for claim in claims for text in _texts(claim.measure) for word in NAME.findall(text))
    return list(dict.fromkeys(said))


def _texts(measure: Any) -> Iterator[str]:
    yield from _inside(measure)
    for name, code in code_of(measure).items():
        if name.startswith("experiments"):  # what all measures share speaks of every column
            yield from _inside(code)


def _inside(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        yield from _inside([getattr(value, known.name) for known in fields(value)])
    elif isinstance(value, partial):
        yield from _inside((value.args, value.keywords))
    elif isinstance(value, Mapping):
        yield from _inside(list(value.values()))
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from _inside(inner)
