"""A laboratory for what textbooks say about small neural networks.

From Python: `sandbox.run(...)`, `sandbox.sweep(...)`, `sandbox.experiment(...)`, `sandbox.judge(...)`, `sandbox.load(...)`, and
estimators for scikit-learn; `help(sandbox.interface)` has them all. Nothing is imported before it is asked for.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.interface import (  # for those who read types
        AtBest as AtBest,
    )
    from sandbox.interface import (
        Claim as Claim,
    )
    from sandbox.interface import (
        Comparison as Comparison,
    )
    from sandbox.interface import (
        Control as Control,
    )
    from sandbox.interface import (
        InputError as InputError,
    )
    from sandbox.interface import (
        Interval as Interval,
    )
    from sandbox.interface import (
        Paired as Paired,
    )
    from sandbox.interface import (
        Picture as Picture,
    )
    from sandbox.interface import (
        Records as Records,
    )
    from sandbox.interface import (
        Replayed as Replayed,
    )
    from sandbox.interface import (
        Run as Run,
    )
    from sandbox.interface import (
        Sweep as Sweep,
    )
    from sandbox.interface import (
        Value as Value,
    )
    from sandbox.interface import (
        above as above,
    )
    from sandbox.interface import (
        below as below,
    )
    from sandbox.interface import (
        experiment as experiment,
    )
    from sandbox.interface import (
        judge as judge,
    )
    from sandbox.interface import (
        load as load,
    )
    from sandbox.interface import (
        run as run,
    )
    from sandbox.interface import (
        sweep as sweep,
    )

__version__ = "0.1.0"
__path__.append(str(Path(__file__).parent / "commands"))  # where `python -m sandbox.VERB` finds them

# Literally, since Python asks here for every room that has not been imported yet; a test holds it against the interface.
GIVEN = (
    "AtBest", "Claim", "Comparison", "Control", "InputError", "Interval", "Paired", "Picture", "Records", "Replayed",
    "Run", "Sweep", "Value", "above", "below", "experiment", "judge", "load", "run",
    "sweep",
)  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in GIVEN:
        raise AttributeError(f"module 'sandbox' has no attribute {name!r}")
    return getattr(import_module("sandbox.interface"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *GIVEN})
