"""Training side by side: every contender the same networks, taking turns, checked by the final loss of each network."""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from multiprocessing.connection import Connection
from statistics import median
from typing import Any

import numpy as np

from benchmarks.engines import CASES, Case, problem
from benchmarks.peers import ENVIRONMENT, NEEDS, ONE_BY_ONE, OURS, STACKED, Train, few, network_of
from sandbox.nn.network import cost, forward
from sandbox.system.arrays import Array

CONTENDERS: dict[str, Callable[..., Train]] = {**OURS, **ONE_BY_ONE, **STACKED}
CHECKED = 20  # steps after which losses are compared: enough to go wrong, too few for chaos
AGREE = 1e-9
LEAST, LEAST_ONE_BY_ONE = 20, 200  # steps that are timed, so that what a peer does before its first one does not count


@dataclass
class Race:
    """Microseconds per network-step of every contender in every round."""

    case: str
    activation: str
    times: dict[str, list[float]] = field(default_factory=dict)
    worst: dict[str, float] = field(
        default_factory=dict
    )  # relative difference of a network's loss from the reference's

    def median(self, name: str) -> float:
        return median(self.times[name])

    def ratio(self, slower: str, faster: str) -> tuple[float, float, float]:
        """Median of the ratios within each round, the least and the greatest."""
        ratios = [a / b for a, b in zip(self.times[slower], self.times[faster], strict=True)]
        return median(ratios), min(ratios), max(ratios)

    def best(self, beginning: str) -> str | None:
        """The fastest contender whose name begins like this."""
        return min((name for name in self.times if name.startswith(beginning)), key=self.median, default=None)


class Contender:
    """One way to train, in this process or (a peer) in one of its own, where its threads and settings disturb nobody."""

    def __init__(self, name: str) -> None:
        self.name = name

    def prepare(self, case: Case, activation: str) -> None:
        start, X, Y = problem(case)
        mine = few(start, self.name)
        self.networks = len(mine[0].weights)
        self.train = CONTENDERS[self.name](case, activation, mine, X, Y)
        self.losses = lambda trained: cost(network, forward(network, trained, X), Y)
        network = network_of(case, activation)

    def loss_after(self, steps: int) -> Array:
        return self.losses(self.train(steps))

    def seconds(self, steps: int) -> float:
        begin = time.perf_counter()
        self.train(steps)
        return time.perf_counter() - begin

    def steps_in(self, seconds: float) -> int:
        """How many steps take so many seconds, everything loaded; not fewer than are worth timing."""
        least = LEAST_ONE_BY_ONE if self.name in ONE_BY_ONE else LEAST
        self.seconds(least)
        return max(least, round(least * seconds / self.seconds(least)))

    def microseconds(self, steps: int) -> float:
        return 1e6 * self.seconds(steps) / steps / self.networks


class Elsewhere:
    """A contender behind a pipe: what is asked of it is done in its own process, and timed there."""

    def __init__(self, name: str, pipe: Connection) -> None:
        self.name, self.pipe = name, pipe

    def __getattr__(self, question: str) -> Any:
        def ask(*arguments: Any) -> Any:
            self.pipe.send((question, arguments))
            answer = self.pipe.recv()
            if isinstance(answer, BaseException):
                raise answer
            return answer

        return ask


def _answer(name: str, pipe: Connection) -> None:
    contender = Contender(name)
    while True:
        try:
            question, arguments = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(getattr(contender, question)(*arguments))
        except Exception as error:  # noqa: BLE001 - raised again by who asked
            pipe.send(RuntimeError(f"{name}: {type(error).__name__}: {error}"))


@contextmanager
def elsewhere(name: str) -> Iterator[Elsewhere]:
    """A process for one contender, with what it wants in its environment."""
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe()
    wanted = ENVIRONMENT.get(name, {})
    before = {key: os.environ.get(key) for key in wanted}
    os.environ.update(wanted)
    process = context.Process(target=_answer, args=(name, theirs), daemon=True)
    try:
        process.start()
    finally:
        for key, value in before.items():
            os.environ.pop(key) if value is None else os.environ.update({key: value})
    theirs.close()
    try:
        yield Elsewhere(name, mine)
    finally:
        mine.close()
        process.join(10)


def installed() -> list[str]:
    """The contenders that can be had here."""
    return [name for name in CONTENDERS if name not in NEEDS or find_spec(NEEDS[name])]


def race(cases: list[str], activations: list[str], rounds: int, seconds: float) -> Iterator[Race]:
    """Every case with every activation; each contender trains for so many seconds in each round."""
    with ExitStack() as stack:
        racing = [stack.enter_context(elsewhere(n)) if n in NEEDS else Contender(n) for n in installed()]
        for case in cases:
            for activation in activations:
                yield _raced(racing, case, activation, rounds, seconds)


def _raced(racing: list[Any], case: str, activation: str, rounds: int, seconds: float) -> Race:
    race = Race(case, activation, {each.name: [] for each in racing})
    losses, steps = {}, {}
    for each in racing:
        each.prepare(CASES[case], activation)
        losses[each.name] = each.loss_after(CHECKED)  # compiles, too
        steps[each.name] = each.steps_in(seconds)
    for name, loss in losses.items():
        right = losses["numpy"][: len(loss)]
        race.worst[name] = float(np.max(np.abs(loss - right) / np.abs(right)))
        if not race.worst[name] < AGREE:
            raise SystemExit(f"error: {name} did not do the same work: its losses differ by {race.worst[name]:.1e}")
    for _ in range(rounds):
        for each in racing:
            race.times[each.name].append(each.microseconds(steps[each.name]))
    return race
