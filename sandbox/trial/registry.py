"""The experiments by name: from here alone, and only when asked, the sandbox looks into the package `experiments`."""

from typing import TYPE_CHECKING

from sandbox.config import own
from sandbox.config.schema import RunConfig
from sandbox.trial.experiment import PLAIN, Experiment

if TYPE_CHECKING:
    from sandbox.claims.claim import Claim


def names() -> tuple[str, ...]:
    """Every experiment's, in the order of the notes."""
    import experiments

    return experiments.EXPERIMENTS


def load(name: str) -> Experiment:
    """The experiment of that name, or in the user's file of that name."""
    import experiments

    if name.endswith(".py"):
        return experiments.made_of(own.module_of(name), name.removesuffix(".py"))
    return experiments.load(name)


def experiment_of(config: RunConfig) -> Experiment:
    """The experiment a run belongs to; a plain one if none is named."""
    return PLAIN if config.experiment is None else load(config.experiment)


def every_claim() -> "tuple[Claim, ...]":
    """All claims of all experiments: the family whose verdicts together keep the stated level."""
    import experiments

    return experiments.every_claim()


def family_of(experiment: Experiment) -> "tuple[Claim, ...]":
    """Its claims among all others; those of an experiment of the user's own are none of ours."""
    family = every_claim()
    return (*family, *(claim for claim in experiment.claims if claim not in family))


def findings(name: str) -> dict[str, dict[str, str]]:
    """What to say of the verdicts on an experiment's claims: by claim and answer."""
    import experiments

    return experiments.findings(name)
