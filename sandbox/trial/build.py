"""What one job does: build a stack of networks from its configuration, train it, and measure along the way."""

import os
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sandbox.config.checks import hidden_activations, output_name
from sandbox.config.schema import DatasetConfig, RunConfig
from sandbox.data.datasets import Data, load
from sandbox.data.files import load_weights
from sandbox.nn import engines
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.descent import first_diverged_step, gradient_descent, probe_steps
from sandbox.nn.initialisers import initialise
from sandbox.nn.network import Layer, Network, Parameters, replicate
from sandbox.nn.outputs import OUTPUTS, constant_loss
from sandbox.nn.probes import PROBES, measure
from sandbox.system.arrays import Array
from sandbox.system.errors import InputError
from sandbox.trial.outcome import Outcome

LOSS = "train/loss"
SNAPSHOT_BYTES = 4 * 2**20  # the stored weights of a run stay below this; fewer replicates are kept if need be


def data_of(dataset: DatasetConfig) -> Data:
    """The data of a run; loaded once per process, however many arms share it."""
    d = dataset
    return _load(d.name, d.samples, d.noise, d.seed, d.test_fraction, d.standardise, d.path, d.label)


@lru_cache(maxsize=16)
def _load(
    name: str,
    samples: int | None,
    noise: float | None,
    seed: int,
    test_fraction: float,
    standardise: bool,
    path: str | None,
    label: str | None,
) -> Data:
    return load(
        name,
        samples=samples,
        noise=noise,
        seed=seed,
        test_fraction=test_fraction,
        standardise=standardise,
        path=path,
        label=label,
    )


def network_of(config: RunConfig, data: Data) -> Network:
    """The network's functions; raises InputError where the output does not fit the labels."""
    hidden = tuple(ACTIVATIONS[name] for name in hidden_activations(config))
    return Network(hidden, OUTPUTS[output_name(config, data.kind)])


def sizes_of(config: RunConfig, data: Data) -> tuple[int, ...]:
    """n^[0], n^[1] .. n^[L]."""
    return (data.X.shape[0], *config.hidden, data.Y.shape[0])


def initial_parameters(config: RunConfig, data: Data) -> Parameters:
    """R stacked networks at step 0; raises InputError where given weights do not fit."""
    sizes, init = sizes_of(config, data), config.init
    if init.name != "file":
        return initialise(
            init.name, sizes, config.replicates, config.seed, init.scale, init.zero_layers, config.first_replicate
        )
    layers = load_weights(str(init.path), sizes)
    given = [Layer(W * (0.0 if l in init.zero_layers else init.scale), b) for l, (W, b) in enumerate(layers, start=1)]
    return tuple(Layer(*(np.stack([x] * config.replicates) for x in layer)) for layer in given)


def engine_of(config: RunConfig) -> str:
    """The name of the engine that `train` takes: what `auto` stands for."""
    data = data_of(config.dataset)
    return engines.resolve(config.engine, initial_parameters(config, data), data.X, config.steps)


def validate(config: RunConfig) -> None:
    """Everything about a configuration that only its files can tell; raises InputError."""
    data = data_of(config.dataset)
    network_of(config, data)
    if (needed := bytes_needed(config, data)) > (there := memory()):
        raise InputError(
            f"replicates, hidden: expected networks that fit into {there / 2**30:.3g} GiB of memory, got "
            f"{needed / 2**30:.3g} GiB of them; use fewer replicates, smaller layers or fewer probes"
        )
    if config.init.name == "file":
        load_weights(str(config.init.path), sizes_of(config, data))


def bytes_needed(config: RunConfig, data: Data) -> float:
    """Roughly what a run holds at its peak: parameters, gradients and the step before, its curves, one replicate's trace."""
    sizes = [float(n) for n in sizes_of(config, data)]
    parameters = sum(n * (before + 1) for before, n in pairwise(sizes))
    probes = len(config.probes.steps) if config.probes.steps else config.probes.count
    curves = probes * len(config.probes.names or PROBES) * len(sizes)
    trace = sum(sizes) * (data.X.shape[1] + data.X_test.shape[1])
    return float(8 * (config.replicates * (4 * parameters + curves) + 6 * trace))


