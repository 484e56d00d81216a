"""From an outcome to its record: figures are drawn, names are chosen, and the store is told once."""

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from sandbox import tracking
from sandbox.claims.verdict import compact
from sandbox.config import own
from sandbox.config.checks import hidden_activations
from sandbox.config.compose import to_yaml
from sandbox.config.schema import RunConfig, TrackingConfig
from sandbox.data.datasets import understood
from sandbox.data.fingerprint import Fingerprint, fingerprint
from sandbox.sweep.session import Session
from sandbox.system.errors import InputError
from sandbox.system.markdown import artifact_image, escaped, in_page
from sandbox.tracking import Ended
from sandbox.trial.build import Setup
from sandbox.trial.digest import code_digest, run_digest
from sandbox.trial.experiment import Experiment
from sandbox.trial.outcome import Outcome, packed
from sandbox.trial.table import compared

FILES = "files.json"  # an artifact
FRAMES = "decision boundary"  # the key under which the dashboard's slider finds them
CARD = "in the page/card.svg"  # as wide as a run's description has room for
ROOM = 720  # pixels, beside the page's column of facts in a window of 1,500


class Unrecorded:
    """A run of which nothing is to be kept: nobody pays for names, digests and figures."""

    made_with: ClassVar[dict[str, str]] = {}

    def finish(self, outcome: Outcome) -> Ended:
        return Ended()

    def fail(self, error: str, outcome: Outcome | None) -> None: ...

    def kill(self, outcome: Outcome | None) -> None: ...

    def withdraw(self) -> None: ...


class Recorder:
    """A run from its announcement to its end."""

    def __init__(self, setup: Setup, experiment: Experiment) -> None:
        config = setup.config
        self.setup, self.experiment = setup, experiment
        self.store = tracking.resolve(config.tracking)
        self.yaml = recorded_yaml(config)
        self.files = told_files(config)
        engine = experiment.engine(setup)
        tags = {
            "seed": config.seed,
            "engine": engine,
            "kernel": tracking.kernel(engine),
            "digest": run_digest(setup, experiment),
            "code": code_digest(config.experiment),
            "own": own.code_of(config) or None,
            "owner": Session.of(config.tracking).owner,
            "replaces": config.tracking.replaces,
            "data": understood(setup.data) if experiment.trains else None,
        }
        whole_name = title(setup) if experiment.trains else settings(config)
        tags["mlflow.note.content"] = note(config, whole_name, experiment)
        output = {"output": setup.output} if experiment.trains else {}
        self.record = tracking.described(
            experiment.name,
            config.tracking.label or whole_name,
            "run",
            config=compared(config) | {"replicates": config.replicates} | output,
            tags=tags,
            parent=config.tracking.parent,
        )
        tracking.begin_run(self.store, self.record, self.yaml)

    @property
    def made_with(self) -> dict[str, str]:
        """Versions, processor, and what was chosen for it."""
        return tracking.made_with(self.record.tags)

    def finish(self, outcome: Outcome) -> Ended:
        """Keep all of it."""
        figures, images = drawn(self.setup, self.experiment, outcome)
        if outcome.predictions:
            figures["predictions.npz"] = packed(outcome.predictions)
        data = self.setup.data if self.experiment.trains else None
        return tracking.end_run(
            self.store,
            self.record,
            config_yaml=self.yaml,
            outcome=outcome,
            data=data,
            figures=self.files | figures,
            images=images,
        )

    def fail(self, error: str, outcome: Outcome | None) -> str | None:
        """The id of the run, with its traceback, or None if no disk takes even that."""
        return self._end("FAILED", error, outcome)

    def kill(self, outcome: Outcome | None) -> None:
        self._end("KILLED", None, outcome)

    def withdraw(self) -> None:
        """There was no run."""
        tracking.withdraw(self.store, self.record)

    def _end(self, status: str, error: str | None, outcome: Outcome | None) -> str | None:
        words = self.store.without_secrets(error) if error else None
        try:
            return tracking.end_run(
                self.store, self.record, status, config_yaml=self.yaml, outcome=outcome, error=words
            ).run_id
        except (tracking.StoreError, InputError):
            return None  # what went wrong first is what the user should hear of


def recorder_of(setup: Setup, experiment: Experiment) -> Recorder | Unrecorded:
    """Announce a run, where one is to be recorded."""
    return Unrecorded() if setup.config.tracking.kind == "none" else Recorder(setup, experiment)


def recorded_yaml(config: RunConfig) -> str:
    """All that a replay needs: files by their full path, and nothing about where the run was recorded."""
    dataset, init = config.dataset, config.init
    dataset = replace(dataset, path=_absolute(dataset.path), test_path=_absolute(dataset.test_path))
    init = replace(init, path=_absolute(init.path))
    return to_yaml(own.full(replace(config, dataset=dataset, init=init, tracking=TrackingConfig())))


