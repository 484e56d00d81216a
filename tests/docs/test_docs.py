"""The documentation does what it says: the tutorial is typed in as it stands, in a copy of the project, and run."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pandas as pd
import pytest

from sandbox.claims.judge import judge

ROOT = Path(__file__).resolve().parents[2]
FILE = re.compile(r"^`(?P<path>[\w/]+\.\w+)`\n\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(r"^ +from sandbox.*?^ +EXPERIMENT = .*?$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ python (?P<arguments>.*)$", re.MULTILINE)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the commands need."""
    for part in ("sandbox", "experiments", "conf"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_tutorial_works_as_written(project: Path) -> None:
    page = (ROOT / "docs" / "your-own-claim.md").read_text()
    files = {match["path"]: match["text"] for match in FILE.finditer(page)}
    assert set(files) == {"conf/experiment/width.yaml", "experiments/width.py"}
    assert files["experiments/width.py"].count("\n") <= 40
    for path, text in files.items():
        (project / path).write_text(text)
    (command,) = COMMAND.findall(page)
    done = subprocess.run(
        [sys.executable, *shlex.split(command), "steps=50", "replicates=6", "looks=1", "tracking.figures=false"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "wider-is-faster" in done.stdout and "8 runs" in done.stdout
    assert (project / "mlruns" / "mlflow.db").exists()


def test_the_example_of_an_experiment_runs_as_written_says_all_and_judges_both_ways() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text()
    assert page.count("\n") <= 140  # three screens: the house, the style, and how to add
    (example,) = EXAMPLE.findall(page)
    module: dict[str, Any] = {}
    exec(dedent(example), module)  # noqa: S102 - this is our own page
    (claim,) = module["EXPERIMENT"].claims
    assert all(len(words) > 8 for words in (claim.statement, claim.source, claim.reason, claim.effect, claim.control))
    arms = [{"dataset": "moons", "init.scale": scale, "replicate": r} for scale in (0.01, 1.0) for r in range(60)]
    table = pd.DataFrame(arms)
    assert judge(claim, table.assign(steps_to_threshold=table["init.scale"])).verdict == "supported"
    assert judge(claim, table.assign(steps_to_threshold=-table["init.scale"])).verdict == "refuted"
