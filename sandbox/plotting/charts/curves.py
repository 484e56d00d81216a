"""Charts of quantities along training: loss and score, and per layer slopes and gradient norms."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from sandbox.plotting.canvas.axes import FAR, aside, key, message, note, set_ticks, step_axis, value_axis
from sandbox.plotting.canvas.style import BLUE, GREY, SOFT, VERMILLION, shades
from sandbox.plotting.charts.series import Series, draw_series, end_labels, quantiles
from sandbox.system.arrays import Array

Steps = NDArray[np.int64]
Curves = Mapping[str, Array]

PARTS = (("train", BLUE, 3.0), ("test", VERMILLION, 1.4))  # the wider one is seen where they are one line
SCORES = {
    "accuracy": ("Accuracy", "share classified correctly"),
    "r2": ("R²", "R² (1: perfect, 0: the mean)"),
}


def loss_chart(
    ax: Axes, steps: Steps, curves: Curves, unit: str = "", baseline: float | None = None, diverged: Array | None = None
) -> None:
    """Training and test loss J; `baseline` is the loss of a constant prediction, `diverged` (R,) the steps of the ends."""
    ax.set_title("Loss")
    ax.set_ylabel(f"loss J ({unit})" if unit else "loss J")
    values = _near(ax, _train_and_test(ax, steps, curves, "loss"), _parts(curves, "loss"))
    value_axis(ax, values if baseline is None else np.vstack([values, np.full((1, len(steps)), baseline)]))
    if diverged is not None and np.isfinite(diverged).any():
        ends = diverged[np.isfinite(diverged)]
        top = ax.get_xaxis_transform()
        ax.add_artist(
            Line2D(ends, np.ones_like(ends), transform=top, color=VERMILLION, marker="x", linestyle="", clip_on=False)
        )
    _finish(ax, steps, curves, "loss", baseline)


def score_chart(ax: Axes, steps: Steps, curves: Curves, baseline: float | None = None) -> None:
    """Accuracy or R2, whichever was probed; `baseline` is the score of a constant prediction."""
    name = "r2" if "train/r2" in curves or "test/r2" in curves else "accuracy"
    title, label = SCORES[name]
    ax.set_title(title)
    ax.set_ylabel(label)
    values = _train_and_test(ax, steps, curves, name)
    values = np.append(values[np.isfinite(values)], [] if baseline is None else baseline)
    low = float(values.min()) if len(values) else 0.0
    # R2 has no lower end: below -1 a curve leaves the chart instead of pressing the rest of it flat
    value_axis(ax, values, bounds=(max(low - 0.06 * (1.0 - low), 0.0 if name == "accuracy" else -1.0), 1.02))
    if values.size and values.min() < ax.get_ylim()[0]:
        aside(ax, "▼ below the axis")
    _finish(ax, steps, curves, name, baseline)


def layer_chart(ax: Axes, steps: Steps, curves: Curves, probe: str, title: str, label: str) -> None:
    """A probe of every layer along training, coloured from the first layer (dark) to the last (light)."""
    ax.set_title(title)
    ax.set_ylabel(label)
    layers = sorted((int(name.rsplit("layer", 1)[1]), name) for name in curves if name.startswith(f"{probe}/layer"))
    series = [
        Series(f"layer {number}", curves[name], colour, width)
        for (number, name), colour, width in zip(
            layers, shades(len(layers)), np.linspace(3.0, 1.3, len(layers)) if len(layers) != 1 else [1.8], strict=True
        )  # the first one is the widest, and seen below the others where they are one line
    ]
    values = _near(ax, draw_series(ax, steps, series, band=len(series) <= 3, each=len(series) <= 3), series)
    value_axis(ax, values)
    step_axis(ax, steps)
    finite = values[np.isfinite(values)]
    if not len(finite):
        message(ax, "every replicate diverged\nbefore the first probe" if series else f"'{probe}' was not probed")
        return
    if not finite.any():
        note(ax, "exactly 0 at every step")
    end_labels(ax, steps, series)


def _train_and_test(ax: Axes, steps: Steps, curves: Curves, name: str) -> Array:
    return draw_series(ax, steps, _parts(curves, name))


def _parts(curves: Curves, name: str) -> list[Series]:
    found = [
        Series(part, curves[f"{part}/{name}"], colour, width)
        for part, colour, width in PARTS
        if f"{part}/{name}" in curves
    ]
    return [s for s in found if np.isfinite(s.values).any()]


def _near(ax: Axes, drawn: Array, series: list[Series]) -> Array:
    """What is drawn (lines, T) without what lies FAR beyond where the medians start and end: a mark says that some does.

    An explosion on the way, or that of a few replicates, would press all else into a stripe.
    """
    most = FAR * max((held(quantiles(s.values, (0.5,))[0]) for s in series), default=0.0)
    beyond = drawn > most
    if most == 0 or not beyond.any():
        return drawn
    aside(ax, "▲ beyond the axis")
    return np.where(beyond, np.nan, drawn)


def held(line: Array) -> float:
    """The larger of the first and the last value of a line (T,), as far as these are finite: what diverged has no last one."""
    return float(max((x for x in (line[0], line[-1]) if np.isfinite(x)), default=0.0))


def _finish(ax: Axes, steps: Steps, curves: Curves, name: str, baseline: float | None) -> None:
    step_axis(ax, steps)
    series = _parts(curves, name)
    if not series:
        message(ax, f"{name} was not probed,\nor no replicate has a finite one")
        return
    if baseline is not None:
        dashed: dict[str, Any] = {"color": GREY, "dashes": (4, 3), "linewidth": 1}
        ax.add_artist(Line2D([0, 1], [baseline] * 2, transform=ax.get_yaxis_transform(), **dashed))
        series.append(Series("guess", np.full((len(steps), 1), baseline), SOFT))
    end_labels(ax, steps, series)


def final_chart(ax: Axes, curves: Curves) -> None:
    """The last score (or loss, if that is all there is) of every replicate, in order: what there is without weights."""
    name = next((n for n in ("accuracy", "r2", "loss") for part, *_ in PARTS if f"{part}/{n}" in curves), "loss")
    ax.set_title(f"Final {name.replace('r2', 'R²')} of every replicate")
    ax.grid(True, axis="y")
    series = [s._replace(values=np.sort(s.values[-1:].T, axis=0)) for s in _parts(curves, name)]
    for s in series:
        ax.add_artist(Line2D(np.arange(1, len(s.values) + 1), s.values, color=s.colour, linestyle="", marker="o"))
    if not series or not any(np.isfinite(s.values).any() for s in series):
        message(ax, "no replicate has a finite one")
        return
    value_axis(ax, np.concatenate([s.values.T for s in series]))
    R = len(series[0].values)
    set_ticks(
        ax.xaxis,
        [1, R] if R > 1 else [1],
        ["worst" if name in SCORES else "best", "best" if name in SCORES else "worst"][:R],
    )
    ax.set_xlim(0.3, R + 0.7)
    ax.set(xlabel="replicates in order", ylabel=SCORES[name][1] if name in SCORES else "loss J")
    key(ax, [(s.label, s.colour) for s in series])


def final_words(curves: Curves) -> str:
    """What came out at the last probe step, in numbers: medians over the replicates that are left."""
    words = []
    for name, word in (("accuracy", "accuracy"), ("r2", "R²"), ("loss", "loss")):
        for part in ("test", "train"):
            last = quantiles(curves[f"{part}/{name}"][-1:], (0.5,))[0, 0] if f"{part}/{name}" in curves else np.nan
            if np.isfinite(last):
                words.append(f"{part} {word} {last:.3g}".replace("-", "\N{MINUS SIGN}"))
                break
    return " · ".join(words)


def last_words(curves: Curves, t: int, replicate: int) -> str:
    """Training loss and test score of one replicate at the t-th probe step, as far as they were probed."""
    words = []
    for name in ("train/loss", "test/accuracy", "test/r2"):
        value = curves[name][t, replicate] if name in curves else np.nan
        if np.isfinite(value):
            words.append(f" · {name.replace('/', ' ').replace('r2', 'R²')} {value:.3g}".replace("-", "\N{MINUS SIGN}"))
    return "".join(words)
