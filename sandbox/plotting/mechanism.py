"""Why a claim came out as it did: of the arms that it compares, what it reads, as it went along training.

Equal units are one line among many; slopes slide to 0; gradients shrink from layer to layer; a line never bends. Weights are
not kept by a sweep, but a replicate's follow from its seed: where they are to be seen, one network is trained again.
"""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from types import CodeType, FunctionType
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from sandbox.claims.claim import Claim, Control
from sandbox.claims.measures import comparison
from sandbox.claims.rows import select
from sandbox.claims.verdict import Verdict
from sandbox.config.schema import ProbesConfig, RunConfig
from sandbox.plotting.canvas.axes import FAR, aside, set_ticks, step_axis, titled, value_axis
from sandbox.plotting.canvas.style import CYCLE, shades
from sandbox.plotting.charts.curves import held
from sandbox.plotting.charts.fits import fit_chart
from sandbox.plotting.charts.panels import matches, words
from sandbox.plotting.charts.series import Series, draw_series, end_labels, quantiles
from sandbox.plotting.charts.snapshots import last_finite, parameters_at
from sandbox.plotting.sweep import in_words
from sandbox.trial.build import Setup
from sandbox.trial.outcome import Outcome, Result
from sandbox.trial.table import varying
from sandbox.trial.train import trained

ARMS = 6  # at most, in one picture
STEPS = 3000  # of the one network that is trained again: they take a tenth of a second
EQUALITY = ("spread", "gradient_spread", "distinct", "rank")  # probes of how far units differ
AT_THE_START = ("gradient/layer1", "gradient_z/layer1", "slope/layer1")
# From 0 to 1, and never on a log axis.
SHARES = ("accuracy", "dead", "saturated", "positive", "exactly_zero", "outside")
PROFILE = 3  # layers of which a probe is drawn layer by layer


@dataclass(frozen=True)
class Arm:
    """The runs of one arm in one stratum, and what tells it from the others."""

    name: str
    results: tuple[Result, ...]

    def curve(self, probe: str) -> "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]] | None":
        """Probe steps (T,) and what all its replicates have at them (T, R); None where it was not probed."""
        found = [r.outcome for r in self.results if probe in r.outcome.curves]
        found = [o for o in found if np.array_equal(o.steps, found[0].steps)]
        return (found[0].steps, np.concatenate([o.curves[probe] for o in found], axis=1)) if found else None


@dataclass(frozen=True)
class Picture:
    """One chart of a mechanism: where it looks, what at, and the arms."""

    title: str
    kind: str  # "units", "fit", "profile", "curves" or "start"
    arms: tuple[Arm, ...]
    probe: str = ""
    place: str = ""  # the stratum

    @property
    def longest_name(self) -> int:
        """Letters that stand right of the axes."""
        named = self.kind in ("profile", "curves")
        return max((len(arm.name) for arm in self.arms), default=0) if named else 0

    def draw(self, ax: Axes) -> None:
        """Draw it on the axes given."""
        titled(ax, self.title)
        if self.place:
            aside(ax, self.place)
        {"units": _units, "fit": _fit, "profile": _profile, "curves": _curves, "start": _at_the_start}[self.kind](
            ax, self
        )


def why(
    claim: Claim,
    verdict: Verdict,
    table: pd.DataFrame,
    results: Sequence[Result],
    settings: Mapping[str, Any],
    *,
    trains: bool,
) -> list[Picture]:
    """At most two pictures of what is behind a verdict; none where the claim reads nothing that goes along training.

    settings: of every stratum, by its name. trains: whether its runs do nothing but train the network of their configuration.
    """
    probes = list(dict.fromkeys(name for result in results for name in result.outcome.curves))
    read = _probes_read(claim, probes)
    strata = _telling(verdict)
    placed = [(name, _arms(claim, table, results, settings.get(name, {}))) for name in strata]
    placed = [(name, arms) for name, arms in placed if arms]
    if not placed:
        return []
    arms, unread = placed[0][1], _without_reading(probes, results)
    if trains and any(probe.partition("/")[0] in EQUALITY for probe in read):
        return _pictures_of_units(arms)
    if trains and (straight := [arm for arm in arms if _is_straight(arm)]) and len(straight) < len(arms):
        bent = next(arm for arm in arms if arm not in straight)
        return [Picture(arm.name, "fit", (arm,)) for arm in (straight[0], bent)]
    if len(placed) == 1:
        of_each_kind = {probe.partition("/")[0]: probe for probe in reversed(read)}
        looked_at = [(probe, *placed[0]) for probe in list(of_each_kind.values())[::-1][:2] or unread]
    else:
        looked_at = [(probe, *place) for probe in (read or unread)[:1] for place in placed]
    return [_along(probe, arms, stratum if len(settings) > 1 else "") for probe, stratum, arms in looked_at]


