"""Runs done again from their records, and every number held against the recorded one.

python -m sandbox.replay RUN_ID                  one run
python -m sandbox.replay --sweep ID              all finished runs of a sweep
python -m sandbox.replay --sweep ID --sample 5   five of them, drawn at random
python -m sandbox.replay RUN_ID engine=numpy tracking.directory=PATH     with another engine, from another store

Exit code: 0 every run is bit-identical; 3 all are, or differ by at most --ulp units in the last place; 4 some differ by more;
1 a run could not be done again; 2 a mistake in the command.
"""

import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sandbox.launch.command import Parser, Typed, answer, configured

import numpy as np
from numpy.typing import NDArray

from sandbox import tracking
from sandbox.config.compose import from_yaml
from sandbox.config.schema import TrackingConfig
from sandbox.sweep.resume import put_in_order
from sandbox.system.arrays import Array
from sandbox.system.errors import InputError
from sandbox.system.terminal import console, counted
from sandbox.tracking import Run, Store
from sandbox.trial.build import Setup
from sandbox.trial.digest import code_digest
from sandbox.trial.experiment import Experiment
from sandbox.trial.outcome import Outcome
from sandbox.trial.registry import experiment_of

IDENTICAL, BROKEN, WITHIN, DIFFERENT = 0, 1, 3, 4  # exit codes; 2 is a mistake
ULP = 16  # a few operations in another order; a chaotic training run soon makes more of them


@dataclass(frozen=True)
class Difference:
    """The first place where two histories part, and the largest distance anywhere."""

    probe: str
    step: int | None  # None where the probe has no steps, or is there only once
    ulps: float

    def __str__(self) -> str:
        where = f"from step {self.step} on" if self.step is not None else "in its single value"
        much = f"at most {self.ulps:.0f} ulp" if np.isfinite(self.ulps) else "without bound"
        return f"{where} in {self.probe} ({much})"


def main() -> None:
    """Replay what is named; see the module's docstring for the exit codes."""
    answer(_main)


def _main() -> None:
    typed = parsed()
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
    config = from_yaml(tracking.fetch_config(store, recorded.run_id))
    config = replace(config, engine=engine or config.engine, tracking=TrackingConfig(kind="none", figures=False))
    before = tracking.fetch_history(store, recorded.run_id)
    setup, experiment = Setup(config), experiment_of(config)
    try:
        after = experiment.perform(setup)
    except Exception as error:  # noqa: BLE001 - a replay that fails is an answer
        console.print(
            f"{recorded.run_id} {recorded.name}: not done again: {type(error).__name__}: {error}", markup=False
        )
        print_lines(surroundings(recorded, setup, experiment))
        return BROKEN
    found = list(differences(before, after, experiment.clocked))
    worst = max((difference.ulps for difference in found), default=0.0)
    if not found:
        aside = ", but for what a clock measured" if experiment.clocked else ""
        console.print(f"{recorded.run_id} {recorded.name}: bit-identical{aside}", markup=False, soft_wrap=True)
        return IDENTICAL
    first = min(found, key=lambda difference: -1 if difference.step is None else difference.step)
    word = f"within {worst:.0f} ulp" if worst <= ulp else "different"
    console.print(f"{recorded.run_id} {recorded.name}: {word} {first}", markup=False, soft_wrap=True)
    print_lines([*surroundings(recorded, setup, experiment)] or ["the same code, versions and CPU as recorded"])
    return WITHIN if worst <= ulp else DIFFERENT


def print_lines(lines: list[str]) -> None:
    for line in lines:
        console.print(f"  {line}", markup=False, soft_wrap=True)


def differences(before: Outcome, after: Outcome, clocked: tuple[str, ...] = ()) -> Iterator[Difference]:
    """Where two histories part, probe by probe: every replicate, every step, bit for bit; a NaN equals a NaN."""
    if before.steps.tolist() != after.steps.tolist():
        yield Difference("steps", None, np.inf)
        return
    for old, new, stepped in (
        (before.curves, after.curves, True),
        (before.values, after.values, False),
        (before.snapshots, after.snapshots, True),
    ):
        for name in sorted({*old, *new}):
            if name.partition(":")[0].startswith(clocked) if clocked else False:
                continue
            if name not in old or name not in new or old[name].shape != new[name].shape:
                yield Difference(name, None, np.inf)
                continue
            apart = ulps(np.asarray(old[name]), np.asarray(new[name]))
            if apart.any():
                at = int(np.flatnonzero(apart.reshape(len(apart), -1).any(axis=1))[0])
                yield Difference(name, int(before.steps[at]) if stepped else None, float(apart.max()))


def ulps(a: NDArray[np.floating], b: NDArray[np.floating]) -> Array:
    """How many floating-point numbers apart; 0 means the same bits, or two NaN; inf where only one of them is finite.

    The integers behind the bits, mirrored for negative numbers, count the floats in order. 0.0 and -0.0 are 1 apart.
    """
    if a.dtype != b.dtype or a.dtype.kind != "f":
        return np.where(a == b, 0.0, np.inf)
    kind = np.dtype(f"i{a.dtype.itemsize}")
    least = np.iinfo(kind).min
    order = [
        np.where(bits < 0, least - bits - 1, bits) for bits in (x.view(kind) for x in map(np.ascontiguousarray, (a, b)))
    ]
    apart = np.abs(order[0].astype(np.float64) - order[1].astype(np.float64))
    apart = np.where((apart == 0) & (order[0] != order[1]), 1.0, apart)
    apart = np.where(np.isfinite(a) != np.isfinite(b), np.inf, apart)
    return np.where(np.isnan(a) & np.isnan(b), 0.0, apart)


def surroundings(recorded: Run, setup: Setup, experiment: Experiment) -> list[str]:
    """What is not as it was when the run was recorded: code, versions, CPU, engine."""
    now = {**json.loads(tracking.versions()), "CPU": tracking.cpu(), "engine": experiment.engine(setup)}
    now["code that computes"] = code_digest(setup.config.experiment)
    then = {**json.loads(recorded.tags.get("versions", "{}")), "CPU": recorded.tags.get("cpu", "unknown")}
    then |= {
        "engine": recorded.tags.get("engine", "unknown"),
        "code that computes": recorded.tags.get("code", "unknown"),
    }
    return [
        f"{name}: {then.get(name, 'none')} then, {now.get(name, 'none')} now"
        for name in {**then, **now}
        if then.get(name) != now.get(name)
    ]


def parsed() -> Typed:
    """Options, ids of runs, overrides."""
    parser = Parser("replay", __doc__, words="RUN_ID", keys=("tracking", "engine"))
    parser.add_argument(
        "--sweep", metavar="ID", action="append", default=[], help="all finished runs of this sweep; may be repeated"
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
