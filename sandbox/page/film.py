"""A film of one run, or of two side by side: the stage of the page for slides, as MP4 or GIF.

The networks are trained again from their recorded start, as `replay` does, so that there is a picture at as many steps as
the film has; what was recorded says whether it is the same training.
"""

import logging
import math
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap

from sandbox import tracking
from sandbox.config.compose import from_yaml
from sandbox.config.schema import RunConfig
from sandbox.nn.descent import gradient_descent, probe_steps
from sandbox.nn.engines import reference
from sandbox.nn.network import Parameters, cost, forward
from sandbox.page.stage import alone
from sandbox.plotting.canvas.style import (
    BLUE,
    CLASSES,
    CYCLE,
    INK,
    MARKERS,
    ORANGE,
    SOFT,
    Pixels,
    blank,
    pixels,
    styled,
)
from sandbox.system.arrays import Array
from sandbox.system.errors import InputError
from sandbox.tracking import Store
from sandbox.trial.build import Setup
from sandbox.trial.outcome import Outcome

logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # of fonts for formulas, which it does without

WIDTH, HEIGHT = 12.8, 7.2  # inches at 100 dots
GRID = 120  # points a side of the field
SAME = 1e-4  # relative: beyond it the training shown is no longer the one recorded
TINTS = (BLUE, ORANGE)
FIELD = LinearSegmentedColormap.from_list("field", (BLUE, "#F7F5EF", ORANGE))


