"""The experiments, one short module each: a question, its trial, its measures, its CLAIMS; what was found is in `findings`."""

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from sandbox.config.names import options_of

if TYPE_CHECKING:
    from sandbox.claims.claim import Claim
    from sandbox.trial.experiment import Experiment

# The order of the notes, in which studies go through them; what is not named here follows.
NOTES = [
    "symmetry",
    "hidden_values",
    "logistic",
    "vectorisation",
    "ranges",
    "derivatives",
    "derivative_speed",
    "kink",
    "backpropagation",
    "descent",
    "until_minimum",
    "mixed_activations",
    "activations",
    "choice",
    "centring",
    "centred_inputs",
    "saturation",
    "relu_speed",
    "relu",
    "relu_default",
    "linear_collapse",
    "linear_regression",
    "linear_classes",
    "output_layer",
    "cross_entropy",
    "regression_output",
    "depth",
    "depth_trained",
    "born_dead",
    "phase_diagram",
    "deep_linear",
    "equality",
    "symmetric_starts",
    "one_unit",
    "xor_sticks",
    "rounding",
    "initial_scale",
    "scale_training",
    "initial_draws",
]

# An experiment is there as soon as its sweep is, conf/experiment/NAME.yaml; its module is loaded when asked for.
SWEEPS = options_of("experiment")
EXPERIMENTS = (*(name for name in NOTES if name in SWEEPS), *(name for name in SWEEPS if name not in NOTES))


def load(name: str) -> "Experiment":
    """The experiment of that name; names are checked with the configuration."""
    return made_of(import_module(f"experiments.{name}"), name)


def made_of(module: ModuleType, name: str) -> "Experiment":
    """The experiment that a module defines."""
    question, *_ = (module.__doc__ or name).splitlines()
    experiment: Experiment = replace(module.EXPERIMENT, name=name, question=question)
    return experiment


def every_claim() -> "tuple[Claim, ...]":
    """All claims of all experiments: the family whose verdicts together keep the stated level."""
    return tuple(claim for name in EXPERIMENTS for claim in load(name).claims)


def findings(name: str) -> dict[str, dict[str, str]]:
    """What to say of the verdicts on an experiment's claims: by claim and answer, from `findings/NAME.yaml` if it is there.

    Written when the verdicts are known, so that it is no part of what was promised.
    """
    import yaml

    file = Path(__file__).parent / "findings" / f"{name}.yaml"
    told: dict[str, dict[str, str]] = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}
    return told
