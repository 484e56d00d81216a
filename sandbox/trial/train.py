"""The default trial: gradient descent, every probe at every probe step, and what an experiment looks at beside them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox.config.schema import RunConfig
from sandbox.data.datasets import Data
from sandbox.nn.blocks import blockwise
from sandbox.nn.descent import first_diverged_step, gradient_descent
from sandbox.nn.network import Network, Parameters, forward, replicate
from sandbox.nn.probes import measure
from sandbox.system.arrays import Array
from sandbox.trial.build import Setup
from sandbox.trial.outcome import Outcome, steps_to

Named = dict[str, NDArray[Any]]
Look = Callable[[Network, Parameters, Data], Mapping[str, Array]]  # -> name: one number per replicate (R,)

LOSS = "train/loss"
SNAPSHOT_BYTES = 4 * 2**20  # the stored weights of a run stay below this; fewer replicates are kept if need be


def train(
    config: RunConfig, *, look: Look | None = None, data: Data | None = None, start: Parameters | None = None
) -> Outcome:
    """The networks of a configuration, trained: on `data` and from `start` if they are given; see `trained`."""
    return trained(Setup(config, data, start), look)


def trained(setup: Setup, look: Look | None = None) -> Outcome:
    """What the probes measure at every probe step, what `look` sees there, and what follows from the curves.

    A replicate that has diverged has NaN parameters, and `look` must let them come out as NaN. Of networks that are all
    that the configuration says, weights are stored and `diverged_step` is exact; where a look, data or a start are given, none
    are, and it is the first probe step after it.
    """
    config, network, data = setup.config, setup.network, setup.data
    plain = look is None and setup.own_data is None and setup.own_start is None
    kind = np.dtype(np.float64 if config.probes.float64 else np.float32)
    kept = _kept_replicates(setup, kind) if plain else 0
    asked = config.probes.names
    unasked = {LOSS} if asked and LOSS not in asked else set()
    measured: dict[str, Array] = {}
    seen: list[tuple[Named, Named]] = []  # curves and weights, by probe step
    diverged = np.full(config.replicates, np.nan)

    def finite(parameters: Parameters) -> NDArray[np.bool_]:
        """Whose loss is finite: what is measured of all others is NaN throughout."""
        measured.update(measure(network, parameters, data, asked and [*asked, *unasked]))
        return np.isfinite(measured[LOSS])

    descent = gradient_descent(
        network, setup.start, data.X, data.Y, config.learning_rate, setup.steps, setup.advance, finite
    )
    before = 0, setup.start
    try:
        for now in descent:
            step, parameters = now
            curve = {name: values for name, values in measured.items() if name not in unasked}
            curve |= look(network, parameters, data) if look else {}
            seen.append((curve, _stored(replicate(parameters, slice(kept)), kind) if kept else {}))
            for r in np.flatnonzero(np.isnan(parameters[0].bias[:, 0, 0]) & np.isnan(diverged)):
                diverged[r] = _diverged_step(setup, int(r), before, step) if plain else step
            before = now
    except KeyboardInterrupt as stop:
        if seen:
            stop.outcome = _outcome(setup, seen, diverged)  # type: ignore[attr-defined] # what there is, to be kept
        raise
    outcome = _outcome(setup, seen, diverged)
    return replace(outcome, predictions=predicted(network, before[1], data)) if config.probes.predictions else outcome


def predicted(network: Network, parameters: Parameters, data: Data) -> Named:
    """What every replicate predicts of every sample, with the labels, by part; as `outcome.packed` says."""
    parts = {"train": (data.X, data.Y), "test": (data.X_test, data.Y_test)}
    parts |= {"validation": data.validation} if data.validation else {}
    found: Named = {"classes": np.array(data.classes)} if data.classes else {}
    for (name, (X, Y)), rows in zip(parts.items(), data.rows or ([],) * len(parts), strict=False):
        if X.shape[1]:
            found[name] = blockwise(partial(_last, network, X), parameters, X.shape[1])["prediction"]
            found |= {f"{name}/labels": Y, f"{name}/rows": np.asarray(rows)}
    return found


def _last(network: Network, X: Array, parameters: Parameters) -> dict[str, Array]:
    with np.errstate(over="ignore", invalid="ignore"):  # of networks that have diverged
        return {"prediction": forward(network, parameters, X).activations[-1]}


def in_blocks(look: Look) -> Look:
    """The same look, taken at a few replicates at a time; for one that looks at nothing but the parameters given."""

    def looking(network: Network, parameters: Parameters, data: Data) -> dict[str, Array]:
        def at_block(block: Parameters) -> Mapping[str, Array]:
            with np.errstate(over="ignore", invalid="ignore"):  # networks that are about to diverge overflow
                return look(network, block, data)

        return blockwise(at_block, parameters, data.X.shape[-1])

    return looking


def _outcome(setup: Setup, seen: list[tuple[Named, Named]], diverged: Array) -> Outcome:
    """What was seen at the probe steps up to now, and the single numbers (R,) that follow from it."""
    steps = np.array(setup.steps[: len(seen)], dtype=np.int64)
    curves, weights = (
        {name: np.stack([each[name] for each in parts]) for name in parts[0]} for parts in zip(*seen, strict=True)
    )
    values = {"diverged_step": diverged}
    if LOSS in curves:
        with np.errstate(over="ignore"):  # of targets beyond 1e154, whose losses are infinite
            goal = setup.config.threshold * setup.constant_loss
        values = {"steps_to_threshold": steps_to(steps, curves[LOSS], goal)} | values
    return Outcome(steps=steps, curves=curves, values=values, snapshots=weights)


def _diverged_step(setup: Setup, r: int, before: tuple[int, Parameters], step: int) -> int:
    """The first step after which replicate r's loss is not finite, from the probe step `before` to this one."""
    alone, own = replicate(before[1], slice(r, r + 1)), setup.part(r)
    if not (stretch := step - before[0]):
        return step
    late = first_diverged_step(
        own.network, alone, own.data.X, own.data.Y, own.config.learning_rate, stretch, own.advance
    )
    return step if late is None else before[0] + late


def _kept_replicates(setup: Setup, kind: np.dtype[Any]) -> int:
    probes, alike = setup.config.probes, setup.part(0).config.replicates
    one = sum(int(W[0].size + b[0].size) for W, b in setup.start)
    return min(probes.snapshots, alike, SNAPSHOT_BYTES // (kind.itemsize * one * len(setup.steps)))


def _stored(parameters: Parameters, kind: np.dtype[Any]) -> Named:
    arrays: Named = {}
    with np.errstate(over="ignore"):  # a weight beyond float32's range is stored as inf; the curves keep float64
        for l, layer in enumerate(parameters, start=1):
            arrays[f"W{l}"], arrays[f"b{l}"] = (array.astype(kind) for array in layer)
    return arrays
