"""What a sweep's parent run, and its experiment, say of themselves in the dashboard."""

import time
from collections.abc import Sequence
from typing import Any, get_args

import numpy as np
import pandas as pd

from sandbox import tracking
from sandbox.claims.reads import names_read
from sandbox.claims.report import told
from sandbox.claims.verdict import SYMBOLS, Verdict, Word
from sandbox.claims.worth import WORTH
from sandbox.config.schema import RunConfig
from sandbox.sweep.naming import APART, short
from sandbox.sweep.recorder import CARD, FRAMES
from sandbox.sweep.state import Sweep
from sandbox.system.markdown import artifact_image, escaped
from sandbox.system.terminal import counted
from sandbox.tracking import View
from sandbox.trial.experiment import PLAIN
from sandbox.trial.outcome import Result
from sandbox.trial.table import compared, curves_of, shown_metrics, technical

MOST_CHARTS = 6
MECHANISMS = {  # a view of each, of as much of it as a sweep has measured
    "symmetry": ("Symmetry of units", ("spread", "gradient_spread", "distinct", "rank")),
    "slopes": ("Slopes and gradients", ("slope", "gradient", "relative_gradient", "gradient_z")),
    "saturation": ("Saturation", ("saturated", "dead", "activation_std", "positive")),
}


def parent_name(sweep: "Sweep") -> str:
    """`26 Nov 07:32 · init × activation × dataset · 18 arms`: when comes first, as it alone tells two of a kind apart."""
    when = time.strftime("%d %b %H:%M", time.localtime(sweep.first_started / 1000))
    varied = " × ".join(short(name) for name in sweep.names)
    return APART.join(part for part in (when, varied, counted(len(sweep.arms), "arm")) if part)


def among(sweep: "Sweep") -> str:
    """What an arm is to be compared with."""
    differ = f", which differ in {', '.join(map(short, sweep.names))}" if sweep.names else ""
    return f"One of {counted(len(sweep.arms), 'arm')}{differ}"


def params(sweep: "Sweep") -> dict[str, Any]:
    """What varies, and its values; how many replicates; the seeds."""
    first = sweep.configs[0]
    return {
        "varies": ", ".join(sweep.names) or "nothing",
        **values_of(sweep.configs, sweep.names),
        "replicates": first.replicates,
        "seed": first.seed,
        "dataset.seed": first.dataset.seed,
    }


def values_of(configs: Sequence[RunConfig], names: Sequence[str]) -> dict[str, str]:
    flat = [{**compared(config), **technical(config)} for config in configs]
    return {name: ", ".join(dict.fromkeys(str(row[name]) for row in flat if name in row)) for name in names}


def metrics(sweep: "Sweep", seconds: float) -> dict[str, float]:
    """How many arms, failures and verdicts of each kind there are; the best median; the time it took."""
    found: dict[str, float] = {}
    if sweep.judgement is not None:
        words = [verdict.verdict for verdict in sweep.judgement.verdicts]
        found |= {word: sum(said == word for said in words) for word in get_args(Word)}
    if (best := best_of(sweep)) is not None:
        found[_best_metric(best[0])] = float(f"{best[1]:.4g}")
    return found | {"arms": len(sweep.arms), "failed_arms": len(sweep.failures), "seconds": round(seconds, 1)}


def _best_metric(metric: str) -> str:
    return f"best {metric.replace('/', ' ')}"


def best_of(sweep: "Sweep") -> tuple[str, float, str] | None:
    """The lowest median loss of an arm: of what, how much, which arm's."""
    if not sweep.results or not sweep.experiment.trains:
        return None
    metric = shown_metrics(sweep.results)[0]
    if not metric.endswith("loss"):
        return None
    medians = sweep.frame.groupby("arm")[metric].median()
    medians = medians[np.isfinite(medians)]
    if medians.empty:
        return None
    arm = int(medians.idxmin())
    return metric, float(medians[arm]), sweep.labels[arm]


