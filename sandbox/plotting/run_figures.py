"""The figures that every trained run leaves behind, by name; the frames of its decision boundary are no figures."""

from collections.abc import Callable

from sandbox.plotting.run_card import run_card
from sandbox.trial.build import Setup
from sandbox.trial.outcome import Outcome

# (outcome, setup, title) -> a PNG. Each takes its time of every arm of every sweep.
FIGURES: dict[str, Callable[[Outcome, Setup, str], bytes]] = {
    "card": lambda outcome, setup, title: run_card(
        outcome, setup.data, setup.network, title=title, comparable=setup.config.per_draw
    ),
}  # fmt: skip
