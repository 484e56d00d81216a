"""Python's garbage collector, for commands that import much and then end: with its own settings it would take a fifth of the
imports' time, and half a second at the end, to find that modules are not garbage.
"""

import atexit
import gc

EVERY = 50_000  # objects more than were freed, instead of Python's own 700 to 2,000: a few MB


def collect_seldom() -> None:
    """From now on, and not at the end; best before what it is to spare is imported."""
    gc.set_threshold(EVERY, 20, 100)
    atexit.register(gc.freeze)  # what is left goes with the process
