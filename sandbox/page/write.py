"""The page made and put where it can be found."""

import time
from collections.abc import Sequence
from pathlib import Path

from sandbox.claims.worth import Budget
from sandbox.page.build import page
from sandbox.page.gather import gathered
from sandbox.sweep.entries import Entry
from sandbox.system.errors import InputError
from sandbox.tracking import Store


def write_page(store: Store, path: Path, budget: Budget | None = None, found: Sequence[Entry] | None = None) -> str:
    """Write the page of a store to a file; its address, with what it weighs and how long it took.

    found: the claims' entries of that budget, if they have been read. Raises InputError where there is no verdict to tell
    of, or the file cannot be written.
    """
    begun = time.perf_counter()
    data = gathered(store, budget, found)
    if not any("estimate" in claim for claim in data["claims"]):
        raise InputError(
            f"report: expected verdicts in {store.shown}, found none; try: python -m sandbox.study symmetry"
        )
    text = page(data).encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    except OSError as problem:
        raise InputError(f"--output: expected a file that can be written, got {path} ({problem.strerror})") from None
    return f"{path.absolute().as_uri()}  ({len(text) / 1e6:.1f} MB, {time.perf_counter() - begun:.0f} s)"
