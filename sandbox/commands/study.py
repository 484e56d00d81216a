"""Experiments one after another, and the ledger of every claim's verdict.

python -m sandbox.study symmetry depth      these, and their verdicts
python -m sandbox.study --all               every claim of the notes; what is done already is not done again
python -m sandbox.study --ledger            only the ledger, of what the store has
python -m sandbox.study --all --quick       a smoke run: its verdicts are not evidence
python -m sandbox.study --all --repeats 3   three times, each with other weights and other data, and how they agree
python -m sandbox.study --all seed=1        whatever sandbox.run understands goes to every experiment

It ends with the page of all that was found, report.html beside the store. Where there are cores, two experiments run side by
side, and the arms of each as well; those that read a clock run alone. hydra/launcher=basic: one after another.
"""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.launch.command import Parser, Typed, answer, configured
from sandbox.launch.execute import execute

from sandbox.claims.worth import Budget
from sandbox.system.errors import InputError, nearest
from sandbox.tracking import NOWHERE, Store, resolve
from sandbox.trial import registry
from sandbox.trial.experiment import Experiment, budget_of

if TYPE_CHECKING:
    from sandbox.sweep.entries import Entry

QUICK = ("replicates=4", "steps=20", "looks=1", "quick=true", "tracking.figures=false")
BESIDE = 2  # experiments side by side where their arms are so, too: one works on its verdicts while another trains
MOST = 8  # of a quick study, whose arms are too short to be
FEW = 3  # experiments, for whose sake no worker is begun
SURE = 3  # experiments done, before the time left can be told


@dataclass(frozen=True)
class Task:
    """One experiment with one pair of seeds."""

    experiment: Experiment
    words: tuple[str, ...]
    number: int  # of the repeat, from 1
    alone: bool  # nothing may run beside it


def main() -> None:
    """Study the experiments named; exit code 0 all well, 1 a run failed, 2 a mistake in the command."""
    answer(_main)


def _main() -> None:
    names, typed = parsed()
    quick, overrides = typed.options.quick, typed.overrides
    from sandbox.sweep import ledger
    from sandbox.system.terminal import console

    begun = time.perf_counter()
    todo = tasks(names, typed)
    failed = performed(todo, workers(todo, quick, overrides))
    console.rule("ledger", align="left")
    store, budget = store_of(overrides), budget_of(overrides, quick=quick)
    found = [] if store == NOWHERE else ledger.entries(store, budget)
    page = page_of(store, budget, found)
    ledger.conclude(store, budget, found, {path.name: path for path in page}, names=typed.words)
    console.print(f"{len(todo)} experiments in {time.perf_counter() - begun:.0f} s")
    for address in page.values():
        console.print("All of it in one page, to open next and to pass on:", style="bold")
        console.print(f"  {address}", soft_wrap=True, markup=False)
    if failed:
        console.print(f"with failed runs: {', '.join(failed)}", style="red")
        sys.exit(1)


def tasks(names: list[str], typed: Typed) -> list[Task]:
    """All that is to be done, the whole study before its first repeat; what is alone comes first."""
    quick, overrides, times = typed.options.quick, typed.overrides, typed.options.repeats
    found = []
    for number in range(1, times + 1):
        seeds = [f"seed={number - 1}", f"dataset.seed={number - 1}"] if number > 1 else []
        for name in names:
            experiment = registry.load(name)
            small = [*QUICK, *experiment.quick] if quick else []
            words = [*_launcher(experiment, quick, overrides), *small, *overrides, *seeds]
            alone = bool(experiment.clocked) and not quick
            found.append(Task(experiment, ("-m", f"+experiment={name}", "resume=true", *words), number, alone))
    return sorted(found, key=lambda task: (task.number, not task.alone))


def performed(todo: list[Task], workers: int) -> list[str]:
    """The names of the experiments of which runs failed, once all is done."""
    from sandbox.system.terminal import console

    failed, begun = [], time.perf_counter()
    for done, (task, end) in enumerate(ended(todo, workers)):
        left = f", {_left(time.perf_counter() - begun, done, len(todo))}" if done >= SURE else ""
        repeat = f", repeat {task.number} of {todo[-1].number}" if todo[-1].number > 1 else ""
        title = f"{task.experiment.name} ({done + 1} of {len(todo)}{repeat}{left}): {task.experiment.question}"
        console.rule(title, align="left")
        code, printed = end()
        if printed:
            console.print(printed.rstrip(), markup=False, soft_wrap=True)
        if code > 1:
            raise InputError(_last_line(printed))
        failed += [task.experiment.name] if code else []
    return failed


