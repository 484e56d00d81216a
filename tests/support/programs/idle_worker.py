"""Starts two workers, prints which process one of them is, and gives them nothing to do for a minute."""

import time

import sandbox.launch  # noqa: F401 - the path to our plugins

from hydra_plugins.sandbox_launcher import _pool  # type: ignore[import-untyped]

from sandbox.system.processes import identity

if __name__ == "__main__":  # which its workers import
    print(_pool(2).submit(identity).result(), flush=True)
    time.sleep(60)
