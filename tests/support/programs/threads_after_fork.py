"""Prints the exit code of a child that was forked when there were threads, and has some of its own again."""

import os
import sys
import threading
import warnings

from sandbox.system.threads import side_by_side


def together() -> bool:
    """Whether two threads meet."""
    gate = threading.Barrier(2)
    return side_by_side(lambda item: gate.wait(20) >= 0, range(2), 2) == [True, True]


if not together():
    sys.exit("no two threads before the fork")
warnings.simplefilter("ignore")  # Python's, of a fork with threads
child = os.fork()
if not child:
    os._exit(0 if together() else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