def _along(probe: str, arms: tuple[Arm, ...], stratum: str) -> Picture:
    """A probe along training, or where there are several layers of it, from layer to layer."""
    kind = "profile" if _layers(arms, probe) >= PROFILE else "curves" if _goes_on(arms) else "start"
    head = in_words(probe) if kind != "profile" else f"{in_words(probe.partition('/')[0])}, layer by layer"
    return Picture(head[0].upper() + head[1:], kind, arms, probe, _said(stratum) if stratum else "")


def _goes_on(arms: Sequence[Arm]) -> bool:
    """Whether anything is looked at after the first step."""
    return max(int(result.outcome.steps[-1]) for arm in arms for result in arm.results) > 1


def _losses(probes: Sequence[str]) -> list[str]:
    return [probe for probe in ("train/loss", "test/loss") if probe in probes][:1]


def _without_reading(probes: Sequence[str], results: Sequence[Result]) -> list[str]:
    """What to look at where a claim reads no probe: the loss, or what there is before the first step where there is no other."""
    at_the_start = max((int(result.outcome.steps[-1]) for result in results), default=0) <= 1
    return ([probe for probe in AT_THE_START if probe in probes][:1] if at_the_start else []) or _losses(probes)


def columns_read(thing: Any) -> list[str]:
    """All words that a measure is made of, in its functions and in those that they call: names of columns are among them."""
    found: dict[str, None] = {}
    _collect(thing, found, set())
    return [word.partition(":")[0] for word in found]


def _collect(thing: Any, found: dict[str, None], seen: set[int]) -> None:
    if isinstance(thing, str):
        found[thing] = None
    elif id(thing) not in seen:
        seen.add(id(thing))
        for part in _parts(thing):
            _collect(part, found, seen)


def _parts(thing: Any) -> Iterable[Any]:
    match thing:
        case functools.partial():
            parts: Iterable[Any] = (thing.func, *thing.args, *thing.keywords.values())
        case Mapping():
            parts = thing.values()
        case tuple() | list():
            parts = thing
        case CodeType():
            parts = [const for const in thing.co_consts if isinstance(const, str | tuple | CodeType)]
        case FunctionType():
            called = [thing.__globals__.get(name) for name in thing.__code__.co_names]
            own = [f for f in called if isinstance(f, FunctionType) and f.__module__ == thing.__module__]
            constants = [f for f in called if isinstance(f, str | tuple)]
            parts = (thing.__code__, *(cell.cell_contents for cell in thing.__closure__ or ()), *own, *constants)
        case _ if is_dataclass(thing) and not isinstance(thing, type):
            parts = [getattr(thing, field.name) for field in fields(thing)]
        case _:
            parts = ()
    return parts


def _probes_read(claim: Claim, probes: Sequence[str]) -> list[str]:
    """The probes among these words; of one of every layer, as `gradient` or `gradient/layer`, that of the first."""
    known = set(probes)
    read = [
        f"{word.removesuffix('/layer')}/layer1" if word not in known else word for word in columns_read(claim.measure)
    ]
    return [word for word in dict.fromkeys(read) if word in known]


