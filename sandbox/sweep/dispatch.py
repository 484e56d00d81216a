"""Arms handed to a launcher, and what came back of each: a result, a failure, or nothing since its worker died."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox import tracking
from sandbox.config.schema import RunConfig
from sandbox.sweep.resume import finished_since
from sandbox.sweep.session import Session
from sandbox.sweep.watch import Struck, TimeLimitError, watched
from sandbox.system.errors import InputError
from sandbox.system.terminal import progress
from sandbox.trial.digest import Parts, whole
from sandbox.trial.outcome import Result

Arm = list[str]  # the overrides that make it


@dataclass(frozen=True)
class Task:
    """What a launcher is handed: an arm, its whole configuration, and about how many seconds it takes; None: who knows."""

    arm: Arm
    config: RunConfig
    seconds: float | None = None


Launch = Callable[[list[Task]], Sequence[Result | BaseException]]
DYING = 5  # seconds given to workers that were told to end


def spelled(arm: Arm) -> str:
    """An arm as it was typed, without where it is recorded: an address may hold a password."""
    return " ".join(word for word in arm if not word.startswith(("tracking.", "tracking=")))


class LostError(RuntimeError):
    """A job whose worker process died before it had ended."""


@dataclass(frozen=True)
class Job:
    """An arm with its configuration and what it is made of, and the run of an earlier call that it replaces."""

    arm: Arm
    config: RunConfig
    parts: Parts
    replaces: str | None = None
    label: str = ""  # what it is called within its sweep
    among: str = ""  # and what that is
    limit: float = 0.0  # seconds that it may take; 0 for as long as it likes
    seconds: float | None = None  # that it should take; None where only its trial knows

    @property
    def digest(self) -> str:
        return whole(self.parts)


def launch_all(
    launch: Launch, jobs: list[Job], store: tracking.Store, parent: str | None, what: str
) -> list[Result | BaseException]:
    """What became of each job.

    Where workers died, the jobs that nobody has a record of are tried `retries` times more, and once more for each that
    was ended for the time it took.
    """
    answers: list[Result | BaseException] = [LostError("its worker died")] * len(jobs)
    tries = jobs[0].config.retries + 1
    while tries and (left := [i for i, answer in enumerate(answers) if isinstance(answer, LostError)]):
        given = _launch_once(launch, [jobs[i] for i in left], store, parent, what)
        for i, answer in zip(left, given, strict=True):
            answers[i] = answer
        tries -= not any(isinstance(answer, TimeLimitError) for answer in given)
    return answers


def _launch_once(
    launch: Launch, jobs: list[Job], store: tracking.Store, parent: str | None, what: str
) -> list[Result | BaseException]:
    with progress(len(jobs), what) as file:
        session = Session(Path(file).parent)
        session.open()
        tasks = [Task(job.arm, _told(job, parent, session), job.seconds) for job in jobs]
        struck: Struck = {}
        answers: list[Result | BaseException]
        try:
            with watched(session, {job.digest: job.limit for job in jobs}) as struck:
                answers = [*launch(tasks)]
        except (InputError, tracking.StoreError):
            raise
        except Exception as problem:  # noqa: BLE001 - every launcher has its own for a worker that died
            reason = f"{type(problem).__name__}: {' '.join(str(problem).split())[:300]}"
            answers = [LostError(f"not finished when the launcher gave up: {reason}")] * len(jobs)
        except KeyboardInterrupt:
            tracking.close_begun(store, DYING)
            raise
        return _salvaged(jobs, answers, store, parent, struck)


def _told(job: Job, parent: str | None, session: Session) -> RunConfig:
    """A job's configuration with what its sweep tells it."""
    told = replace(
        job.config.tracking,
        parent=parent,
        session=str(session.folder),
        replaces=job.replaces,
        label=job.label,
        among=job.among,
        parts=json.dumps(job.parts),
    )
    return replace(job.config, tracking=told)


def _salvaged(
    jobs: list[Job], answers: list[Result | BaseException], store: tracking.Store, parent: str | None, struck: Struck
) -> list[Result | BaseException]:
    """Close what lost workers have left; what they had finished is on record."""
    if not any(isinstance(answer, LostError) for answer in answers):
        return answers
    tracking.close_begun(store, DYING)
    records = finished_since(store, parent)

    def found(job: Job, answer: Result | BaseException) -> Result | BaseException:
        if not isinstance(answer, LostError):
            return answer
        if job.digest in records:
            return records[job.digest].as_result(job.config)
        return TimeLimitError(struck[job.digest]) if job.digest in struck else answer

    return [found(job, answer) for job, answer in zip(jobs, answers, strict=True)]
