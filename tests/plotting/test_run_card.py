"""The figures: what they draw is what was measured, and whatever was measured can be drawn."""

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from numpy.typing import NDArray
from PIL import Image

from sandbox.config.schema import DatasetConfig, InitConfig, RunConfig
from sandbox.data.datasets import Data, load
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.initialisers import initialise
from sandbox.nn.network import Network, replicate
from sandbox.nn.outputs import OUTPUTS, default_output
from sandbox.nn.probes import measure
from sandbox.plotting import run_card as card
from sandbox.plotting.canvas.axes import FAR, YLABEL, short, step_axis, value_axis
from sandbox.plotting.canvas.fast_text import Stamp, Ticker, stamp_all
from sandbox.plotting.canvas.style import CYCLE, STYLE, blank, canvas_of, pixels, readable, shades
from sandbox.plotting.charts.activations import HALF_WIDTH, activation_chart, hidden_activations
from sandbox.plotting.charts.curves import layer_chart, loss_chart
from sandbox.plotting.charts.field import frame_field
from sandbox.plotting.charts.series import Series, draw_series, quantiles, spread
from sandbox.plotting.run_card import run_card, shown_replicate, subtitle, while_any_lives
from sandbox.plotting.run_frames import boundary_frames
from sandbox.system.png import encode
from sandbox.trial.build import Setup
from sandbox.trial.outcome import Outcome
from sandbox.trial.train import trained
from tests.support.fresh import loaded_by

Array = NDArray[Any]


def rng() -> np.random.Generator:
    """One for each who asks: what a test sees must not depend on which ran before it."""
    return np.random.default_rng(0)


def data_of(kind: str, n_x: int, m: int = 40, m_test: int = 12, classes: int = 3) -> Data:
    """Random samples of any kind and size: figures care for shapes."""
    draw = rng()
    X = draw.normal(size=(n_x, m + m_test))
    names: tuple[str, ...]
    if kind == "binary":
        Y, names = (X[:1] > 0).astype(float), ("no", "yes")
    elif kind == "multiclass":
        Y, names = np.eye(classes)[:, draw.integers(classes, size=m + m_test)], tuple(f"c{k}" for k in range(classes))
    else:
        Y, names = np.sin(X[:1]), ()
    features = tuple(f"x{i}" for i in range(n_x))
    return Data("random", kind, X[:, :m], Y[:, :m], X[:, m:], Y[:, m:], features, names)  # type: ignore[arg-type]


def outcome_of(
    data: Data, hidden: tuple[str, ...] = ("tanh",), output: str = "auto", R: int = 12, T: int = 5, diverged: int = 0
) -> tuple[Outcome, Network]:
    """The curves and snapshots of networks whose weights shrink at every probe step; the last `diverged` of R diverge."""
    network = Network(
        tuple(ACTIVATIONS[name] for name in hidden), OUTPUTS[default_output(data.kind) if output == "auto" else output]
    )
    sizes = (data.X.shape[0], *[4] * len(hidden), data.Y.shape[0])
    start = initialise("normal", sizes, R, 0, 1.0)
    steps = np.unique(np.geomspace(1, 1000, T).astype(int)) - 1
    stacks = [tuple(layer._replace(weights=layer.weights * 0.8**t) for layer in start) for t in range(len(steps))]
    measured = [measure(network, stack, data) for stack in stacks]
    curves = {name: np.stack([m[name] for m in measured]) for name in measured[0]}
    ends = np.full(R, np.nan)
    if diverged:
        ends[-diverged:] = 3
        for curve in curves.values():
            curve[1:, -diverged:] = np.nan
    kept = [replicate(stack, slice(3)) for stack in stacks]
    snapshots = {}
    for l in range(len(start)):
        snapshots[f"W{l + 1}"] = np.stack([k[l].weights for k in kept]).astype(np.float32)
        snapshots[f"b{l + 1}"] = np.stack([k[l].bias for k in kept]).astype(np.float32)
    if diverged == R:
        for weights in snapshots.values():
            weights[1:] = np.nan
    return Outcome(steps, curves, {"diverged_step": ends}, snapshots), network


