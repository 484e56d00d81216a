"""The page: every claim with its evidence, and a laboratory, in one HTML file.

python -m sandbox.report                             of the store that sandbox.run would use, to report.html
python -m sandbox.report --output PATH               to another file
python -m sandbox.report --quick                     of quick looks, which are no evidence
python -m sandbox.report tracking.directory=PATH     of another store
"""

import argparse
import sys
from pathlib import Path

from sandbox import run


def main() -> None:
    """Write the page; exit code 0, or 2 for a mistake in the command."""
    run.answer(_main)


def _main() -> None:
    parser = argparse.ArgumentParser(
        prog="sandbox report", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("overrides", nargs="*", metavar="tracking.KEY=VALUE")
    parser.add_argument("--output", type=Path, default=Path("report.html"), help="report.html by default")
    parser.add_argument("--quick", action="store_true", help="of quick looks only")
    arguments = parser.parse_intermixed_args(sys.argv[1:])
    from sandbox import tracking
    from sandbox.replay import composed
    from sandbox.report.write import written
    from sandbox.system.errors import InputError

    store = tracking.resolve(composed(arguments.overrides).tracking)
    if store.kind == "none":
        raise InputError("tracking: expected a store to report on, got none")
    tracking.prepare(store)
    written(store, arguments.output, "quick" if arguments.quick else None)


if __name__ == "__main__":
    main()
