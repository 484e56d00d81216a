"""Replicates that do not share one draw of the data."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, groupby, islice, pairwise
from typing import Any

import numpy as np

from sandbox.config import own
from sandbox.config.schema import RunConfig
from sandbox.data.datasets import Data
from sandbox.nn.blocks import block_size
from sandbox.nn.engines import Advance
from sandbox.nn.network import Layer, Network, Parameters, replicate
from sandbox.system.arrays import Array
from sandbox.trial.build import Setup, of_draw
from sandbox.trial.outcome import Outcome
from sandbox.trial.train import train, trained


def over_draws(config: RunConfig, trial: Callable[[RunConfig], Outcome]) -> Outcome:
    """A trial in which every `per_draw` replicates get a draw and split of the data of their own.

    Which one follows from the replicate's number alone, so that arms are still paired, and replicates can be added. One
    engine does them all, and the weights stored are those of the first draw.
    """
    config = replace(config, engine=Setup(config).engine)
    # a trial of somebody's own, parts of a user's own and predictions are of one table of samples
    plain = trial is train and not own.code_of(config) and not config.probes.predictions
    parts = [trained(few) for few in _together(config)] if plain else [trial(each) for each in draws_of(config)]
    return replace(
        parts[0],
        curves={name: np.concatenate([part.curves[name] for part in parts], axis=1) for name in parts[0].curves},
        values={name: np.concatenate([part.values[name] for part in parts]) for name in parts[0].values},
    )


def draws_of(config: RunConfig) -> Iterator[RunConfig]:
    """The same run on each of its draws alone."""
    each = config.per_draw or config.replicates
    first, end = config.first_replicate, config.first_replicate + config.replicates
    for draw in range(first // each, -(-end // each)):
        begin, stop = max(first, draw * each), min(end, (draw + 1) * each)
        yield replace(of_draw(config, draw), first_replicate=begin, replicates=stop - begin)


def _together(config: RunConfig) -> Iterator[Setup]:
    """As many draws at a time as can be looked at in one block, where their samples are equally many."""
    first = Setup(config)
    samples = first.data.X.shape[1] + first.data.X_test.shape[1]
    at_once = block_size(sum(first.sizes), samples) // (config.per_draw or config.replicates)
    draws = map(Setup, draws_of(config))
    while few := tuple(islice(draws, max(1, at_once))):
        for _, alike in groupby(few, key=lambda setup: _shapes(setup.data)):  # parts of classes that vary in size vary
            setups = tuple(alike)
            total = sum(setup.config.replicates for setup in setups)
            yield Draws(replace(setups[0].config, replicates=total), parts=setups) if len(setups) > 1 else setups[0]


@dataclass(frozen=True)
class Draws(Setup):
    """Draws of the data as one stack of networks that are trained on different samples: X and Y have the axis R as well."""

    parts: tuple[Setup, ...] = ()

    @cached_property
    def data(self) -> Data:
        first, counts = self.parts[0].data, [part.config.replicates for part in self.parts]

        def stacked(arrays: list[Array]) -> Array:
            return np.repeat(np.stack(arrays), counts, axis=0)

        arrays: dict[str, Any] = {
            name: stacked([part.data.arrays[name] for part in self.parts]) for name in first.arrays
        }
        chosen_by = [part.data.validation for part in self.parts if part.data.validation]
        X, Y = ([each[i] for each in chosen_by] for i in (0, 1))
        return replace(first, **arrays, validation=(stacked(X), stacked(Y)) if chosen_by else None)

    @property
    def sizes(self) -> tuple[int, ...]:
        return self.parts[0].sizes

    @cached_property
    def start(self) -> Parameters:
        return joined([part.start for part in self.parts])

    @property
    def advance(self) -> Advance:
        def each(
            network: Network, parameters: Parameters, X: Array, Y: Array, learning_rate: float, steps: int
        ) -> Parameters:
            if not steps:
                return parameters
            begins = (0, *self._ends)
            own = [replicate(parameters, slice(*ends)) for ends in pairwise(begins)]
            firsts = zip(self.parts, own, begins, strict=False)  # X[r] is that of the draw which begins at r
            return joined([s.advance(network, few, X[r], Y[r], learning_rate, steps) for s, few, r in firsts])

        return each

    def part(self, r: int) -> Setup:
        return next(part for part, end in zip(self.parts, self._ends, strict=True) if r < end)

    @cached_property
    def _ends(self) -> tuple[int, ...]:
        """Where in the stack the networks of each draw end."""
        return tuple(accumulate(part.config.replicates for part in self.parts))


def joined(stacks: list[Parameters]) -> Parameters:
    """Stacks of networks as one."""
    return tuple(
        Layer(np.concatenate([layer.weights for layer in same]), np.concatenate([layer.bias for layer in same]))
        for same in zip(*stacks, strict=True)
    )


def _shapes(data: Data) -> tuple[tuple[int, ...], ...]:
    return tuple(array.shape for array in (*data.arrays.values(), *(data.validation or ())))
