"""From the words of `sandbox map` to its sweeps and its picture: coarse first, then finer where neighbours disagree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.launch.execute import prepared

import numpy as np
from hydra.core.override_parser.overrides_parser import OverridesParser
from pandas import DataFrame

from sandbox.config.compose import declared_grid
from sandbox.config.schema import RunConfig, TrackingConfig
from sandbox.plotting.charts.panels import words as in_words
from sandbox.plotting.heat_map import Plane, Side, fine_map
from sandbox.sweep import maps
from sandbox.sweep.maps import Map, Place
from sandbox.sweep.runner import conduct, planned
from sandbox.sweep.state import Sweep
from sandbox.system.errors import InputError, nearest
from sandbox.system.terminal import console, counted
from sandbox.trial.build import Setup, validate
from sandbox.trial.registry import experiment_of, load
from sandbox.trial.registry import names as experiments
from sandbox.trial.table import compared, rows, shown_metrics, technical
from sandbox.trial.train import train

MOST_PANELS = 4
USUAL = ["hydra/launcher=cores", "tracking.figures=false"]


@dataclass(frozen=True)
class Wanted:
    """How fine a map is to be, and of what.

    refine: how often cells are halved. tolerance: which part of the range of values is no disagreement. most: arms. metrics:
    what is drawn, the first of them what is refined by; () for what a sweep shows. picture: where to put it.
    """

    refine: int = 0
    tolerance: float = 0.2
    most: int = 10_000
    metrics: tuple[str, ...] = ()
    picture: Path = Path("map.png")


def planned_map(names: Sequence[str], overrides: Sequence[str], points: int) -> Map:
    """What was typed as axes, panels and what all arms share. Raises InputError."""
    overrides = list(overrides)
    settings: list[str] = []
    values: dict[str, list[str]] = {}
    if experiment := next((word for word in overrides if word.lstrip("+").startswith("experiment=")), ""):
        overrides.remove(experiment)
        name = experiment.partition("=")[2]
        if name not in experiments():
            raise InputError(f"experiment: expected one of ours for a map, got {name!r}{nearest(name, experiments())}")
        if load(name).trial is not train:
            raise InputError(
                f"experiment: expected one that only trains, for a map, got {name!r}, which does more; leave it out"
            )
        settings, values = maps.declared_words(name), declared_grid(name)
    parser = OverridesParser.create()
    for word in overrides:
        override = parser.parse_override(word)
        key = override.get_key_element().lstrip("+")
        if key in ("paired", "only"):
            raise InputError(
                f"map: expected every combination of two keys, got {key}; use sandbox.run for another grid"
            )
        settings = [each for each in settings if each.partition("=")[0] != key]
        if override.is_sweep_override():
            values[key] = [*override.sweep_string_iterator()]
        else:
            values.pop(key, None)
            settings.append(word)
    across, up = (maps.axis(name, values.pop(name, []) or maps.usual(name, points)) for name in names)
    settings = [word for word in settings if word.partition("=")[0] not in names]
    panels: list[tuple[str, ...]] = [()]
    for key, several in values.items():
        panels = [(*panel, f"{key}={value}") for panel in panels for value in several]
    if len(panels) > MOST_PANELS:
        raise InputError(
            f"map: expected at most {MOST_PANELS} panels, got {len(panels)} of {', '.join(values)}; name fewer values"
        )
    usual = [word for word in USUAL if word.partition("=")[0] not in {each.partition("=")[0] for each in settings}]
    return Map(across, up, tuple(panels), (*usual, *settings))


def drawn_map(plan: Map, wanted: Wanted) -> Sweep:
    """Sweep the coarse map, and again with more arms as long as cells are to be refined; the last sweep has them all.

    Raises InputError for a metric that such runs do not measure, before any of them is trained.
    """
    places, cells = plan.coarse(), maps.cells(plan)
    if wanted.metrics:
        refuse_unmeasured(plan, wanted.metrics)
    for finer in range(wanted.refine + 1):
        sweep = swept(plan, places, wanted)
        if finer == wanted.refine or sweep.failures:
            break
        found = values_of(sweep.frame, places, metrics_of(sweep, wanted.metrics)[0])
        new, cells = maps.refined(plan, maps.scaled(found), cells, wanted.tolerance, wanted.most - len(places))
        if not new:
            console.print("refined as far as neighbours disagree, or as arms are left")
            break
        console.print(f"{counted(len(new), 'arm')} more, between neighbours that disagree")
        places += new
    return sweep


def swept(plan: Map, places: Sequence[Place], wanted: Wanted) -> Sweep:
    """One sweep over these places, those that were done before left out, with its picture."""
    words = [*plan.shared, *plan.panels[0], "resume=true"]
    with prepared(words, [[*plan.arm(place), "resume=true"] for place in places]) as (arms, configs, launch):
        sweep = planned(arms, configs, "changed")
        firsts = [
            next(c for c, place in zip(configs, places, strict=True) if place[0] == i) for i in range(len(plan.panels))
        ]
        lines = maps.theory(plan, firsts)

        def picture(done: Sweep) -> dict[str, bytes]:
            drawn = {
                "heat.png": drawn_picture(plan, done.frame, places, metrics_of(done, wanted.metrics), lines, configs)
            }
            wanted.picture.write_bytes(drawn["heat.png"])
            return drawn

        sweep.map, sweep.picture = plan.digest, picture
        conduct(sweep, launch, printing=False)
    return sweep


def refuse_unmeasured(plan: Map, wanted: Sequence[str]) -> None:
    """Two steps of the first arm tell what there is to draw; nothing is recorded."""
    with prepared([*plan.shared, *plan.panels[0]], [plan.arm(plan.coarse()[0])]) as (_, configs, _):
        first = configs[0]
    brief = replace(first, steps=min(first.steps, 2), replicates=1, probes=replace(first.probes, steps=None))
    setup = Setup(replace(brief, per_draw=None, tracking=TrackingConfig(kind="none")))
    experiment = experiment_of(brief)
    if experiment.trains:
        validate(setup)
    measured = rows("", setup.config, experiment.perform(setup)).drop(
        columns=["run_id", "replicate", "draw", "overlap"]
    )
    names = [str(name) for name in measured.columns if name not in {**compared(brief), **technical(brief)}]
    for name in wanted:
        if name not in names:
            raise InputError(f"map: expected --metric that is measured, got {name!r}{nearest(name, names)}")


def metrics_of(sweep: Sweep, wanted: Sequence[str]) -> list[str]:
    """What is drawn: what was asked for, or the first of what a sweep shows."""
    known = [name for name in wanted if name in sweep.frame.columns] if sweep.results else []
    return known or (shown_metrics(sweep.results)[:1] if sweep.results else ["train/loss"])


def values_of(frame: DataFrame, places: Sequence[Place], metric: str) -> dict[Place, float]:
    """The median over replicates at each place; NaN or infinite where half of them or more have none."""
    medians = frame[metric].fillna(np.inf).groupby(frame["arm"]).median()
    return {place: float(medians.get(i, np.nan)) for i, place in enumerate(places)}


def drawn_picture(
    plan: Map,
    frame: DataFrame,
    places: Sequence[Place],
    metrics: Sequence[str],
    lines: Sequence[Mapping[str, tuple[list[float], list[float]]]],
    configs: Sequence[RunConfig],
) -> bytes:
    """The picture of a map, a row for each metric, a column for each panel."""
    rows: dict[str, list[Plane]] = {}
    for metric in metrics:
        found = values_of(frame, places, metric)
        rows[metric] = []
        for panel, words in enumerate(plan.panels):
            own = [place for place in places if place[0] == panel]
            keys, values = [word.partition("=")[0] for word in words], tuple(word.partition("=")[2] for word in words)
            x, y = (
                np.array([axis.number(place[1 + k]) for place in own]) for k, axis in enumerate((plan.across, plan.up))
            )
            rows[metric].append(
                Plane(in_words(keys, values), x, y, np.array([found[place] for place in own]), lines[panel])
            )
    first = configs[0]
    return fine_map(
        rows,
        *(Side(_label(axis), axis.factors, () if axis.numbers else axis.words) for axis in (plan.across, plan.up)),
        title=f"{_label(plan.across).capitalize()} and {_label(plan.up)}: {counted(len(places), 'arm')}",
        below="  ·  ".join([f"median of {counted(first.replicates, 'network')}", *in_common(plan, first)]),
        nothing="never, or diverged",
    )


def in_common(plan: Map, config: RunConfig) -> list[str]:
    """What all arms of a map share of what decides most, in words: neither an axis nor a panel."""
    varies = {plan.across.key, plan.up.key, *(word.partition("=")[0] for panel in plan.panels for word in panel)}
    told = {
        "dataset": config.dataset.name,
        "activation": config.activation if isinstance(config.activation, str) else ", ".join(config.activation),
        "hidden": f"hidden {list(config.hidden)}".replace(" [", " ").rstrip("]"),
        "steps": counted(config.steps, "step"),
        "learning_rate": f"rate {config.learning_rate:g}",
    }
    return [text for key, text in told.items() if key not in varies]


def _label(axis: maps.Axis) -> str:
    told = {"depth": f"hidden layers of {axis.hidden} units", "width": "units of the hidden layer"}
    return told.get(axis.kind, axis.key.replace("init.scale", "scale of weights").replace("_", " "))
