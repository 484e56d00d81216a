"""Runs that one job of a launcher does after another, so that what a job costs beside its runs is paid once for all of them."""

import os
import pickle
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from sandbox import tracking
from sandbox.config import own
from sandbox.config.schema import RunConfig
from sandbox.sweep.job import perform
from sandbox.trial.outcome import Result

SHARE = 0.05  # of a job's time that may go into what it costs beside its runs
FOR_EACH = 8  # batches for a worker, where that leaves them large enough: who is done early finds another one

Run = tuple[Sequence[str], RunConfig]  # the words of an arm, and what they make with all that its sweep tells it


@dataclass(frozen=True)
class Cost:
    """What a launcher takes beside the runs, in seconds: until its workers work, and for each job on one of them.

    Of Ray's start and of submitit's programs they are rounded from single measurements, of the others estimates;
    `python -m benchmarks.scaling --launchers` measures them.
    """

    start: float
    job: float


def cut(seconds: Sequence[float | None], workers: int, cost: Cost, most: int | None = None) -> list[range]:
    """Neighbouring runs as batches of about equal length, from about how long each takes; where that is not known (None), alone.

    most: runs in a batch, whatever they take; None leaves it to the times.
    """
    if most is not None:
        return [range(i, min(i + most, len(seconds))) for i in range(0, len(seconds), most)]
    if workers == 1:  # there is nobody to share them with
        return [range(len(seconds))]
    known = sum(each or 0.0 for each in seconds)
    enough = min(max(cost.job / SHARE, known / (FOR_EACH * workers)), known / workers)  # every worker gets one
    length = known / max(round(known / enough), 1) if known else 1.0
    marks: list[float] = []
    spent = 0.0
    for i, each in enumerate(seconds):
        marks.append(-1.0 - i if each is None else (spent + each / 2) // length)
        spent += each or 0.0
    return [
        range(group[0], group[-1] + 1)
        for group in ([*same] for _, same in groupby(range(len(marks)), marks.__getitem__))
    ]


def pays(seconds: Sequence[float | None], workers: int, cost: Cost) -> bool:
    """Whether workers are through with the runs before this process would be; where that is not known, they are asked."""
    alone = sum(each or 0.0 for each in seconds)
    return None in seconds or cost.start + alone / min(workers, len(seconds)) <= alone


def packed(runs: Sequence[Run]) -> bytes:
    """Runs as a job gets them, with the folder from which their files' names count."""
    return pickle.dumps((str(Path.cwd()), [([*words], config) for words, config in runs]))


def perform_all(content: bytes) -> list[Result | Exception]:
    """Do the runs that `packed` has made a job of, each with an answer of its own. It may happen in any process."""
    answers: list[Result | Exception] = []
    folder, runs = pickle.loads(content)  # noqa: S301 - from the sweep that started this process
    with suppress(OSError):  # a machine without that folder
        os.chdir(folder)  # workers of a cluster have that of who started it
    with tracking.beside() as line:
        for words, config in runs:
            try:
                own.allow(words)
                answers.append(perform(own.taken_in(config)))
            except Exception as error:  # noqa: BLE001 - one that fails must not hide the rest
                answers.append(_sendable(error))
    return [_arrived(answer, line) for answer in answers]


def _arrived(answer: Result | Exception, line: tracking.Line) -> Result | Exception:
    """An answer with the id of its run in the store, which may have taken it while others were under way."""
    if isinstance(answer, Result):
        return replace(answer, run_id=line.arrived(answer.run_id))
    if getattr(answer, "run_id", None):
        answer.run_id = line.arrived(answer.run_id)  # type: ignore[attr-defined]
    return answer


def _sendable(error: Exception) -> Exception:
    """The error itself, if it arrives in another process as it left."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    except Exception:  # noqa: BLE001 - as many ways as there are classes of errors
        plain = RuntimeError(f"{type(error).__name__}: {error}")
        plain.run_id = getattr(error, "run_id", None)  # type: ignore[attr-defined]
        return plain
    return error
