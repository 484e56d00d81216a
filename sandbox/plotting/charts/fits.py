"""What a network has learned, whatever its inputs: a field over two, a curve over one, the errors where there are more."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedFormatter, FixedLocator

from sandbox.data.datasets import Data
from sandbox.nn.network import Network, Parameters
from sandbox.plotting.canvas.axes import YLABEL, key, note, plain_axes, set_scale
from sandbox.plotting.canvas.fast_text import Stamp
from sandbox.plotting.canvas.legible import told_apart
from sandbox.plotting.canvas.style import BLUE, GREY, INK, STYLE, VERMILLION, tint
from sandbox.plotting.charts.field import SHOWN, field_chart, named
from sandbox.plotting.charts.images import image_chart, shape_of
from sandbox.plotting.charts.snapshots import predict
from sandbox.system.arrays import Array


def fit_chart(ax: Axes, network: Network, parameters: Parameters, data: Data, whose: str = "") -> None:
    """The network and its data: a field over two inputs, a curve over one, the errors made where there are more."""
    n_x, classes = data.X.shape[0], data.Y.shape[0]
    if n_x == 2:
        title, chart = "Prediction" if data.kind == "regression" else "Decision boundary", field_chart
    elif n_x == 1 and classes == 1:
        title, chart = "Fitted curve", curve_chart
    elif data.kind == "regression":
        title, chart = "Prediction and truth", residual_chart
    elif shape_of(data) is not None:
        title, chart = "Misread, and weights", image_chart
    else:
        title, chart = "Confusion, %", confusion_chart
    ax.set_title(f"{title}, {whose}" if whose else title)
    ax.grid(False)
    chart(ax, network, parameters, data)


def curve_chart(ax: Axes, network: Network, parameters: Parameters, data: Data) -> None:
    """The prediction over the only input, through the points."""
    x = frame_curve(ax, data)
    a = predict(network, parameters, x[None])[0]
    ax.add_artist(Line2D(x, a, color=INK, linewidth=2.2, zorder=3))
    bottom, top = ax.get_ylim()
    if not ((bottom <= a) & (a <= top)).any():
        note(ax, "the curve lies outside")


def frame_curve(ax: Axes, data: Data) -> Array:
    """The points and axes of the only input; its values (200,) at which a curve is to be drawn."""
    _scatter(ax, (data.X[0], data.Y[0]), (data.X_test[0], data.Y_test[0]))
    x = room(np.concatenate([data.X, data.X_test], axis=1), 0.04)
    plain_axes(ax, x, room(np.concatenate([data.Y, data.Y_test], axis=1), 0.12))
    ax.set_xlabel(named(data.features[0], data.X[0]))
    ax.set_ylabel(named("label y", data.Y[0]) if data.kind == "regression" else "prediction, and label (0 or 1)")
    return np.linspace(*x, 200)


def residual_chart(ax: Axes, network: Network, parameters: Parameters, data: Data) -> None:
    """Predicted against true labels; a perfect network lies on the diagonal."""
    limits = room(np.concatenate([data.Y, data.Y_test], axis=1), 0.12)
    train, test = (
        (Y[0], np.clip(predict(network, parameters, X)[0], *limits))
        for X, Y in ((data.X, data.Y), (data.X_test, data.Y_test))
    )
    ax.add_artist(Line2D(limits, limits, color=GREY, linewidth=1.2, dashes=(4, 3), zorder=3))
    _scatter(ax, train, test)
    plain_axes(ax, limits, limits)
    ax.set_xlabel(named("true label y", data.Y[0]))
    ax.set_ylabel("prediction (clipped to the axes)")


def confusion_chart(ax: Axes, network: Network, parameters: Parameters, data: Data) -> None:
    """True classes (rows) against predicted ones (columns), in per cent of the row; of the test part, if there is one."""
    X, Y = (data.X_test, data.Y_test) if data.X_test.shape[1] else (data.X, data.Y)
    A = predict(network, parameters, X)
    K = max(Y.shape[0], 2)
    if data.kind == "binary":
        true, predicted = (Y[0] > 0.5).astype(int), (A[0] > 0.5).astype(int)
    else:
        true, predicted = Y.argmax(axis=0), A.argmax(axis=0)
    counts = np.bincount(true * K + predicted, minlength=K * K).reshape(K, K)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    right = np.eye(K, dtype=bool)
    colours = np.where(right[..., None], to_rgb(BLUE), to_rgb(VERMILLION))
    strength = np.where(right, 0.85 * share, 0.85 * np.sqrt(share))[..., None]  # a few errors are what is looked for
    ax.imshow(1 - strength * (1 - colours), aspect="auto", interpolation="nearest", zorder=0)
    if K <= 12:
        for i, j in zip(*np.nonzero(counts), strict=True):
            colour = "white" if strength[i, j, 0] > 0.5 else INK
            ax.text(j, i, f"{100 * share[i, j]:.0f}", ha="center", va="center", color=colour, fontsize=8.5)
    for side in ("x", "y"):
        set_scale(ax, "linear", side)
    names = told_apart([name[:12] for name in data.classes] if len(data.classes) == K else [str(k) for k in range(K)])
    every = 1 + (K - 1) // 12
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(FixedLocator(range(0, K, every)))
        axis.set_major_formatter(FixedFormatter(names[::every]))
    key(ax, [("test", INK) if data.X_test.shape[1] else ("train", INK), ("samples", INK)])
    ax.set(xlim=(-0.5, K - 0.5), ylim=(K - 0.5, -0.5), xlabel="predicted class", ylabel="true class")
    size = STYLE["ytick.labelsize"]
    longest = sorted(names[::every], key=len)[-3:]  # in letters; to measure ten takes most of a millisecond
    widest = max(Stamp(text=name, fontsize=size, figure=ax.figure).get_window_extent().width for name in longest)
    ax.yaxis.set_label_coords(min(YLABEL, -(widest + 10) / ax.bbox.width), 0.5)


def _scatter(ax: Axes, train: tuple[Array, Array], test: tuple[Array, Array]) -> None:
    key(ax, [("● train", BLUE), ("○ test", VERMILLION)][: 2 if len(test[0]) else 1])
    for (x, y), face, edge in ((train, tint(BLUE, 0.6), BLUE), (test, "white", VERMILLION)):
        every = -(-len(x) // SHOWN) or 1
        ax.add_artist(
            Line2D(x[::every], y[::every], linestyle="", marker="o", markersize=4, markerfacecolor=face,
                   markeredgecolor=edge, markeredgewidth=0.8, zorder=2)
        )  # fmt: skip


def room(values: Array, share: float) -> tuple[float, float]:
    """The range of the values with some room on either side."""
    low, high = float(values.min()), float(values.max())
    more = share * (high - low) or 1.0
    return low - more, high + more
