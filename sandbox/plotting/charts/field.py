"""What a network of two inputs has learned: its prediction over the plane, with its decision boundary."""

from collections.abc import Sequence
from typing import Any

import contourpy
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from PIL import Image

from sandbox.data.datasets import Data
from sandbox.nn.network import Network, Parameters
from sandbox.plotting.canvas.axes import key, note, plain_axes
from sandbox.plotting.canvas.legible import told_apart
from sandbox.plotting.canvas.style import BLUE, CLASSES, GLYPHS, INK, MARKERS, VERMILLION, Pixels
from sandbox.plotting.charts.snapshots import predict
from sandbox.system.arrays import Array

SHOWN = 400  # points of each part at most; more would hide the boundary
MULTIPLICATIONS = 1e7  # that the field of a network may cost: 5 ms
FINEST, COARSEST = 72, 24  # cells of the field per side


class Picture(Artist):
    """An image (rows from below, columns, RGB) stretched over its axes, in a fifth of the time of AxesImage.

    place: x0, x1, y0, y1 in the axes' units (y0 the lower one on paper), where it is not to fill them. sharp: not smoothed.
    """

    def __init__(
        self, image: Pixels, place: tuple[float, float, float, float] | None = None, sharp: bool = False
    ) -> None:
        super().__init__()
        self.image, self.place = image, place
        self.resampling = Image.Resampling.NEAREST if sharp else Image.Resampling.BILINEAR
        self.set_zorder(0)

    def draw(self, renderer: Any) -> None:
        assert self.axes is not None
        x0, y0, x1, y1 = (round(edge) for edge in self._extents())
        finer = 1.0 if isinstance(renderer, RendererAgg) else renderer.get_image_magnification()
        size = round(finer * (x1 - x0)), round(finer * (y1 - y0))
        stretched = Image.fromarray(self.image).resize(size, self.resampling)
        if isinstance(renderer, RendererAgg):
            paper = np.asarray(renderer.buffer_rgba())[::-1]
            paper[y0:y1, x0:x1] = stretched.convert("RGBA")  # it covers what is there, so there is nothing to blend
        else:
            context = renderer.new_gc()
            renderer.draw_image(context, x0, y0, np.asarray(stretched.convert("RGBA")))
            context.restore()
        self.stale = False

    def _extents(self) -> Sequence[float]:
        assert self.axes is not None
        if self.place is None:
            return tuple(self.axes.bbox.extents)
        x0, x1, y0, y1 = self.place
        return tuple(self.axes.transData.transform([(x0, y0), (x1, y1)]).ravel())


def field_chart(ax: Axes, network: Network, parameters: Parameters, data: Data) -> None:
    """Prediction as colour, the decision boundary as a line, training points filled and test points hollow."""
    frame_field(ax, data)
    image, lines = field(network, parameters, data)
    ax.add_artist(Picture(image))
    ax.add_artist(LineCollection(lines, colors=INK, linewidths=1.4, zorder=1))
    points(ax, data)
    point_key(ax, data)
    if (image == image[0, 0]).all():
        note(ax, "the same prediction everywhere")


def frame_field(ax: Axes, data: Data) -> None:
    """Limits, ticks and names of the two inputs."""
    x0, x1, y0, y1 = limits(data)
    plain_axes(ax, (x0, x1), (y0, y1))
    ax.set_xlabel(named(data.features[0], data.X[0]))
    ax.set_ylabel(named(data.features[1], data.X[1]))
    ax.grid(False)


def named(name: str, training: Array) -> str:
    """An axis's name, and that it was standardised if its training values have mean 0 and standard deviation 1."""
    standardised = abs(training.mean()) < 1e-9 and abs(training.std() - 1) < 1e-9
    return f"{name} (standardised)" if standardised else name


def limits(data: Data) -> tuple[float, float, float, float]:
    """x0, x1, y0, y1 around all points, training and test."""
    X = np.concatenate([data.X, data.X_test], axis=1)
    low, high = X.min(axis=1), X.max(axis=1)
    room = np.where(high > low, 0.08 * (high - low), 1.0)
    (x0, y0), (x1, y1) = low - room, high + room
    return float(x0), float(x1), float(y0), float(y1)