def files_of(config: RunConfig) -> dict[str, str | None]:
    """The user's files by the keys that name them."""
    dataset, init = config.dataset, config.init
    return {"dataset.path": dataset.path, "dataset.test_path": dataset.test_path, "init.path": init.path}


def told_files(config: RunConfig) -> dict[str, tracking.Content]:
    """What the user's files consist of, as an artifact; nothing where there are none."""
    told: dict[str, Fingerprint] = {}
    for key, path in files_of(config).items():
        with suppress(OSError):  # whoever reads it says so
            told |= {key: fingerprint(Path(path).expanduser())} if path else {}
    return {FILES: json.dumps(told)} if told else {}


def _absolute(path: str | None) -> str | None:
    return str(Path(path).expanduser().absolute()) if path else None


def drawn(
    setup: Setup, experiment: Experiment, outcome: Outcome
) -> tuple[dict[str, tracking.Content], list[tracking.Image]]:
    """The figures of a run and the frames of its decision boundary."""
    if not setup.config.tracking.figures:
        return {}, []
    from sandbox.plotting.canvas.paper import on_paper, with_paper

    with on_paper(setup.config.figures):
        figures, frames = _drawn(setup, experiment, outcome)
    return with_paper(figures), frames


def _drawn(
    setup: Setup, experiment: Experiment, outcome: Outcome
) -> tuple[dict[str, tracking.Content], list[tracking.Image]]:
    made = experiment.figures(setup.config, outcome)
    figures: dict[str, tracking.Content] = {f"{name}.png": figure for name, figure in made.items()}
    if not experiment.trains:
        return figures, []
    from sandbox.plotting.run_figures import FIGURES
    from sandbox.plotting.run_frames import boundary_frames

    words = title(setup)
    made_here = {name: draw(outcome, setup, words) for name, draw in FIGURES.items()}
    figures |= {f"{name}.png": figure for name, figure in made_here.items()} | {CARD: in_page(made_here["card"], ROOM)}
    frames = boundary_frames(outcome, setup.data, setup.network, title=words, comparable=setup.config.per_draw)
    return figures, [(FRAMES, step, pixels) for step, pixels in frames]


def note(config: RunConfig, name: str, experiment: Experiment) -> str:
    """A run's description: what it is, what it is compared with, the command that repeats it, and its card."""
    beside = escaped(config.tracking.among or experiment.question)
    lines = [f"**{escaped(name)}**", beside if beside.endswith("?") else f"{beside}."]
    if experiment.trains and config.tracking.figures:
        lines.append(artifact_image(tracking.THIS_RUN, CARD))
    lines.append(f"Do it again, and compare every number: `sandbox replay {tracking.THIS_RUN}`")
    return "\n\n".join(lines)


def title(setup: Setup) -> str:
    """A run in words: `moons, tanh 4, normal x 0.01, rate 1, 2000 steps`."""
    config, activations = setup.config, hidden_activations(setup.config)
    same = len(set(activations)) == 1
    sizes = compact("hidden=" + "-".join(map(str, config.hidden))).removeprefix("hidden=")  # 16-16-16 as 16×3
    layers = f"{activations[0]} {sizes}" if same else f"{'-'.join(activations)} {sizes}"
    layers = layers if config.hidden else "no hidden layer"
    scale = "" if config.init.scale == 1 or config.init.name == "zero" else f" × {config.init.scale:g}"
    zeros = "".join(f", W{layer} = 0" for layer in config.init.zero_layers)
    zeros += "" if config.init.bias == "zero" else f", {config.init.bias} biases"
    output = "" if config.output == "auto" else f", {setup.output} output"
    rate = f"rate {config.learning_rate:g}" + (f", decay {config.weight_decay:g}" if config.weight_decay else "")
    engine = "" if config.engine == "auto" else f", {config.engine}"
    return (
        f"{setup.data.name}, {layers}, {config.init.name}{scale}{zeros}{output}, {rate}, {config.steps} steps{engine}"
    )


def settings(config: RunConfig) -> str:
    """A run that does not train, in words: what is not at its default, as `derivatives: activation sigmoid, form printed`."""
    usual = compared(RunConfig())
    differing = {key: value for key, value in compared(config).items() if value != usual.get(key) and key != "seed"}
    words = ", ".join(f"{key.rpartition('.')[2].replace('_', ' ')} {value}" for key, value in differing.items())
    return f"{config.experiment}: {words}" if words else str(config.experiment)
