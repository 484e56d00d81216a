"""Figures for a paper: beside each PNG the same drawing as SVG or PDF, as wide as one column or two. Loads no matplotlib."""

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox.config.schema import FiguresConfig

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = {1: 89 / 25.4, 2: 183 / 25.4}  # inches: the widths of columns that most journals share
POINTS = 72  # in an inch
SHARP = 3  # pixels of an image in a PDF, to a point
MARGIN = 0.05  # inches around a chart that stands alone

_wanted: ContextVar[FiguresConfig] = ContextVar("figures for a paper", default=FiguresConfig())  # noqa: B039 - nobody changes it


class Box(NamedTuple):
    """A part of a figure, in inches from its lower left corner."""

    x: float
    y: float
    width: float
    height: float


class Drawn(bytes):
    """A PNG that carries what is to lie beside it: the ends of the files' names, and the files."""

    beside: Mapping[str, bytes]


@contextmanager
def on_paper(wanted: FiguresConfig) -> Iterator[None]:
    """What is drawn inside is also made for a paper, if `wanted` says so."""
    token = _wanted.set(wanted)
    try:
        yield
    finally:
        _wanted.reset(token)


def with_paper(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Figures by file name, and beside each what was made of it for a paper: `card.png`, `card.svg`."""
    beside = {
        name.removesuffix(".png") + end: file
        for name, figure in figures.items()
        if isinstance(figure, Drawn)
        for end, file in figure.beside.items()
    }
    return {**figures, **beside}


def finished(figure: "Figure", png: bytes) -> bytes:
    """The PNG of a figure that has just been drawn, with its vector graphics if they are wanted."""
    wanted = _wanted.get()
    if wanted.format == "png":
        return png
    width, height = (float(x) for x in figure.get_size_inches())
    boxes = {"": Box(0, 0, width, height)}
    if wanted.columns == 1 and len(figure.axes) > 1:
        boxes = charts(figure)
    drawn = Drawn(png)
    drawn.beside = {
        f"{name}.{wanted.format}": vector(figure, wanted.format, box, COLUMNS[wanted.columns])
        for name, box in boxes.items()
    }
    return drawn


def charts(figure: "Figure") -> dict[str, Box]:
    """The charts of a figure by what their files are to be called, each with all that is written around it."""
    found = {}
    for number, ax in enumerate(figure.axes, start=1):
        around = ax.get_tightbbox()
        if around is None or not ax.get_visible():
            continue
        x0, y0, x1, y1 = (float(edge) / figure.dpi for edge in around.extents)
        words = re.findall(r"[a-z0-9]+", ax.get_title(loc="left").lower())
        name = "-".join(["", str(number), *words[:4]])
        found[name] = Box(x0 - MARGIN, y0 - MARGIN, x1 - x0 + 2 * MARGIN, y1 - y0 + 2 * MARGIN)
    return found


def vector(figure: "Figure", kind: str, box: Box, wide: float) -> bytes:
    """A part of a figure as SVG or PDF, `wide` inches wide: drawn as it is and then scaled, so that it looks the same."""
    dpi = figure.dpi
    try:
        return (_svg if kind == "svg" else _pdf)(figure, box, wide / box.width)
    finally:
        figure.dpi = dpi


def _svg(figure: "Figure", box: Box, scale: float) -> bytes:
    import matplotlib as mpl

    file = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "sandbox"}):  # the same drawing is the same file
        figure.savefig(file, format="svg", metadata={"Date": None})
    top = float(figure.get_size_inches()[1]) - box.y - box.height
    view = " ".join(f"{POINTS * x:.6g}" for x in (box.x, top, box.width, box.height))
    width, height = (f"{POINTS * scale * x:.6g}pt" for x in (box.width, box.height))
    size = f'width="{width}" height="{height}" viewBox="{view}"'
    return re.sub(r'width="[^"]*pt" height="[^"]*pt" viewBox="[^"]*"', size, file.getvalue(), count=1).encode()


def _pdf(figure: "Figure", box: Box, scale: float) -> bytes:
    """As Matplotlib's own `print_pdf`, with a matrix before all else that scales and moves what is drawn."""
    from matplotlib.backends.backend_pdf import Op, PdfFile, RendererPdf

    file = io.BytesIO()
    page = PdfFile(file, metadata={"CreationDate": None})
    try:
        page.newPage(scale * box.width, scale * box.height)
        page.output(scale, 0, 0, scale, -POINTS * scale * box.x, -POINTS * scale * box.y, Op.concat_matrix)
        width, height = (float(x) for x in figure.get_size_inches())
        page.width, page.height = (
            width,
            height,
        )  # what lies outside of these is left out: of the figure, not of the part
        figure.dpi = POINTS
        renderer = RendererPdf(page, SHARP * POINTS, height, width)
        figure.draw(renderer)
        renderer.finalize()
        page.finalize()
    finally:
        page.close()
    return file.getvalue()
