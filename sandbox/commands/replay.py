"""Runs done again from their records, and every number held against the recorded one.

python -m sandbox.replay RUN_ID                  one run
python -m sandbox.replay --sweep ID              all finished runs of a sweep
python -m sandbox.replay --sweep ID --sample 5   five of them, drawn at random
python -m sandbox.replay RUN_ID engine=numpy tracking.directory=PATH     with another engine, from another store

Exit code: 0 every run is bit-identical; 3 all are, or differ by at most --ulp units in the last place; 4 some differ by more;
1 a run could not be done again; 2 a mistake in the command.
"""

import random
import sys
from dataclasses import replace

from sandbox.launch.command import Parser, Typed, answer, configured

from sandbox import tracking
from sandbox.config import own
from sandbox.config.compose import from_yaml
from sandbox.config.schema import RunConfig, TrackingConfig
from sandbox.sweep.differences import differences, only_recorded, surroundings
from sandbox.sweep.resume import put_in_order
from sandbox.system.errors import InputError
from sandbox.system.terminal import console, counted
from sandbox.tracking import Run, Store
from sandbox.trial.build import Setup
from sandbox.trial.digest import code_digest
from sandbox.trial.outcome import Outcome
from sandbox.trial.registry import experiment_of

IDENTICAL, BROKEN, WITHIN, DIFFERENT = 0, 1, 3, 4  # exit codes; 2 is a mistake
ULP = 16  # a few operations in another order; a chaotic training run soon makes more of them


def main() -> None:
    """Replay what is named; see the module's docstring for the exit codes."""
    answer(_main)


def _main() -> None:
    typed = parsed()
    own.allow(typed.options.own)
    config = configured(typed.overrides)
    store = tracking.resolve(config.tracking, needed=True)
    tracking.prepare(store)
    put_in_order(store)
    engine = config.engine if any(word.startswith("engine=") for word in typed.overrides) else None
    codes = [replay(store, each, engine, typed.options.ulp) for each in chosen(store, typed)]
    count = {word: codes.count(code) for word, code in WORDS.items() if code in codes}
    console.print(
        f"{counted(len(codes), 'run')} replayed: " + ", ".join(f"{number} {word}" for word, number in count.items())
    )
    sys.exit(BROKEN if BROKEN in codes else max(codes))


WORDS = {"bit-identical": IDENTICAL, "within rounding": WITHIN, "different": DIFFERENT, "not done again": BROKEN}


def chosen(store: Store, typed: Typed) -> list[Run]:
    """The runs to replay. Raises InputError where there are none."""
    options = typed.options
    runs = [tracking.fetch_run(store, run_id) for run_id in typed.words]
    for each in runs:
        if each.tags.get("kind") == "sweep":
            raise InputError(f"replay: expected a run, got the sweep {each.run_id}; use --sweep {each.run_id}")
        if each.status != "FINISHED":
            raise InputError(f"replay: expected a finished run, got {each.run_id}, which is {each.status}")
    for sweep in options.sweep:
        finished = [
            each
            for each in tracking.runs_of(store, tracking.fetch_run(store, sweep).run_id)
            if each.status == "FINISHED"
        ]
        if not finished:
            raise InputError(f"replay: expected a sweep with finished runs, got {sweep}, which has none")
        runs += finished
    if options.sample is not None and options.sample < len(runs):
        runs = random.Random(options.seed).sample(runs, options.sample)  # noqa: S311 - no secret depends on it
    return runs


def replay(store: Store, recorded: Run, engine: str | None, ulp: float) -> int:
    """Do one run again, print how it compares, and return the exit code for it."""

    def say(what: str, lines: list[str] | None = None) -> None:
        console.print(f"{recorded.run_id} {recorded.name}: {what}", markup=False, soft_wrap=True)
        print_lines(lines or [])

    try:
        config, before = recorded_as(store, recorded)
    except tracking.StoreError as problem:
        say(f"damaged: {problem}")
        return BROKEN
    except InputError as problem:  # of a version without manifests; or the sandbox has another schema now
        say(f"not done again: {problem}")
        return BROKEN
    config = replace(config, engine=engine or config.engine, tracking=TrackingConfig(kind="none", figures=False))
    setup, experiment = Setup(config), experiment_of(config)
    try:
        after = experiment.perform(setup)
    except Exception as error:  # noqa: BLE001 - a replay that fails is an answer
        say(f"not done again: {_reason(error)}", surroundings(store, recorded, setup, experiment))
        return BROKEN
    more: list[str] = []
    if recorded.tags.get("code") != code_digest(config.experiment):  # the same code measures the same quantities
        after, more = only_recorded(before, after)
    found = list(differences(before, after, experiment.clocked))
    worst = max((difference.ulps for difference in found), default=0.0)
    if not found:
        clock = ", but for what a clock measured" if experiment.clocked else ""
        beside = f" in all that was recorded; measured now and not then: {', '.join(more)}" if more else ""
        say(f"bit-identical{beside}{clock}")
        return IDENTICAL
    first = min(found, key=lambda difference: -1 if difference.step is None else difference.step)
    changed = surroundings(store, recorded, setup, experiment)
    word = f"within {worst:.0f} ulp" if worst <= ulp else "different"
    say(f"{word} {first}", changed or ["the user's files, code, versions and processor are as they were recorded"])
    return WITHIN if worst <= ulp else DIFFERENT


def recorded_as(store: Store, run: Run) -> tuple[RunConfig, Outcome]:
    """A run's configuration and history. Raises StoreError if anything of it is not as it was recorded, InputError for a
    configuration that is none.
    """
    if wrong := tracking.damage(store, run):
        raise tracking.StoreError(wrong[0])
    return from_yaml(tracking.config_of(store, run)), tracking.history_of(store, run)


def print_lines(lines: list[str]) -> None:
    for line in lines:
        console.print(f"  {line}", markup=False, soft_wrap=True)


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if isinstance(error, InputError) else f"{type(error).__name__}: {text}"


def parsed() -> Typed:
    """Options, ids of runs, overrides."""
    parser = Parser("replay", __doc__, words="RUN_ID", keys=("tracking", "engine"))
    parser.add_argument(
        "--sweep", metavar="ID", action="append", default=[], help="all finished runs of this sweep; may be repeated"
    )
    parser.add_argument(
        "--own", metavar="FILE", action="append", default=[], help="a file of parts of your own that may be imported"
    )
    parser.add_argument("--sample", type=int, metavar="N", help="only so many of them, at random")
    parser.add_argument("--seed", type=int, default=0, help="which ones (0)")
    parser.add_argument("--ulp", type=float, default=ULP, help=f"how much counts as rounding ({ULP})")
    typed = parser.read()
    if bool(typed.words) == bool(typed.options.sweep):
        raise InputError("replay: expected ids of runs or --sweep ID, got " + ("both" if typed.words else "neither"))
    if typed.options.sample is not None and typed.options.sample < 1:
        raise InputError(f"replay: --sample: expected >= 1, got {typed.options.sample}")
    return typed


if __name__ == "__main__":
    main()
