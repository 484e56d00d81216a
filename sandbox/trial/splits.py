"""Replicates that do not share one draw of the data."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from sandbox.config.schema import RunConfig
from sandbox.system.errors import InputError
from sandbox.trial.outcome import Outcome

MOST_SPLITS = 1000  # of one dataset.seed, before the next one's begin


def over_splits(config: RunConfig, per_split: int, trial: Callable[[RunConfig], Outcome]) -> Outcome:
    """A trial in which every `per_split` replicates get a draw and split of the data of their own.

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