def image_of(png: bytes) -> Array:
    return np.asarray(Image.open(io.BytesIO(png)))


KINDS = [(kind, n_x) for kind in ("binary", "multiclass", "regression") for n_x in (1, 2, 5)]


@pytest.mark.parametrize(("kind", "n_x"), KINDS)
def test_a_card_of_any_data_has_its_size_and_six_charts(kind: str, n_x: int) -> None:
    data = data_of(kind, n_x)
    outcome, network = outcome_of(data)
    image = image_of(run_card(outcome, data, network, title="any data"))
    assert image.shape == (700, 1200, 3)
    for row in (slice(80, 340), slice(400, 660)):
        for column in range(3):
            assert (image[row, 20 + 390 * column : 390 + 390 * column] < 200).any()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_card_of_any_hidden_activation_is_drawn(name: str) -> None:
    data = data_of("binary", 2)
    outcome, network = outcome_of(data, (name, name))
    assert run_card(outcome, data, network, title=name)


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_card_of_any_output_is_drawn(name: str) -> None:
    data = data_of("multiclass" if name == "softmax" else "binary", 2)
    outcome, network = outcome_of(data, output=name)
    assert run_card(outcome, data, network, title=name)


def without_test(outcome: Outcome, data: Data) -> tuple[Outcome, Data]:
    bare = replace(data, X_test=data.X_test[:, :0], Y_test=data.Y_test[:, :0])
    return replace(
        outcome, curves={n: np.full_like(c, np.nan) if "test" in n else c for n, c in outcome.curves.items()}
    ), bare


def with_curves(change: Callable[[Array], Array]) -> Callable[[Outcome, Data], tuple[Outcome, Data]]:
    return lambda o, data: (replace(o, curves={name: change(curve) for name, curve in o.curves.items()}), data)


UGLY: dict[str, Callable[[Outcome, Data], tuple[Outcome, Data]]] = {
    "no test part": without_test,
    "no weights": lambda o, data: (replace(o, snapshots={}), data),
    "no values": lambda o, data: (replace(o, values={}), data),
    "one probe only": lambda o, data: (replace(o, curves={"train/loss": o.curves["train/loss"]}), data),
    "exactly zero": with_curves(np.zeros_like),
    "partly zero": with_curves(lambda c: np.where(np.arange(c.shape[1]) % 2, c, 0.0)),
    "all NaN": with_curves(lambda c: np.full_like(c, np.nan)),
    "infinite": with_curves(lambda c: np.where(np.arange(c.shape[1]) % 2, c, np.inf)),
    "exploding": with_curves(lambda c: c * 10.0 ** (np.arange(len(c)) * 70.0)[:, None]),
    "vanishing": with_curves(lambda c: c * 10.0 ** (-np.arange(len(c)) * 70.0)[:, None]),
    "constant features": lambda o, data: (o, replace(data, X=np.zeros_like(data.X), X_test=np.zeros_like(data.X_test))),
    "weights beyond float32": lambda o, data: (replace(o, snapshots={n: w * np.float32(1e30) for n, w in o.snapshots.items()}), data),
    "zero weights": lambda o, data: (replace(o, snapshots={n: w * 0 for n, w in o.snapshots.items()}), data),
}  # fmt: skip


@pytest.mark.parametrize("n_x", [1, 2, 5])
@pytest.mark.parametrize("case", UGLY)
def test_ugly_outcomes_are_drawn_without_a_warning(case: str, n_x: int) -> None:
    data = data_of("binary", n_x)
    outcome, network = outcome_of(data)
    outcome, data = UGLY[case](outcome, data)
    assert run_card(outcome, data, network, title=case)
    boundary_frames(outcome, data, network)


