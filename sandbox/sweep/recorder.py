"""From an outcome to its record: figures are drawn, names are chosen, and the store is told once."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.config.checks import hidden_activations, output_name
from sandbox.config.compose import to_yaml
from sandbox.config.schema import RunConfig, TrackingConfig
from sandbox.sweep.session import Session
from sandbox.system.errors import InputError
from sandbox.trial.build import data_of, engine_of, network_of, train
from sandbox.trial.digest import code_digest, run_digest
from sandbox.trial.experiment import Experiment
from sandbox.trial.outcome import Outcome
from sandbox.trial.table import compared

if TYPE_CHECKING:
    from sandbox.tracking import Content, Image

FRAMES = "decision boundary"  # the key under which the dashboard's slider finds them


class Recorder:
    """A run from its announcement to its end. With tracking=none nothing happens, and nothing of MLflow is imported."""

    def __init__(self, config: RunConfig, experiment: Experiment) -> None:
        self.config, self.experiment = config, experiment
        if config.tracking.kind == "none":
            return
        from sandbox import tracking

        self.store = tracking.resolve(config.tracking)
        self.yaml = recorded_yaml(config)
        tags = {
            "seed": config.seed,
            "engine": engine_used(config, experiment),
            "digest": run_digest(config, experiment.trains),
            "code": code_digest(config.experiment),
            "owner": Session.of(config.tracking).owner,
            "replaces": config.tracking.replaces,
        }
        self.record = tracking.described(
            experiment.name,
            title(config) if experiment.trains else settings(config),
            "run",
            config=compared(config) | {"replicates": config.replicates} | _resolved(config, experiment),
            tags=tags,
            parent=config.tracking.parent,
        )
        tracking.begin_run(self.store, self.record, self.yaml)

    def finished(self, outcome: Outcome) -> str:
        """The run's id; "" where nothing is recorded."""
        if self.config.tracking.kind == "none":
            return ""
        from sandbox import tracking

        figures, images = drawn(self.config, self.experiment, outcome)
        data = data_of(self.config.dataset) if self.experiment.trains else None
        return tracking.end_run(
            self.store, self.record, config_yaml=self.yaml, outcome=outcome, data=data, figures=figures, images=images
        )

    def failed(self, error: str, outcome: Outcome | None) -> str | None:
        """The id of the run, with its traceback, or None if no disk takes even that."""
        return self._ended("FAILED", error, outcome)

    def killed(self, outcome: Outcome | None) -> str | None:
        return self._ended("KILLED", None, outcome)

    def withdraw(self) -> None:
        """There was no run."""
        if self.config.tracking.kind != "none":
            from sandbox.tracking import spool

            spool.withdraw(self.store, self.record)

    def _ended(self, status: str, error: str | None, outcome: Outcome | None) -> str | None:
        if self.config.tracking.kind == "none":
            return None
        from sandbox import tracking

        words = self.store.without_secrets(error) if error else None
        try:
            return tracking.end_run(
                self.store, self.record, status, config_yaml=self.yaml, outcome=outcome, error=words
            )
        except (tracking.StoreError, InputError):
            return None  # what went wrong first is what the user should hear of


def recorded_yaml(config: RunConfig) -> str:
    """All that a replay needs: files by their full path, and nothing about where the run was recorded."""
    dataset, init = config.dataset, config.init
    dataset = replace(dataset, path=_absolute(dataset.path))
    init = replace(init, path=_absolute(init.path))
    return to_yaml(replace(config, dataset=dataset, init=init, tracking=TrackingConfig()))


def _absolute(path: str | None) -> str | None:
    return str(Path(path).expanduser().absolute()) if path else None


def drawn(config: RunConfig, experiment: Experiment, outcome: Outcome) -> tuple[dict[str, "Content"], list["Image"]]:
    """The figures of a run and the frames of its decision boundary."""
    figures: dict[str, Content] = {f"{name}.png": figure for name, figure in outcome.figures.items()}
    if not (config.tracking.figures and experiment.trains):
        return figures, []
    from sandbox.plotting.run_card import run_card
    from sandbox.plotting.run_frames import boundary_frames

    data = data_of(config.dataset)
    network = network_of(config, data)
    figures["card.png"] = run_card(outcome, data, network, title=title(config))
    frames = boundary_frames(outcome, data, network, title=title(config))
    return figures, [(FRAMES, step, pixels) for step, pixels in frames]


def engine_used(config: RunConfig, experiment: Experiment) -> str:
    """What `auto` stands for, where the trial is the default one; another may choose for itself."""
    return engine_of(config) if experiment.trial is train else config.engine


def _resolved(config: RunConfig, experiment: Experiment) -> dict[str, str]:
    return {"output": output_name(config, data_of(config.dataset).kind)} if experiment.trains else {}


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
    engine = "" if config.engine == "auto" else f", {config.engine}"
    return f"{data.name}, {layers}, {config.init.name}{scale}{zeros}{output}, {rate}, {config.steps} steps{engine}"


def settings(config: RunConfig) -> str:
    """A run that does not train, in words: what is not at its default, as `derivatives: activation sigmoid, form printed`."""
    usual = compared(RunConfig())
    differing = {key: value for key, value in compared(config).items() if value != usual.get(key) and key != "seed"}
    words = ", ".join(f"{key.rpartition('.')[2].replace('_', ' ')} {value}" for key, value in differing.items())
    return f"{config.experiment}: {words}" if words else str(config.experiment)
