"""Programs for an interpreter of their own, which has imported nothing yet; they lie in `programs`."""

import subprocess
import sys
from pathlib import Path
from typing import Any

PROGRAMS = Path(__file__).parent / "programs"


def command(program: str, *arguments: object) -> list[str]:
    """What starts a program."""
    return [sys.executable, str(PROGRAMS / f"{program}.py"), *map(str, arguments)]


def said(program: str, *arguments: object, **options: Any) -> list[str]:
    """The lines that a program prints; raises if it fails."""
    words = command(program, *arguments)
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60, **options)
    printed: str = done.stdout
    return printed.splitlines()


def loaded_by(*arguments: object, **options: Any) -> set[str]:
    """The libraries that importing a module loads, or calling a function of it: `module` or `module:function`, then words."""
    return set(said("loads", *arguments, **options)[-1].split(" ")) - {""}
