"""The notebooks run as they stand, from top to bottom, and are kept without what they put out."""

import os
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

import sandbox

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore:Proactor event loop", "ignore:datetime.datetime.utcnow")
def test_a_notebook_runs_as_it_stands(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONWARNINGS", "error::UserWarning:sandbox")
    notebook = nbformat.read(path, as_version=4)
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook.cells)
    os.environ.pop("MLFLOW_TRACKING_URI", None)
    NotebookClient(
        notebook, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    last = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert not any(output.output_type == "error" for output in last)
    assert any({"text/html", "image/png"} & {*output.get("data", {})} for output in last), "nothing rich was shown"
    if target := os.environ.get("NOTEBOOKS"):  # to look at what they show
        nbformat.write(notebook, Path(target) / path.name)


def test_the_notes_take_ten_cells() -> None:
    notebook = nbformat.read(FOLDER / "notes-in-ten-cells.ipynb", as_version=4)
    assert sum(cell.cell_type == "code" for cell in notebook.cells) == 10


def test_the_page_on_python_runs_and_names_all_that_it_tells_of() -> None:
    page = (FOLDER.parent / "python.md").read_text(encoding="utf-8")
    code, arms = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(code.strip().splitlines()) <= 6, "with the imports"
    known: dict[str, Any] = {}
    exec(code.replace("steps=1000", "steps=10"), known)  # noqa: S102 - this is our own page
    sweeps = [eval(line.replace("(", "(steps=5, replicates=2, ", 1), known) for line in arms.splitlines()]  # noqa: S307
    assert [len(sweep) for sweep in sweeps] == [2, 3]
    run, sweep = known["run"], sandbox.Sweep
    names = re.findall(r"`\.(\w+)", page)
    assert names and all(hasattr(type(run), name) or hasattr(sweep, name) for name in names)
