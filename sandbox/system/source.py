"""What Python code says, apart from how it is written, in words that are the same on every version of Python.

`ast.dump` says the same tree in other words on 3.11, 3.12 and 3.13: fields are added, and empty ones left out.
"""

import ast
from typing import Any

SILENT = frozenset(
    {"ctx", "kind", "type_comment", "type_params"}
)  # follow from the rest, or say nothing that is executed


def meaning(code: bytes | str) -> str:
    """Code without comments, layout and docstrings. Raises SyntaxError."""
    return told(without_docstrings(ast.parse(code)))


def without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and _opens(node.body):
            node.body = node.body[1:]
    return tree


def _opens(body: list[ast.stmt]) -> bool:
    first = body[0] if body else None
    return isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)


def told(node: Any) -> str:
    """A tree in words; what is empty or None is left out."""
    if isinstance(node, list):
        return f"[{' '.join(map(told, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    if isinstance(node, ast.JoinedStr):
        return f"JoinedStr({' '.join(_parts(node))})"
    fields = {name: getattr(node, name, None) for name in node._fields if name not in SILENT}
    words = [f"{name}={told(value)}" for name, value in fields.items() if value is not None and value != []]
    if isinstance(node, ast.Constant) and node.value is None:
        words = ["None"]
    return f"{type(node).__name__}({' '.join(words)})"


def _parts(joined: ast.JoinedStr) -> list[str]:
    """Of an f-string; versions divide its text in different ways."""
    parts: list[Any] = []
    for value in joined.values:
        text = value.value if isinstance(value, ast.Constant) else None
        if isinstance(text, str) and parts and isinstance(parts[-1], str):
            parts[-1] += text
        else:
            parts.append(text if isinstance(text, str) else value)
    return [told(part) for part in parts if part != ""]
