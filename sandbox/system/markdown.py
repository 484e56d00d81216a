"""Markdown as dashboards and repositories render it, with whatever a user may have called things shown and never obeyed."""

import base64
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


def in_page(png: bytes, width: int) -> str:
    """A PNG as an SVG of so many pixels' width at most: a page shows pictures as wide as they say they are."""
    natural, tall = (int.from_bytes(png[at : at + 4]) for at in (16, 20))  # of the header (PNG specification, 11.2.2)
    width = min(width, natural)
    height = round(tall * width / natural)
    data = base64.b64encode(png).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {natural} {tall}">'
        f'<image width="{natural}" height="{tall}" href="data:image/png;base64,{data}"/></svg>'
    )


def artifact_image(run_id: str, path: str) -> str:
    """A picture among a run's artifacts, as MLflow's dashboard serves it."""
    return f"![{escaped(path)}](/get-artifact?path={quote(path)}&run_uuid={quote(run_id)})"