@dataclass(frozen=True)
class Reel:
    """One network's training: its parameters and costs at the film's steps, and the run it is from."""

    name: str
    setup: Setup
    steps: tuple[int, ...]
    frames: tuple[Parameters, ...]
    train: Array  # (T,)
    test: Array  # (T,), empty where nothing is tested
    same: bool  # whether its costs are those recorded

    @property
    def plane(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The sides of the plane that its samples lie in, with a margin."""
        X = np.concatenate([self.setup.data.X, self.setup.data.X_test], axis=1)
        low, high = X.min(axis=1), X.max(axis=1)
        margin = 0.1 * (high - low)
        (left, bottom), (right, top) = low - margin, high + margin
        return (float(left), float(right)), (float(bottom), float(top))


def reel_of(store: Store, run_id: str, number: int, count: int) -> Reel:
    """Network `number` of a run, trained again. Raises InputError where it cannot be, or where it has no plane to show."""
    run = tracking.fetch_run(store, run_id)
    config = from_yaml(tracking.config_of(store, run))
    return trained_again(run.name, config, tracking.history_of(store, run), number, count)


def trained_again(name: str, config: RunConfig, recorded: Outcome, number: int, count: int) -> Reel:
    """Network `number` of a run with that outcome. Raises InputError as `reel_of`."""
    if not 0 <= number < config.replicates:
        raise InputError(f"--network: expected 0 to {config.replicates - 1}, got {number}")
    setup = alone(config, number)
    data, network = setup.data, setup.network
    if data.X.shape[0] != 2 or data.Y.shape[0] != 1:
        raise InputError(
            f"film: expected a run on two inputs with one output, got {data.X.shape[0]} and {data.Y.shape[0]} of {name}"
        )
    steps = tuple(sorted({*probe_steps(config.steps, count), *setup.steps}))
    told = gradient_descent(network, setup.start, data.X, data.Y, config.learning_rate, steps, reference.advance)
    frames = tuple(parameters for _, parameters in told)
    with np.errstate(over="ignore", invalid="ignore"):
        train = np.array([cost(network, forward(network, p, data.X), data.Y)[0] for p in frames])
        tested = frames if data.X_test.shape[1] else ()
        test = np.array([cost(network, forward(network, p, data.X_test), data.Y_test)[0] for p in tested])
    return Reel(name, setup, steps, frames, train, test, _same(recorded, steps, train, number))


def _same(history: Outcome, steps: Sequence[int], train: Array, number: int) -> bool:
    if "train/loss" not in history.curves:
        return False
    here = train[np.searchsorted(steps, history.steps)]
    return bool(np.allclose(here, history.curves["train/loss"][:, number], rtol=SAME, equal_nan=True))


@styled
def pictures(reels: Sequence[Reel], count: int) -> Iterator[Pixels]:
    """The film's pictures, evenly on a log axis of steps."""
    figure = blank(WIDTH, HEIGHT)
    grid = figure.add_gridspec(2, 2 * len(reels), height_ratios=(3, 1), width_ratios=[1.6, 1] * len(reels))
    title = figure.suptitle("", fontsize=18, color=INK)
    parts = [
        _Part(figure.add_subplot(grid[0, 2 * k]), figure.add_subplot(grid[0, 2 * k + 1]), reel)
        for k, reel in enumerate(reels)
    ]
    cursor = _costs(figure.add_subplot(grid[1, :]), reels)
    figure.tight_layout(rect=(0, 0, 1, 0.97))
    last = max(reel.steps[-1] for reel in reels)
    for share in np.linspace(0, 1, count):
        step = round(math.expm1(share * math.log1p(last)))
        title.set_text(f"step {step:,}")
        cursor.set_xdata([step, step])
        for part in parts:
            part.show(step)
        yield pixels(figure)


class _Part:
    """One network: its field with the lines of its units, and their ways through (w1, w2)."""

    def __init__(self, field: Axes, paths: Axes, reel: Reel) -> None:
        self.reel, data = reel, reel.setup.data
        (left, right), (bottom, top) = reel.plane
        x, y = np.meshgrid(np.linspace(left, right, GRID), np.linspace(bottom, top, GRID))
        self.points = np.stack([x.ravel(), y.ravel()])
        middle = 0.5 if data.kind == "binary" else float(data.Y.mean())
        reach = 0.5 if data.kind == "binary" else float(np.ptp(data.Y)) / 2
        self.image = field.imshow(
            np.zeros((GRID, GRID)),
            cmap=FIELD,
            vmin=middle - reach,
            vmax=middle + reach,
            alpha=0.8,
            origin="lower",
            extent=(left, right, bottom, top),
            aspect="auto",
        )
        for k, kind in enumerate(np.unique(middle < data.Y)):
            chosen = (data.Y[0] > middle) == kind
            x1, x2 = data.X[:, chosen]
            field.scatter(x1, x2, s=16, color=CLASSES[k], marker=MARKERS[k], edgecolor="white", linewidth=0.5)
        self.lines = LineCollection([], linewidths=2, colors=CYCLE)
        field.add_collection(self.lines)
        field.set(xlim=(left, right), ylim=(bottom, top), xticks=[], yticks=[])
        note = "" if reel.same else "  (parts from the record: chaotic training)"
        field.set_title(f"{reel.name}{note}", fontsize=9, color=INK, wrap=True)
        self.weights = np.stack([frame[0].weights[0] for frame in reel.frames])  # (T, n, 2)
        reach_w = np.nanmax(np.abs(np.where(np.isfinite(self.weights), self.weights, np.nan)), initial=1e-3) * 1.08
        self.ways = [paths.plot([], [], color=CYCLE[i % len(CYCLE)], lw=1.5)[0] for i in range(self.weights.shape[1])]
        w1, w2 = self.weights[0].T
        self.now = paths.scatter(
            w1, w2, s=40, c=[CYCLE[i % len(CYCLE)] for i in range(self.weights.shape[1])], zorder=3
        )
        paths.set(xlim=(-reach_w, reach_w), ylim=(-reach_w, reach_w), xticks=[0], yticks=[0], xlabel="w1", ylabel="w2")
        paths.set_title("its units' weights", fontsize=9, color=SOFT)

    def show(self, step: int) -> None:
        reel = self.reel
        t = max(0, int(np.searchsorted(reel.steps, step, side="right")) - 1)
        parameters = reel.frames[t]
        with np.errstate(over="ignore", invalid="ignore"):
            prediction = forward(reel.setup.network, parameters, self.points).activations[-1]
        self.image.set_data(prediction.reshape(GRID, GRID))
        self.lines.set_segments(_unit_lines(parameters, reel.plane))
        for i, way in enumerate(self.ways):
            way.set_data(*self.weights[: t + 1, i].T)
        self.now.set_offsets(self.weights[t])


def _unit_lines(parameters: Parameters, plane: Any) -> list[Array]:
    """Where z = 0 for each unit of the first hidden layer, long enough for the plane; nothing for a unit without weights."""
    W, b = parameters[0].weights[0], parameters[0].bias[0, :, 0]
    centre, far = np.array([np.mean(side) for side in plane]), math.hypot(*(high - low for low, high in plane))
    lines = []
    for w, bias in zip(W, b, strict=True):
        size = float(np.hypot(*w))
        if size > 1e-9 and np.isfinite(size):
            foot = centre - (w @ centre + bias) / size**2 * w
            along = far * np.array([-w[1], w[0]]) / size
            lines.append(np.array([foot - along, foot + along]))
    return lines


def _costs(axes: Axes, reels: Sequence[Reel]) -> Any:
    """Costs against steps, and the cursor that says where we are."""
    for tint, reel in zip(TINTS, reels, strict=False):
        axes.plot(reel.steps, reel.train, color=tint, label=f"training cost: {reel.name}")
        if len(reel.test):
            axes.plot(reel.steps, reel.test, color=tint, ls="--", lw=1, label="test cost")
    axes.set_xscale("symlog", linthresh=1)
    axes.set(xlim=(0, max(reel.steps[-1] for reel in reels)), xlabel="step", ylabel="J")
    axes.legend(fontsize=7, loc="upper right", frameon=False)
    return axes.axvline(0, color=INK, lw=1.2)


def write_film(frames: Iterator[Pixels], path: Path, rate: int) -> None:
    """Encode as the path's ending says. Raises InputError where the encoder is missing, or the path cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.stem}.partial{path.suffix}")
        _gif(frames, partial, rate) if path.suffix == ".gif" else _mp4(frames, partial, rate)
        shutil.move(partial, path)
    except OSError as problem:
        raise InputError(f"--output: expected a file that can be written, got {path} ({problem.strerror})") from None


def _gif(frames: Iterator[Pixels], path: Path, rate: int) -> None:
    from PIL import Image

    first, *rest = [Image.fromarray(frame).quantize(128) for frame in frames]
    first.save(path, save_all=True, append_images=rest, duration=1000 // rate, loop=0, optimize=True)


def _mp4(frames: Iterator[Pixels], path: Path, rate: int) -> None:
    try:
        import imageio_ffmpeg
    except ImportError:
        raise InputError(
            "film: expected an encoder for .mp4, found none; pip install -c constraints.txt -e '.[film]', or --output NAME.gif"
        ) from None
    first = next(frames)
    height, width = first.shape[:2]
    encoder = imageio_ffmpeg.write_frames(str(path), (width, height), fps=rate, macro_block_size=8, quality=8)
    encoder.send(None)
    encoder.send(np.ascontiguousarray(first))
    for frame in frames:
        encoder.send(np.ascontiguousarray(frame))
    encoder.close()
