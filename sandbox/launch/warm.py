"""What a first run makes and later ones find: compiled code, fonts, texts. Importing this module makes it, for the workers
that are forked from this process.
"""

import gc
import sys
from contextlib import suppress

from sandbox.config.schema import DatasetConfig, RunConfig
from sandbox.trial.build import Setup
from sandbox.trial.experiment import PLAIN

with suppress(Exception):  # what fails here fails in a run, too, which says why
    config = RunConfig(dataset=DatasetConfig("moons", samples=40), steps=1000, replicates=2, engine="fused")
    setup = Setup(config)
    outcome = PLAIN.perform(setup)
    if "sandbox.sweep.recorder" in sys.modules:
        from sandbox.sweep.recorder import drawn
        from sandbox.trial.digest import run_digest

        run_digest(setup, PLAIN)
        if "sandbox.plotting.run_figures" in sys.modules:
            drawn(setup, PLAIN, outcome)

gc.freeze()  # what workers are forked with stays: none looks through it, or copies it by doing so
