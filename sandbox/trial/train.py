"""The default trial with eyes of its own: more probes than the table has, or other data than the file's."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from sandbox.config.schema import RunConfig
from sandbox.data.datasets import Data
from sandbox.nn import engines
from sandbox.nn.blocks import blockwise
from sandbox.nn.descent import gradient_descent, probe_steps
from sandbox.nn.network import Network, Parameters
from sandbox.nn.probes import measure
from sandbox.system.arrays import Array
from sandbox.system.errors import InputError
from sandbox.trial.build import initial_parameters, network_of, values_of
from sandbox.trial.outcome import Outcome

MOST_SPLITS = 1000  # of one dataset.seed, before the next one's begin
Look = Callable[[Network, Parameters, Data], Mapping[str, Array]]  # -> name: one number per replicate (R,)


def in_blocks(look: Look) -> Look:
    """The same look, taken at a few replicates at a time; for one that looks at nothing but the parameters given."""

    def looking(network: Network, parameters: Parameters, data: Data) -> dict[str, Array]:
        def at_block(block: Parameters) -> Mapping[str, Array]:
            with np.errstate(over="ignore", invalid="ignore"):  # networks that are about to diverge overflow
                return look(network, block, data)

        return blockwise(at_block, parameters, data.X.shape[-1])

    return looking


def watched(config: RunConfig, data: Data, look: Look, start: Parameters | None = None) -> Outcome:
    """The networks of `config` trained on `data`, and at every probe step what `look` sees beside the probes.

    They start from `start`, or from the weights that the configuration says. A replicate that has diverged has NaN
    parameters, and `look` must let them come out as NaN. Its `diverged_step` is the
    first probe step after it did. No weights are stored.
    """
    network, start = network_of(config, data), initial_parameters(config, data) if start is None else start
    steps = tuple(config.probes.steps or probe_steps(config.steps, config.probes.count))
    advance = engines.choose(config.engine, start, data.X, config.steps)
    seen, ended = [], []
    for _, parameters in gradient_descent(network, start, data.X, data.Y, config.learning_rate, steps, advance):
        seen.append(measure(network, parameters, data, config.probes.names) | dict(look(network, parameters, data)))
        ended.append(np.isnan(parameters[0].bias[:, 0, 0]))
    curves = {name: np.stack([curve[name] for curve in seen]) for name in seen[0]}
    at, lost = np.array(steps, dtype=np.int64), np.stack(ended)
    values = values_of(config, network, data, at, curves)
    values["diverged_step"] = np.where(lost.any(axis=0), at[lost.argmax(axis=0)], np.nan)
    return Outcome(steps=at, curves=curves, values=values)


def over_splits(config: RunConfig, per_split: int, trial: Callable[[RunConfig], Outcome]) -> Outcome:
    """A trial whose replicates do not share one draw of the data: every `per_split` of them get a draw and split of their own.

    Which one follows from the replicate's number alone, so that arms are still paired, and replicates can be added.
    Outcomes have no snapshots. Raises InputError for per_split < 1.
    """
    if per_split < 1:
        raise InputError(f"trial.per_split: expected >= 1, got {per_split}")
    first, end, seed = config.first_replicate, config.first_replicate + config.replicates, config.dataset.seed
    parts = []
    for split in range(first // per_split, -(-end // per_split)):
        begin, stop = max(first, split * per_split), min(end, (split + 1) * per_split)
        data = replace(config.dataset, seed=MOST_SPLITS * seed + split)
        parts.append(trial(replace(config, dataset=data, first_replicate=begin, replicates=stop - begin)))
    return Outcome(
        steps=parts[0].steps,
        curves={name: np.concatenate([part.curves[name] for part in parts], axis=1) for name in parts[0].curves},
        values={name: np.concatenate([part.values[name] for part in parts]) for name in parts[0].values},
    )


def while_alive(curve: Array) -> Array:
    """The largest value (R,) of a curve (T, R) before it turned to NaN, for what must hold of every network there is."""
    return np.asarray(np.where(np.isnan(curve), -np.inf, curve).max(axis=0))