def memory() -> float:
    """Bytes of this machine's memory; infinity where it does not say."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return float("inf")


def train(config: RunConfig) -> Outcome:
    """The default trial: gradient descent, every probe at every probe step, and what follows from the curves."""
    data = data_of(config.dataset)
    network, start = network_of(config, data), initial_parameters(config, data)
    advance = engines.choose(config.engine, start, data.X, config.steps)
    steps = tuple(config.probes.steps or probe_steps(config.steps, config.probes.count))
    kept = _kept_replicates(config, start, len(steps))

    curves: list[dict[str, Array]] = []
    snapshots: list[Parameters] = []
    diverged = np.full(config.replicates, np.nan)
    before, parameters_before = 0, start

    def measured() -> Outcome:
        together = {name: np.stack([curve[name] for curve in curves]) for name in curves[0]}
        at = np.array(steps[: len(curves)], dtype=np.int64)
        return Outcome(
            steps=at,
            curves=together,
            values=values_of(config, network, data, at, together) | {"diverged_step": diverged},
            snapshots=_as_float32(snapshots[: len(curves)]) if kept else {},
            figures={},
        )

    asked = config.probes.names
    unasked = {LOSS} if asked and LOSS not in asked else set()
    curve: dict[str, Array] = {}

    def look(parameters: Parameters) -> NDArray[np.bool_]:
        """Whose loss is finite: what is measured of all others is NaN throughout."""
        curve.update(measure(network, parameters, data, asked and [*asked, *unasked]))
        return np.isfinite(curve[LOSS])

    try:
        for step, parameters in gradient_descent(
            network, start, data.X, data.Y, config.learning_rate, steps, advance, look
        ):
            snapshots.append(replicate(parameters, slice(kept)))
            curves.append({name: values for name, values in curve.items() if name not in unasked})
            ended = np.isnan(parameters[0].bias[:, 0, 0]) & np.isnan(diverged)
            for r in np.flatnonzero(ended):
                alone = replicate(parameters_before, slice(r, r + 1))
                stretch = step - before
                late = (
                    first_diverged_step(network, alone, data.X, data.Y, config.learning_rate, stretch, advance)
                    if stretch
                    else None
                )
                diverged[r] = step if late is None else before + late
            before, parameters_before = step, parameters
    except KeyboardInterrupt as stop:
        if curves:
            stop.outcome = measured()  # type: ignore[attr-defined] # whoever records the run keeps what there is
        raise
    return measured()


def values_of(
    config: RunConfig, network: Network, data: Data, steps: NDArray[np.int64], curves: dict[str, Array]
) -> dict[str, Array]:
    """Single numbers (R,) that follow from the curves."""
    if "train/loss" not in curves:
        return {}
    with np.errstate(over="ignore"):  # of targets beyond 1e154, whose losses are infinite
        goal = config.threshold * constant_loss(network.output, data.Y)
    return {"steps_to_threshold": steps_to(steps, curves["train/loss"], goal)}


def steps_to(steps: NDArray[np.int64], losses: Array, goal: float) -> Array:
    """The first step (R,) at which the loss (T, R) is at most `goal`: linear between probe steps, inf if it never is."""
    below = losses <= goal
    first = below.argmax(axis=0)
    result = np.full(losses.shape[1], np.inf)
    for r in np.flatnonzero(below.any(axis=0)):
        t = first[r]
        if t == 0:
            result[r] = steps[0]
            continue
        high, low = losses[t - 1, r], losses[t, r]
        result[r] = steps[t - 1] + (steps[t] - steps[t - 1]) * (high - goal) / (high - low)
    return result


def _kept_replicates(config: RunConfig, parameters: Parameters, T: int) -> int:
    one = sum(int(layer.weights[0].size + layer.bias[0].size) for layer in parameters)
    return min(config.probes.snapshots, config.replicates, SNAPSHOT_BYTES // (4 * one * T))


def _as_float32(snapshots: list[Parameters]) -> dict[str, NDArray[np.float32]]:
    with np.errstate(over="ignore"):  # a weight beyond float32's range is stored as inf; the curves keep float64
        arrays = {}
        for l in range(len(snapshots[0])):
            arrays[f"W{l + 1}"] = np.stack([s[l].weights for s in snapshots]).astype(np.float32)
            arrays[f"b{l + 1}"] = np.stack([s[l].bias for s in snapshots]).astype(np.float32)
    return arrays
