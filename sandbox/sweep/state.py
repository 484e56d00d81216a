"""What is known about a sweep while it goes on."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sandbox import tracking
from sandbox.claims.worth import Budget
from sandbox.config.schema import RunConfig
from sandbox.sweep.dispatch import Arm
from sandbox.sweep.naming import arm_names
from sandbox.sweep.resume import Done
from sandbox.trial.digest import Parts
from sandbox.trial.experiment import Experiment
from sandbox.trial.outcome import Result
from sandbox.trial.table import gathered

if TYPE_CHECKING:
    from pandas import DataFrame

    from sandbox.sweep.judging import Judgement


@dataclass
class Sweep:
    """What is known about a sweep while it goes on."""

    experiment: Experiment
    store: tracking.Store
    arms: list[Arm]
    configs: list[RunConfig]
    parts: list[Parts]  # of which each arm is made
    names: list[str]  # the columns in which the arms differ
    budget: Budget
    done: dict[str, Done] = field(default_factory=dict)  # digest -> what an earlier call has finished
    failed: dict[str, str] = field(default_factory=dict)  # and the id of what it has not
    parent: str = ""  # its run; "" where nothing is recorded
    lease: tracking.Lease | None = None
    tags: dict[str, Any] = field(default_factory=dict)  # of the parent run, from the beginning on
    results: list[Result] = field(default_factory=list)
    manifests: dict[str, str] = field(default_factory=dict)  # of the runs that count, by digest
    failures: list[tuple[Arm, BaseException]] = field(default_factory=list)
    judgement: "Judgement | None" = None
    unjudged: str = ""  # why there is none, where there should be
    first_started: int = 0  # milliseconds since 1970: of the parent run
    worked: float = 0.0  # seconds, in earlier calls
    begun: float = field(default_factory=time.perf_counter)
    since: int = field(default_factory=time.time_ns)  # its records are no older
    view: str = ""  # of its runs, in the dashboard
    map: str = ""  # the digest of the map that it is the latest state of
    picture: "Callable[[Sweep], dict[str, bytes]] | None" = None  # in place of the usual ones
    _frame: "tuple[int, DataFrame] | None" = None

    @cached_property
    def labels(self) -> list[str]:
        """What each arm is called."""
        return arm_names(self.configs, self.names)

    @property
    def frame(self) -> "DataFrame":
        """The tidy table of its results so far; made once, since it is asked for ten times and takes a while for a thousand arms."""
        if self._frame is None or self._frame[0] != len(self.results):
            self._frame = (len(self.results), gathered(self.results))
        return self._frame[1]

    @property
    def seconds(self) -> float:
        """Of work on it, in all calls."""
        return self.worked + time.perf_counter() - self.begun

    @property
    def ended(self) -> int:
        """When it ended, had it been worked on without a break."""
        return self.first_started + int(1000 * self.seconds)
