"""What a store holds, in lines that can be copied; ids by as much of their beginning as is needed."""

import re
import sys
from pathlib import Path

import pytest

from sandbox.commands import status
from sandbox.config.schema import TrackingConfig
from sandbox.system.errors import InputError
from sandbox.tracking import fetch_run, launched_in, resolve, runs_of
from sandbox.tracking.store import client
from tests.conftest import Command

TINY = ("steps=5", "replicates=2", "dataset.samples=40", "probes.count=3", "tracking.figures=false")


def lines(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], folder: Path, *words: str) -> list[str]:
    monkeypatch.setattr(sys, "argv", ["sandbox status", *words, f"tracking.directory={folder}"])
    capfd.readouterr()
    status.main()
    return capfd.readouterr().out.splitlines()


def test_sweeps_single_runs_and_what_is_left_stand_in_lines_to_copy(
    command: Command, store_folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert command(*TINY).code == 0
    long = "hidden=[" + ",".join(["4"] * 30) + "]"
    assert command("-m", *TINY, long, "init=zero,normal").code == 0
    store = resolve(TrackingConfig(directory=str(store_folder)))
    sweep, single = launched_in(store)
    client(store).set_terminated(sweep.run_id, "FAILED")
    listed = lines(monkeypatch, capfd, store_folder)
    assert listed[0].startswith(sweep.run_id[:12]) and "failed" in listed[0] and listed[0].endswith("(2 finished)")
    assert listed[1].startswith("    to do what is left: python -m sandbox.run -m") and long in listed[1]
    assert listed[1].endswith("resume=true")
    assert listed[2].startswith(single.run_id[:12]) and len(listed) == 3
    inside = lines(monkeypatch, capfd, store_folder, sweep.run_id[:6])
    assert [line.split()[0] for line in inside[2:]] == [run.run_id[:12] for run in runs_of(store, sweep.run_id)]
    told = "\n".join(lines(monkeypatch, capfd, store_folder, single.run_id[:6]))
    assert f"python -m sandbox.replay {single.run_id}" in told and re.search(r"activation +tanh", told)


def test_an_id_may_be_shortened_until_it_is_anothers_too(command: Command, store_folder: Path) -> None:
    assert command("-m", *TINY, "seed=range(17)").code == 0  # of 17 ids two begin with the same digit
    store = resolve(TrackingConfig(directory=str(store_folder)))
    ids = [run.run_id for run in runs_of(store, launched_in(store)[0].run_id)]
    assert fetch_run(store, ids[0][:20]).run_id == ids[0]
    first = max((each[0] for each in ids), key=[each[0] for each in ids].count)
    with pytest.raises(InputError, match="with which several begin: ") as refused:
        fetch_run(store, first)
    told = str(refused.value).partition("begin: ")[2].partition(" ...")[0].split(", ")
    assert len({*told}) == len(told) > 1 and [fetch_run(store, each).run_id[: len(each)] for each in told] == told
    for wrong in ("nothing", "%", "'", ""):
        with pytest.raises(InputError, match="id: expected that of a recorded run or sweep"):
            fetch_run(store, wrong)
