"""Whether every claim is still what was promised: the registry of promises against the claims as they stand.

python -m sandbox.promises             what has changed since it was written; exit code 1 if anything has
python -m sandbox.promises --write     add what is new; a changed promise needs an entry of experiments/AMENDMENTS.md
"""

import sys

from sandbox.launch.command import Parser, answer

from sandbox.config.names import INSTALLED
from sandbox.system.errors import InputError
from sandbox.system.terminal import console, counted


def main() -> None:
    """Compare, or write; exit code 0, 1 if promises differ, 2 for a change that is not explained."""
    answer(_main)


def _main() -> None:
    parser = Parser("promises", __doc__, keys=())
    parser.add_argument("--write", action="store_true", help="add what is new to the registry")
    typed = parser.read()
    if typed.options.write and INSTALLED:
        raise InputError("promises: expected a checkout to write to, got an installed package; leave out --write")
    from sandbox.sweep import promises

    kept, log = promises.registered(), promises.amendments(promises.AMENDMENTS.read_text(encoding="utf-8"))
    now = promises.promised()
    found = promises.changes(now, kept, log)
    if typed.options.write:
        promises.write(promises.with_changes(kept, found))
        console.print(f"{counted(len(found), 'promise')} added to {promises.REGISTRY}", soft_wrap=True)
        return
    for change in found:
        line = f"{change.claim}: {change.promise[:12]}, {change.since or 'no entry of AMENDMENTS.md names it'}"
        console.print(line, soft_wrap=True, markup=False)
    console.print(f"{counted(len(now), 'promise')}, {len(found)} not as registered")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