def headline(sweep: "Sweep") -> str:
    """One line that says it all."""
    parts = []
    if sweep.failures:
        parts.append(f"✗ {len(sweep.failures)} of {counted(len(sweep.arms), 'arm')} failed")
    if sweep.judgement is not None:
        verdicts = sweep.judgement.verdicts
        agreed = sum(verdict.verdict == "holds" for verdict in verdicts)
        mark = f"{SYMBOLS['holds']} " if agreed == len(verdicts) else ""
        parts.append(f"{mark}{agreed} of {counted(len(verdicts), 'claim')} hold{'s' if agreed == 1 else ''}")
        parts += _others(verdicts)
        if sweep.budget != "declared":
            parts.append(str(WORTH[sweep.budget]))
    elif (best := best_of(sweep)) is not None:
        parts.append(f"{counted(len(sweep.results), 'arm')} done; lowest median {best[0]} {best[1]:.3g}: {best[2]}")
    return escaped("; ".join(parts) or f"{counted(len(sweep.results), 'arm')} done")


def _others(verdicts: Sequence[Verdict]) -> list[str]:
    """Claims that do not simply hold, those of one word together: `✗ fails: a, b`."""
    by_word: dict[str, list[str]] = {}
    for verdict in verdicts:
        by_word.setdefault(told(verdict), []).append(verdict.claim_id)
    rest = {word: ids for word, ids in by_word.items() if word != "holds"}
    return [
        f"{next(SYMBOLS[v.verdict] for v in verdicts if told(v) == word)} {word}: {', '.join(ids)}"
        for word, ids in rest.items()
    ]


def note(sweep: "Sweep", pictures: Sequence[str]) -> str:
    """The parent's description, the most telling first: a page folds it after a few lines."""
    images = [artifact_image(tracking.THIS_RUN, name) for name in pictures]
    asked = "" if sweep.experiment is PLAIN else escaped(sweep.experiment.question)
    lines = [f"**{headline(sweep)}**", *([asked] if asked else []), *images]
    if sweep.judgement is not None:
        lines.append(sweep.judgement.markdown())
    return "\n\n".join([*lines, *children_pictures(sweep)])


def children_pictures(sweep: "Sweep") -> list[str]:
    """The mechanism's pictures, of the first arm, and the best network's card."""
    known = [result for result in sweep.results if result.run_id and not result.run_id.startswith(tracking.WAITING)]
    if not known or not sweep.configs[0].tracking.figures:
        return []
    names = sweep.labels
    if not sweep.experiment.trains:
        first = known[0]
        drawn = sweep.experiment.figures(first.config, first.outcome)
        return [f"{escaped(names[first.arm])}:\n\n{artifact_image(first.run_id, f'{name}.png')}" for name in drawn]
    best = best_of(sweep)
    return [
        f"Lowest loss, {escaped(names[result.arm])}:\n\n{artifact_image(result.run_id, CARD)}"
        for result in known
        if best is not None and names[result.arm] == best[2]
    ][:1]


def experiment_note(sweep: "Sweep") -> str:
    """Above an experiment's runs: the question, where it is from, what to look at, and how its claims stand."""
    experiment = sweep.experiment
    every = dict.fromkeys(source for claim in experiment.claims for source in claim.source.split("; "))
    sources = "; ".join(source for source in every if not any(source.startswith(f"{other},") for other in every))
    lines = [f"**{escaped(experiment.question)}**" + (f" ({escaped(sources)})" if sources else "")]
    first = next((chart for chart in charts(sweep, *measured(sweep.results)) if not chart.startswith("images ")), "")
    at = f" at {escaped(first.removeprefix('bar ').partition(' & ')[0])}" if first else ""
    lines.append(f"Latest sweep: {headline(sweep)}.")
    lines.append(
        f"Look first{at} in *Views* → *Latest sweep*; *Sweeps* lists all sweeps, each with its verdicts and pictures."
    )
    if sweep.judgement is not None:
        lines.append(
            "\n".join(
                f"- {SYMBOLS[v.verdict]} {v.verdict}, {escaped(v.claim_id)}: {escaped(claim.statement)}"
                for claim, v in zip(sweep.judgement.claims, sweep.judgement.verdicts, strict=True)
            )
        )
    return "\n\n".join(lines)


