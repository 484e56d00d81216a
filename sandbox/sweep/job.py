"""One job: a run from its configuration to its record. It may happen in any process a launcher starts."""

import json
import time
import traceback
from dataclasses import replace

from sandbox.config.schema import RunConfig
from sandbox.sweep.session import Session
from sandbox.system.errors import InputError
from sandbox.trial.build import Setup
from sandbox.trial.digest import parts_of, whole
from sandbox.trial.experiment import Experiment
from sandbox.trial.outcome import Result
from sandbox.trial.registry import experiment_of


class NotStartedError(RuntimeError):
    """A job that was left out because another one had failed, with on_error=stop."""


def perform(config: RunConfig, *, keep_weights: bool = False) -> Result:
    """Do the trial and record it, again up to `retries` times if it fails; the last failure is raised.

    keep_weights: for a caller in this process; a sweep has them in its records, and would have to carry them about.
    """
    session = Session.of(config.tracking)
    session.follow()
    if session.stopped:
        raise NotStartedError("not started, since another run had failed (on_error=stop)")
    experiment = experiment_of(config)
    for left in range(config.retries, -1, -1):
        try:
            with session.in_hand(_digest(config), config.tracking.label or ""):
                result = _attempt(Setup(config), experiment)
            result = result if keep_weights else replace(result, outcome=replace(result.outcome, snapshots={}))
        except Exception as error:
            if left and not isinstance(error, InputError):  # a mistake stays one
                config = replace(config, tracking=replace(config.tracking, replaces=getattr(error, "run_id", None)))
                continue
            if config.on_error == "stop":
                session.stop()
            session.announce("failed")
            raise
        else:
            session.announce("done")
            return result
    raise AssertionError


def _digest(config: RunConfig) -> str:
    """By which the sweep knows the job; "" for a run on its own."""
    return whole(json.loads(config.tracking.parts)) if config.tracking.parts else ""


def _attempt(setup: Setup, experiment: Experiment) -> Result:
    """One run. One that fails or is stopped is recorded as such, with its traceback and all that it measured."""
    from sandbox.sweep.recorder import recorder_of

    started, tracking = time.perf_counter(), setup.config.tracking
    recorder = recorder_of(setup, experiment)
    outcome = None
    try:
        _refuse_another(setup, experiment)
        outcome = experiment.perform(setup)
        ended = recorder.finish(outcome)
    except BaseException as error:
        measured = outcome or getattr(error, "outcome", None)
        if isinstance(error, InputError) and tracking.parent is None:
            recorder.withdraw()  # a mistake leaves no record
        elif isinstance(error, Exception):
            error.run_id = recorder.fail(traceback.format_exc(), measured)  # type: ignore[attr-defined]
        else:
            recorder.kill(measured)
        raise
    seconds = time.perf_counter() - started
    data = setup.data.digest if experiment.trains and setup.config.dataset.path else ""
    made_with = recorder.made_with
    return Result(setup.config, ended.run_id, outcome, seconds, manifest=ended.manifest, made_with=made_with, data=data)


def _refuse_another(setup: Setup, experiment: Experiment) -> None:
    """All arms of a sweep are those that it was begun with, whichever process reads the files. Raises InputError."""
    expected = json.loads(setup.config.tracking.parts or "{}")
    found = parts_of(setup, experiment) if expected else {}
    if changed := [name for name, digest in expected.items() if found.get(name) != digest]:
        raise InputError(
            f"{' and '.join(changed)}: expected what the sweep was begun with, got another; a file or the code has changed "
            "since, or differs on this machine; begin the sweep again"
        )
