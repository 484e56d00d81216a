"""Runs packed into jobs: no worker idle, none of unknown length behind another, and an answer for each."""

import pickle
from dataclasses import replace

import pytest

from sandbox.config.schema import DatasetConfig, ProbesConfig, RunConfig, TrackingConfig
from sandbox.sweep import batches
from sandbox.sweep.batches import Cost, cut, packed, pays, perform_all
from sandbox.sweep.dispatch import Job, LostError, Task, launch_all
from sandbox.sweep.job import NotStartedError, perform
from sandbox.tracking import NOWHERE
from sandbox.trial.build import Setup
from sandbox.trial.digest import parts_of
from sandbox.trial.experiment import PLAIN
from sandbox.trial.outcome import Result

JOB = Cost(start=2.0, job=0.05)
TINY = RunConfig(
    dataset=DatasetConfig(samples=40),
    probes=ProbesConfig(count=2, names=["train/loss"]),
    tracking=TrackingConfig(kind="none"),
    steps=2,
    replicates=2,
)


def lengths(seconds: list[float | None], workers: int, most: int | None = None) -> list[int]:
    ranges = list(cut(seconds, workers, JOB, most))
    assert [i for each in ranges for i in each] == list(range(len(seconds)))  # each once, in order
    return [len(each) for each in ranges]


def test_small_runs_share_a_job_until_its_cost_is_a_twentieth_and_every_worker_has_some() -> None:
    many = lengths([0.05] * 1000, 2)  # 50 s: eight batches for each of two workers
    assert len(many) == 16 and set(many) <= {62, 63}
    assert lengths([0.05] * 200, 2) == [20] * 10  # 10 s: a second for each job
    assert lengths([0.05] * 10, 2) == [5, 5]
    assert lengths([0.05] * 10, 1) == [10]


def test_long_runs_and_runs_of_unknown_length_are_on_their_own() -> None:
    assert lengths([60.0] * 8, 2) == [1] * 8
    assert lengths([None] * 5, 2) == [1] * 5
    assert lengths([0.01, None, 0.4, None, 0.01, 0.02, None], 2) == [1, 1, 1, 1, 2, 1]


def test_a_number_of_runs_that_is_typed_counts() -> None:
    assert lengths([0.05] * 10, 2, most=3) == [3, 3, 3, 1]
    assert lengths([None, 60.0, 0.1], 4, most=2) == [2, 1]


def test_workers_are_asked_only_where_they_are_sooner_through() -> None:
    assert not pays([0.05] * 20, 2, JOB)  # a second of work
    assert pays([0.05] * 200, 2, JOB)
    assert not pays([100.0], 2, JOB) and pays([100.0, 100.0], 2, JOB)
    assert pays([None, 0.01], 2, JOB)


def test_a_run_that_fails_does_not_hide_the_others_of_its_batch() -> None:
    wrong = replace(TINY, output="softmax")
    first, second, third = perform_all(packed([([], TINY), (["output=softmax"], wrong), ([], replace(TINY, seed=1))]))
    assert isinstance(first, Result) and isinstance(third, Result)
    assert isinstance(second, Exception) and str(second).startswith("output: expected")
    assert (first.outcome.curves["train/loss"] != third.outcome.curves["train/loss"]).any()


def test_an_error_that_cannot_travel_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    class LocalError(Exception):
        run_id = "abc"

    def fail(config: RunConfig) -> Result:
        raise LocalError("of this function alone")

    monkeypatch.setattr(batches, "perform", fail)
    (answer,) = perform_all(packed([([], TINY)]))
    there = pickle.loads(pickle.dumps(answer))  # noqa: S301 - our own
    assert str(there) == "LocalError: of this function alone" and there.run_id == "abc"


def test_what_stops_a_sweep_stops_the_rest_of_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []

    def once(config: RunConfig) -> Result:
        done.append(config.seed)
        if len(done) > 1:
            raise NotStartedError("not started")
        raise ValueError("the first")

    monkeypatch.setattr(batches, "perform", once)
    answers = perform_all(packed([([], replace(TINY, seed=i)) for i in range(3)]))
    assert [type(answer) for answer in answers] == [ValueError, NotStartedError, NotStartedError]


@pytest.mark.parametrize("retries", [0, 1])
def test_a_job_that_is_lost_costs_the_others_nothing(retries: int) -> None:
    configs = [replace(TINY, seed=i, retries=retries) for i in range(3)]
    jobs = [Job([f"seed={config.seed}"], config, parts_of(Setup(config), PLAIN)) for config in configs]
    given: list[list[int]] = []

    def launch(tasks: list[Task]) -> list[Result | BaseException]:
        given.append([task.config.seed for task in tasks])
        lost = LostError("its node is gone")
        return [lost if task.config.seed == 1 and len(given) == 1 else perform(task.config) for task in tasks]

    answers = launch_all(launch, jobs, NOWHERE, None, "arms")
    assert given == [[0, 1, 2], *([[1]] if retries else [])]
    assert [type(answer) for answer in answers] == [Result, Result if retries else LostError, Result]
