"""Where the project computes a claim: the lines that state it, found in its experiment's module."""

import ast
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 40  # lines


@lru_cache
def _module(experiment: str) -> tuple[str, str, ast.Module]:
    spec = find_spec(f"experiments.{experiment}")
    assert spec is not None
    assert spec.origin is not None
    text = Path(spec.origin).read_text(encoding="utf-8")
    return str(Path(spec.origin).relative_to(ROOT)), text, ast.parse(text)


def lines_of(experiment: str, claim_id: str) -> dict[str, str | int]:
    """The call that makes the claim: file, first line, text. The file alone where its name is put together elsewhere."""
    file, text, tree = _module(experiment)
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and any(_is(argument, claim_id) for argument in _arguments(node))
    ]
    if not calls:
        return {"file": file, "line": 1, "text": ""}
    call = min(calls, key=lambda node: (node.end_lineno or 0) - node.lineno)
    found = "\n".join(text.splitlines()[call.lineno - 1 : min(call.end_lineno or 0, call.lineno + LONGEST - 1)])
    return {"file": file, "line": call.lineno, "text": _dedented(found)}


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _is(node: ast.expr, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text


def _dedented(text: str) -> str:
    lines = text.splitlines()
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "\n".join(line[indent:] for line in lines)
