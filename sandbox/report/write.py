"""The page made and put where it can be found."""

import time
from pathlib import Path

from sandbox.report.build import page
from sandbox.report.gather import gathered
from sandbox.system.errors import InputError
from sandbox.system.terminal import console
from sandbox.tracking import Store
from sandbox.trial.experiment import Budget


def written(store: Store, path: Path, budget: Budget | None = None) -> Path:
    """Write the page of a store to a file, and say where it is. Raises InputError where there is nothing to tell."""
    begun = time.perf_counter()
    data = gathered(store, budget)
    if not any("estimate" in claim for claim in data["claims"]):
        raise InputError(
            f"report: expected verdicts in {store.shown}, found none; try: python -m sandbox.study symmetry"
        )
    text = page(data)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise InputError(f"--output: expected a file that can be written, got {path} ({problem.strerror})") from None
    size, seconds = len(text.encode()) / 1e6, time.perf_counter() - begun
    console.print(f"{path.absolute().as_uri()}  ({size:.1f} MB, {seconds:.0f} s)", soft_wrap=True, markup=False)
    return path