@pytest.mark.parametrize(
    ("R", "T", "depth", "diverged"),
    [(1, 1, 1, 0), (1, 5, 1, 0), (5, 5, 2, 2), (12, 1, 1, 0), (12, 5, 10, 3), (12, 5, 1, 12)],
)
def test_any_number_of_replicates_probe_steps_and_layers_is_drawn(R: int, T: int, depth: int, diverged: int) -> None:
    data = data_of("regression", 1)
    outcome, network = outcome_of(data, ("relu",) * depth, R=R, T=T, diverged=diverged)
    assert run_card(outcome, data, network, title="sizes")
    words = subtitle(outcome)
    assert words.startswith(f"{R} replicate")
    assert (f"{diverged} of {R} diverged" in words) == (diverged > 0)


def test_no_text_of_a_card_leaves_the_figure_and_every_axis_says_what_it_shows() -> None:
    data = data_of("binary", 2)
    outcome, network = outcome_of(data, ("sigmoid",) * 10)
    run_card(outcome, data, network, title="a long title " * 30)
    (paper,) = card._papers
    width, height = canvas_of(paper.figure).get_width_height()
    for text in paper.figure.findobj(Text):
        if text.get_visible() and text.get_text():
            box = text.get_window_extent()
            assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, text.get_text()
    for ax in paper.axes:
        assert ax.get_xlabel() and ax.get_ylabel() and ax.get_title(loc="left")


@pytest.mark.parametrize("name", ["c", "versicolor", "a name far too long"])
def test_the_true_classes_are_named_clear_of_their_names_whatever_was_drawn_before(name: str) -> None:
    for classes in ("malignant", name):
        data = replace(data_of("multiclass", 5), classes=tuple(f"{k}{classes}" for k in range(3)))
        outcome, network = outcome_of(data)
        run_card(outcome, data, network, title=classes)
    score, fit = card._papers[0].axes[1:3]
    label = fit.yaxis.label.get_window_extent()
    others = [*fit.yaxis.get_ticklabels(), *score.texts]
    assert label.x1 < fit.bbox.x0 and not any(label.overlaps(text.get_window_extent()) for text in others)
    plain = data_of("binary", 2)
    run_card(outcome_of(plain)[0], plain, outcome_of(plain)[1], title="nothing to stand clear of")
    assert fit.yaxis.label.get_position() == (YLABEL, 0.5)


def test_a_card_shows_nothing_of_the_one_before_it() -> None:
    first, second = data_of("binary", 2), data_of("multiclass", 5)
    outcome, network = outcome_of(second, ("relu", "relu"))
    card._papers.clear()
    fresh = run_card(outcome, second, network, title="second")
    ugly, data = UGLY["exploding"](outcome_of(first)[0], first)
    run_card(ugly, data, outcome_of(first)[1], title="first")
    assert np.array_equal(image_of(run_card(outcome, second, network, title="second")), image_of(fresh))


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_a_card_after_one_without_weights_is_as_if_it_were_the_first(kind: str) -> None:
    data = data_of(kind, 2 if kind == "binary" else 5)
    outcome, network = outcome_of(data)
    card._papers.clear()
    fresh = run_card(outcome, data, network, title="second")
    losses = {"train/loss": outcome.curves["train/loss"] * 10.0 ** -np.arange(outcome.curves["train/loss"].shape[1])}
    run_card(replace(outcome, snapshots={}, curves=losses), data, network, title="first")  # final losses on a log axis
    assert np.array_equal(image_of(run_card(outcome, data, network, title="second")), image_of(fresh))


def test_drawing_leaves_the_callers_settings_and_pyplot_alone() -> None:
    before = dict(mpl.rcParams)
    data = data_of("binary", 2)
    outcome, network = outcome_of(data)
    run_card(outcome, data, network, title="settings")
    assert dict(mpl.rcParams) == before
    for module in ("sandbox.plotting.run_card", "sandbox.plotting.run_frames"):
        assert not {"matplotlib.pyplot", "mlflow", "hydra", "pandas"} & loaded_by(module)


# --- what is drawn is what was measured -------------------------------------------------------------------------------


