"""The checks of a run's configuration that go beyond its types: names and values.

Types are checked by the schema (OmegaConf, from `sandbox.config.schema`), names and values by `check`. Names in the
configuration are looked up in tables; nothing in it can be instantiated, so no configuration can run code.
"""

import math
from collections.abc import Iterable
from typing import Any

from sandbox.config.hints import name_hint
from sandbox.config.schema import RunConfig
from sandbox.data.labels import TASKS
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.engines import ENGINES
from sandbox.nn.initialisers import BIASES, INITIALISERS
from sandbox.nn.outputs import OUTPUTS
from sandbox.nn.probes import PROBES
from sandbox.system import own_parts
from sandbox.system.errors import InputError, nearest

LARGEST_SEED = 2**63 - 1
MOST_DRAWN_SEED = 10**6  # of a seed from which many draws of the data are counted


def check(config: RunConfig) -> RunConfig:
    """The configuration itself, once every name and value in it is one that works.

    Raises InputError naming the key, what was expected, what was given and what to do. What depends on the data
    (labels that do not fit the output, weights of the wrong shape) is checked when they are read.
    """
    _known("init", config.init.name, [*own_parts.names("init", INITIALISERS), "file"])
    _known("init.bias", config.init.bias, BIASES)
    _known("output", config.output, [*own_parts.names("output", OUTPUTS), "auto"])
    _known("engine", config.engine, [*ENGINES, "auto"])
    if config.dataset.header is not None and not isinstance(config.dataset.header, bool):
        raise InputError(
            f"dataset.header: expected true (the first line names the columns) or false, got {config.dataset.header!r}; leave it "
            "out to go by how the file looks"
        )
    if config.dataset.task is not None:
        _known("dataset.task", config.dataset.task, TASKS)
    _known("tracking", config.tracking.kind, ["local", "server", "none"])
    _known("figures.format", config.figures.format, ["png", "svg", "pdf"])
    _at_least("figures.columns", config.figures.columns, 1)
    _at_most("figures.columns", config.figures.columns, 2)
    _known("on_error", config.on_error, ["continue", "stop"])
    _at_least("retries", config.retries, 0)
    _at_most("retries", config.retries, 100)
    if config.time_limit is not None and not 0 <= config.time_limit < math.inf:
        raise InputError(f"time_limit: expected seconds >= 0, got {config.time_limit:g}; leave it out for its default")
    _at_least("batch", 1 if config.batch is None else config.batch, 1)
    for n in config.hidden:
        _at_least("hidden", n, 1)
    hidden_activations(config)
    if config.probes.names == []:
        raise InputError("probes.names: expected at least one name, got []; leave it out for all of them")
    for name in config.probes.names or ():
        _known("probes.names", name, own_parts.names("probe", PROBES))
    _at_least("steps", config.steps, 0)
    _at_least("replicates", config.replicates, 1)
    if config.per_draw is not None:
        _at_least("per_draw", config.per_draw, 1)
        _at_most("dataset.seed", config.dataset.seed, MOST_DRAWN_SEED)
        if config.probes.predictions:
            raise InputError(
                f"probes.predictions: expected replicates that share one draw of the data, got per_draw={config.per_draw}; "
                "leave one of them out"
            )
    _at_least("looks", config.looks, 1)
    _at_most("looks", config.looks, 8)
    _at_least("first_replicate", config.first_replicate, 0)
    _at_least("probes.count", config.probes.count, 2)
    _at_least("probes.snapshots", config.probes.snapshots, 0)
    for key, seed in (("seed", config.seed), ("dataset.seed", config.dataset.seed)):
        _at_least(key, seed, 0)
        _at_most(key, seed, LARGEST_SEED if key == "seed" else 2**32 - 1)
    _finite("init.scale", config.init.scale)
    _finite("learning_rate", config.learning_rate)
    if not 0 < config.threshold < 1:
        raise InputError(
            f"threshold: expected a share of the constant prediction's loss in (0, 1), got {config.threshold:g}; "
            "leave it out for its default"
        )
    if not 0 <= config.weight_decay < math.inf:
        raise InputError(f"weight_decay: expected a number >= 0, got {config.weight_decay:g}; leave it out for none")
    if config.learning_rate <= 0:
        raise InputError(f"learning_rate: expected > 0, got {config.learning_rate:g}; leave it out for its default")
    _check_probe_steps(config)
    _check_init(config)
    return config


