"""The experiments, one short module each: a question, its measures, its CLAIMS."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.claims import Claim
    from sandbox.experiment import Experiment

# Loaded when asked for: `--help` and plain runs need none of them.
EXPERIMENTS = (
    "symmetry",
    "vectorisation",
    "derivatives",
    "derivative_speed",
    "kink",
    "backpropagation",
    "activations",
    "centring",
    "saturation",
    "relu_speed",
    "relu",
    "linear_collapse",
    "linear_regression",
    "output_layer",
    "regression_output",
    "depth",
    "born_dead",
    "deep_linear",
    "equality",
    "one_unit",
    "rounding",
    "initial_scale",
    "scale_training",
)


def load(name: str) -> "Experiment":
    """The experiment of that name; names are checked with the configuration."""
    experiment: Experiment = import_module(f"experiments.{name}").EXPERIMENT
    return experiment


def every_claim() -> "tuple[Claim, ...]":
    """All claims of all experiments: the family whose verdicts together keep the stated level."""
    return tuple(claim for name in EXPERIMENTS for claim in load(name).claims)
