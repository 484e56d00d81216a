"""One job: a run from its configuration to its record. It may happen in any process a launcher starts."""

import os
import time
import traceback
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox import experiment as experiments_of
from sandbox.experiment import Experiment
from sandbox.history import Outcome
from sandbox.schema import RunConfig

PROGRESS = "SANDBOX_PROGRESS"  # names the file in which every job of a sweep leaves a line when it ends


@dataclass(frozen=True)
class Result:
    """What a job returns to its sweep."""

    config: RunConfig
    run_id: str  # "" where nothing is recorded
    outcome: Outcome  # without the stored weights and figures
    seconds: float


def experiment_of(config: RunConfig) -> Experiment:
    """The experiment a run belongs to; a plain one if none is named."""
    if config.experiment is None:
        return experiments_of.PLAIN
    from experiments import load

    return load(config.experiment)


def perform(config: RunConfig, name: str = "") -> Result:
    """Do the trial and record it; a trial that fails is recorded as failed, with its traceback, before it is raised."""
    from sandbox.record import record, record_failure

    started = time.perf_counter()
    experiment = experiment_of(config)
    try:
        outcome = experiment.trial(config)
        run_id = record(config, experiment, outcome)
    except Exception:
        record_failure(config, experiment, traceback.format_exc())
        announce("failed")
        raise
    announce("done")
    slim = replace(outcome, snapshots={}, figures={})
    return Result(config, run_id, slim, time.perf_counter() - started)


def announce(word: str) -> None:
    """Tell whoever watches the sweep that one more job has ended; appending one short line is atomic."""
    if path := os.environ.get(PROGRESS):
        with Path(path).open("a") as file:
            file.write(f"{word}\n")