@pytest.mark.parametrize("R", [1, 2, 9, 20])
def test_quantiles_are_those_of_numpy_over_the_replicates_that_are_left(R: int) -> None:
    curve = rng().normal(size=(6, R))
    curve[2:, : R // 2] = np.nan
    levels = (0.1, 0.25, 0.5, 0.9)
    np.testing.assert_allclose(quantiles(curve, levels), np.nanquantile(curve, levels, axis=1), rtol=1e-12)
    assert np.isnan(quantiles(np.full((2, 3), np.nan), (0.5,))).all()


def test_the_line_is_the_median_and_the_band_contains_it() -> None:
    ax = blank(4, 3).add_axes((0, 0, 1, 1))
    steps, values = np.arange(5), rng().normal(size=(5, 20))
    draw_series(ax, steps, [Series("train", values, "C0")])
    (line,) = ax.lines
    np.testing.assert_allclose(np.asarray(line.get_ydata(), float), np.nanmedian(values, axis=1), rtol=1e-12)
    (band,) = (artist for artist in ax.collections if isinstance(artist, PolyCollection))
    outline = np.asarray(band.get_paths()[0].vertices)
    for step, middle in zip(steps, np.asarray(line.get_ydata()), strict=True):
        ends = outline[outline[:, 0] == step, 1]
        assert ends.min() <= middle <= ends.max()


def test_few_replicates_are_drawn_one_by_one() -> None:
    ax = blank(4, 3).add_axes((0, 0, 1, 1))
    values = rng().normal(size=(5, 3))
    draw_series(ax, np.arange(5), [Series("train", values, "C0")])
    thin = np.asarray(ax.lines[0].get_ydata())
    np.testing.assert_array_equal(thin[np.isfinite(thin)], values.T.ravel())
    assert not ax.collections


def test_every_layer_has_a_line_and_a_name_and_no_two_names_touch() -> None:
    figure = blank(5, 4)
    ax = figure.add_axes((0.1, 0.1, 0.7, 0.8))
    curves = {f"slope/layer{l}": np.full((4, 9), 0.2) for l in range(1, 11)}
    layer_chart(ax, np.array([0, 1, 10, 100]), curves, "slope", "Slopes", "mean slope")
    assert [line.get_label() for line in ax.lines] == [f"layer {l}" for l in range(1, 11)]
    stamp_all(figure)
    boxes = [text.get_window_extent() for text in ax.texts if text.get_text().startswith("layer")]
    assert [text.get_text() for text in ax.texts] == [f"layer {l}" for l in (1, 3, 5, 6, 8, 10)]  # and colours between
    (leaders,) = (artist for artist in ax.collections if isinstance(artist, LineCollection))
    assert len({tuple(line[0]) for line in leaders.get_segments()}) == 1  # from where all of the lines end
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_labels_are_moved_apart_in_order_and_no_farther_than_needed() -> None:
    assert spread([0.2, 0.8], 0.1) == [0.2, 0.8]
    np.testing.assert_allclose(spread([0.5, 0.57], 0.1), [0.485, 0.585])
    np.testing.assert_allclose(spread([1.0, 1.0, 1.0], 0.1), [1.0, 0.9, 0.8])  # (nearly) equal ones: the first on top


def test_diverged_replicates_are_marked_at_their_steps() -> None:
    ax = blank(4, 3).add_axes((0, 0, 1, 1))
    loss = rng().uniform(1, 2, size=(4, 3))
    loss_chart(ax, np.array([0, 1, 10, 100]), {"train/loss": loss}, diverged=np.array([np.nan, 7.0, 70.0]))
    (marks,) = (line for line in ax.lines if line.get_marker() == "x")
    np.testing.assert_array_equal(np.asarray(marks.get_xdata()), [7, 70])


@pytest.mark.parametrize(("height", "leaves"), [(1.0, False), (1e3, True), (1e300, True)])
def test_the_few_that_explode_leave_the_axis_to_the_others_and_a_mark_says_so(height: float, leaves: bool) -> None:
    loss = rng().uniform(0.5, 1, size=(4, 20))
    loss[2, :5] = height
    loss_chart(ax := blank(4, 3).add_axes((0, 0, 1, 1)), np.array([0, 1, 10, 100]), {"train/loss": loss})
    assert 1.0 < ax.get_ylim()[1] < FAR
    assert any(text.get_text() == "▲ beyond the axis" for text in ax.texts) == leaves


@pytest.mark.parametrize("name", ["relu", "tanh"])
def test_activations_that_are_exactly_zero_are_counted_in_words_and_not_in_the_violins(name: str) -> None:
    data = data_of("binary", 2)
    outcome, network = outcome_of(data, (name,), R=3)
    ax = blank(4, 3).add_axes((0, 0, 1, 1))
    activation_chart(ax, network, outcome.snapshots, len(outcome.steps) - 1, data.X)
    texts = [text.get_text() for text in ax.texts if "exactly 0" in text.get_text()]
    halves = [np.asarray(half.get_paths()[0].vertices) for half in ax.collections if isinstance(half, PolyCollection)]
    for t, outline, i in zip((0, -1), halves, (0, 1), strict=True):
        (a,) = hidden_activations(network, outcome.snapshots, t, data.X)
        low, high = np.quantile(a[a != 0], (0.3, 0.7))
        around = np.abs(outline[(low <= outline[:, 1]) & (outline[:, 1] <= high), 0] - 1).max()
        assert around > HALF_WIDTH / 3  # not the hairline that they are beside a bar of zeros
        assert texts[i : i + 1] == ([f"{100 * np.mean(a == 0):.3g} % exactly 0"] if name == "relu" else [])


def test_saturation_that_grows_is_seen_to_grow() -> None:
    data = data_of("binary", 2)
    outcome, network = outcome_of(data, ("tanh",), R=3)
    grown = {name: np.stack([0.1 * w[0], 50 * w[0]]) for name, w in outcome.snapshots.items()}
    ax = blank(4, 3).add_axes((0, 0, 1, 1))
    activation_chart(ax, network, grown, 1, data.X)
    halves = [np.asarray(half.get_paths()[0].vertices) for half in ax.collections if isinstance(half, PolyCollection)]
    start, end = (np.abs(half[np.abs(half[:, 1]) > 0.95, 0] - 1).max(initial=0.0) for half in halves)
    assert start < 0.01 and end > HALF_WIDTH / 2
    shares = [float(text.get_text().split()[0]) for text in ax.texts if "saturated" in text.get_text()]
    assert shares[0] == 0 and shares[1] > 50


@pytest.mark.parametrize(("kind", "said"), [("gradient", "2 of 3 stand still"), ("slope", "2 of 3 dead")])
def test_networks_that_learn_nothing_more_are_counted(kind: str, said: str) -> None:
    curves = {"train/loss": np.ones((2, 3)), f"{kind}/layer1": np.array([[1.0, 1, 1], [0, 0, 1]])}
    assert said in subtitle(Outcome(np.array([0, 1]), curves))
    curves[f"{kind}/layer1"][-1] = 1.0
    assert said not in subtitle(Outcome(np.array([0, 1]), curves))


def test_the_network_that_is_drawn_is_the_stored_one_nearest_the_median_of_all() -> None:
    loss = np.array([[9.0, 9, 9, 9, 9], [0.1, 5, 1.1, 1.2, 1.0]])
    snapshots = {"W1": np.zeros((2, 3, 1, 1), np.float32)}
    outcome = Outcome(np.array([0, 1]), {"train/loss": loss}, snapshots=snapshots)
    assert shown_replicate(outcome) == 2
    assert shown_replicate(outcome, comparable=2) == 0  # the third one has other data
    loss[-1, 2] = np.nan
    assert shown_replicate(outcome) == 0


def test_steps_on_which_no_replicate_is_left_take_no_room() -> None:
    loss = np.full((6, 2), np.nan)
    loss[:2] = 1.0
    outcome = Outcome(np.array([0, 1, 8, 100, 1000, 2000]), {"train/loss": loss})
    assert list(while_any_lives(outcome).steps) == [0, 1, 8]
    loss[-1, 0] = 1.0
    assert while_any_lives(outcome) is outcome


# --- axes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [[0], [5], [0, 1], [0, 1, 10, 100000], [1000, 1500, 2000]])
def test_the_step_axis_shows_every_step_and_at_least_two_ticks(steps: list[int]) -> None:
    ax = blank(4, 3).add_axes((0, 0, 1, 1))
    step_axis(ax, np.array(steps))
    low, high = ax.get_xlim()
    assert low <= steps[0] and steps[-1] <= high
    assert sum(low <= tick <= high for tick in ax.get_xticks()) >= 2


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ([0.5, 0.7], "linear"),
        ([-1, 500], "linear"),
        ([1e-6, 1], "log"),
        ([0, 1e-6, 1], "symlog"),
        ([0, 0], "linear"),
        ([], "linear"),
    ],
)
def test_the_value_axis_finds_its_scale_and_holds_all_values(values: list[float], scale: str) -> None:
    ax = blank(4, 3).add_axes((0, 0, 1, 1))
    value_axis(ax, np.array(values, float)[:, None])
    assert ax.get_yscale() == scale
    low, high = ax.get_ylim()
    assert all(low <= value <= high for value in values)
    assert len(ax.get_yticks()) >= 2


