"""From an outcome to its record: figures are drawn, names are chosen, and the store is told once."""

from typing import TYPE_CHECKING

from sandbox.config import hidden_activations, output_name
from sandbox.digest import run_digest
from sandbox.experiment import Experiment
from sandbox.history import Outcome
from sandbox.reading import to_yaml
from sandbox.schema import RunConfig
from sandbox.table import compared
from sandbox.trial import data_of, network_of

if TYPE_CHECKING:
    from sandbox.tracking import Content, Image

FRAMES = "decision boundary"  # the key under which the dashboard's slider finds them


def record(config: RunConfig, experiment: Experiment, outcome: Outcome, started: float | None = None) -> str:
    """Record a finished run and return its id; "" with tracking=none, where nothing of MLflow is imported."""
    if config.tracking.kind == "none":
        return ""
    from sandbox import tracking

    figures, images = drawn(config, experiment, outcome)
    return tracking.record_run(
        tracking.resolve(config.tracking),
        experiment.name,
        title(config),
        config=compared(config),
        config_yaml=to_yaml(config),
        outcome=outcome,
        data=data_of(config.dataset) if experiment.trains else None,
        figures=figures,
        images=images,
        tags={"digest": run_digest(config, experiment.trains)},
        parent=config.tracking.parent,
        started=started,
    )


def record_failure(config: RunConfig, experiment: Experiment, error: str, started: float | None = None) -> None:
    """Record a run that failed, with its traceback."""
    if config.tracking.kind == "none":
        return
    from sandbox import tracking

    tracking.record_run(
        tracking.resolve(config.tracking),
        experiment.name,
        title(config),
        config=compared(config),
        config_yaml=to_yaml(config),
        tags={"digest": run_digest(config, experiment.trains)},
        parent=config.tracking.parent,
        started=started,
        error=error,
    )


def drawn(config: RunConfig, experiment: Experiment, outcome: Outcome) -> tuple[dict[str, "Content"], list["Image"]]:
    """The figures of a run and the frames of its decision boundary."""
    figures: dict[str, Content] = {f"{name}.png": figure for name, figure in outcome.figures.items()}
    if not (config.tracking.figures and experiment.trains):
        return figures, []
    from sandbox.plotting.boundary import boundary_frames
    from sandbox.plotting.card import run_card

    data = data_of(config.dataset)
    network = network_of(config, data)
    figures["card.png"] = run_card(outcome, data, network, title=title(config))
    frames = boundary_frames(outcome, data, network, title=title(config))
    return figures, [(FRAMES, step, pixels) for step, pixels in frames]


def title(config: RunConfig) -> str:
    """A run in words: `moons, tanh 4, normal x 0.01, rate 1, 2000 steps`."""
    activations = hidden_activations(config)
    same = len(set(activations)) == 1
    sizes = "-".join(str(n) for n in config.hidden)
    layers = f"{activations[0]} {sizes}" if same else f"{'-'.join(activations)} {sizes}"
    scale = "" if config.init.scale == 1 or config.init.name == "zero" else f" × {config.init.scale:g}"
    zeros = "".join(f", W{layer} = 0" for layer in config.init.zero_layers)
    data = data_of(config.dataset)
    output = "" if config.output == "auto" else f", {output_name(config, data.kind)} output"
    rate = f"rate {config.learning_rate:g}"
    return f"{data.name}, {layers}, {config.init.name}{scale}{zeros}{output}, {rate}, {config.steps} steps"
