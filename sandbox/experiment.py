"""An experiment: a question, the sweep that asks it (a YAML file), and the claims it puts on trial."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.history import Outcome
from sandbox.schema import RunConfig
from sandbox.trial import train

if TYPE_CHECKING:
    from sandbox.claims import Claim


@dataclass(frozen=True)
class Experiment:
    """What `+experiment=NAME` stands for, beside its sweep in conf/experiment/NAME.yaml.

    trial: what each of its runs does; one that does not train a network on a dataset says so with `trains=False`, and
    gets no dataset record and no card.
    quick: overrides that make its sweep a matter of seconds, beside the few replicates and steps of every quick look.
    """

    name: str
    question: str
    claims: tuple["Claim", ...] = ()
    trial: Callable[[RunConfig], Outcome] = train
    trains: bool = True
    quick: tuple[str, ...] = ()


PLAIN = Experiment("sandbox", "What does this network do?")
