"""The source code that an experiment's results depend on: what its trial reaches, in its module and in those that it uses."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec, resolve_name
from pathlib import Path

from sandbox.system.source import told, without_docstrings

NOT_FOLLOWED = {"CLAIMS", "figures"}  # what is asked of a result, and how it looks, is not what it is

Place = tuple[str, str]  # a module and a name in it; "" is what the module does as it is loaded


def reached(module: str, packages: tuple[str, ...]) -> list[str]:
    """What a module's EXPERIMENT depends on, each definition as text, in this module and in others of these packages.

    A name is followed wherever it is used; a module that is imported as a whole counts as a whole.
    """
    found: dict[Place, str] = {}
    waiting: list[Place] = [(module, "EXPERIMENT")]
    while waiting:
        at, wanted = place = waiting.pop()
        if place in found or wanted in NOT_FOLLOWED:
            continue
        outline = outlined(at)
        nodes = outline.definitions.get(wanted, [])
        found[place] = "".join(map(told, nodes))
        used = {wanted} | {each.id for node in nodes for each in ast.walk(node) if isinstance(each, ast.Name)}
        waiting += [(at, ""), *((at, other) for other in used if other in outline.definitions)]
        origins = [origin for other in used for origin in outline.imports.get(other, [])]
        waiting += [there for origin in origins if _within(origin, packages) for there in _places(*origin)]
    return [text for _, text in sorted(found.items()) if text]


@dataclass(frozen=True)
class Outline:
    """What defines a module's names, and which of them come from other modules."""

    definitions: dict[str, list[ast.stmt]]
    imports: dict[str, list[Place]]


@lru_cache
def outlined(module: str) -> Outline:
    spec, outline = find_spec(module), Outline({}, {})
    if spec is None or not spec.origin:
        return outline
    tree = without_docstrings(ast.parse(Path(spec.origin).read_bytes()))
    for node in tree.body:
        for name in [*_names(node)] or [""]:
            if not isinstance(node, ast.Import | ast.ImportFrom):
                outline.definitions.setdefault(name, []).append(node)
    for statement in ast.walk(tree):
        for name, place in _imported(statement, str(spec.parent)):
            outline.imports.setdefault(name, []).append(place)
    return outline


def _names(node: ast.stmt) -> Iterator[str]:
    """What a statement defines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    for target in [*getattr(node, "targets", []), *([node.target] if isinstance(node, ast.AnnAssign) else [])]:
        yield from (
            each.id for each in ast.walk(target) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
        )


def _imported(node: ast.AST, package: str) -> Iterator[tuple[str, Place]]:
    """The names that an import brings, and where from; "*" stands for all of a module."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0], (alias.name, "*")
    if isinstance(node, ast.ImportFrom):
        origin = resolve_name("." * node.level + (node.module or ""), package)
        for alias in node.names:
            yield alias.asname or alias.name, (origin, alias.name)


def _within(origin: Place, packages: tuple[str, ...]) -> bool:
    return f"{origin[0]}.{origin[1]}.".startswith(tuple(f"{package}." for package in packages))


def _places(module: str, name: str) -> list[Place]:
    outline, spec = outlined(module), find_spec(module)
    if name == "*":
        return [(module, each) for each in (*outline.definitions, *outline.imports)]
    if name in outline.definitions or name in outline.imports or not (spec and spec.submodule_search_locations):
        return [(module, name)]
    return _places(f"{module}.{name}", "*")
