"""What a dry run says, and that it does nothing."""

import re
from pathlib import Path

import pytest

from sandbox.config.schema import DatasetConfig, ProbesConfig, RunConfig, TrackingConfig
from sandbox.sweep.forecast import _words, need_of
from tests.conftest import Command

TINY = ("steps=20", "replicates=3", "dataset.samples=40", "probes.count=4", "tracking.figures=false")


def test_a_dry_run_names_the_arms_and_makes_no_store(command: Command, store_folder: Path) -> None:
    answer = command("-m", "--dry-run", *TINY, "init=zero,normal", "activation=tanh,relu", "resume=true")
    assert answer.code == 0 and not store_folder.exists()
    assert answer.out.startswith("4 runs of 3 replicates, 20 steps each\nabout ")
    assert "   1  init=zero activation=tanh\n" in answer.out and "   4  init=normal activation=relu\n" in answer.out
    assert answer.out.endswith("nothing was run (dry_run)\n")


def test_a_dry_run_says_what_resume_would_not_do_again(command: Command) -> None:
    assert command("-m", *TINY, "init=zero").code == 0
    answer = command("-m", *TINY, "init=zero,normal", "resume=true", "--dry-run")
    assert "1 of them finished before, 1 to do" in answer.out
    assert re.search(r"1  init=zero +\(finished before\)\n +2  init=normal\n", answer.out)
    again = command("-m", *TINY, "init=zero,normal", "--dry-run")
    assert "finished before" not in again.out


def test_a_dry_run_checks_what_a_run_checks(command: Command, store_folder: Path) -> None:
    assert command("--dry-run", "activation=tanhh").code == 2
    assert command("-m", "--dry-run", "+experiment=symmetry", "init=zero").code == 2
    assert command("--dry-run", *TINY).code == 0
    assert not store_folder.exists()


def test_more_work_needs_more_time_and_more_networks_more_memory() -> None:
    small = RunConfig(dataset=DatasetConfig(samples=40), tracking=TrackingConfig(kind="none"))
    long = RunConfig(dataset=small.dataset, tracking=small.tracking, steps=20 * small.steps)
    many = RunConfig(dataset=small.dataset, tracking=small.tracking, replicates=1000, engine="numpy")
    looked_at = RunConfig(dataset=small.dataset, tracking=small.tracking, probes=ProbesConfig(count=2000))
    assert need_of(long).seconds > need_of(small).seconds < need_of(looked_at).seconds
    assert need_of(many).bytes > 20 * need_of(small).bytes and need_of(many).seconds > need_of(small).seconds


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (23, "20 s"), (88, "90 s"), (150, "2 min"), (3000, "50 min"), (8000, "2 h")]
)
def test_an_estimate_is_said_to_one_digit(seconds: float, words: str) -> None:
    assert _words(seconds) == words
