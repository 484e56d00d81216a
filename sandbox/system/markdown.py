"""Markdown as dashboards and repositories render it, with whatever a user may have called things shown and never obeyed."""

import html
import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote


def escaped(text: str) -> str:
    """The text as text, on one line: no tag, link, emphasis or cell border in it means anything."""
    plain = html.escape(" ".join(text.split()), quote=False)
    return re.sub(r"([\\`*_\[\]|~])", r"\\\1", plain)


def markdown_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table; cells are taken as they are, so that they can be bold."""
    return [f"| {' | '.join(cells)} |" for cells in (headings, ["---"] * len(headings), *rows)]


def artifact_image(run_id: str, path: str) -> str:
    """A picture among a run's artifacts, as MLflow's dashboard serves it."""
    return f"![{escaped(path)}](/get-artifact?path={quote(path)}&run_uuid={quote(run_id)})"
