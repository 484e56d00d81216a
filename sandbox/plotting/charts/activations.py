"""How the activations of each hidden layer are distributed, before and after training."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from sandbox.nn.network import Network, Trace, forward
from sandbox.plotting.canvas.axes import linear_ticks, set_scale, set_ticks, short
from sandbox.plotting.canvas.fast_text import Ticker
from sandbox.plotting.canvas.style import BLUE, GREY, readable
from sandbox.plotting.charts.snapshots import Snapshots, parameters_at
from sandbox.system.arrays import Array

SAMPLES = 200  # columns of X looked at
BINS = 36
HALF_WIDTH = 0.42  # of a violin; layers are 1 apart
WIDEST = 0.1  # the share of the activations in a bin at which a half has its full width, the same in all
FLAT = 0.1  # a unit is saturated on a sample where its slope is below this share of the steepest
WIDE = 30.0  # activations beyond this make the axis logarithmic in both directions


def activation_chart(ax: Axes, network: Network, snapshots: Snapshots, last: int, X: Array) -> None:
    """Per hidden layer two half violins: activations at the first probe step (left) and at the `last` one (right).

    Of all stored replicates together; the outermost 0.5 % on either side are left out, and so are exact zeros, whose
    share stands above: a ReLU's would make all else a hairline. All halves have one scale, so that what gathers at the
    ends of a sigmoid is seen to grow; the share of saturated ones stands above.
    """
    traces = [_trace(network, snapshots, t, X) for t in (0, last)]
    everything = [_finite(trace) for trace in traces]
    zeros = [sum(np.sum(a == 0) for a in layers) / max(sum(map(len, layers)), 1) for layers in everything]
    flat = [0.0, 0.0] if any(zeros) else [saturated(network, trace) for trace in traces]
    phases = [[a[a != 0] for a in layers] for layers in everything]
    tails = [np.quantile(a, (0.005, 0.995)) for layers in phases for a in layers if len(a)]
    tails += [np.zeros(2)] if any(zeros) or not tails else []
    low, high = float(np.min(tails)), float(np.max(tails))
    if high - low <= 1e-9 * max(abs(high), 1.0):
        low, high = low - 1.0, high + 1.0
    edges = _value_axis(ax, low, high, above=0.13 if any(zeros) or any(flat) else 0.04)
    for layers, side, colour in zip(phases, (-1, 1), (GREY, BLUE), strict=True):
        halves = [_half_violin(a, edges, l, side) for l, a in enumerate(layers, start=1)]
        ax.add_artist(PolyCollection(halves, facecolors=colour, edgecolors="none", alpha=0.85))
    depth = len(network.hidden)
    every = range(1, depth + 1, 1 + (depth - 1) // 12)
    set_ticks(ax.xaxis, every, [str(number) for number in every])
    ax.set_xlim(0.4, depth + 0.6)
    ax.set_xlabel(f"hidden layer  (width: share, full at {100 * WIDEST:.0f} % a bin)")
    ax.set_ylabel("activation a = g(z)")
    for x, name, colour in ((0.80, "◖ start", GREY), (1.0, "end ◗", BLUE)):
        ax.text(x, 1.05, name, transform=ax.transAxes, color=readable(colour), fontsize=9, ha="right", va="bottom")
    counted, what = (zeros, "exactly 0") if any(zeros) else (flat, "saturated")
    for x, share, colour in zip((0.03, 0.56), counted, (GREY, BLUE), strict=True):
        if any(counted):
            words = f"{100 * share:.3g} % {what}"
            line = Ticker(x, 0.99, words, transform=ax.transAxes, color=readable(colour), fontsize=8, va="top")
            ax.add_artist(line)


def saturated(network: Network, trace: Trace) -> float:
    """The share of all hidden activations whose slope is FLAT."""
    pairs = zip(network.hidden, trace.pre_activations[:-1], trace.activations[1:-1], strict=True)
    flat = [np.abs(g.derivative(Z, A)) < FLAT * g.steepest for g, Z, A in pairs]
    return sum(int(layer.sum()) for layer in flat) / sum(layer.size for layer in flat)


def hidden_activations(network: Network, snapshots: Snapshots, t: int, X: Array) -> list[Array]:
    """The finite activations of every hidden layer at the t-th probe step, of all stored replicates together."""
    return _finite(_trace(network, snapshots, t, X))


def _trace(network: Network, snapshots: Snapshots, t: int, X: Array) -> Trace:
    X = X[:, :: 1 + (X.shape[1] - 1) // SAMPLES]
    with np.errstate(over="ignore", invalid="ignore"):
        return forward(network, parameters_at(snapshots, t, slice(None)), X)


def _finite(trace: Trace) -> list[Array]:
    return [A[np.isfinite(A)] for A in trace.activations[1:-1]]


def _value_axis(ax: Axes, low: float, high: float, above: float) -> Array:
    """Scale, limits and ticks of y, with the room `above` as a share; the edges of the bins, equally spaced on that scale."""
    if max(-low, high) > WIDE:
        orders = np.log10(max(-low, high))
        set_scale(ax, "symlog", linthresh=1.0, linscale=max(0.5, 0.15 * orders))
        decades = [10.0**k for k in range(1 + int(orders))]
        decades = decades[:: 1 + len(decades) // 4]
        ticks = [t for t in (*(-d for d in decades[::-1]), 0.0, *decades) if 1.1 * low <= t <= 1.1 * high]
        set_ticks(ax.yaxis, ticks, [short(tick) for tick in ticks])
    else:
        set_scale(ax, "linear")
    scale = ax.yaxis.get_transform()
    bottom, top = (float(y) for y in scale.transform([low, high]))
    tall = top - bottom
    bottom, top = scale.inverted().transform([bottom - 0.04 * tall, top + above * tall])
    ax.set_ylim(bottom, top)
    if ax.get_yscale() == "linear":
        linear_ticks(ax.yaxis, bottom, top)
    first, last = (float(y) for y in scale.transform([bottom, top]))
    return np.asarray(scale.inverted().transform(np.linspace(first, last, BINS + 1)))


def _half_violin(a: Array, edges: Array, layer: int, side: int) -> Array:
    """The outline (points, 2) of a histogram drawn sideways from the middle of its layer."""
    counts, _ = np.histogram(a, edges)
    width = side * HALF_WIDTH * np.minimum(counts / (WIDEST * max(len(a), 1)), 1.0)
    x = np.concatenate([[0.0], np.repeat(width, 2), [0.0]]) + layer
    y = np.concatenate([edges[:1], np.repeat(edges, 2)[1:-1], edges[-1:]])
    return np.column_stack([x, y])
