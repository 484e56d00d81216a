"""One's own data, as one types it: what was understood is said and recorded, whatever the file, its labels or the terminal are called."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sandbox.config.schema import TrackingConfig
from sandbox.tracking import resolve
from sandbox.tracking.store import client

Command = Callable[..., Any]
TINY = ("steps=5", "replicates=2", "probes.count=3")


def written(path: Path, labels: tuple[str, ...] = ("no", "yes"), names: str = "a,b,y", seed: int = 0) -> Path:
    rng = np.random.default_rng(seed)
    rows = [f"{a:.3f},{b:.3f},{labels[int(a > b)]}" for a, b in rng.normal(size=(40, 2))]
    path.write_text("\n".join([names, *rows]), encoding="utf-8")
    return path


def only_run(store_folder: Path) -> Any:
    api = client(resolve(TrackingConfig(directory=str(store_folder))))
    (experiment,) = (each.experiment_id for each in api.search_experiments() if each.name == "sandbox")
    (run,) = api.search_runs([experiment])
    return run


def test_words_of_any_script_are_understood_drawn_and_recorded(
    command: Command, store_folder: Path, tmp_path: Path
) -> None:
    path = written(tmp_path / "동물 =#~&('größe').csv", ("고양이", "größer"), "größe,무게,종류")
    answer = command(*TINY, "dataset=file", f"dataset.path={path}", "dataset.label=종류")
    assert (answer.code, answer.err) == (0, "")  # no warning of Matplotlib's either
    said = f"{path.name}: 40 rows; 2 features; label in the last column, '종류': 2 classes (größer "
    assert f"data: {said}" in answer.out
    run = only_run(store_folder)
    assert run.data.tags["data"].startswith(said)
    assert run.data.params["dataset"] == path.name and run.info.run_name.startswith(path.name)


def test_a_sweep_over_files_and_other_sets_gives_each_its_own_keys(command: Command, tmp_path: Path) -> None:
    paths = [written(tmp_path / "größe.csv"), written(tmp_path / "b.csv", seed=1)]
    answer = command(
        "-m", "tracking=none", *TINY, "dataset=file,moons", f"dataset.path={paths[0]},{paths[1]}", "dataset.label=y"
    )
    rows = [line.split("│")[1].strip() for line in answer.out.splitlines() if line.startswith("│")]
    assert (answer.code, rows) == (0, ["größe.csv", "b.csv", "moons"])
    assert answer.out.count("data: ") == 2


def test_an_experiment_takes_a_file_as_one_more_set(command: Command, tmp_path: Path) -> None:
    path = written(tmp_path / "own.csv")
    words = ("dataset=file,circles", f"dataset.path={path}", "steps=3", "replicates=2", "probes.count=3")
    answer = command("-m", "+experiment=symmetry", "tracking=none", *words)
    assert answer.code == 0 and "own.csv" in answer.out and "zero-symmetric" in answer.out


def test_the_tilde_is_the_home_everywhere(
    command: Command, store_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    written(tmp_path / "own.csv")
    np.savez(tmp_path / "w.npz", W1=np.eye(4, 2), b1=np.zeros(4), W2=np.ones((1, 4)), b2=np.zeros(1))
    words = ("dataset=file", "dataset.path=~/own.csv", "init=file", "init.path=~/w.npz")
    answer = command(*TINY, *words, "tracking.directory=~/mlruns", "tracking.figures=false")
    assert (answer.code, answer.err) == (0, "")
    assert only_run(store_folder).data.params["init.path"] == str(tmp_path / "w.npz")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_that_lacks_letters_gets_others_and_loses_nothing(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path / "größe.csv", ("고양이", "개"))
    words = ["-m", "tracking=none", "+experiment=symmetry", "dataset=file", "steps=3", "replicates=2", "probes.count=3"]
    done = subprocess.run(
        [sys.executable, "-m", "sandbox.run", *words, f"dataset.path={path}"],
        capture_output=True, check=False, env=os.environ | {"PYTHONIOENCODING": encoding},
    )  # fmt: skip
    shown = done.stdout.decode(encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert ("grosse.csv" if encoding == "ascii" else "größe.csv") in shown
    assert len({len(line) for line in shown.splitlines() if line.startswith("| ") and "normal" in line}) == 1
    assert "GoYangI" in shown and "zero-symmetric" in shown and "predicted" in shown


MISTAKES = {
    "dataset.header=0": "dataset.header: expected true (the first line names the columns) or false, got 0",
    "dataset.task=classes": "dataset.task: expected a known name, got 'classes'; one of: classification, regression",
    "dataset.label=z": "dataset.label: expected a column of 'own.csv', got 'z'; one of: a, b, y, or its place from 0 to 2",
    "dataset.drop=a": "dataset.drop: expected a list",
    "dataset.dropna=maybe": "dataset.dropna: expected true or false, got 'maybe'",
    "dataset.sep=::": "dataset.sep: expected one character",
    "dataset.path=OWN.csv": "did you mean 'own.csv'?",
    "dataset.path=a.csv,b.csv": "dataset.path: expected one value, got a.csv,b.csv; add -m to sweep over them",
    "dataset.samples=9": "dataset.samples: expected none for dataset=file, got 9",
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_about_a_file_is_answered_in_one_line(
    command: Command, tmp_path: Path, mistake: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "own.csv")
    answer = command("tracking=none", "dataset=file", "dataset.path=own.csv", mistake)
    assert (answer.code, answer.out) == (2, "")
    assert MISTAKES[mistake] in answer.err and answer.err.count("\n") == 1