def _check_probe_steps(config: RunConfig) -> None:
    steps = config.probes.steps
    if steps is None:
        return
    if not steps or sorted(set(steps)) != list(steps) or steps[0] < 0 or steps[-1] > config.steps:
        raise InputError(
            f"probes.steps: expected increasing steps between 0 and steps={config.steps}, got {list(steps)}; "
            "leave it out for steps that are spread evenly"
        )


def _check_init(config: RunConfig) -> None:
    init = config.init
    if init.name == "file" and not init.path:
        raise InputError("init.path: expected the path of an .npz with W1, b1, W2 ..., got none; add init.path=FILE")
    if init.name == "file" and init.bias != "zero":
        raise InputError(
            f"init.bias: expected none beside init=file, which has its own, got {init.bias!r}; leave it out"
        )
    if init.name != "file" and init.path:
        raise InputError(f"init.path: expected none for init={init.name}, got {init.path!r}; use init=file")
    for layer in init.zero_layers:
        if not 1 <= layer <= len(config.hidden) + 1:
            raise InputError(
                f"init.zero_layers: expected layers from 1 to {len(config.hidden) + 1}, got {layer}; leave it out"
            )


def hidden_activations(config: RunConfig) -> list[str]:
    """The activation's name of every hidden layer: one for all, or a list with one per layer."""
    given = config.activation
    if isinstance(given, str):
        names = [given] * len(config.hidden)
    elif isinstance(given, Iterable):
        names = list(given)
        if len(names) != len(config.hidden):
            raise InputError(
                f"activation: expected one name, or a list with one per hidden layer ({len(config.hidden)}), got a list of "
                f"{len(names)}; set hidden=[...] to as many layers"
            )
    else:
        raise InputError(f"activation: expected a name or a list of names, got {given!r}{nearest('', ACTIVATIONS)}")
    for name in names:
        _known("activation", name, own_parts.names("activation", ACTIVATIONS))
    return names


def output_name(config: RunConfig, kind: str) -> str:
    """The output layer for labels of that kind; `auto` takes the default. Raises InputError where it does not fit."""
    known = own_parts.names("output", OUTPUTS)
    fitting = [name for name in known if kind in own_parts.part("output", OUTPUTS, name).kinds]
    if config.output == "auto":
        return fitting[0]
    if config.output not in fitting:
        remedy = "use output=auto or another dataset"
        if config.dataset.name == "file" and kind == "regression":
            remedy = "use output=auto, or dataset.task=classification if the labels are classes"
        raise InputError(
            f"output: expected one that fits {kind} labels ({', '.join(fitting)}), got {config.output!r}; {remedy}"
        )
    return config.output


def setting(config: RunConfig, key: str, names: Iterable[str], usual: str | None = None) -> str:
    """An experiment's own setting `trial.KEY`; raises InputError unless it is one of these names."""
    given, names = str(config.trial.get(key, usual)), list(names)
    if given not in names:
        raise InputError(f"trial.{key}: expected one of {', '.join(names)}, got {given!r}{nearest(given, names)}")
    return given


def _known(key: str, got: Any, names: Iterable[str]) -> None:
    if got not in names:
        raise InputError(f"{key}: expected a known name, got {got!r}{name_hint(str(got), names)}")


def _at_least(key: str, got: int, least: int) -> None:
    if got < least:
        raise InputError(f"{key}: expected >= {least}, got {got}; use {least} or more")


def _at_most(key: str, got: int, most: int) -> None:
    if got > most:
        raise InputError(f"{key}: expected <= {most}, got {got}; use {most} or less")


def _finite(key: str, got: float) -> None:
    if not math.isfinite(got):
        raise InputError(f"{key}: expected a finite number, got {got}; leave it out for its default")
