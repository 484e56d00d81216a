"""The end of a sweep: its pictures, its description and its table, on record first and then on the screen."""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from sandbox import tracking
from sandbox.sweep import parent as told
from sandbox.sweep.report import failures_table, how_to_resume, show_results, where_to_look
from sandbox.sweep.state import Sweep
from sandbox.system.markdown import escaped, in_page
from sandbox.system.terminal import console, counted
from sandbox.trial.experiment import PLAIN
from sandbox.trial.table import SHOWN_WITHOUT_A_CHOICE, shown_metrics
from sandbox.trial.train import train

OVERVIEWS = ("verdicts", "arms", "heat")  # pictures of the whole sweep
ROOM = 720  # pixels for them in a description, beside the page's column of facts in a window of 1,500


def finish(sweep: Sweep, *, printing: bool = True) -> None:
    """Complete the parent run with what came out, and then print it: a terminal that takes no more must cost nothing."""
    try:
        if sweep.parent:
            complete(sweep, sweep.parent)
    finally:
        if printing:
            show(sweep)


def complete(sweep: Sweep, parent: str) -> None:
    """Tell the parent run what was learnt from the sweep."""
    artifacts: dict[str, Any] = drawn(sweep) if sweep.picture or sweep.configs[0].tracking.figures else {}
    tags: dict[str, Any] = {**sweep.tags, "failed_arms": len(sweep.failures)}
    if sweep.results:
        artifacts["runs.csv"] = told.table(sweep)
    shown = {f"in the page/{name}.svg": artifacts[f"{name}.png"] for name in OVERVIEWS if f"{name}.png" in artifacts}
    artifacts |= {name: in_page(picture, ROOM) for name, picture in shown.items()}
    notes = [told.note(sweep, list(shown))]
    if sweep.judgement is not None:
        tags |= sweep.judgement.tags()
        artifacts["verdicts.json"] = sweep.judgement.to_json()
    notes += [escaped(line) for line in remarks(sweep)]
    status = "FAILED" if sweep.failures or sweep.unjudged else "FINISHED"
    tracking.finish_sweep(
        sweep.store,
        parent,
        status,
        tags=tags,
        metrics=told.metrics(sweep, sweep.seconds),
        artifacts=artifacts,
        note="\n\n".join(notes),
        ended=sweep.ended,
        runs=sweep.manifests,
    )
    if not (sweep.store.offline or tracking.pause_reason(sweep.store)):
        publish(sweep, parent)


def publish(sweep: Sweep, parent: str) -> None:
    """Describe the experiment and prepare its views; without them, an address shows the runs all the same."""
    with suppress(tracking.StoreError):
        there = tracking.whereabouts(sweep.store, parent)
        views = told.views(sweep, there)
        own = next(iter(views))
        kept = tracking.publish(sweep.store, sweep.experiment.name, told.experiment_note(sweep), views, unlisted=[own])
        sweep.view = own if own in kept else ""


def show(sweep: Sweep) -> None:
    """Print what came out."""
    if sweep.results:
        frame = sweep.frame
        names = sweep.names or SHOWN_WITHOUT_A_CHOICE
        metrics, recorded = shown_metrics(sweep.results), sweep.store != tracking.NOWHERE
        show_results(frame, names, metrics, trains=sweep.experiment.trains, recorded=recorded)
    if sweep.judgement is not None:
        console.print(sweep.judgement.table(sweep.budget))
    if sweep.failures:
        console.print(failures_table(sweep.failures, sweep.store))
    for line in remarks(sweep):
        console.print(line, style="red", markup=False, soft_wrap=True)


def remarks(sweep: Sweep) -> list[str]:
    """What stands beside the verdicts: why there are none, and which runs were made with something else than the others."""
    lines = [f"no verdicts: {sweep.unjudged}"] if sweep.unjudged else []
    return lines + unlike([result.made_with for result in sweep.results])


def unlike(made_with: Sequence[Mapping[str, str]]) -> list[str]:
    """In what the runs of a sweep were made differently: a line for each library or processor that is not the same in all."""
    lines = []
    for name in dict.fromkeys(name for each in made_with for name in each):
        counts = Counter(each[name] for each in made_with if name in each)
        if len(counts) > 1:
            several = ", ".join(f"{text} in {counted(number, 'run')}" for text, number in counts.most_common())
            lines.append(f"not all runs were made alike: {name} was {several}")
    return lines


def drawn(sweep: Sweep) -> dict[str, bytes]:
    """The sweep's figures: arms side by side, two factors as a map, and verdicts."""
    from sandbox.plotting.canvas.paper import on_paper, with_paper

    with on_paper(sweep.configs[0].figures):
        return with_paper(_drawn(sweep))


def _drawn(sweep: Sweep) -> dict[str, bytes]:
    if sweep.picture is not None:
        return sweep.picture(sweep) if sweep.results else {}
    figures: dict[str, bytes] = {}
    frame = sweep.frame if sweep.results else None
    if frame is not None and sweep.experiment.trains and sweep.names:
        from sandbox.plotting.heat_map import heat_map
        from sandbox.plotting.sweep import sweep_figure

        outcomes = {result.run_id: result.outcome for result in sweep.results}
        of = "" if sweep.experiment.name == PLAIN.name else sweep.experiment.name
        figures["arms.png"] = sweep_figure(frame, outcomes, names=sweep.names, of=of)
        if (drawn_map := heat_map(frame, names=sweep.names, of=of)) is not None:
            figures["heat.png"] = drawn_map
    if frame is not None and sweep.judgement is not None:
        trains = sweep.experiment.trial is train
        figures |= sweep.judgement.figures(frame, sweep.results, trains=trains)
    return figures


def tell(sweep: Sweep, seconds: float) -> None:
    """Print what came out of a sweep that was conducted without printing, and end as `finished` does."""
    show(sweep)
    finished(sweep, seconds)


def finished(sweep: Sweep, seconds: float) -> None:
    """Say where to look, and how to go on; exits with 1 if an arm failed, or what was recorded waits for its store."""
    console.print(f"{counted(len(sweep.results), 'run')} in {seconds:.1f} s")
    metric = shown_metrics(sweep.results)[0] if sweep.results else ""
    delivered = where_to_look(sweep.store, sweep.parent, metric=metric, view=sweep.view, since=sweep.since)
    if sweep.failures and sweep.parent:
        how_to_resume(sweep.store)
    if sweep.failures or sweep.unjudged or not delivered:
        sys.exit(1)
