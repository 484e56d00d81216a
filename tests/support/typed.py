"""Commands as somebody types them, answered in this process: what they print, and their exit code."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

from sandbox.config.schema import TrackingConfig
from sandbox.sweep import ledger
from sandbox.system.terminal import console
from sandbox.tracking import resolve
from sandbox.trial import registry


def typed(module: str, *words: str) -> tuple[int, str]:
    """Exit code, and everything printed."""
    before, sys.argv = sys.argv, [f"sandbox {module.rpartition('.')[2]}", *words]
    try:
        with overheard() as said, redirect_stderr(said):
            import_module(module).main()
    except SystemExit as end:
        return int(end.code or 0), said.getvalue()
    finally:
        sys.argv = before
    return 0, said.getvalue()


def done(module: str, *words: str) -> str:
    """Everything printed by a command that has to succeed."""
    code, said = typed(module, *words)
    assert code == 0, said
    return said


@contextmanager
def overheard() -> Iterator[io.StringIO]:
    """Inside, what the console would print is kept instead."""
    said, before = io.StringIO(), console._file
    console._file = said
    try:
        yield said
    finally:
        console._file = before


def verdicts(folder: Path) -> dict[str, str]:
    """The words on the claims of the experiment of `symmetry`, as the ledger would show them."""
    with patch.object(
        registry, "names", lambda: ("symmetry",)
    ):  # others' would be asked for in vain, and take their time
        found = ledger.entries(resolve(TrackingConfig(directory=str(folder))), "changed")
    return {entry.claim.id: entry.word for entry in found}
