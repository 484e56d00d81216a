"""The two arms of a claim that are shown beside each other, as the page can train them again and hold them to the record."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox import tracking
from sandbox.claims.claim import Claim
from sandbox.config.checks import hidden_activations
from sandbox.config.compose import from_yaml
from sandbox.config.schema import RunConfig
from sandbox.data.datasets import Data
from sandbox.data.npz import digest
from sandbox.nn.engines import reference
from sandbox.nn.network import Network, Parameters, cost, forward
from sandbox.page import texts
from sandbox.page.arrays import packed, rounded
from sandbox.page.evidence import natural
from sandbox.system.errors import InputError
from sandbox.tracking import Run, Store
from sandbox.trial.build import Setup, data_of, of_draw
from sandbox.trial.outcome import Outcome
from sandbox.trial.splits import draws_of

LARGEST_DATA = 60_000  # numbers of X and Y
START_BYTES = 48_000  # of weights that the page cannot draw, per arm
MOST_NETWORKS, MOST_CURVES = 240, 48  # of an arm: a dot each, and their recorded losses
CHECKED_STEPS = 64  # the first steps of the first network, trained again while the page is made
SAME = 1e-6  # relative: what such short training may differ by, whatever the engine
FLAT = ("moons", "circles", "spirals", "flower", "xor", "gaussian_quantiles", "blobs", "sine")  # sets that can be drawn
MOST_DRAWS, DRAW_BYTES = (
    16,
    200_000,
)  # of the samples, per arm: so many networks can be looked at where each has its own
CURVES = 8  # of an experiment's own, shown where there is no network to show

StartOf = Callable[[RunConfig], Parameters]  # an experiment whose networks do not start as `init` says has one


@dataclass
class Library:
    """What the stages of a page share: sets of samples and arms, each once."""

    store: Store
    data: dict[str, dict[str, Any]] = field(default_factory=dict)
    arms: dict[str, dict[str, Any] | None] = field(default_factory=dict)

    def arm(self, run: Run, experiment: str) -> dict[str, Any] | None:
        """The arm of a run by its id; None where its record cannot be read."""
        if run.run_id not in self.arms:
            try:
                self.arms[run.run_id] = _arm(self, run, experiment)
            except (tracking.StoreError, InputError):
                self.arms[run.run_id] = None
        return self.arms[run.run_id]

    def samples(self, data: Data) -> str | None:
        """The name under which the page finds these samples; None where there are too many."""
        if data.X.size + data.X_test.size + data.Y.size > LARGEST_DATA:
            return None
        name = digest({"X": data.X, "Y": data.Y, "X_test": data.X_test, "Y_test": data.Y_test})
        if name not in self.data:
            self.data[name] = samples(data)
        return name


def samples(data: Data) -> dict[str, Any]:
    """A set of samples, bit for bit."""
    parts = {"X": data.X, "Y": data.Y, "X_test": data.X_test, "Y_test": data.Y_test}
    return {
        "name": data.name,
        "kind": data.kind,
        "n_x": data.X.shape[0],
        "n_y": data.Y.shape[0],
        "m": data.X.shape[1],
        "m_test": data.X_test.shape[1],
        "features": list(data.features[:12]),
        "classes": list(data.classes[:12]),
        **{name: packed(part) for name, part in parts.items()},
    }


def pair(claim: Claim, runs: Sequence[Run], asked: Mapping[str, Any]) -> tuple[Run, Run] | None:
    """Two runs that differ in what the claim compares and in nothing else, on a set that can be drawn if there is one.

    asked: {a, b, with} of the table of texts, as `stage_of` puts them together. What belongs to a group that differs, as the
    scale to the initial weights, may differ with it.
    """
    a, b = (dict(asked.get(side, {})) for side in "ab")
    wanted, groups = dict(asked.get("with", {})), {*a, *b}
    first = [run for run in runs if run.params.get("first_replicate", "0") == "0" and run.status == "FINISHED"]
    settings = {key for run in first for key in run.params}
    aside = groups | {key for key in settings if key.partition(".")[0] in groups}
    where = {key: value for key, value in claim.where.items() if key in settings}
    sides = [[run for run in first if _fits(run, where | side)] for side in (a, b)]
    if not a and not b:
        sides = [sides[0][:1], sides[0][-1:]]
        aside = settings
    partners = {_apart(run, aside): run for run in reversed(sides[1])}
    pairs = [(run, partners[key]) for run in sides[0] if (key := _apart(run, aside)) in partners]
    pairs = [each for each in pairs if each[0].run_id != each[1].run_id]
    return min(pairs, key=lambda each: _telling(each[0], wanted, pairs), default=None)


def _fits(run: Run, where: Mapping[str, Any]) -> bool:
    return all(any(_same(run.params.get(key), value) for value in _several(given)) for key, given in where.items())


def _several(given: Any) -> Sequence[Any]:
    return given if isinstance(given, list | tuple) else [given]


def _same(recorded: str | None, value: Any) -> bool:
    if recorded is None:
        return str(value) == ""  # what is not set
    try:
        return float(recorded) == float(value)
    except (TypeError, ValueError):
        return recorded == str(value)


def _apart(run: Run, aside: set[str]) -> tuple[tuple[str, str], ...]:
    """A run's settings, without those in which the arms may differ and what only follows from them."""
    left_out = {*aside, "output" if "activation" in aside else ""}
    return tuple(sorted((key, value) for key, value in run.params.items() if key not in left_out))