def ended(todo: list[Task], workers: int) -> Iterator[tuple[Task, Callable[[], tuple[int, str]]]]:
    """Each task, and how it ended: its exit code and what has not been printed yet. What runs alone runs when it is asked."""
    for beside, group in groupby(todo, key=lambda task: workers > 1 and not task.alone):
        batch = list(group)
        if not beside:
            yield from ((task, partial(_now, task)) for task in batch)
            continue
        from sandbox.launch.side_by_side import side_by_side

        for i, code, printed in side_by_side([task.words for task in batch], workers):
            yield batch[i], partial(_before, code, printed)


def _before(code: int, printed: str) -> tuple[int, str]:
    return code, printed


def _now(task: Task) -> tuple[int, str]:
    return execute(list(task.words)), ""


def _left(seconds: float, done: int, of: int) -> str:
    minutes = seconds / done * (of - done) / 60
    return f"about {minutes:.0f} min left" if minutes >= 1 else "less than a minute left"


def _last_line(printed: str) -> str:
    """What a command that was refused said."""
    return (printed.strip().splitlines() or ["a worker was refused"])[-1].removeprefix("error: ")


def workers(todo: list[Task], quick: bool, overrides: list[str]) -> int:
    """How many experiments run side by side: one where a launcher was chosen, or there is one core or one experiment."""
    from sandbox.system.threads import available_cores

    if _given(overrides) or len(todo) < FEW or available_cores() == 1:
        return 1
    return min(available_cores(), MOST) if quick else BESIDE


def page_of(store: Store, budget: Budget, found: "list[Entry]") -> dict[Path, str]:
    """The page of what was found, and its address; nothing without verdicts."""
    from sandbox.page.write import write_page

    if store == NOWHERE:
        return {}
    path = (store.directory or Path.cwd()) / "report.html"
    try:
        return {path: write_page(store, path, budget, found)}
    except InputError:  # nothing has been judged
        return {}


def _launcher(experiment: Experiment, quick: bool, overrides: list[str]) -> list[str]:
    """Arms side by side, one core each: a core is idle while another draws and records. Not where a clock is read."""
    from sandbox.system.threads import available_cores

    if _given(overrides) or quick or experiment.clocked or available_cores() == 1:
        return []
    return ["hydra/launcher=cores"]


def _given(overrides: list[str]) -> bool:
    return any(word.lstrip("+").startswith("hydra/launcher") for word in overrides)


def store_of(overrides: list[str]) -> Store:
    """The store that these overrides of sandbox.run mean."""
    return resolve(configured([word for word in overrides if word.startswith("tracking")]).tracking)


def parsed() -> tuple[list[str], Typed]:
    """The experiments named, and what was typed; raises InputError on an unknown name."""
    parser = Parser("study", __doc__, words="NAME", keys=None)
    parser.add_argument("--all", action="store_true", help="every experiment there is")
    parser.add_argument("--ledger", action="store_true", help="run nothing: the ledger of what the store has")
    parser.add_argument("--quick", action="store_true", help="a smoke run of seconds; its verdicts are not evidence")
    parser.add_argument("--repeats", type=int, default=1, metavar="N", help="all of it N times, with seeds 0 to N - 1")
    typed = parser.read()
    if typed.options.repeats < 1:
        raise InputError(f"study: expected --repeats of 1 or more, got {typed.options.repeats}")
    if typed.options.repeats > 1 and (seeds := [word for word in typed.overrides if _is_seed(word)]):
        raise InputError(f"study: expected --repeats to choose the seeds, got {seeds[0]}; leave one out")
    every, names = typed.options.all, typed.words
    for name in names:
        if name not in registry.names():
            raise InputError(f"study: expected an experiment, got {name!r}{nearest(name, registry.names())}")
    if bool(names) + every + typed.options.ledger != 1:
        several = names or every or typed.options.ledger
        raise InputError(
            "study: expected names of experiments, --all or --ledger, got " + ("several" if several else "none")
        )
    if typed.options.ledger:
        _refuse_what_runs(typed)
    return list(registry.names()) if every else names, typed


def _refuse_what_runs(typed: Typed) -> None:
    """A ledger only reads: what would have been about runs must not look as if it had been done."""
    idle = [word for word in typed.overrides if not word.lstrip("+").startswith("tracking")]
    idle += ["--repeats"] * (typed.options.repeats > 1)
    if idle:
        raise InputError(
            f"study: expected of --ledger, which runs nothing, only keys of tracking, got {idle[0]}; leave it out"
        )


def _is_seed(override: str) -> bool:
    return override.lstrip("+").partition("=")[0] in {"seed", "dataset.seed"}


if __name__ == "__main__":
    main()
