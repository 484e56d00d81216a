"""Two or more recorded runs side by side: in what they were set differently, what came out, and a figure of it.

python -m sandbox.compare RUN_ID RUN_ID                 settings, versions and results that differ; comparison.png
python -m sandbox.compare RUN_ID RUN_ID --output a.png  the figure elsewhere; --metric slope/layer1 for another curve

An id may be shortened to a beginning that no other has; `sandbox status SWEEP_ID` lists those of a sweep.
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.launch.command import Parser, answer, configured

from sandbox.system.errors import InputError, nearest

if TYPE_CHECKING:
    from rich.table import Table

    from sandbox.interface.sweeps import Sweep

MOST = 12  # runs that can be told apart in a figure


def main() -> None:
    """Compare them; exit code 0, or 2 for a mistake in the command."""
    answer(_main)


def _main() -> None:
    from sandbox.sweep.closing import unlike
    from sandbox.system.terminal import console

    parser = Parser("compare", __doc__, words="RUN_ID")
    parser.add_argument("--output", type=Path, default=Path("comparison.png"), metavar="FILE", help="the figure's file")
    parser.add_argument("--metric", metavar="NAME", help="what the figure shows; the test loss by default")
    typed = parser.read()
    runs = _runs(typed.words, typed.overrides)
    if typed.options.metric and typed.options.metric not in runs.table:
        raise InputError(f"compare: --metric: expected what these runs measured, got {typed.options.metric!r}"
                         f"{nearest(typed.options.metric, curves_of(runs))}")  # fmt: skip
    for table in (settings(runs), results(runs)):
        console.print(table)
    for line in unlike([result.made_with for result in runs.results]):
        console.print(line, markup=False, soft_wrap=True)
    if len(runs) == 2:
        print_pairs(runs)
    try:
        path = runs.figure(typed.options.metric).save(typed.options.output)
    except OSError as problem:
        raise InputError(f"compare: --output: expected a file that can be written, got {problem}") from None
    console.print(f"\nThe curves of all replicates: {path}", markup=False, soft_wrap=True)


def _runs(ids: list[str], overrides: list[str]) -> "Sweep":
    """The runs as arms, in the order they were typed. Raises InputError."""
    from sandbox import tracking
    from sandbox.interface.stored import Records
    from sandbox.interface.sweeps import Sweep

    store = tracking.resolve(configured(overrides).tracking, needed=True)
    tracking.prepare(store)
    if not 2 <= len(set(ids)) <= MOST or len(set(ids)) < len(ids):
        raise InputError(f"compare: expected 2 to {MOST} different runs, got {', '.join(ids) or 'none'}")
    found = [Records(store)[run_id] for run_id in ids]
    for run_id, each in zip(ids, found, strict=True):
        if isinstance(each, Sweep):
            raise InputError(
                f"compare: expected runs, got the sweep {run_id}; `sandbox status {run_id}` lists its runs"
            )
    return Sweep(tuple(replace(each.result, arm=arm) for arm, each in enumerate(found) if not isinstance(each, Sweep)))


def curves_of(runs: "Sweep") -> list[str]:
    return sorted(set.intersection(*(set(result.outcome.curves) for result in runs.results)))


def settings(runs: "Sweep") -> "Table":
    """A row per setting in which the runs differ, a column per run."""
    table = _table(runs, "set differently")
    rows = runs.table.groupby("arm").first()
    for name in runs.varied:
        table.add_row(name, *("-" if value != value else str(value) for value in rows[name]))  # noqa: PLR0124 - NaN
    return table


def results(runs: "Sweep") -> "Table":
    """A row per metric: the median over the replicates of each run, and between which values eight in ten lie."""
    import numpy as np

    from sandbox.trial.table import shown_metrics

    table = _table(runs, "came out: median (10 % to 90 % of the replicates)")
    for metric in shown_metrics(list(runs.results)):
        groups = runs.table.groupby("arm")[metric]
        low, middle, high = groups.quantile(0.1, "lower"), groups.median(), groups.quantile(0.9, "higher")
        cells = [(middle[arm], low[arm], high[arm]) for arm in runs.names]
        table.add_row(
            metric,
            *("never" if low == np.inf else f"{middle:.4g} ({low:.3g} to {high:.3g})" for middle, low, high in cells),
        )
    return table


def _table(runs: "Sweep", title: str) -> "Table":
    from rich.table import Table

    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column("")
    for result in runs.results:
        table.add_column(result.run_id[:12], overflow="fold")
    return table


def print_pairs(runs: "Sweep") -> None:
    """In how many pairs of replicates the first run is better, where they share their draws of the data."""
    from sandbox.system.terminal import console

    first, second = (result.config for result in runs.results)
    if (first.dataset, first.seed, first.per_draw) != (second.dataset, second.seed, second.per_draw):
        console.print("No pairs: the runs differ in their data or seeds, so that luck differs as well")
        return
    pairs = runs.compare(0, 1)
    console.print(
        f"The first is better in {pairs.share:.0%} of {len(pairs.table)} pairs of replicates with the same data and seed, by "
        f"{pairs.metric} (95 %: {pairs.low:.0%} to {pairs.high:.0%})"
    )


if __name__ == "__main__":
    main()
