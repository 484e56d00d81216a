"""The page: every claim with its evidence, and a laboratory, in one HTML file.

python -m sandbox.report                             of the store that sandbox.run would use, to report.html
python -m sandbox.report --output PATH               to another file
python -m sandbox.report --quick                     of quick looks, which are no evidence
python -m sandbox.report tracking.directory=PATH     of another store
"""

from pathlib import Path

from sandbox.launch.command import Parser, answer, configured

from sandbox import tracking
from sandbox.page.write import write_page
from sandbox.system.terminal import console


def main() -> None:
    """Write the page; exit code 0, or 2 for a mistake in the command."""
    answer(_main)


def _main() -> None:
    parser = Parser("report", __doc__)
    parser.add_argument("--output", type=Path, default=Path("report.html"), help="report.html by default")
    parser.add_argument("--quick", action="store_true", help="of quick looks only")
    typed = parser.read()
    store = tracking.resolve(configured(typed.overrides).tracking, needed=True)
    tracking.prepare(store)
    with console.status("gathering"):
        address = write_page(store, typed.options.output.expanduser(), "quick" if typed.options.quick else None)
    console.print(address, soft_wrap=True, markup=False)


if __name__ == "__main__":
    main()
