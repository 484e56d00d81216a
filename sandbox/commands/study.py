"""Experiments one after another, and the ledger of every claim's verdict.

python -m sandbox.study symmetry depth      these
python -m sandbox.study --all               every claim of the notes; what is done already is not done again
python -m sandbox.study --ledger            only the ledger, of what the store has
python -m sandbox.study --all --quick       a smoke run: its verdicts are not evidence
python -m sandbox.study --all seed=1        whatever sandbox.run understands goes to every experiment

Arms run side by side, one on each core (hydra/launcher=cores; hydra/launcher=basic for one after another).
"""

import sys
import time

from sandbox.launch.command import Parser, Typed, answer, configured
from sandbox.launch.execute import execute

from sandbox.system.errors import InputError, nearest
from sandbox.tracking import Store, resolve
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
    ledger.conclude(store_of(overrides), budget_of(overrides, quick=quick))
    console.print(f"{len(names)} experiments in {time.perf_counter() - begun:.0f} s")
    if failed:
        console.print(f"with failed runs: {', '.join(failed)}", style="red")
        sys.exit(1)


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
