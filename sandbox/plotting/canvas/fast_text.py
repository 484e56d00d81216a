"""Text that is laid out and rasterised once, then stamped wherever it occurs again."""

import re
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from sandbox.plotting.canvas.legible import legible

MARGIN = 4  # pixels around the box, since a glyph may lean out of it


class Pixels(NamedTuple):
    """A rasterised text: its image and where the anchor of the text lies in it."""

    image: NDArray[np.uint8]  # (height, width, RGBA)
    anchor: tuple[int, int]  # pixels from the lower left corner
    box: tuple[float, float, float, float]  # of the text (x0, y0, x1, y1), seen from the anchor


class Look(NamedTuple):
    """All that decides how a text looks, besides its words."""

    colour: Any
    alpha: float | None
    size: Any
    weight: Any
    style: Any
    family: tuple[str, ...]
    rotation: float
    mode: Any
    horizontal: Any
    vertical: Any
    dpi: float


class Stamp(Text):
    """A Text that remembers its pixels: drawing tick labels and titles is two thirds of the time of a figure.

    Only for Agg, without a box around it; in all other cases it is the Text it inherits from.
    """

    def draw(self, renderer: Any) -> None:
        if not self.get_visible() or not self.get_text():
            return
        if not self._stampable(renderer):
            super().draw(renderer)
            return
        image, (left, below), _ = self._pixels()
        x, y = self.get_transform().transform(self.get_unitless_position())
        context = renderer.new_gc()
        if self.get_clip_on():
            context.set_clip_rectangle(self.clipbox)
        renderer.draw_image(context, round(x) - left, round(y) - below, image)
        context.restore()
        self.stale = False

    def get_window_extent(self, renderer: Any = None, dpi: float | None = None) -> Bbox:
        if dpi is not None or not self.get_visible() or not self.get_text() or self.get_bbox_patch():
            return super().get_window_extent(renderer, dpi)
        x0, y0, x1, y1 = self._pixels().box
        x, y = self.get_transform().transform(self.get_unitless_position())
        return Bbox([[x + x0, y + y0], [x + x1, y + y1]])

    def _stampable(self, renderer: Any) -> bool:
        return isinstance(renderer, RendererAgg) and self.get_bbox_patch() is None and not self.get_path_effects()

    def _pixels(self) -> Pixels:
        return _rasterise(self.get_text(), self._look())

    def _look(self) -> Look:
        figure = self.get_figure(root=True)
        assert figure is not None
        return Look(
            self.get_color(),
            self.get_alpha(),
            self.get_fontsize(),
            self.get_fontweight(),
            self.get_fontstyle(),
            tuple(self.get_fontfamily()),
            self.get_rotation(),
            self.get_rotation_mode(),
            self.get_horizontalalignment(),
            self.get_verticalalignment(),
            figure.dpi,
        )


class Ticker(Stamp):
    """A line whose numbers change from figure to figure: put together from words and digits, each of them a stamp.

    To rasterise a whole line takes 4 ms. Kerning across the joints is lost; a digit has none, in DejaVu Sans.
    """

    def draw(self, renderer: Any) -> None:
        whole = self.get_text()
        plain = "\n" not in whole and not self.get_rotation() and self.get_horizontalalignment() == "left"
        if not (plain and self.get_visible() and self._stampable(renderer)):
            super().draw(renderer)
            return
        x, y = self.get_transform().transform(self.get_unitless_position())
        look = self._look()
        level = look._replace(vertical="baseline")  # pieces of different heights stand on one line
        y += _rasterise("lp", look).box[1] - _rasterise("lp", level).box[1]
        context = renderer.new_gc()
        for piece in re.findall(r"\d|[^\d\s]+\s*|\s+", whole):
            image, (left, below), _ = _rasterise(piece, level)
            renderer.draw_image(context, round(x) - left, round(y) - below, image)
            x += _width(f"{piece}|", level) - _width("|", level)  # what ends in spaces has no edge of its own
        context.restore()
        self.stale = False


def stamp_all(figure: Figure) -> None:
    """Turn every text of a figure into a stamp.

    The texts of an axis are made by matplotlib, which offers no way to name their class: so it is changed afterwards.
    A Stamp has no fields of its own, which is what makes that safe.
    """
    for text in figure.findobj(lambda artist: type(artist) is Text):
        assert isinstance(text, Text)
        text.__class__ = Stamp
        if not text.get_text().isascii():  # for whoever draws it without a stamp
            words, family = legible(text.get_text(), tuple(text.get_fontfamily()))
            text.set(text=words, fontfamily=family)


@lru_cache(maxsize=1024)  # a card has about 80 texts, of which a few are its own
def _rasterise(text: str, look: Look) -> Pixels:
    artist, box = _laid_out(text, look)
    left, below = MARGIN - int(np.floor(box.x0)), MARGIN - int(np.floor(box.y0))
    paper = RendererAgg(int(np.ceil(box.width)) + 2 * MARGIN, int(np.ceil(box.height)) + 2 * MARGIN, look.dpi)
    artist.set_position((left, below))
    artist.draw(paper)
    image = np.asarray(paper.buffer_rgba())[::-1].copy()  # draw_image counts rows from below
    return Pixels(image, (left, below), (box.x0, box.y0, box.x1, box.y1))


@lru_cache(maxsize=1024)
def _width(text: str, look: Look) -> float:
    _, box = _laid_out(text, look)
    return float(box.x1 - box.x0)


def _laid_out(text: str, look: Look) -> tuple[Text, Bbox]:
    """A text at 0, and the pixels around it."""
    text, family = legible(text, look.family)
    artist = Text(0, 0, text, color=look.colour, alpha=look.alpha, fontsize=look.size, fontweight=look.weight)
    artist.set(fontstyle=look.style, fontfamily=family, rotation=look.rotation, rotation_mode=look.mode)
    artist.set(ha=look.horizontal, va=look.vertical, figure=Figure(dpi=look.dpi))
    return artist, artist.get_window_extent(RendererAgg(1, 1, look.dpi))