@pytest.mark.parametrize(
    ("x", "label"),
    [(-0.0, "0"), (0.25, "0.25"), (-2, "\N{MINUS SIGN}2"), (1e4, "10⁴"), (2e-5, "2·10⁻⁵"), (1000, "1000")],
)
def test_numbers_are_short(x: float, label: str) -> None:
    assert short(x) == label


# --- frames, pixels and style -----------------------------------------------------------------------------------------


def test_frames_are_pictures_in_the_order_of_their_steps_from_first_to_last() -> None:
    data = data_of("multiclass", 2)
    outcome, network = outcome_of(data, T=20)
    frames = boundary_frames(outcome, data, network, title="a title", count=9)
    steps = [step for step, _ in frames]
    assert steps == sorted(set(steps)) and len(steps) == 9
    assert (steps[0], steps[-1]) == (outcome.steps[0], outcome.steps[-1])
    assert all(image.shape == (400, 480, 3) and image.dtype == np.uint8 for _, image in frames)
    assert not np.array_equal(frames[0][1], frames[-1][1])


def test_a_frame_does_not_depend_on_those_before_it() -> None:
    data = data_of("binary", 2)
    outcome, network = outcome_of(data)
    both, alone = boundary_frames(outcome, data, network), boundary_frames(outcome, data, network, count=2)
    assert np.array_equal(both[-1][1], alone[-1][1])