def _telling(verdict: Verdict) -> list[str]:
    """The strata to look at: one that supports and one that refutes, or the one in the middle of all."""

    def middle(answer: str | None) -> list[str]:
        found = [s for s in verdict.strata if answer in (None, s.verdict) and np.isfinite(s.estimate)]
        found.sort(key=lambda s: s.estimate)
        return [found[len(found) // 2].stratum] if found else []

    both = [*middle("supported"), *middle("refuted")]
    return both if len(both) == 2 else middle(None) or [s.stratum for s in verdict.strata[:1]]


def _arms(claim: Claim, table: pd.DataFrame, results: Sequence[Result], settings: Mapping[str, Any]) -> tuple[Arm, ...]:
    """The arms that a claim compares in a stratum, each at its best where it has a choice; else its runs, and its control's."""
    rows = select(table, claim.where)
    rows = rows[matches(rows, list(settings), tuple(settings.values()))]
    pair = comparison(claim.measure)
    if pair is not None and all(column in rows for where in (pair.better, pair.than) for column in where):
        return _named(pd.concat([_at_best(select(rows, where)) for where in (pair.better, pair.than)]), results)
    if len(rows["run_id"].unique()) == 1 and isinstance(claim.control, Control):
        beside = select(table, claim.control.where)
        shared = [name for name in settings if name not in claim.control.where]
        beside = beside[matches(beside, shared, tuple(settings[name] for name in shared))]
        rows = pd.concat([rows, beside[~beside["run_id"].isin(rows["run_id"])]])
    return _named(rows, results)


def _at_best(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the run whose training ends lowest."""
    ends = rows.groupby("run_id")["train/loss"].median() if "train/loss" in rows else pd.Series(dtype=float)
    return rows[rows["run_id"] == ends.idxmin()] if ends.notna().any() else rows


def _named(rows: pd.DataFrame, results: Sequence[Result]) -> tuple[Arm, ...]:
    order = {run: i for i, run in enumerate(dict.fromkeys(rows["run_id"]))}
    chosen = sorted((r for r in results if r.run_id in order), key=lambda r: order[r.run_id])
    differing = (
        [name for name in varying([result.config for result in chosen]) if name in rows.columns] if chosen else []
    )
    by_arm: dict[tuple[Any, ...], list[Result]] = {}
    firsts = rows.groupby("run_id", sort=False)[differing].first() if differing else None
    for result in chosen:
        key = tuple(firsts.loc[result.run_id]) if firsts is not None else ()
        by_arm.setdefault(key, []).append(result)
    arms = [Arm(words(differing, key) or "its runs", tuple(found)) for key, found in by_arm.items()]
    kept = (
        np.unique(np.linspace(0, len(arms) - 1, min(ARMS, len(arms))).round().astype(int)) if arms else np.empty(0, int)
    )
    return tuple(arms[i] for i in kept)


def _said(stratum: str) -> str:
    from sandbox.plotting.charts.intervals import stratum_words

    return stratum_words(stratum)


def _layers(arms: Sequence[Arm], probe: str) -> int:
    kind = probe.rpartition("/layer")[0]
    return (
        max(
            (sum(name.startswith(f"{kind}/layer") for name in r.outcome.curves) for a in arms for r in a.results),
            default=0,
        )
        if kind
        else 0
    )


def _is_straight(arm: Arm) -> bool:
    config = arm.results[0].config
    flat = not config.hidden or config.activation == "linear"
    return flat and _again(config) is not None and Setup(_alone(config)).data.X.shape[0] <= 2


def _pictures_of_units(arms: Sequence[Arm]) -> list[Picture]:
    """The units of the arm that is meant, and beside it those of the arm that its control looks at."""
    shown = [arms[0], arms[-1]] if len(arms) > 1 else arms
    return [Picture(_start_of(arm), "units", (arm,)) for arm in shown if _again(arm.results[0].config) is not None]


def _start_of(arm: Arm) -> str:
    config = arm.results[0].config
    return f"{config.init.name} weights, {config.activation}, {config.dataset.name}"


def _alone(config: RunConfig) -> RunConfig:
    probes = ProbesConfig(count=40, names=["train/loss"], snapshots=1)
    return replace(config, replicates=1, probes=probes, steps=min(config.steps, STEPS), engine="numpy")


def _again(config: RunConfig) -> Outcome | None:
    """One network of an arm, trained once more with its weights kept; None where that would take long."""
    work = config.steps and min(config.steps, STEPS) * sum(config.hidden)
    return _trained(repr(_alone(config)), _Held(_alone(config))) if work <= 2e5 and config.init.path is None else None


class _Held:
    """A configuration as an argument that a cache does not look at: its words are the key."""

    def __init__(self, config: RunConfig) -> None:
        self.config = config

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)

    def __hash__(self) -> int:
        return 0


@functools.lru_cache(maxsize=64)
def _trained(_words: str, held_config: _Held) -> Outcome:
    return trained(Setup(held_config.config))


def _units(ax: Axes, picture: Picture) -> None:
    """The first incoming weight of each unit of the first layer: as many lines as there are different units."""
    outcome = _again(picture.arms[0].results[0].config)
    assert outcome is not None
    weights = outcome.snapshots["W1"][:, 0, :, 0].astype(np.float64)  # (T, n_1)
    n = weights.shape[1]
    lines = len(np.unique(np.round(weights / max(float(np.abs(weights).max()), 1e-300), 5), axis=1).T)
    for j, colour in enumerate(shades(n)):
        width = 1.4 + 2.2 * (n - 1 - j) / max(n - 1, 1)  # those below are seen where all are one line
        ax.add_artist(Line2D(outcome.steps, weights[:, j], color=colour, linewidth=width, zorder=3))
    value_axis(ax, weights.T)
    step_axis(ax, outcome.steps)
    ax.set_ylabel("a weight of each unit")
    aside(ax, f"{n} units, {lines} line{'s' * (lines > 1)}")


def _fit(ax: Axes, picture: Picture) -> None:
    """What a network of the arm has learned."""
    config = picture.arms[0].results[0].config
    outcome, setup = _again(config), Setup(_alone(config))
    assert outcome is not None
    last = last_finite(outcome.snapshots)
    if last is not None:
        fit_chart(ax, setup.network, parameters_at(outcome.snapshots, last), setup.data)
    titled(ax, picture.title)


def _profile(ax: Axes, picture: Picture) -> None:
    """Medians at the start over the layers: what is the first layer's share."""
    kind, drawn = picture.probe.rpartition("/layer")[0], []
    series = []
    for arm, colour in zip(picture.arms, _colours(len(picture.arms)), strict=True):
        names = {
            int(name.rpartition("/layer")[2]): name
            for r in arm.results
            for name in r.outcome.curves
            if name.startswith(f"{kind}/layer")
        }
        found = [(layer, curve) for layer, name in sorted(names.items()) if (curve := arm.curve(name)) is not None]
        x, y = np.array([layer for layer, _ in found]), np.stack([values[0] for _, (_, values) in found])  # (layers, R)
        middle = quantiles(y, (0.5,))[0]
        ax.add_artist(Line2D(x, middle, color=colour, marker="o", markersize=4, zorder=3))
        drawn.append((x, middle))
        series.append(Series(arm.name, np.repeat(middle[-1:, None], 2, axis=0), colour))
    deepest = int(max(x[-1] for x, _ in drawn))
    value_axis(ax, np.concatenate([middle for _, middle in drawn])[:, None])
    every = range(1, deepest + 1, 1 + (deepest - 1) // 10)
    set_ticks(ax.xaxis, every, [str(layer) for layer in every])
    ax.set_xlim(0.8, deepest + 0.2)
    ax.set(xlabel="layer", ylabel=f"{in_words(kind)} at the start")
    end_labels(ax, np.array([0, 1]), series)


def _curves(ax: Axes, picture: Picture) -> None:
    """What the claim reads, along training: medians with their spread."""
    found = [(arm, curve) for arm in picture.arms if (curve := arm.curve(picture.probe)) is not None]
    if not found:
        return
    steps = max((steps for _, (steps, _) in found), key=lambda steps: int(steps[-1]))
    same = [(arm, values) for arm, (s, values) in found if np.array_equal(s, steps)]
    series = [Series(arm.name, values, colour) for (arm, values), colour in zip(same, _colours(len(same)), strict=True)]
    drawn = draw_series(ax, steps, series, band=len(series) <= 3, each=False)
    most = FAR * max((held(line) for line in drawn), default=0.0) or np.inf
    value_axis(ax, np.where(drawn > most, np.nan, drawn), linear=_is_share(picture.probe))
    step_axis(ax, steps)
    ax.set_ylabel(in_words(picture.probe))
    end_labels(ax, steps, series)


def _at_the_start(ax: Axes, picture: Picture) -> None:
    """What there is before the first step, arm by arm: medians, and eight of ten replicates."""
    found = [(arm.name, curve[1][0]) for arm in picture.arms if (curve := arm.curve(picture.probe)) is not None]
    spread = np.array([quantiles(values[None], (0.1, 0.5, 0.9))[:, 0] for _, values in found])  # (arms, 3)
    for i, (low, middle, high) in enumerate(spread):
        ax.add_artist(Line2D([i, i], [low, high], color=CYCLE[0], linewidth=3, alpha=0.4, zorder=2))
        ax.add_artist(Line2D([i], [middle], color=CYCLE[0], marker="D", markersize=5, zorder=3))
    value_axis(ax, spread.T, linear=_is_share(picture.probe))
    heads, values = zip(*(name.rpartition(" ")[::2] for name, _ in found), strict=True)
    common = heads[0] if len({*heads}) == 1 else ""
    set_ticks(ax.xaxis, range(len(found)), values if common else [name for name, _ in found])
    ax.set_xlim(-0.5, len(found) - 0.5)
    ax.set(xlabel=common, ylabel=f"{in_words(picture.probe)} at the start")


def _is_share(probe: str) -> bool:
    return probe.partition("/layer")[0].endswith(SHARES)


def _colours(count: int) -> list[Any]:
    return list(CYCLE[:count]) if count <= 3 else list(shades(count))
