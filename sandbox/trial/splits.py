"""Replicates that do not share one draw of the data."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from sandbox.config.schema import RunConfig
from sandbox.trial.build import Setup, of_draw
from sandbox.trial.outcome import Outcome


def over_draws(config: RunConfig, trial: Callable[[RunConfig], Outcome]) -> Outcome:
    """A trial in which every `per_draw` replicates get a draw and split of the data of their own.

    Which one follows from the replicate's number alone, so that arms are still paired, and replicates can be added. One
    engine does them all, and the weights stored are those of the first draw.
    """
    each = config.per_draw or config.replicates
    first, end = config.first_replicate, config.first_replicate + config.replicates
    config = replace(config, engine=Setup(config).engine)
    parts = []
    for draw in range(first // each, -(-end // each)):
        begin, stop = max(first, draw * each), min(end, (draw + 1) * each)
        parts.append(trial(replace(of_draw(config, draw), first_replicate=begin, replicates=stop - begin)))
    return replace(
        parts[0],
        curves={name: np.concatenate([part.curves[name] for part in parts], axis=1) for name in parts[0].curves},
        values={name: np.concatenate([part.values[name] for part in parts]) for name in parts[0].values},
    )