def test_frames_do_not_depend_on_the_run_before_on_the_same_data_or_others() -> None:
    data, other = data_of("binary", 2), data_of("regression", 2)
    outcome, network = outcome_of(data)
    first = boundary_frames(outcome, data, network, title="one")
    seen, regressor = outcome_of(other)
    boundary_frames(seen, other, regressor, title="another")
    differing = boundary_frames(outcome, data, network, title="two")
    again = boundary_frames(outcome, data, network, title="one")
    assert not np.array_equal(first[0][1], differing[0][1])
    for (_, before), (_, after) in zip(first, again, strict=True):
        np.testing.assert_array_equal(before, after)


def test_there_are_no_frames_without_weights_and_none_for_many_inputs() -> None:
    data = data_of("binary", 5)
    outcome, network = outcome_of(data)
    assert boundary_frames(outcome, data, network) == []
    flat = data_of("binary", 2)
    assert boundary_frames(replace(outcome_of(flat)[0], snapshots={}), flat, network) == []


def test_the_png_holds_the_very_pixels() -> None:
    image = rng().integers(0, 256, size=(37, 53, 3), dtype=np.uint8)
    np.testing.assert_array_equal(image_of(encode(image)), image)


@pytest.mark.parametrize("va", ["top", "baseline"])
def test_a_line_put_together_from_pieces_looks_like_one_in_one_piece(va: str) -> None:
    def drawn(kind: type[Stamp]) -> Array:
        figure = blank(5, 1)
        line = kind(0.02, 0.5, "step 1000 · train loss 0.0968, 20 replicates", fontsize=10, color="#222222", va=va)
        figure.add_artist(line)
        image = pixels(figure).astype(int)
        assert line.get_text().startswith("step") and line.get_position() == (0.02, 0.5)
        return 255 - image[..., 0]

    whole, pieces = drawn(Stamp), drawn(Ticker)
    rows = [np.flatnonzero(image.sum(axis=1)) for image in (whole, pieces)]
    columns = [np.flatnonzero(image.sum(axis=0)) for image in (whole, pieces)]
    assert abs(rows[0][0] - rows[1][0]) <= 1 and abs(rows[0][-1] - rows[1][-1]) <= 1
    assert abs(columns[0][0] - columns[1][0]) <= 1 and abs(columns[0][-1] - columns[1][-1]) <= 6
    assert abs(pieces.sum() / whole.sum() - 1) < 0.03


