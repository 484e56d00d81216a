"""What the command prints: progress with the time left, tables of results and verdicts, where to look."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.segment import Segment
from rich.table import Table

from sandbox.system.plain_words import as_printed, visible


class Sober(Console):
    """A console on which a name from a store is shown, whatever it holds, and never obeyed."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)


console = Sober(highlight=False)
if not console.is_terminal:
    console = Sober(highlight=False, width=120)  # a file or a pipe has no edge to wrap at
DIVERGED = "diverged_step"


@contextmanager
def progress(total: int, what: str) -> Iterator[Path]:
    """A bar that follows the lines of the file it yields: jobs in any process append one line each as they end."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with (
        TemporaryDirectory() as folder,
        Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar,
    ):
        file = Path(folder) / "ended"
        file.touch()
        task = bar.add_task(what, total=total)
        ended = threading.Event()

        def follow() -> None:
            while not ended.wait(0.2):
                bar.update(task, completed=file.read_bytes().count(b"\n"))

        watcher = threading.Thread(target=follow, daemon=True)
        watcher.start()
        try:
            yield file
        finally:
            ended.set()
            watcher.join()
            bar.update(task, completed=file.read_bytes().count(b"\n"))


def counted(count: int, thing: str) -> str:
    """`1 run`, `2 runs`."""
    return f"{count} {thing}" + ("" if count == 1 else "s")


def results_table(frame: pd.DataFrame, arms: list[str], metrics: list[str], line_after: int = 0) -> Table:
    """A row per arm: what it was, and the median of each metric over its replicates; as many metrics as the terminal holds.

    line_after: behind so many rows a line is drawn, for rows between them that are not shown.
    """
    left = list(metrics)
    while not _fits(table := _results(frame, arms, left, line_after)) and len(left) > 1:
        left.remove([name for name in left if name != DIVERGED][-1])
    if len(left) < len(metrics):
        table.caption = "no room for " + ", ".join(name for name in metrics if name not in left)
    return table


def _results(frame: pd.DataFrame, arms: list[str], metrics: list[str], line_after: int) -> Table:
    table = Table(title=None, header_style="bold")
    for column in arms:
        table.add_column(_heading(column))
    for metric in metrics:
        table.add_column(_heading(metric), justify="right")
    for number, (_, run) in enumerate(frame.groupby("arm", sort=False), start=1):
        cells = [_text(run[column].iloc[0]) for column in arms]
        table.add_row(*cells, *(_summary(run[metric]) for metric in metrics), end_section=number == line_after)
    return fitted(table)


def fitted(table: Table) -> Table:
    """A table, its cells closer together if it would not fit the terminal otherwise: eighty columns have to do."""
    if not _fits(table):
        table.padding = (0, 0)
    return table


def _fits(table: Table) -> bool:
    return console.measure(table, options=console.options.update(max_width=1000)).maximum <= console.width


def _heading(name: str) -> str:
    if name == DIVERGED:
        return "diverged,\nfrom step"
    parts = (part.rpartition("_") for part in name.split("/"))  # short lines
    return "\n".join(f"{first.replace('_', ' ')}\n{last}".strip() for first, _, last in parts)


def _text(value: Any) -> str:
    if pd.isna(value):
        return "-"
    return f"{value:g}" if isinstance(value, float) else as_printed(str(value), console.encoding)


def _summary(column: pd.Series) -> str:
    values = column.to_numpy(dtype=float)
    if column.name == DIVERGED:
        ended = values[np.isfinite(values)]
        return f"{len(ended)} of {len(values)}, {ended.min():g}" if len(ended) else "-"
    values = values[~np.isnan(values)]
    if not values.size:
        return "-"
    median = float(np.median(values))  # as in the dashboard; half of them may be inf
    is_time = str(column.name).startswith("steps_to_")
    return "never" if is_time and np.isinf(median) else f"{median:.4g}"
