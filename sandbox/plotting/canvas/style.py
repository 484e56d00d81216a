"""The one style: colours by name, figures without pyplot, and their PNG."""

from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from textwrap import wrap
from typing import Any, ParamSpec, TypeVar

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sandbox.plotting.canvas.fast_text import Ticker, stamp_all
from sandbox.plotting.canvas.paper import finished
from sandbox.system.png import encode

Pixels = NDArray[np.uint8]
P = ParamSpec("P")
T = TypeVar("T")

STYLE = mpl.rc_params_from_file(Path(__file__).with_name("sandbox.mplstyle"), use_default_template=False)
CYCLE: list[str] = [f"#{colour.lstrip('#')}" for colour in STYLE["axes.prop_cycle"].by_key()["color"]]
BLUE, VERMILLION, GREEN, ORANGE, SKY, PURPLE, YELLOW, GREY = CYCLE
INK, SOFT = "#222222", "#5F5F5F"  # of texts: what is said, and what is added
CLASSES = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILLION, YELLOW, GREY)
MARKERS, GLYPHS = ("o", "^", "s", "D", "v", "P", "X", "*"), "●▲■◆▼✚✖★"  # a class is told by its shape too


def styled(draw: Callable[P, T]) -> Callable[P, T]:
    """Run a drawing function under the style, and leave the caller's rcParams alone."""

    @wraps(draw)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        with mpl.rc_context(STYLE):
            return draw(*args, **kwargs)

    return wrapper


def blank(width: float, height: float) -> Figure:
    """An empty figure (inches) on an Agg canvas."""
    figure = Figure(figsize=(width, height), dpi=100)
    FigureCanvasAgg(figure)
    return figure


def canvas_of(figure: Figure) -> FigureCanvasAgg:
    """The canvas of a figure that `blank` made."""
    assert isinstance(figure.canvas, FigureCanvasAgg)
    return figure.canvas


def pixels(figure: Figure, draw: bool = True) -> Pixels:
    """The figure's pixels (height, width, RGB), after drawing it."""
    canvas = canvas_of(figure)
    if draw:
        stamp_all(figure)
        canvas.draw()
    drawn = np.asarray(canvas.buffer_rgba())
    image = np.empty((*drawn.shape[:2], 3), np.uint8)
    for channel in range(3):  # a quarter of the time of copying drawn[..., :3]
        image[..., channel] = drawn[..., channel]
    return image


def png(figure: Figure) -> bytes:
    """The figure as a PNG file, with what is wanted of it for a paper."""
    return finished(figure, encode(pixels(figure)))


def shades(count: int) -> list[tuple[float, float, float]]:
    """Colours for an ordered series, dark to light: viridis without its end that is too pale for lines."""
    colour_map = mpl.colormaps["viridis"]
    return [colour_map(x)[:3] for x in np.linspace(0.0, 0.82, count)]


def tint(colour: str, share: float) -> tuple[float, float, float]:
    """A colour mixed into white: share 1 leaves it, 0 is white."""
    red, green, blue = (1 - share * (1 - part) for part in to_rgb(colour))
    return red, green, blue


@lru_cache(maxsize=256)
def readable(colour: Any) -> tuple[float, float, float]:
    """The colour for text on white: where its contrast is below 4.5 (WCAG 2.1, § 1.4.3), as much darker as it takes."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ np.array([0.2126, 0.7152, 0.0722]))
    linear *= min(1.0, (1.05 / 4.5 - 0.05) / max(luminance, 1e-9))
    red, green, blue = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055).tolist()
    return red, green, blue


def heading(figure: Figure, title: str, below: str = "") -> None:
    """Title (at most two lines) and what is to be known before reading, at the top left, 0.75 inches in all."""
    for old in [*figure.texts, *(artist for artist in figure.artists if isinstance(artist, Ticker))]:
        old.remove()
    size = 13.0
    width, height = figure.get_size_inches()
    letters = int(width * 115 / size)  # of DejaVu Sans Bold, on average
    lines = wrap(title, letters, max_lines=2, placeholder=" …") or [""]
    words = "\n".join(lines)
    bold = Ticker(0.24 / width, 1 - 0.175 / height, words, fontsize=size, fontweight="bold", color=INK, va="top")
    top = 0.23 + 0.017 * size * len(lines)
    plain = Ticker(0.24 / width, 1 - top / height, below, fontsize=9.5, color=SOFT, va="top")
    for text in (bold, plain):
        figure.add_artist(text)
