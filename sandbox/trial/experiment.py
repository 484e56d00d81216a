"""An experiment: a question, the sweep that asks it (a YAML file), and the claims it puts on trial."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.claims.worth import Budget
from sandbox.config.schema import FREE, RunConfig, keys_with
from sandbox.trial.build import Setup
from sandbox.trial.outcome import Outcome
from sandbox.trial.splits import over_draws
from sandbox.trial.train import train, trained

if TYPE_CHECKING:
    from sandbox.claims.claim import Claim


__all__ = ["PLAIN", "Experiment", "Outcome", "RunConfig", "budget_of"]


@dataclass(frozen=True)
class Experiment:
    """What `+experiment=NAME` stands for, beside its sweep in conf/experiment/NAME.yaml.

    trial: what each of its runs does; one that does not train a network on a dataset says so with `trains=False`, and
    gets no dataset record and no card.
    figures: pictures of what a run measured, by name; they are drawn only where they are recorded.
    quick: overrides that make its sweep a matter of seconds, beside the few replicates and steps of every quick look.
    charts: the dashboard's, first chart first, where they are not those of what the claims read: a metric, or `slope` for
    that of the first and the last layer.
    clocked: beginnings of the names of what is read off a clock, or made from that: done again, it differs.
    name, question: its module's name, and the first line of what the module says of itself; `experiments.load` adds them.
    """

    claims: tuple["Claim", ...] = ()
    trial: Callable[[RunConfig], Outcome] = train
    figures: Callable[[RunConfig, Outcome], Mapping[str, Any]] = lambda config, outcome: {}
    trains: bool = True
    quick: tuple[str, ...] = ()
    charts: tuple[str, ...] = ()
    clocked: tuple[str, ...] = ()
    name: str = ""
    question: str = ""

    def perform(self, setup: Setup) -> Outcome:
        """What one of its runs does; the default trial takes the parts that are made already."""
        if setup.config.per_draw:
            return over_draws(setup.config, self.trial)
        return trained(setup) if self.trial is train else self.trial(setup.config)

    def engine(self, setup: Setup) -> str:
        """What `auto` stands for, where the trial is the default one; another may choose for itself."""
        return setup.engine if self.trial is train else setup.config.engine

    def promise(self, claim: "Claim") -> str:
        """The hash of all that is promised by a claim: itself, this experiment's design, and the code that computes."""
        from sandbox.claims.promise import promise_hash
        from sandbox.config.compose import declared_sweep

        return promise_hash(claim, declared_sweep(self.name), self.trial)


PLAIN = Experiment(name="sandbox", question="What comes of the settings that were typed?")


def budget_of(typed: Sequence[str], *, quick: bool) -> Budget:
    """What a sweep's verdicts are worth: evidence only if it is the one that the experiment declares, whatever its seeds."""
    if quick:
        return "quick"
    return "declared" if all(map(_is_free, typed)) else "changed"


def _is_free(override: str) -> bool:
    key = override.partition("=")[0].lstrip("+~")
    if key.startswith("hydra"):
        return not key.startswith("hydra.sweeper")
    return not keys_with(FREE).isdisjoint({key, key.partition(".")[0]})
