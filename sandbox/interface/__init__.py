"""The same for Python, in a notebook or a script: runs, sweeps, experiments and verdicts, over what the commands are made of.

A setting is a key of the configuration, as it is typed for a command: `learning_rate=0.3`, `init="zero"`, and with a dot in it
`dataset__noise=0.1` or `dataset={"name": "moons", "noise": 0.1}`. Mistakes raise `InputError`, in the command's own words.
"""

import gc

_before = gc.get_threshold()

from sandbox.launch import bootstrap  # noqa: E402, F401 - first: it sets the environment that NumPy and Hydra read

gc.set_threshold(*_before)  # the collector is the caller's business here

from sandbox.claims.claim import Claim, Control, Interval, above, below  # noqa: E402
from sandbox.claims.measures import AtBest, Paired, Value  # noqa: E402
from sandbox.interface.estimators import SandboxClassifier, SandboxRegressor  # noqa: E402
from sandbox.interface.pictures import Picture  # noqa: E402
from sandbox.interface.runs import Replayed, Run, run  # noqa: E402
from sandbox.interface.stored import Records, load  # noqa: E402
from sandbox.interface.sweeps import Comparison, Sweep, experiment, judge, sweep  # noqa: E402
from sandbox.system.errors import InputError  # noqa: E402

__all__ = [
    "AtBest",
    "Claim",
    "Comparison",
    "Control",
    "InputError",
    "Interval",
    "Paired",
    "Picture",
    "Records",
    "Replayed",
    "Run",
    "SandboxClassifier",
    "SandboxRegressor",
    "Sweep",
    "Value",
    "above",
    "below",
    "experiment",
    "judge",
    "load",
    "run",
    "sweep",
]
