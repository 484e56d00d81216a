"""The decision boundary in motion: a small picture per probe step, for a slider to play."""

from collections.abc import Callable
from textwrap import wrap

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from numpy.typing import NDArray

from sandbox.datasets import Data
from sandbox.history import Outcome
from sandbox.network import Network, Parameters
from sandbox.plotting.curves import last_words
from sandbox.plotting.field import Picture, field, frame_field, point_key, points
from sandbox.plotting.fits import frame_curve
from sandbox.plotting.stamp import stamp_all
from sandbox.plotting.stored import parameters_at, predict
from sandbox.plotting.style import INK, SOFT, Pixels, blank, canvas_of, pixels, styled

Frame = tuple[int, Pixels]
Move = Callable[[Network, Parameters], None]


@styled
def boundary_frames(
    outcome: Outcome, data: Data, network: Network, *, title: str = "", count: int = 9, replicate: int = 0
) -> list[Frame]:
    """(step, pixels (400, 480, RGB)) of one replicate at about `count` of the probe steps, the first and last included.

    Empty where no weights were stored, and where there is no such picture: for more than two inputs, or several outputs
    over one. A frame of a replicate that has diverged is left out.
    """
    n_x, n_y = data.X.shape[0], data.Y.shape[0]
    if not outcome.snapshots or n_x > 2 or (n_x == 1 and n_y > 1):
        return []
    figure = blank(4.8, 4.0)
    ax = figure.add_axes((0.12, 0.12, 0.7, 0.7))
    figure.text(0.02, 0.985, "\n".join(wrap(title, 72)[:2]), color=SOFT, fontsize=8.5, va="top")
    caption = figure.text(0.12, 0.845, "", color=INK, fontsize=10, fontweight="bold", animated=True)
    artists, move = (_moving_field if n_x == 2 else _moving_curve)(ax, data)
    for artist in artists:
        artist.set_animated(True)
    stamp_all(figure)
    canvas = canvas_of(figure)
    canvas.draw()  # all that stands still: whatever moves is `animated`, and drawn on top of it per frame
    still = canvas.copy_from_bbox(figure.bbox)
    frames = []
    for t in chosen(len(outcome.steps), count):
        parameters = parameters_at(outcome.snapshots, t, replicate)
        if not all(np.isfinite(array).all() for layer in parameters for array in layer):
            continue
        canvas.restore_region(still)
        caption.set_text(f"step {outcome.steps[t]}" + last_words(outcome.curves, t, replicate))
        move(network, parameters)
        for artist in (*artists, caption):
            artist.draw(canvas.get_renderer())
        frames.append((int(outcome.steps[t]), pixels(figure, draw=False)))
    return frames


def chosen(T: int, count: int) -> NDArray[np.int64]:
    """About `count` of the probe steps, evenly, the first and the last included."""
    return np.unique(np.linspace(0, T - 1, min(count, T)).round().astype(np.int64))


def _moving_field(ax: Axes, data: Data) -> tuple[list[Artist], Move]:
    frame_field(ax, data)
    point_key(ax, data)
    picture = Picture(np.full((1, 1, 3), 255, np.uint8))
    ax.add_artist(picture)
    lines = LineCollection([], colors=INK, linewidths=1.4)
    ax.add_artist(lines)
    points(ax, data)

    def move(network: Network, parameters: Parameters) -> None:
        colours, boundary = field(network, parameters, data)
        picture.image = colours
        lines.set_segments(boundary)

    marks = [artist for artist in (*ax.lines, *ax.collections) if artist is not lines]
    return [picture, lines, *marks], move


def _moving_curve(ax: Axes, data: Data) -> tuple[list[Artist], Move]:
    x = frame_curve(ax, data)
    (line,) = ax.plot(x, np.full_like(x, np.nan), color=INK, linewidth=2.2)

    def move(network: Network, parameters: Parameters) -> None:
        line.set_ydata(predict(network, parameters, x[None])[0])

    return [line], move
