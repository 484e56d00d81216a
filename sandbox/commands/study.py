"""Experiments one after another, and the ledger of every claim's verdict.

python -m sandbox.study symmetry depth      these, and their verdicts
python -m sandbox.study --all               every claim of the notes; what is done already is not done again
python -m sandbox.study --ledger            only the ledger, of what the store has
python -m sandbox.study --all --quick       a smoke run: its verdicts are not evidence
python -m sandbox.study --all seed=1        whatever sandbox.run understands goes to every experiment

It ends with the page of all that was found, report.html beside the store. Arms run side by side, one on each core (hydra/launcher=cores; hydra/launcher=basic for one after another).
"""

import sys
import time
from pathlib import Path

from sandbox.launch.command import Parser, Typed, answer, configured
from sandbox.launch.execute import execute

from sandbox.claims.worth import Budget
from sandbox.system.errors import InputError, nearest
from sandbox.tracking import NOWHERE, Store, resolve
from sandbox.trial import registry
from sandbox.trial.experiment import Experiment, budget_of

QUICK = ("replicates=4", "steps=20", "looks=1", "quick=true", "tracking.figures=false")


def main() -> None:
    """Study the experiments named; exit code 0 all well, 1 a run failed, 2 a mistake in the command."""
    answer(_main)


def _main() -> None:
    names, typed = parsed()
    quick, overrides = typed.options.quick, typed.overrides
    from sandbox.sweep import ledger
    from sandbox.system.terminal import console

    failed = []
    begun = time.perf_counter()
    for i, name in enumerate(names, start=1):
        experiment = registry.load(name)
        console.rule(f"{name} ({i} of {len(names)}): {experiment.question}", align="left")
        small = [*QUICK, *experiment.quick] if quick else []
        words = [*_workers(experiment, quick, overrides), *small, *overrides]
        if execute(["-m", f"+experiment={name}", "resume=true", *words]):
            failed.append(name)
    console.rule("ledger", align="left")
    store, budget = store_of(overrides), budget_of(overrides, quick=quick)
    ledger.conclude(store, budget, page_of(store, budget), names=typed.words)
    console.print(f"{len(names)} experiments in {time.perf_counter() - begun:.0f} s")
    if failed:
        console.print(f"with failed runs: {', '.join(failed)}", style="red")
        sys.exit(1)


def page_of(store: Store, budget: Budget) -> dict[str, Path]:
    """The page of what was found, as an artifact by its name, once its address has been printed; nothing without verdicts."""
    from sandbox.page.write import write_page
    from sandbox.system.terminal import console

    if store == NOWHERE:
        return {}
    path = (store.directory or Path.cwd()) / "report.html"
    try:
        address = write_page(store, path, budget)
    except InputError:  # nothing has been judged
        return {}
    console.print(f"All of it in one page, to look at and to pass on: {address}", soft_wrap=True, markup=False)
    return {path.name: path}


def _workers(experiment: Experiment, quick: bool, overrides: list[str]) -> list[str]:
    """Arms side by side, one core each: a core is idle while another draws and records. Not where a clock is read."""
    from sandbox.system.threads import available_cores

    given = any(word.lstrip("+").startswith("hydra/launcher") for word in overrides)
    if given or quick or experiment.clocked or available_cores() == 1:
        return []
    return ["hydra/launcher=cores"]


def store_of(overrides: list[str]) -> Store:
    """The store that these overrides of sandbox.run mean."""
    return resolve(configured([word for word in overrides if word.startswith("tracking")]).tracking)


def parsed() -> tuple[list[str], Typed]:
    """The experiments named, and what was typed; raises InputError on an unknown name."""
    parser = Parser("study", __doc__, words="NAME", keys=None)
    parser.add_argument("--all", action="store_true", help="every experiment there is")
    parser.add_argument("--ledger", action="store_true", help="run nothing: the ledger of what the store has")
    parser.add_argument("--quick", action="store_true", help="a smoke run of seconds; its verdicts are not evidence")
    typed = parser.read()
    every, names = typed.options.all, typed.words
    for name in names:
        if name not in registry.names():
            raise InputError(f"study: expected an experiment, got {name!r}{nearest(name, registry.names())}")
    if bool(names) + every + typed.options.ledger != 1:
        several = names or every or typed.options.ledger
        raise InputError(
            "study: expected names of experiments, --all or --ledger, got " + ("several" if several else "none")
        )
    return list(registry.names()) if every else names, typed


if __name__ == "__main__":
    main()
