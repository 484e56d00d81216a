"""What a function says that was defined in a notebook: its instructions, and the values and functions that it reaches for.

Its text would not do: two functions without a name in one line have the same text, and one made in a loop says something else
each time.
"""

import dis
import inspect
import sys
import sysconfig
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from sandbox.system.errors import InputError

NAMED_ALONE = frozenset({"numpy", "scipy", "builtins", *sys.stdlib_module_names}) - {"__main__"}
INSTALLED = (*(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")), str(Path(__file__).parents[1]))


def saying(function: Any, name: str) -> str:
    """All that its results follow from, in words. name: what it is called in messages. Raises InputError."""
    return " ".join(_words(function, name, set()))


def _words(given: Any, name: str, seen: set[int]) -> Iterator[str]:
    if id(given) in seen:
        return
    seen.add(id(given))
    if isinstance(given, ModuleType | type) or _is_others(given):
        yield f"{getattr(given, '__module__', '')}.{getattr(given, '__qualname__', getattr(given, '__name__', ''))}"
    elif isinstance(given, FunctionType):
        yield from _code(given.__code__)
        for reached in _reached(given):
            yield from _words(reached, name, seen)
    elif isinstance(given, partial):
        for part in (given.func, *given.args, *given.keywords.values()):
            yield from _words(part, name, seen)
    elif callable(given):
        raise InputError(f"{name}: expected functions whose code can be read, got {given!r}; keep it in a file")
    else:
        yield _value(given, name)


def _is_others(given: Any) -> bool:
    """Whether it comes with a package, whose version is recorded, or with Python."""
    if isinstance(given, FunctionType):
        return given.__code__.co_filename.startswith(INSTALLED)
    module = getattr(given, "__module__", None) or getattr(type(given), "__module__", "")
    return callable(given) and not isinstance(given, partial) and str(module).partition(".")[0] in NAMED_ALONE


def _code(code: CodeType) -> Iterator[str]:
    """Instructions, names and constants, of what is defined inside as well; no docstring, no lines."""
    yield code.co_code.hex()
    yield " ".join((*code.co_names, *code.co_varnames, *code.co_freevars))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code(constant)
        elif not isinstance(constant, str) or constant != code.co_consts[0]:
            yield repr(constant)


def _reached(function: FunctionType) -> Iterator[Any]:
    """Values of its defaults, of what it closes over, and of the globals that it loads."""
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    yield from inspect.getclosurevars(function).nonlocals.values()
    names = sorted(_loaded(function.__code__))
    yield from (function.__globals__[name] for name in names if name in function.__globals__)


def _loaded(code: CodeType) -> set[str]:
    inside = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    here = {each.argval for each in dis.get_instructions(code) if each.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return here.union(*map(_loaded, inside))


def _value(given: Any, name: str) -> str:
    import joblib  # here, since most commands need none

    try:
        return str(joblib.hash(given))
    except Exception as problem:  # noqa: BLE001 - whatever an object of the user's does when it is pickled
        raise InputError(
            f"{name}: expected a function of values that can be hashed, got one of {type(given).__name__} "
            f"({type(problem).__name__}); keep it in a file"
        ) from None
