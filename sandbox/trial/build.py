"""What one job is made of, each part once: its data, its network, the weights it starts from and the engine that trains it."""

import os
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator

from sandbox.config.checks import hidden_activations, output_name
from sandbox.config.schema import DatasetConfig, RunConfig
from sandbox.data.datasets import Data, load
from sandbox.data.files import load_weights
from sandbox.data.reading import Reading
from sandbox.nn import engines
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.descent import probe_steps
from sandbox.nn.engines import ENGINES, Advance
from sandbox.nn.initialisers import generator, initialise
from sandbox.nn.network import Layer, Network, Parameters
from sandbox.nn.outputs import OUTPUTS, constant_loss
from sandbox.nn.probes import PROBES
from sandbox.system.arrays import Array
from sandbox.system.errors import InputError
from sandbox.system.kept import Kept
from sandbox.system.own_parts import PARTS, part

MOST_DRAWS = 1000  # of one dataset.seed, before the next one's begin


@dataclass(frozen=True)
class Setup:
    """A run's parts. Each is made when it is first asked for, so that nobody waits for what nobody needs, and then kept.

    own_data, own_start: in place of those that the configuration says. A part raises InputError where it does not fit.
    """

    config: RunConfig
    own_data: Data | None = None
    own_start: Parameters | None = None

    @cached_property
    def data(self) -> Data:
        """Where replicates have draws of their own, the first one's."""
        config = self.config
        first = of_draw(config, config.first_replicate // config.per_draw) if config.per_draw else config
        return self.own_data or data_of(first.dataset)

    @cached_property
    def output(self) -> str:
        """The name of the output layer: what `auto` stands for."""
        return output_name(self.config, self.data.kind)

    @cached_property
    def network(self) -> Network:
        hidden = tuple(part("activation", ACTIVATIONS, name) for name in hidden_activations(self.config))
        return Network(hidden, part("output", OUTPUTS, self.output), self.config.weight_decay)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """n^[0], n^[1] .. n^[L]."""
        return (self.data.X.shape[0], *self.config.hidden, self.data.Y.shape[0])

    @cached_property
    def start(self) -> Parameters:
        """R stacked networks at step 0."""
        return self.own_start or initial_parameters(self.config, self.sizes)

    @cached_property
    def steps(self) -> tuple[int, ...]:
        """The steps at which the networks are looked at."""
        probes = self.config.probes
        return tuple(probes.steps or probe_steps(self.config.steps, probes.count))

    @cached_property
    def engine(self) -> str:
        """The engine's name: what `auto` stands for, which follows from functions and sizes."""
        config, m = self.config, self.data.X.shape[1]
        each = config.per_draw or config.replicates
        stacks = -(-config.replicates // each)
        return engines.resolve(config.engine, self.network, self.sizes, m, each, config.steps, stacks)

    @property
    def advance(self) -> Advance:
        return ENGINES[self.engine]

    @property
    def constant_loss(self) -> Array:
        """What predicting the mean label costs."""
        return constant_loss(self.network.output, self.data.Y)

    def part(self, r: int) -> "Setup":
        """That of the networks that replicate r, counted from 0, shares its data with, the first of which come first."""
        return self


def of_draw(config: RunConfig, draw: int) -> RunConfig:
    """The same run on one draw and split of the data alone."""
    dataset = replace(config.dataset, seed=MOST_DRAWS * config.dataset.seed + draw)
    return replace(config, dataset=dataset, per_draw=None)


def data_of(dataset: DatasetConfig) -> Data:
    """The data of a run; loaded once per process, however many arms share it, and however many draws each of them has."""
    given: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in vars(dataset).items()
    }
    reading = Reading(**{key.name: given.pop(key.name) for key in fields(Reading)})
    if ("dataset", dataset.name) in PARTS:  # the user's own, which may have changed since
        return load(**given, reading=reading)
    stamps = tuple(_stamp(path) for path in (dataset.path, dataset.test_path))
    return _load(**given, reading=reading, stamps=stamps)


def _stamp(path: str | None) -> tuple[int, ...]:
    """What tells a file from what has been written in its place since."""
    try:
        found = Path(path or "").stat()
    except (OSError, ValueError):  # none, or one that is refused when it is read
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _shared(*, stamps: object, **given: Any) -> Data:
    """Data that others are to have as well: nobody can write into them."""
    data = load(**given)
    for array in (*data.arrays.values(), *(data.validation or ())):
        array.setflags(write=False)
    return data


_load = Kept(_shared, lambda data: sum(array.nbytes for array in data.arrays.values()), fewest=16, most=2**26)


def initial_parameters(config: RunConfig, sizes: tuple[int, ...]) -> Parameters:
    """R stacked networks as `init` says; raises InputError where given weights do not fit."""
    init = config.init
    if init.name != "file":
        return initialise(
            init.name,
            sizes,
            config.replicates,
            config.seed,
            init.scale,
            init.zero_layers,
            config.first_replicate,
            init.bias,
        )
    layers = load_weights(str(init.path), sizes)
    given = [Layer(W * (0.0 if l in init.zero_layers else init.scale), b) for l, (W, b) in enumerate(layers, start=1)]
    return tuple(Layer(*(np.stack([x] * config.replicates) for x in layer)) for layer in given)


def generators(config: RunConfig, layer: int = 0) -> list[Generator]:
    """What each replicate of a run draws from beside its weights, which belong to layer 1 and above."""
    first = config.first_replicate
    return [generator(config.seed, r, layer) for r in range(first, first + config.replicates)]


def validate(setup: Setup) -> None:
    """Everything about a configuration that only its files can tell; raises InputError."""
    config = setup.config
    assert setup.network  # the output fits the labels
    if (needed := bytes_needed(setup)) > (there := memory()):
        raise InputError(
            f"replicates, hidden: expected networks that fit into {there / 2**30:.3g} GiB of memory, got "
            f"{needed / 2**30:.3g} GiB of them; use fewer replicates, smaller layers or fewer probes"
        )
    if config.init.name == "file":
        load_weights(str(config.init.path), setup.sizes)


def bytes_needed(setup: Setup) -> float:
    """Roughly what a run holds at its peak: parameters, gradients and the step before, its curves, one replicate's trace."""
    config, data, sizes = setup.config, setup.data, [float(n) for n in setup.sizes]
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
