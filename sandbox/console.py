"""What the command prints: progress with the time left, tables of results and verdicts, where to look."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

console = Console(highlight=False)
if not console.is_terminal:
    console = Console(highlight=False, width=120)  # a file or a pipe has no edge to wrap at
SYMBOLS = {"supported": "✓", "refuted": "✗", "mixed": "±", "undecided": "?", "invalid": "!"}
COLOURS = {"supported": "green", "refuted": "red", "mixed": "yellow", "undecided": "cyan", "invalid": "magenta"}


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
    with TemporaryDirectory() as folder, Progress(*columns, console=console, transient=True) as bar:
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


def results_table(frame: pd.DataFrame, arms: list[str], metrics: list[str]) -> Table:
    """A row per run: what it was, and the median of each metric over its replicates."""
    table = Table(title=None, header_style="bold")
    for column in arms:
        table.add_column(_heading(column))
    for metric in metrics:
        table.add_column(_heading(metric), justify="right")
    for _, run in frame.groupby("arm", sort=False):
        cells = [_text(run[column].iloc[0]) for column in arms]
        table.add_row(*cells, *(_median(run[metric]) for metric in metrics))
    return table


def _heading(name: str) -> str:
    return name.replace("/", "\n").replace("_", " ")  # short lines: eighty columns have to do


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _median(column: pd.Series) -> str:
    values = column.to_numpy(dtype=float)
    if column.name == "diverged_step":
        return str(int(np.isfinite(values).sum()) or "-")
    values = values[~np.isnan(values)]
    if not values.size:
        return "-"
    median = float(np.quantile(values, 0.5, method="inverted_cdf"))  # an order statistic: half of them may be inf
    is_time = str(column.name).startswith("steps_to_")
    return "never" if is_time and np.isinf(median) else f"{median:.4g}"
