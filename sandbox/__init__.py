"""A laboratory for what textbooks say about small neural networks.

From Python: `sandbox.run(...)`, `sandbox.sweep(...)`, `sandbox.experiment(...)`, `sandbox.judge(...)`, `sandbox.load(...)`, and
estimators for scikit-learn; `help(sandbox.interface)` has them all. Nothing is imported before it is asked for.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for those who read types
    from sandbox.interface import (
        AtBest,
        Claim,
        Comparison,
        Control,
        InputError,
        Interval,
        Paired,
        Picture,
        Records,
        Replayed,
        Run,
        SandboxClassifier,
        SandboxRegressor,
        Sweep,
        Value,
        above,
        below,
        experiment,
        judge,
        load,
        run,
        sweep,
    )  # fmt: skip

# Literally, since Python asks below for every room that has not been imported yet; a test holds it against the interface.
__all__ = [
    "AtBest", "Claim", "Comparison", "Control", "InputError", "Interval", "Paired", "Picture", "Records",
    "Replayed", "Run", "SandboxClassifier", "SandboxRegressor", "Sweep", "Value", "above", "below",
    "experiment", "judge", "load", "run", "sweep",
]  # fmt: skip
__version__ = "0.1.0"
__path__.append(str(Path(__file__).parent / "commands"))  # where `python -m sandbox.VERB` finds them


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'sandbox' has no attribute {name!r}")
    return getattr(import_module("sandbox.interface"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
