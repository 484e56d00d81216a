"""Published results against ours: what is published, what we get, how far apart.

python -m benchmarks.published                  the table; exits with 1 where anything is further off than it may be
python -m benchmarks.published --only lu saxe
python -m benchmarks.published --write          keeps every number in benchmarks/results/published.json, which the page quotes
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.support.reproductions import SOURCES, Reproduction

RESULTS = Path(__file__).parent / "results" / "published.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=SOURCES, default=list(SOURCES))
    parser.add_argument("--write", action="store_true", help="keep the numbers of all sources")
    asked = parser.parse_args()
    if asked.write and asked.only != list(SOURCES):
        parser.error("--write: expected all sources, got --only; leave one of them out")
    console = Console(highlight=False)
    found = [result for name in asked.only for result in SOURCES[name]()]
    console.print(table(found))
    off = [result for result in found if not result.agrees()]
    console.print(f"{len(found) - len(off)} of {len(found)} published results reproduced")
    if asked.write:
        RESULTS.write_text(json.dumps([kept(result) for result in found], indent=1) + "\n", encoding="utf-8")
    sys.exit(1 if off else 0)


def kept(result: Reproduction) -> dict[str, Any]:
    """A published number and ours as they are kept."""
    return {**result._asdict(), "agrees": bool(result.agrees())}


def table(found: list[Reproduction]) -> Table:
    """A row per published number; the source is named once."""
    shown = Table(header_style="bold", expand=False)
    shown.add_column("published in", overflow="fold", max_width=24)
    shown.add_column("what", overflow="fold")
    for heading in ("published", "ours", "apart", "allowed"):
        shown.add_column(heading, justify="right", no_wrap=True)
    shown.add_column("because of", overflow="fold", max_width=34)
    shown.add_column("")
    earlier: Reproduction | None = None
    for result in found:
        new = earlier is None or earlier.source != result.source
        if new and earlier is not None:
            shown.add_section()
        why = "" if earlier is not None and earlier.why == result.why and not new else result.why
        cells = (number(result.published), number(result.ours), f"{result.off():.2g}", f"{result.allowed:.2g}")
        mark = "[green]✓[/]" if result.agrees() else "[red]✗[/]"
        shown.add_row(result.source if new else "", escape(result.quantity), *cells, why, mark)
        earlier = result
    return shown


def number(value: float | tuple[float, float]) -> str:
    if isinstance(value, tuple):
        return f"{value[0]:.4g} to {value[1]:.4g}"
    return f"{value:.6g}"


if __name__ == "__main__":
    main()
