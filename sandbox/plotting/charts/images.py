"""What a network makes of small images: those it misreads, and the weights with which its first units look at them."""

import re

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from sandbox.data.datasets import Data
from sandbox.nn.network import Network, Parameters
from sandbox.plotting.canvas.axes import set_scale, set_ticks
from sandbox.plotting.canvas.style import BLUE, INK, SOFT, VERMILLION, Pixels
from sandbox.plotting.charts.field import Picture
from sandbox.plotting.charts.snapshots import predict
from sandbox.system.arrays import Array

COLUMNS, ROWS = 6, 2  # of images of each kind
ROOM = 0.28  # above an image for its words, in parts of its height


def shape_of(data: Data) -> tuple[int, int] | None:
    """Rows and columns of the images that the samples are, if their features are called `pixel_row_column`."""
    places = [re.fullmatch(r"pixel_(\d+)_(\d+)", name) for name in data.features]
    if not all(places) or len(places) < 4:
        return None
    row, column = (1 + max(int(place[i]) for place in places if place) for i in (1, 2))
    return (row, column) if row * column == len(places) else None


def image_chart(ax: Axes, network: Network, parameters: Parameters, data: Data) -> None:
    """Above, samples that are misread, as `true → read`; below, the first units' weights, from blue (-) to vermillion (+)."""
    shape = shape_of(data)
    assert shape is not None
    X, Y = (data.X_test, data.Y_test) if data.X_test.shape[1] else (data.X, data.Y)
    A = predict(network, parameters, X)
    true, read = _classes(Y), _classes(A)
    wrong = np.flatnonzero(true != read)
    shown = (wrong if len(wrong) else np.arange(len(true)))[: COLUMNS * ROWS]
    names = data.classes or tuple(map(str, range(len(Y) + 1)))
    words = [f"{names[true[i]]} → {names[read[i]]}" for i in shown]
    weights = parameters[0].weights[: COLUMNS * ROWS]
    images = [_ink(X[:, i].reshape(shape)) for i in shown]
    units = [_signed(w.reshape(shape)) for w in weights]
    _frame(ax)
    _rows(ax, images, words, top=0)
    _rows(ax, units, [f"unit {j + 1}" for j in range(len(units))], top=ROWS)
    part = "test" if data.X_test.shape[1] else "training"
    said = (
        f"{len(wrong)} of {len(true)} {part} images misread: true → read" if len(wrong) else f"no {part} image misread"
    )
    said = f"above: {said}\nbelow: weights of the first layer, blue < 0 < red"
    ax.text(0.0, -0.04, said, transform=ax.transAxes, color=SOFT, fontsize=8, va="top")


def _classes(Y: Array) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
    return np.asarray(Y.argmax(axis=0) if len(Y) > 1 else (Y[0] > 0.5).astype(np.intp))


def _ink(image: Array) -> Pixels:
    low, high = float(image.min()), float(image.max())
    share = (image - low) / (high - low if high > low else 1.0)
    return np.asarray(255 * (1 - share[..., None] * (1 - np.array(to_rgb(INK)))), np.uint8)


def _signed(weights: Array) -> Pixels:
    share = np.nan_to_num(weights / max(float(np.abs(weights).max(initial=0.0)), 1e-300))[..., None]
    colours = np.where(share > 0, to_rgb(VERMILLION), to_rgb(BLUE))
    return np.asarray(255 * (1 - np.abs(share) * (1 - colours)), np.uint8)


def _frame(ax: Axes) -> None:
    for side in ("x", "y"):
        set_scale(ax, "linear", side)
    for axis in (ax.xaxis, ax.yaxis):
        set_ticks(axis, [], [])
    ax.set(xlim=(0, COLUMNS), ylim=(2 * ROWS * (1 + ROOM), 0), xlabel="", ylabel="")


def _rows(ax: Axes, images: list[Pixels], words: list[str], top: int) -> None:
    for i, (image, word) in enumerate(zip(images, words, strict=True)):
        x, y = i % COLUMNS, (top + i // COLUMNS) * (1 + ROOM) + ROOM
        ax.add_artist(Picture(image[::-1], (x + 0.08, x + 0.92, y + 0.96, y + 0.04), sharp=True))
        ax.text(x + 0.5, y, word, fontsize=7, color=SOFT, ha="center", va="bottom")