def _telling(run: Run, wanted: Mapping[str, Any], pairs: Sequence[tuple[Run, Run]]) -> tuple[Any, ...]:
    """The order in which pairs are preferred: as asked, on a set in the plane, small, at the middle of the rates."""
    rates = sorted({each.params.get("learning_rate", "") for each, _ in pairs}, key=natural)
    middle = rates[len(rates) // 2] if rates else ""
    dataset, hidden = run.params.get("dataset", ""), run.params.get("hidden", "")
    return (
        sum(not _fits(run, {key: value}) for key, value in wanted.items()),
        FLAT.index(dataset) if dataset in FLAT else len(FLAT),
        run.params.get("learning_rate", "") != middle,
        len(hidden.split("-")),
        natural(hidden),
        run.run_id,
    )


def _arm(library: Library, run: Run, experiment: str) -> dict[str, Any]:
    config = from_yaml(tracking.config_of(library.store, run))
    history = tracking.history_of(library.store, run)
    arm = {
        "run": run.run_id,
        "name": run.name,
        "digest": run.tags.get("digest", ""),
        "params": run.params,
        "steps": [int(step) for step in history.steps],
        "curves": _curves(history) if len(history.steps) > 1 else {},  # a single point is no curve
        "replicates": config.replicates,
        **axis_of(experiment, config, history),
    }
    networks = _networks(library, config, experiment, history) if "train/loss" in history.curves else None
    return arm | ({"networks": networks} if networks else {})


def axis_of(experiment: str, config: RunConfig, history: Outcome) -> dict[str, Any]:
    """What curves run along, and their names; nothing is said where nobody says, and it is not the steps of a descent."""
    known = texts.axis_of(experiment)
    return known if "along" in known or history.steps[-1] == config.steps else {"along": {}} | known


def _curves(history: Outcome) -> dict[str, list[list[float | str]]]:
    """The 10 %, 50 % and 90 % of the replicates at each step, of the first few curves that say something."""
    chosen = [name for name, curve in history.curves.items() if np.isfinite(curve).any()][:CURVES]
    shown = {}
    for name in chosen:
        curve = history.curves[name]
        known = np.isfinite(curve).any(axis=1)
        quantiles = np.full((3, len(curve)), np.nan)  # where no replicate has a number there is none to show
        with np.errstate(invalid="ignore"):
            quantiles[:, known] = np.nanquantile(curve[known], (0.1, 0.5, 0.9), axis=1)
        shown[name] = [rounded(row, 4) for row in quantiles]
    return shown


def _networks(library: Library, config: RunConfig, experiment: str, history: Outcome) -> dict[str, Any] | None:
    """The arm's networks with the samples they saw; None if what the page would train is not what was recorded."""
    own_start, draws = start_of(experiment), _draws(config)
    first = data_of(draws[0].dataset)
    draws = draws[: max(1, DRAW_BYTES // (8 * (first.X.size + first.X_test.size)))]
    names = [library.samples(data_of(own.dataset)) for own in draws]
    if None in names or not _as_recorded(draws[0], own_start, history):
        return None
    setup = Setup(draws[0])
    drawn_there = own_start is None and config.init.bias == "zero"  # the page draws all weights itself, and no biases
    starts = None if drawn_there else _starts(draws, own_start)
    data = [name for own, name in zip(draws, names, strict=True) for _ in range(own.replicates)]
    shown = len(data) if starts is None else len(starts)
    metric = "test/loss" if np.isfinite(history.curves.get("test/loss", np.nan)).any() else "train/loss"
    return {
        "sizes": list(setup.sizes),
        "hidden": list(hidden_activations(config)),
        "output": setup.output,
        "rate": config.learning_rate,
        "steps": config.steps,
        "seed": config.seed,
        "first": config.first_replicate,
        "init": {"scheme": config.init.name, "scale": config.init.scale, "zero": list(config.init.zero_layers)},
        "data": data[:shown],
        "starts": None if starts is None else packed(starts),
        "loss": packed(history.curves["train/loss"][:, : min(shown, MOST_CURVES)], "<f4"),
        "final": rounded(history.curves[metric][-1, :MOST_NETWORKS], 5),
        "metric": metric,
        "snapshots": _snapshots(history),
    }


def _per_draw(config: RunConfig) -> int | None:
    each: int | None = config.per_draw or config.trial.get("per_split")  # what it was called before
    return each


def _draws(config: RunConfig) -> list[RunConfig]:
    """The configuration once for each draw of the samples, with the replicates that saw it; the first few of both."""
    few = replace(config, replicates=min(config.replicates, MOST_NETWORKS), per_draw=_per_draw(config))
    return [*islice(draws_of(few), MOST_DRAWS)] if few.per_draw else [few]


def alone(config: RunConfig, number: int) -> Setup:
    """One network of a run, with the samples it saw and the weights it started from."""
    r, each = config.first_replicate + number, _per_draw(config)
    own = of_draw(config, r // each) if each else config
    return _setup(replace(own, first_replicate=r, replicates=1), start_of(config.experiment))


def start_of(experiment: str | None) -> StartOf | None:
    """How an experiment's networks start, if not as `init` says."""
    found: StartOf | None = (
        getattr(import_module(f"experiments.{experiment}"), "start_of", None) if experiment else None
    )
    return found


def _starts(draws: Sequence[RunConfig], own_start: StartOf | None) -> NDArray[np.float64]:
    """Each network's weights and biases in one row, layer by layer, as many as there is room for."""
    stacks = [(own.replicates, _setup(own, own_start).start) for own in draws]
    rows = [np.concatenate([part.reshape(R, -1) for layer in stack for part in layer], axis=1) for R, stack in stacks]
    flat = np.concatenate(rows)
    return flat[: max(1, START_BYTES // (8 * flat.shape[1]))]


def _setup(config: RunConfig, own_start: StartOf | None) -> Setup:
    return Setup(config, own_start=own_start(config) if own_start else None)


def _as_recorded(config: RunConfig, own_start: StartOf | None, history: Outcome) -> bool:
    """Whether the first network, trained for a few steps from the start that the page will use, has the recorded losses."""
    setup, before = _setup(replace(config, replicates=1), own_start), 0
    network, parameters, data = setup.network, setup.start, setup.data
    for t, step in enumerate(history.steps):
        if step > CHECKED_STEPS and t > 1:
            break
        parameters = reference.advance(network, parameters, data.X, data.Y, config.learning_rate, int(step) - before)
        before, recorded = int(step), history.curves["train/loss"][t, 0]
        loss = _loss(network, parameters, data)
        if np.isfinite(loss) and not abs(loss - recorded) <= SAME * max(abs(recorded), SAME):
            return False
    return True


def _loss(network: Network, parameters: Parameters, data: Data) -> float:
    with np.errstate(over="ignore", invalid="ignore"):
        return float(cost(network, forward(network, parameters, data.X), data.Y)[0])


def _snapshots(history: Outcome) -> dict[str, Any] | None:
    """The recorded weights of the first replicates: (T, K, parameters), each layer's W and then its b."""
    if not history.snapshots:
        return None
    L = sum(name.startswith("W") for name in history.snapshots)
    parts = [history.snapshots[f"{kind}{l}"] for l in range(1, L + 1) for kind in "Wb"]
    T, K = parts[0].shape[:2]
    flat = np.concatenate([part.reshape(T, K, -1) for part in parts], axis=2)
    kept = max(1, min(K, START_BYTES // (4 * T * flat.shape[2])))
    return {"kept": kept, "weights": packed(flat[:, :kept], "<f4")}
