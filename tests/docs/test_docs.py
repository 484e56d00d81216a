"""The documentation does what it says: the tutorial is typed in as it stands, in a copy of the project, and run."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILE = re.compile(r"^`(?P<path>[\w/]+\.\w+)`\n\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ python (?P<arguments>.*)$", re.MULTILINE)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the commands need, with what was compiled of it."""
    for part in ("sandbox", "experiments", "conf"):
        shutil.copytree(ROOT / part, tmp_path / part)
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
