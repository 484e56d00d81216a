"""The hash of a promise: what was said before the first run, to the letter of the code that computes it.

It covers the claim (all but what only helps the reader), the design that its networks come from, and the source of the
measure, of the control and of the trial: every function, class and constant of the experiments and of the measures that
they use, and what these use in turn. Comments, docstrings, annotations and the words of errors may still be improved; so
may the engines, which the digest of every run covers.
"""

import ast
import hashlib
import inspect
import json
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import lru_cache, partial
from importlib import import_module
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

READER = {"source", "effect", "unit", "limits", "explanation"}  # fields of a claim that are no part of the promise
MEASURING = ("experiments", "sandbox.claims.measures", "sandbox.claims.rows", "sandbox.claims.statistics")
SILENT = {
    "ctx",
    "kind",
    "type_comment",
    "type_params",
}  # of a syntax tree: they follow from the rest, or compute nothing
FIRST = {  # the fields that the first form of the hash knew
    "Claim": {
        "id",
        "statement",
        "prediction",
        "reason",
        "measure",
        "control",
        "statistic",
        "strata",
        "where",
        "crossed",
    },
    "Control": {"statement", "measure", "prediction", "statistic", "where", "strata", "crossed"},
    "Paired": {"column", "better", "than", "effect", "lower_is_better", "budget", "best_over"},
}


def promise_hash(claim: Any, design: Mapping[str, Any] | None = None, trial: Callable[..., Any] | None = None) -> str:
    """SHA-256 of all that was promised. design: the experiment's YAML as it is read; trial: what each of its runs does.

    A field at its default does not count, so that a new one leaves old hashes as they were.
    """
    promised = {f.name: getattr(claim, f.name) for f in fields(claim) if f.name not in READER and not _usual(claim, f)}
    parts = {
        "claim": _canonical(promised, names=False),
        "design": _canonical(design or {}, names=False),
        "code": sources(*_callables(promised), *([trial] if trial else [])),
    }
    return _digest(parts)


def legacy_hash(claim: Any) -> str:
    """The hash of before: fields alone, functions by name. What it belongs to was tried, but is not what is promised now."""
    known = FIRST["Claim"]
    return _digest(_canonical({f.name: getattr(claim, f.name) for f in fields(claim) if f.name in known}, names=True))


def code_of(value: Any) -> dict[str, Any]:
    """The sources of all functions and records that a value holds."""
    return sources(*_callables(value))


def sources(*things: Any) -> dict[str, Any]:
    """By name, what every function, class and constant comes to that these are made of, as far as it is ours."""
    found: dict[str, Any] = {}
    waiting = [(_name(thing), thing) for thing in map(_unwrapped, things)]
    while waiting:
        name, thing = waiting.pop()
        if name in found or isinstance(thing, ModuleType):
            continue
        if not callable(thing):
            found[name] = _canonical(thing, names=True)
            waiting += [(_name(inner), inner) for inner in map(_unwrapped, _callables(thing))]
            continue
        if not _is_ours(thing):
            continue
        found[name], used = _read(thing)
        waiting += used
    return dict(sorted(found.items()))


