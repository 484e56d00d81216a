"""The card of a run: one figure that shows what its networks did."""

from dataclasses import dataclass, replace
from threading import Lock

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sandbox.data.datasets import Data
from sandbox.nn.network import Network
from sandbox.nn.outputs import constant_loss
from sandbox.plotting.canvas.axes import YLABEL, clear, message
from sandbox.plotting.canvas.style import blank, heading, png, styled
from sandbox.plotting.charts.activations import activation_chart
from sandbox.plotting.charts.curves import final_chart, final_words, layer_chart, loss_chart, score_chart
from sandbox.plotting.charts.fits import fit_chart
from sandbox.plotting.charts.series import FEW
from sandbox.plotting.charts.snapshots import last_finite, middle_replicate, parameters_at
from sandbox.trial.outcome import Outcome

LEFT, WIDTH, NEXT = (
    0.062,
    0.222,
    0.327,
)  # of the panels, in parts of the figure; right of each there are its line labels
BOTTOM, HEIGHT, ABOVE = 0.083, 0.305, 0.448


@dataclass(frozen=True)
class Paper:
    """A figure kept for the next card: making its axes takes as long as drawing them."""

    figure: Figure
    axes: tuple[Axes, ...]
    lock: Lock


_papers: list[Paper] = []


@styled
def run_card(
    outcome: Outcome,
    data: Data,
    network: Network,
    *,
    title: str,
    replicate: int | None = None,
    comparable: int | None = None,
) -> bytes:
    """A PNG of 1200 x 700 pixels: loss, score, what a replicate has learned, slopes, gradients, activations.

    `title` is the arm in words; `replicate` the one (of those stored) whose network is drawn: by default that nearest the
    median, of the first `comparable`, which are those of the first draw of the data.
    """
    paper = _paper()
    with paper.lock:
        draw_card(paper.axes, outcome, data, network, replicate, comparable)
        heading(paper.figure, title, subtitle(outcome, data))
        return png(paper.figure)


def draw_card(
    axes: tuple[Axes, ...],
    outcome: Outcome,
    data: Data,
    network: Network,
    replicate: int | None = None,
    comparable: int | None = None,
) -> None:
    """The six charts of a card, on the six axes given."""
    outcome = while_any_lives(outcome)
    chosen = shown_replicate(outcome, comparable) if replicate is None else replicate
    whose = whose_network(outcome, comparable) if replicate is None else f"replicate {replicate}"
    loss, score, fit, slope, gradient, activation = axes
    for ax in axes:
        clear(ax)
    fit.yaxis.set_label_coords(YLABEL, 0.5)  # it moves away from the names of classes
    steps, curves = outcome.steps, outcome.curves
    diverged = outcome.values.get("diverged_step")
    loss_chart(loss, steps, curves, network.output.unit, float(constant_loss(network.output, data.Y)), diverged)
    score_chart(score, steps, curves, constant_score(data))
    if network.hidden:
        layer_chart(slope, steps, curves, "slope", "Slope of each hidden layer", "mean slope g'(z)")
    else:
        slope.set_title("Slope of each hidden layer")
        message(slope, "no hidden layer")
    layer_chart(gradient, steps, curves, "gradient", "Gradient of each layer", "Frobenius norm of dJ/dW")
    _draw_fit(fit, outcome, data, network, chosen, whose)
    activation.set_title("Activations")
    activation.grid(True, axis="y")
    last = last_finite(outcome.snapshots, chosen)
    if not network.hidden:
        message(activation, "no hidden layer")
    elif last is None:
        message(
            activation,
            "it diverged before the first probe"
            if outcome.snapshots
            else "no weights were stored\n(probes.snapshots=0)",
        )
    else:
        activation_chart(activation, network, outcome.snapshots, last, data.X)


def _draw_fit(ax: Axes, outcome: Outcome, data: Data, network: Network, replicate: int, whose: str) -> None:
    last = last_finite(outcome.snapshots, replicate)
    if last is None:
        final_chart(ax, outcome.curves)
        return
    if last < len(outcome.steps) - 1:
        whose = ", ".join(filter(None, [whose, f"step {outcome.steps[last]}"]))
    fit_chart(ax, network, parameters_at(outcome.snapshots, last, replicate), data, whose)


