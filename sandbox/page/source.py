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
    """The call that makes the claim: file, first line, text.

    Where its name is put together, the call with the longest beginning of it; failing that, all claims of the module.
    """
    file, text, tree = _module(experiment)
    calls = [(len(_name_in(node, claim_id)), node) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = [(length, node) for length, node in calls if length]
    if not named:
        return {"file": file, "line": 1, "text": ""}
    longest = max(length for length, _ in named)
    call = min(
        (node for length, node in named if length == longest), key=lambda node: (node.end_lineno or 0) - node.lineno
    )
    found = "\n".join(text.splitlines()[call.lineno - 1 : min(call.end_lineno or 0, call.lineno + LONGEST - 1)])
    return {"file": file, "line": call.lineno, "text": _dedented(found)}


def _name_in(call: ast.Call, claim_id: str) -> str:
    """The argument that is the claim's id, or a beginning of it that ends where a word does; "" if none is."""
    texts = [a.value for a in _arguments(call) if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return max((text for text in texts if text and f"{claim_id}-".startswith(f"{text}-")), key=len, default="")


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _dedented(text: str) -> str:
    lines = text.splitlines()
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "\n".join(line[indent:] for line in lines)