def _digest(parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _usual(record: Any, known: "Field[Any]") -> bool:
    default = known.default if known.default_factory is MISSING else known.default_factory()
    return default is not MISSING and getattr(record, known.name) == default


def _canonical(value: Any, *, names: bool) -> Any:
    """The same for all processes and versions of Python; 1 and 1.0 are one number. names: as the first form, all fields."""
    if is_dataclass(value) and not isinstance(value, type):
        kind = type(value).__name__
        known = FIRST.get(kind, {f.name for f in fields(value)}) if names else {f.name for f in fields(value)}
        kept = [f for f in fields(value) if f.name in known and (names or not _usual(value, f))]
        return [kind, {f.name: _canonical(getattr(value, f.name), names=names) for f in kept}]
    if isinstance(value, Mapping):
        return {str(key): _canonical(inner, names=names) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_canonical(inner, names=names) for inner in value]
    if isinstance(value, set | frozenset):
        return sorted((_canonical(inner, names=names) for inner in value), key=repr)
    if isinstance(value, partial):
        return _canonical((value.func, value.args, value.keywords), names=names)
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        return float(value)
    if callable(value):
        return str(value.__qualname__)
    return value if value is None or isinstance(value, str | bool) else repr(value)


def _callables(value: Any) -> Iterator[Any]:
    """The functions and the classes of records anywhere in a value."""
    if is_dataclass(value) and not isinstance(value, type):
        yield type(value)
        for known in fields(value):
            yield from _callables(getattr(value, known.name))
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _callables(inner)
    elif isinstance(value, tuple | list | set | frozenset):
        for inner in value:
            yield from _callables(inner)
    elif isinstance(value, partial):
        yield from _callables((value.func, value.args, value.keywords))
    elif callable(value):
        yield value


def _unwrapped(thing: Any) -> Any:
    while isinstance(thing, partial) or hasattr(thing, "__wrapped__"):
        thing = thing.func if isinstance(thing, partial) else thing.__wrapped__
    return thing


def _name(thing: Any) -> str:
    return f"{getattr(thing, '__module__', '')}:{getattr(thing, '__qualname__', repr(thing))}"


def _is_ours(thing: Any) -> bool:
    module = getattr(thing, "__module__", None) or ""
    return any(module == ours or module.startswith(f"{ours}.") for ours in MEASURING)


@lru_cache(maxsize=1024)
def _read(thing: Any) -> tuple[Any, list[tuple[str, Any]]]:
    """What a function or class computes, and what it uses for that."""
    tree = _code(thing)
    return _shape(tree), list(_used(thing, tree))


def _shape(node: Any) -> Any:
    """A syntax tree as plain lists; unlike `ast.dump` the same for all versions of Python."""
    if isinstance(node, ast.AST):
        inner = [
            [name, _shape(value)]
            for name, value in ast.iter_fields(node)
            if name not in SILENT and value not in ([], None)
        ]
        return [type(node).__name__, *inner]
    return [_shape(item) for item in node] if isinstance(node, list) else repr(node)


def _code(thing: Any) -> ast.Module:
    """The source of a function or class, without what computes nothing."""
    text = textwrap.dedent(inspect.getsource(thing))
    try:
        tree = ast.parse(text)
    except SyntaxError:  # a lambda in the middle of something: its whole lines count
        return ast.Module([ast.Expr(ast.Constant(" ".join(text.split())))], [])
    stripped = _Computing().visit(tree)
    assert isinstance(stripped, ast.Module)
    return stripped


class _Computing(ast.NodeTransformer):
    """Drops docstrings, annotations and what an error says."""

    def _body(self, node: Any) -> Any:
        self.generic_visit(node)
        first = node.body[0] if node.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            node.body = node.body[1:] or [ast.Pass()]
        node.returns = None
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _body  # noqa: N815 - the names that ast calls

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(node.arg)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        return [node.target, self.visit(node.value)] if node.value else node.target

    def visit_Raise(self, node: ast.Raise) -> ast.Raise:
        return ast.Raise()


def _used(thing: Any, tree: ast.Module) -> Iterator[tuple[str, Any]]:
    """What a function or class refers to by a global name, by the attribute of a module, or by an import of its own."""
    outer = vars(sys.modules[thing.__module__])
    inner = inspect.getclosurevars(thing).nonlocals if isinstance(thing, FunctionType) else {}
    known: dict[str, Any] = {**outer, **inner}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(MEASURING):
            module = import_module(node.module)
            for alias in node.names:
                yield from _worth_it(alias.name, getattr(module, alias.name, None), module.__name__)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = known.get(node.value.id)
            if isinstance(owner, ModuleType) and owner.__name__.startswith(MEASURING):
                yield from _worth_it(node.attr, getattr(owner, node.attr, None), owner.__name__)
        elif isinstance(node, ast.Name) and node.id in known:
            yield from _worth_it(node.id, known[node.id], thing.__module__)


def _worth_it(name: str, value: Any, module: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, ModuleType | CodeType) or value is None:
        return
    if callable(value):
        value = _unwrapped(value)
        if _is_ours(value):
            yield _name(value), value
    else:
        yield f"{module}:{name}", value