def field(network: Network, parameters: Parameters, data: Data) -> tuple[Pixels, list[Array]]:
    """The prediction over the plane as colours (n, n, 3), and the lines of its decision boundary, each (points, 2).

    Colours are the classes', the paler the less sure; of a regression, from blue (lowest label) to vermillion.
    """
    work = sum(layer.weights.shape[-2] * (layer.weights.shape[-1] + 20) for layer in parameters)  # 20: of g itself
    n = int(np.clip(np.sqrt(MULTIPLICATIONS / work), COARSEST, FINEST))
    x0, x1, y0, y1 = limits(data)
    x, y = np.linspace(x0, x1, n), np.linspace(y0, y1, n)
    grid = np.stack([np.tile(x, n), np.repeat(y, n)])
    A = np.nan_to_num(predict(network, parameters, grid), nan=0.5, posinf=1e30, neginf=-1e30).reshape(-1, n, n)
    if data.kind == "regression":
        return _mix((VERMILLION, BLUE), _share(A, data)[0][..., None]), []
    shares = np.concatenate([1 - A, A]) if data.kind == "binary" else A  # of each class
    ordered = np.sort(shares, axis=0)
    margin = np.where(shares == ordered[-1], shares - ordered[-2], shares - ordered[-1])  # > 0 where the class wins
    sure = np.clip(margin.max(axis=0), 0, 1)[..., None]
    colours = np.array([to_rgb(CLASSES[k % len(CLASSES)]) for k in range(len(shares))])
    image = 1 - (0.12 * (sure > 1e-9) + 0.5 * sure) * (1 - colours[shares.argmax(axis=0)])
    lines = [
        np.asarray(line, dtype=np.float64)
        for k in range(1 if data.kind == "binary" else 0, len(shares))
        if margin[k].min() < 0 < margin[k].max()
        for line in contourpy.contour_generator(x, y, margin[k], name="serial").lines(0.0)
    ]
    return (255 * image).astype(np.uint8), lines


def _share(A: Array, data: Data) -> Array:
    """Where predictions lie between the lowest and the highest training label, held inside [0, 1]."""
    low, high = data.Y.min(), data.Y.max()
    return np.asarray(np.clip((A - low) / (high - low if high > low else 1.0), 0, 1))


def _mix(ends: tuple[str, str], share: Array) -> Pixels:
    """From the second colour (share 0) over near white to the first (share 1)."""
    high, low = (np.array(to_rgb(end)) for end in ends)
    strength = np.abs(2 * share - 1)
    colours = 1 - (0.05 + 0.75 * strength) * (1 - np.where(share > 0.5, high, low))
    return np.asarray(255 * colours, dtype=np.uint8)


def points(ax: Axes, data: Data) -> None:
    """Training points filled, test points hollow; a class by colour and shape."""
    for X, Y, filled in ((data.X, data.Y, True), (data.X_test, data.Y_test, False)):
        if not X.shape[1]:
            continue
        every = -(-X.shape[1] // SHOWN)
        X, Y = X[:, ::every], Y[:, ::every]
        if data.kind == "regression":
            colours = _mix((VERMILLION, BLUE), _share(Y, data)[0][:, None]) / 255
            faces: Any
            edges: Any
            faces, edges = (colours, INK) if filled else ("none", colours)
            ax.scatter(
                X[0], X[1], s=16, zorder=2, facecolors=faces, edgecolors=edges, linewidths=0.5 if filled else 1.0
            )
            continue
        labels = np.atleast_1d((Y[0] > 0.5).astype(int) if data.kind == "binary" else Y.argmax(axis=0))
        for k in np.unique(labels):
            _class_points(ax, X[:, labels == k], int(k), filled)


def point_key(ax: Axes, data: Data) -> None:
    """Which mark is which class, and which part."""
    lines: list[tuple[str, Any]] = [("● train", INK), ("○ test", INK)] if data.X_test.shape[1] else []
    if data.kind == "regression":
        lines = [("● high y", VERMILLION), ("● low y", BLUE), ("", INK), *lines]
    else:
        names = data.classes or [f"class {k}" for k in range(max(data.Y.shape[0], 2))]
        names = told_apart([f"class {name}" if str(name).isdigit() else str(name)[:11] for name in names[:12]])
        shown = [(f"{GLYPHS[k % len(GLYPHS)]} {name}", _dark(k)) for k, name in enumerate(names)]
        lines = [*shown, ("", INK), *lines]
    key(ax, lines)


def _dark(k: int) -> tuple[float, float, float]:
    red, green, blue = (0.62 * part for part in to_rgb(CLASSES[k % len(CLASSES)]))
    return red, green, blue


def _class_points(ax: Axes, X: Array, k: int, filled: bool) -> None:
    colour = CLASSES[k % len(CLASSES)]
    ax.add_artist(
        Line2D(
            X[0], X[1], linestyle="", marker=MARKERS[k % len(MARKERS)], markersize=4.2 if filled else 3.9, zorder=2,
            markerfacecolor=colour if filled else "white", markeredgecolor=_dark(k), markeredgewidth=0.5 if filled else 1.0,
        )
    )  # fmt: skip