def views(sweep: "Sweep", parent: str) -> dict[str, View]:
    """All sweeps; the latest one, by what its experiment says is to be looked at; and a view of each mechanism."""
    where, varied = tracking.of_sweep(parent), tuple(sweep.names)
    curves, singles = measured(sweep.results)
    end = max((result.config.steps for result in sweep.results), default=0)
    drawn_as = _as_bars if end <= 1 else tuple  # without a way to follow, lines would be empty
    main = View("Latest sweep", where, drawn_as(charts(sweep, curves, singles)), varied, step=end)
    found = {
        tracking.of_its_own(parent): main,
        tracking.LATEST: main,
        tracking.SWEEPS: tracking.sweeps_view(_of_parents(sweep)),
    }
    for key, (name, families) in MECHANISMS.items():
        shown = [_family(family, curves) for family in families]
        if present := tuple(chart for chart in shown if chart):
            found[key] = View(name, where, drawn_as(present), varied)
    return found


def _as_bars(charts: Sequence[str]) -> tuple[str, ...]:
    """A bar for each run in place of a line along its training; pictures and bars stay."""
    found = []
    for chart in charts:
        found += (
            [chart] if chart.startswith(("images ", "bar ")) else [f"bar {metric}" for metric in chart.split(" & ")]
        )
    return tuple(found)


def _of_parents(sweep: "Sweep") -> list[str]:
    telling = ["holds", "fails", "undecided"] if sweep.experiment.claims else []
    best = best_of(sweep)
    return [f"bar {name}" for name in (*telling, *([_best_metric(best[0])] if best else []), "arms", "seconds")]


def measured(results: Sequence[Result]) -> tuple[list[str], list[str]]:
    """The curves and the single numbers that the runs have, by the dashboard's names; the deepest run has all layers."""
    singles = {name for r in results for name in r.outcome.values}
    return sorted(map(tracking.dashboard_name, curves_of(results))), sorted(map(tracking.dashboard_name, singles))


def _family(family: str, curves: Sequence[str]) -> str:
    """First and last layer of what is measured in each, in one chart."""
    members = [name for name in curves if name.startswith(f"{family}/layer")]
    return " & ".join(dict.fromkeys([*members[:1], *members[-1:]]))


def charts(sweep: "Sweep", curves: Sequence[str], singles: Sequence[str]) -> tuple[str, ...]:
    """The boundary in motion, then what its experiment declares, or else what its claims read, then what the screen shows."""
    loss = "test/loss" if "test/loss" in curves else "train/loss"
    told_anyway = [loss, *(shown_metrics(sweep.results) if sweep.results else []), "slope"]
    wanted = [*(sweep.experiment.charts or names_read(sweep.experiment.claims)), *told_anyway]
    known = [_known(tracking.dashboard_name(chart), curves, singles) for chart in dict.fromkeys(wanted)]
    found = [chart for chart in dict.fromkeys(known) if chart and not any(_within(chart, other) for other in known)]
    kept = found[:MOST_CHARTS] if loss in found[:MOST_CHARTS] else [*found[: MOST_CHARTS - 1], *({loss} & {*found})]
    return (*([f"images {FRAMES}"] if _filmed(sweep) else []), *kept)


def _within(chart: str, other: str) -> bool:
    """Whether another chart shows all of it, and more."""
    return {*chart.split(" & ")} < {*other.split(" & ")}


def _filmed(sweep: "Sweep") -> bool:
    """Whether any of its runs has frames for the slider."""
    if not (sweep.experiment.trains and sweep.configs[0].tracking.figures):
        return False
    from sandbox.plotting.run_frames import has_frames

    return any(has_frames(config.dataset) for config in {repr(c.dataset): c for c in sweep.configs}.values())


def _known(chart: str, curves: Sequence[str], singles: Sequence[str]) -> str:
    if chart in curves:
        return chart
    return f"bar {chart}" if chart in singles else _family(chart.partition("/layer")[0], curves)


def table(sweep: "Sweep") -> str:
    """runs.csv: a row per run and replicate, with what varies and what was measured at the end."""
    frame = sweep.frame
    at_the_end = [name for name in frame.columns if ":" not in name]
    telling = [name for name in at_the_end if name in KEYS or len(frame[name].unique()) > 1]
    frame = frame[telling]
    names = sweep.labels
    return str(pd.concat([frame["arm"].map(lambda i: names[i]).rename("name"), frame], axis=1).to_csv(index=False))


KEYS = ("run_id", "replicate", "arm", "seed", "replicates")
