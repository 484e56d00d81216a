"""Experiments one after another, and the ledger of every claim's verdict.

python -m sandbox.study symmetry depth      these
python -m sandbox.study --all               every claim of the notes; what is done already is not done again
python -m sandbox.study --ledger            only the ledger, of what the store has
python -m sandbox.study --all --quick       a smoke run: its verdicts are not evidence
python -m sandbox.study --all seed=1        whatever sandbox.run understands goes to every experiment

Arms run side by side, one on each core (hydra/launcher=cores; hydra/launcher=basic for one after another).
"""

import argparse
import sys
import time

from sandbox import run
from sandbox.config.compose import CONF, read
from sandbox.system.errors import InputError, nearest
from sandbox.tracking import Store, resolve
from sandbox.trial.experiment import Experiment, budget_of

QUICK = ("replicates=4", "steps=20", "looks=1", "quick=true", "tracking.figures=false")


def main() -> None:
    """Study the experiments named; exit code 0 all well, 1 a run failed, 2 a mistake in the command."""
    run.answer(_main)


def _main() -> None:
    arguments, names, overrides = parsed(sys.argv[1:])
    from experiments import load
    from sandbox.sweep import ledger
    from sandbox.system.terminal import console

    failed = []
    begun = time.perf_counter()
    for i, name in enumerate(names, start=1):
        experiment = load(name)
        console.rule(f"{name} ({i} of {len(names)}): {experiment.question}", align="left")
        quick = [*QUICK, *experiment.quick] if arguments.quick else []
        words = [*_workers(experiment, arguments.quick, overrides), *quick, *overrides]
        if run.execute(["-m", f"+experiment={name}", "resume=true", *words]):
            failed.append(name)
    console.rule("ledger", align="left")
    ledger.conclude(store_of(overrides), budget_of(overrides, quick=arguments.quick))
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
    from hydra import compose, initialize_config_dir

    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = read(compose("config", [word for word in overrides if word.startswith("tracking")]))
    return resolve(config.tracking)


def parsed(given: list[str]) -> tuple[argparse.Namespace, list[str], list[str]]:
    """Options, names of experiments, overrides; raises InputError on an unknown name."""
    from experiments import EXPERIMENTS

    parser = argparse.ArgumentParser(
        prog="sandbox study", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME|key=value", help=f"of: {', '.join(EXPERIMENTS)}")
    parser.add_argument("--all", action="store_true", help="every experiment there is")
    parser.add_argument("--ledger", action="store_true", help="run nothing: the ledger of what the store has")
    parser.add_argument("--quick", action="store_true", help="a smoke run of seconds; its verdicts are not evidence")
    arguments = parser.parse_intermixed_args(given)
    overrides = [word for word in arguments.names if "=" in word]
    names = [word for word in arguments.names if "=" not in word]
    for name in names:
        if name not in EXPERIMENTS:
            raise InputError(f"study: expected an experiment, got {name!r}{nearest(name, EXPERIMENTS)}")
    if bool(names) + arguments.all + arguments.ledger != 1:
        several = names or arguments.all or arguments.ledger
        raise InputError(
            "study: expected names of experiments, --all or --ledger, got " + ("several" if several else "none")
        )
    return arguments, list(EXPERIMENTS) if arguments.all else names, overrides


if __name__ == "__main__":
    main()