def test_a_stamped_text_looks_as_it_did_before() -> None:
    def drawn(stamped: bool) -> Array:
        figure = blank(3, 1)
        figure.text(20 / 300, 0.5, "mean slope g'(z) 10⁻⁴", fontsize=9, color=CYCLE[0], va="center")
        if stamped:
            return pixels(figure).astype(int)
        canvas_of(figure).draw()
        return np.asarray(canvas_of(figure).buffer_rgba())[..., :3].astype(int)

    before, after = drawn(False), drawn(True)
    assert (before < 250).any()
    # blending an image rounds once more than blending glyphs; both place text on whole pixels
    assert np.abs(before - after).max() <= 8


def test_all_colours_are_those_of_the_style_file() -> None:
    assert [f"#{colour.lstrip('#')}" for colour in STYLE["axes.prop_cycle"].by_key()["color"]] == CYCLE
    assert len(set(CYCLE)) == 8


@pytest.mark.parametrize("colour", [*CYCLE, *shades(7), "white", "black"])
def test_text_of_any_colour_is_readable_on_white_and_no_darker_than_need_be(colour: Any) -> None:
    def contrast(rgb: Any) -> float:
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(rgb)]
        return 1.05 / (0.05 + float(np.dot((0.2126, 0.7152, 0.0722), linear)))

    assert contrast(readable(colour)) == pytest.approx(max(4.5, contrast(colour)), rel=1e-6)


def test_a_figure_of_ours_can_still_be_saved_as_anything() -> None:
    figure = blank(3, 2)
    figure.text(0.5, 0.5, "vector")
    stamp_all(figure)
    for kind in ("svg", "pdf"):
        buffer = io.BytesIO()
        figure.savefig(buffer, format=kind)
        assert buffer.tell() > 500
    assert isinstance(figure, Figure)


def test_an_axis_says_that_its_values_are_standardised() -> None:
    for standardise, name in ((True, "x1 (standardised)"), (False, "x1")):
        data = load("moons", standardise=standardise)
        ax = blank(4.0, 4.0).add_subplot()
        frame_field(ax, data)
        assert ax.get_xlabel() == name


@pytest.mark.parametrize(
    ("samples", "init", "held"), [(100, "zero", True), (101, "zero", False), (100, "normal", False)]
)
def test_a_card_says_where_balanced_labels_hold_zero_weights_still(samples: int, init: str, held: bool) -> None:
    config = RunConfig(
        activation="sigmoid", steps=5, replicates=2, init=InitConfig(init), dataset=DatasetConfig(samples=samples)
    )
    setup = Setup(config)
    words = subtitle(trained(setup), setup.data)
    assert ("zero weights, 37 labels of each kind" in words) == held
