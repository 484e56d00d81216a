"""One run: networks of one configuration, trained, and all that can be asked of them."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sandbox.config.schema import RunConfig, TrackingConfig
from sandbox.interface.pictures import Picture
from sandbox.interface.samples import words_for
from sandbox.interface.settings import configured, where, words_of
from sandbox.nn.descent import gradient_descent
from sandbox.nn.network import Network, Parameters, replicate
from sandbox.sweep.differences import Difference, changed_files, differences, surroundings
from sandbox.sweep.job import perform
from sandbox.sweep.recorder import settings as told
from sandbox.sweep.recorder import title
from sandbox.sweep.runner import check_single, open_single
from sandbox.system.errors import InputError
from sandbox.tracking import Run as Record
from sandbox.tracking import Store
from sandbox.trial.build import Setup
from sandbox.trial.experiment import Experiment
from sandbox.trial.outcome import Outcome, Result
from sandbox.trial.registry import experiment_of
from sandbox.trial.table import rows, shown_metrics

FILM_RATES = {".mp4": 25, ".gif": 12}  # pictures a second


def run(data: Any = None, *, record: bool | str | Path = False, **settings: Any) -> "Run":
    """Networks of one configuration, trained: what `sandbox run` does, with its defaults.

    data: (X, y) with samples in rows, a DataFrame whose last column is the label, a Bunch of scikit-learn, or a file's path;
    without it `dataset="moons"` and its kin choose. record: False, True for the usual store, a folder, or a server's
    address. Raises InputError.
    """
    config = configured([*words_for(data, record), *where(record), *words_of(settings)])
    check_single(config)
    open_single(config)
    return Run(perform(config, keep_weights=True))


@dataclass(frozen=True)
class Run:
    """A run that has ended. recorded: the store that it was read from, and its record there."""

    result: Result
    recorded: tuple[Store, Record] | None = field(default=None, repr=False)

    @property
    def id(self) -> str:
        """Of its record; "" where it has none."""
        return self.result.run_id

    @property
    def config(self) -> RunConfig:
        return self.result.config

    @property
    def outcome(self) -> Outcome:
        """All that was measured, as `history.npz` keeps it."""
        return self.result.outcome

    @cached_property
    def setup(self) -> Setup:
        """The parts it is made of: data, network, start, engine. Raises InputError where a file is not as it was then."""
        setup = Setup(self.config)
        if why := _changed(self, setup):
            raise InputError(f"data: expected those that the networks were trained on, got others: {'; '.join(why)}")
        return setup

    @property
    def experiment(self) -> Experiment:
        return experiment_of(self.config)

    @property
    def name(self) -> str:
        """It in words: `moons, tanh 4, normal, rate 1, 2000 steps`."""
        return title(Setup(self.config)) if self.experiment.trains else told(self.config)

    @property
    def network(self) -> Network:
        """The functions of its layers: with `weights()`, what `sandbox.nn.network.forward` takes."""
        return self.setup.network

    @cached_property
    def curves(self) -> pd.DataFrame:
        """A row per probe step and replicate, a column per probe (losses as `network.output.unit` says, scores as shares)."""
        steps, numbers = self.outcome.steps, self._numbers
        axes = {"step": np.repeat(steps, len(numbers)), "replicate": np.tile(numbers, len(steps))}
        return pd.DataFrame(axes | {name: curve.ravel() for name, curve in self.outcome.curves.items()})

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row per replicate, as claims are judged on: settings, single numbers, and each curve's last, first, largest,
        least and mean value (`train/loss`, `train/loss:first`, `:max`, `:min`, `:mean`).
        """
        return rows(self.id, self.config, self.outcome)

    @property
    def _numbers(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        count = next(iter(self.outcome.curves.values())).shape[1]
        return self.config.first_replicate + np.arange(count)

    def weights(self, step: int | None = None, replicate: int | None = None) -> Parameters:
        """The layers after so many steps (the last by default): weights (R, n_l, n_l-1), bias (R, n_l, 1), without R for one
        replicate. They are trained again, in double precision; a network that has diverged is NaN.
        """
        step = self.config.steps if step is None else step
        _check_whole("step", step, self.config.steps)
        if not self.experiment.trains or self.config.per_draw:
            raise InputError(
                "weights: expected a run whose networks are trained on the same samples, got one "
                + ("that trains none" if not self.experiment.trains else f"with per_draw={self.config.per_draw}")
            )
        return _one(_weights(self, step), replicate)

    def card(self, replicate: int = 0) -> Picture:
        """The picture of a run: loss, score, what a replicate has learnt, slopes, gradients, activations."""
        from sandbox.plotting.run_card import run_card

        if not self.experiment.trains:
            raise InputError(
                f"card: expected a run that trains networks, got one of {self.experiment.name}; see figures"
            )
        words, setup = self.name, self.setup
        whole = self._whole()
        kept = next(iter(whole.snapshots.values())).shape[1] if whole.snapshots else 1
        _check_whole("replicate", replicate, kept - 1, "whose weights are kept", "set probes.snapshots")
        return Picture(run_card(whole, setup.data, setup.network, title=words, replicate=replicate), words)

    @property
    def figures(self) -> Mapping[str, Any]:
        """What its experiment draws of it, by name."""
        return self.experiment.figures(self.config, self.outcome)

    def film(self, path: str | Path, *, replicate: int = 0, seconds: float = 8) -> Path:
        """A film of one network's training, as .gif, or as .mp4 where the extra `film` is installed; on two inputs, one output."""
        from sandbox.page.film import pictures, trained_again, write_film

        file = Path(path).expanduser()
        if file.suffix not in FILM_RATES:
            raise InputError(f"path: expected a name ending in .mp4 or .gif, got {file.name!r}")
        count = max(2, round(seconds * FILM_RATES[file.suffix]))
        reel = trained_again(self.name, self.setup.config, self.outcome, replicate, count)
        write_film(pictures([reel], count), file, FILM_RATES[file.suffix])
        return file

    def replay(self, engine: str | None = None) -> "Replayed":
        """Everything done again, and every number held against this run's."""
        config = replace(self.config, engine=engine or self.config.engine)
        again, before = _done_again(config), self.outcome
        if not before.snapshots:
            again = replace(again, snapshots={})
        found = tuple(differences(before, again, self.experiment.clocked))
        changed = surroundings(*self.recorded, Setup(config), self.experiment) if found and self.recorded else ()
        return Replayed(found, tuple(changed))

    def _whole(self) -> Outcome:
        """The outcome with weights, which a sweep does not carry about."""
        if self.outcome.snapshots or not self.config.probes.snapshots:
            return self.outcome
        return _done_again(self.config)

    def __repr__(self) -> str:
        return f"<Run {self.name}: {_summary(self)}>"

    def _repr_png_(self) -> bytes | None:
        with suppress(InputError):  # the page says it
            return self.card().png if self.experiment.trains else None
        return None

    def _repr_html_(self) -> str:
        try:
            picture = self.card().html if self.experiment.trains else ""
        except InputError as problem:
            picture = escape(str(problem))
        recorded = f"<br>recorded as <code>{escape(self.id)}</code>" if self.id else ""
        return f"<b>{escape(self.name)}</b><br>{escape(_summary(self))}{recorded}<br>{picture}"


def _changed(run: Run, setup: Setup) -> list[str]:
    """The user's files that have become others since; one that says the same in another way has not."""
    other = bool(run.result.data) and setup.data.digest != run.result.data
    if not (other or run.config.init.path):
        return []
    named = changed_files(*run.recorded, setup) if run.recorded else []
    names = [Path(path).name for path in (run.config.dataset.path, run.config.dataset.test_path) if path]
    return named or ([f"{' or '.join(names)} is not as it was then"] if other else [])


def _summary(run: Run) -> str:
    medians = {name: run.table[name].median() for name in shown_metrics([run.result]) if name in run.table}
    return ", ".join(f"{name} {value:.4g}" for name, value in medians.items() if np.isfinite(value))


def _one(parameters: Parameters, number: int | None) -> Parameters:
    if number is None:
        return parameters
    _check_whole("replicate", number, len(parameters[0].bias) - 1)
    return replicate(parameters, number)


def _check_whole(key: str, number: object, most: int, which: str = "", remedy: str = "") -> None:
    """Raises InputError unless it is one of 0 to `most`."""
    if not isinstance(number, int | np.integer) or not 0 <= number <= most:
        said = f"a whole number from 0 to {most}" + (f", {which}" if which else "")
        raise InputError(f"{key}: expected {said}, got {number}" + (f"; {remedy}" if remedy else ""))


def _weights(run: Run, step: int) -> Parameters:
    setup, data = run.setup, run.setup.data
    steps = sorted({*(known for known in setup.steps if known < step), step})
    walk = gradient_descent(setup.network, setup.start, data.X, data.Y, run.config.learning_rate, steps, setup.advance)
    return [parameters for _, parameters in walk][-1]


def _done_again(config: RunConfig) -> Outcome:
    silent = replace(config, tracking=TrackingConfig(kind="none", figures=False))
    return perform(silent, keep_weights=True).outcome


@dataclass(frozen=True)
class Replayed:
    """How a run done again compares: where the two part, if they do. changed: what is not as it was recorded, which may be why."""

    differences: tuple[Difference, ...] = ()
    changed: tuple[str, ...] = ()

    @property
    def identical(self) -> bool:
        """Every number, bit for bit."""
        return not self.differences

    def __repr__(self) -> str:
        if self.identical:
            return "<Replayed: bit-identical>"
        first = min(self.differences, key=lambda difference: -1 if difference.step is None else difference.step)
        return f"<Replayed: {'; '.join((f'different {first}', *self.changed))}>"