def subtitle(outcome: Outcome, data: Data | None = None) -> str:
    """How many replicates, how they are drawn, what became of them, what came out, and why zero weights could not move."""
    R = next(iter(outcome.curves.values())).shape[1]
    shown = "" if R == 1 else "line: median, thin: each" if R <= FEW else "line: median, band: 10-90 %"
    words = [f"{R} replicate{'s' * (R > 1)}" + (f" ({shown})" if shown else "")]
    ends = outcome.values.get("diverged_step", np.empty(0))
    ends = ends[np.isfinite(ends)]
    if len(ends):
        words.append(f"{len(ends)} of {R} diverged (×), the first at step {int(ends.min())}")
    words += standstill(outcome)
    words += [final] if (final := final_words(outcome.curves)) else []
    held = held_by_balance(outcome, data) if data else ""
    return "  ·  ".join([*words, held or "dashed: a constant guess"])


def standstill(outcome: Outcome) -> list[str]:
    """How many networks will never change again: every gradient is exactly 0 at the last probe step; and how many units are dead."""
    R = next(iter(outcome.curves.values())).shape[1]
    gradients = [curve[-1] for name, curve in outcome.curves.items() if name.startswith("gradient/layer")]
    still = int(np.all([gradient == 0 for gradient in gradients], axis=0).sum()) if gradients else 0
    slopes = [curve[-1] for name, curve in outcome.curves.items() if name.startswith("slope/layer")]
    dead = int(np.any([slope == 0 for slope in slopes], axis=0).sum()) if slopes else 0
    if dead:
        return [f"{dead} of {R} dead: all slopes of a layer are 0"]
    return [f"{still} of {R} stand still: all gradients are 0"] if still else []


def while_any_lives(outcome: Outcome) -> Outcome:
    """The outcome up to the first probe step at which no replicate is left: an axis of empty steps tells nothing."""
    alive = [np.isfinite(curve).any(axis=1) for curve in outcome.curves.values()]
    last = int(np.flatnonzero(np.any(alive, axis=0)).max(initial=0)) if alive else len(outcome.steps) - 1
    until = min(last + 2, len(outcome.steps))
    if until == len(outcome.steps):
        return outcome
    curves = {name: curve[:until] for name, curve in outcome.curves.items()}
    snapshots = {name: stored[:until] for name, stored in outcome.snapshots.items()}
    return replace(outcome, steps=outcome.steps[:until], curves=curves, snapshots=snapshots)


def shown_replicate(outcome: Outcome, comparable: int | None = None) -> int:
    """Which of the stored replicates is drawn: the one nearest the median, of those that have the first draw of the data."""
    return middle_replicate(outcome.curves, _stored(outcome, comparable))


def whose_network(outcome: Outcome, comparable: int | None = None) -> str:
    """What is to be said of the network that is drawn; nothing where there is but one."""
    R, K = next(iter(outcome.curves.values())).shape[1], _stored(outcome, comparable)
    return "" if R == 1 else "median network" if K > 1 else "first network"


def _stored(outcome: Outcome, comparable: int | None) -> int:
    K = next((w.shape[1] for w in outcome.snapshots.values()), 1)
    return min(K, comparable or K)


def held_by_balance(outcome: Outcome, data: Data) -> str:
    """Zero weights have no gradient where labels balance, whatever the activation; "" for other weights and labels."""
    starts = [weights[0] for name, weights in outcome.snapshots.items() if name.startswith("W")]
    zero = len(starts) > 1 and not any(start.any() for start in starts)
    if not zero or data.kind != "binary" or (half := int(data.Y.sum())) * 2 != data.Y.shape[1]:
        return ""
    return f"zero weights, {half} labels of each kind"


def constant_score(data: Data) -> float:
    """The training score of always predicting the commonest class, or the mean label (R2 = 0)."""
    if data.kind == "regression":
        return 0.0
    share = data.Y.mean(axis=1)
    return float(max(share[0], 1 - share[0]) if data.kind == "binary" else share.max())


def _paper() -> Paper:
    if not _papers:
        figure = blank(12, 7)
        places = [(LEFT + NEXT * column, BOTTOM + ABOVE * row) for row in (1, 0) for column in range(3)]
        axes = tuple(figure.add_axes((x, y, WIDTH, HEIGHT)) for x, y in places)
        for ax in axes:  # a fixed place spares matplotlib its search at each draw
            ax.xaxis.set_label_coords(0.5, -0.14)
            ax.yaxis.set_label_coords(YLABEL, 0.5)
        _papers.append(Paper(figure, axes, Lock()))
    return _papers[0]
