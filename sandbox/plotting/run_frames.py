"""The decision boundary in motion: a small picture per probe step, for a slider to play."""

from collections.abc import Callable
from dataclasses import dataclass
from textwrap import wrap
from threading import Lock
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sandbox.config.schema import DatasetConfig
from sandbox.data.datasets import Data
from sandbox.nn.network import Network, Parameters
from sandbox.plotting.canvas.fast_text import Ticker, stamp_all
from sandbox.plotting.canvas.style import INK, SOFT, Pixels, blank, canvas_of, pixels, styled
from sandbox.plotting.charts.curves import last_words
from sandbox.plotting.charts.field import Picture, field, frame_field, point_key, points
from sandbox.plotting.charts.fits import frame_curve
from sandbox.plotting.charts.snapshots import parameters_at, predict
from sandbox.plotting.run_card import shown_replicate, whose_network
from sandbox.trial.build import data_of
from sandbox.trial.outcome import Outcome

Frame = tuple[int, Pixels]
Move = Callable[[Network, Parameters], None]

KEPT = 4  # scenes: as many data sets as are commonly compared in one sweep


@dataclass(frozen=True)
class Scene:
    """A figure kept for the next run on the same data: making it takes half the time of its pictures."""

    data: Data
    figure: Figure
    title: Ticker
    caption: Ticker
    artists: tuple[Artist, ...]  # that move
    move: Move
    still: Any  # the pixels of all the rest
    lock: Lock


_scenes: list[Scene] = []


@styled
def boundary_frames(
    outcome: Outcome,
    data: Data,
    network: Network,
    *,
    title: str = "",
    count: int = 9,
    replicate: int | None = None,
    comparable: int | None = None,
) -> list[Frame]:
    """(step, pixels (400, 480, RGB)) of one replicate at about `count` of the probe steps, the first and last included.

    By default of the card's: the one nearest the median, of the first `comparable`, which is said behind the title.

    Empty where no weights were stored, and where there is no such picture: for more than two inputs, or several outputs
    over one. A frame of a replicate that has diverged is left out.
    """
    if not outcome.snapshots or not _pictured(data):
        return []
    scene = _scene(data)
    if replicate is None:
        replicate, whose = shown_replicate(outcome, comparable), whose_network(outcome, comparable)
        title = ", ".join(filter(None, [title, whose]))
    with scene.lock:
        return _filmed(scene, outcome, network, title, chosen(len(outcome.steps), count), replicate)


def _pictured(data: Data) -> bool:
    n_x, n_y = data.X.shape[0], data.Y.shape[0]
    return bool(n_x == 2 or (n_x == 1 and n_y == 1))


def has_frames(dataset: DatasetConfig) -> bool:
    """Whether there is such a picture of these data."""
    return _pictured(data_of(dataset))


def _filmed(
    scene: Scene, outcome: Outcome, network: Network, title: str, shown: NDArray[np.int64], replicate: int
) -> list[Frame]:
    canvas, frames = canvas_of(scene.figure), []
    canvas.restore_region(scene.still)
    scene.title.set_text("\n".join(wrap(title, 72)[:2]))
    scene.title.draw(canvas.get_renderer())
    still = canvas.copy_from_bbox(scene.figure.bbox)
    for t in shown:
        parameters = parameters_at(outcome.snapshots, t, replicate)
        if not all(np.isfinite(array).all() for layer in parameters for array in layer):
            continue
        canvas.restore_region(still)
        scene.caption.set_text(f"step {outcome.steps[t]}" + last_words(outcome.curves, t, replicate))
        scene.move(network, parameters)
        for artist in (*scene.artists, scene.caption):
            artist.draw(canvas.get_renderer())
        frames.append((int(outcome.steps[t]), pixels(scene.figure, draw=False)))
    return frames


def _scene(data: Data) -> Scene:
    """What stands still in the pictures of these data; the last few are kept, for arms that share them."""
    for kept in _scenes:
        if kept.data is data:
            return kept
    figure = blank(4.8, 4.0)
    ax = figure.add_axes((0.12, 0.12, 0.7, 0.7))
    title, caption = (
        Ticker(0.02, 0.985, color=SOFT, fontsize=8.5, va="top"),
        Ticker(0.12, 0.845, color=INK, fontsize=10),
    )
    caption.set_fontweight("bold")
    for line in (title, caption):
        figure.add_artist(line)
    artists, move = (_moving_field if data.X.shape[0] == 2 else _moving_curve)(ax, data)
    for artist in (*artists, title, caption):
        artist.set_animated(True)
    stamp_all(figure)
    canvas = canvas_of(figure)
    canvas.draw()  # all that stands still: whatever moves is `animated`, and drawn on top of it per frame
    scene = Scene(data, figure, title, caption, tuple(artists), move, canvas.copy_from_bbox(figure.bbox), Lock())
    _scenes[:] = [scene, *_scenes[: KEPT - 1]]
    return scene


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
