"""Full-batch gradient descent, watched at a few steps."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sandbox.nn.blocks import blockwise
from sandbox.nn.engines import Advance
from sandbox.nn.network import Layer, Network, Parameters, cost, forward, replicate, stack
from sandbox.system.arrays import Array


def gradient_descent(
    network: Network,
    parameters: Parameters,
    X: Array,
    Y: Array,
    learning_rate: float,
    probe_steps: Sequence[int],
    advance: Advance,
    finite: Callable[[Parameters], NDArray[np.bool_]] | None = None,
) -> Iterator[tuple[int, Parameters]]:
    """Yield (step, parameters) at each of the increasing `probe_steps`; step 0 is the initial network, or stack of networks.

    A replicate whose loss is no longer finite has ended: from then on its parameters are NaN. Whoever looks at the networks
    at each of these steps anyway can say in `finite` whose loss (R,) is; otherwise it is computed for that alone.
    """
    if parameters[0].weights.ndim == 2:
        stacked = gradient_descent(network, stack([parameters]), X, Y, learning_rate, probe_steps, advance, finite)
        yield from ((step, replicate(networks, 0)) for step, networks in stacked)
        return
    now = 0
    for step in probe_steps:
        parameters = advance(network, parameters, X, Y, learning_rate, step - now)
        parameters = _ended(parameters, finite(parameters) if finite else _finite(network, parameters, X, Y))
        now = step
        yield step, parameters


@lru_cache(maxsize=64)  # for every draw of the data it would take as long as to look at ten of the steps
def probe_steps(steps: int, count: int) -> tuple[int, ...]:
    """At most `count` steps from 0 to `steps`, both included, spaced evenly on a log axis (and no step twice)."""
    if steps == 0:
        return (0,)
    spaced = np.geomspace(steps, 1, count - 1).round().astype(int)  # from above: the last step is in at any count
    return (0, *(int(step) for step in np.unique(spaced)))


def first_diverged_step(
    network: Network,
    parameters: Parameters,
    X: Array,
    Y: Array,
    learning_rate: float,
    steps: int,
    advance: Advance,
) -> int | None:
    """The first of `steps` steps after which the loss of a single network (R = 1) is not finite, or None.

    Bisection, since a network that has overflowed never returns: the steps are walked about twice instead of one by one.
    """
    low = 0  # the loss is finite after `low` steps from the start
    if _finite(network, advance(network, parameters, X, Y, learning_rate, steps), X, Y)[0]:
        return None
    span = steps
    while span > 1:
        half = span // 2
        middle = advance(network, parameters, X, Y, learning_rate, half)
        if _finite(network, middle, X, Y)[0]:
            parameters, low, span = middle, low + half, span - half
        else:
            span = half
    return low + 1


def _finite(network: Network, parameters: Parameters, X: Array, Y: Array) -> NDArray[np.bool_]:
    def losses(block: Parameters) -> dict[str, Array]:
        with np.errstate(over="ignore", invalid="ignore"):
            return {"loss": cost(network, forward(network, block, X), Y)}

    return np.isfinite(blockwise(losses, parameters, X.shape[-1])["loss"])


def _ended(parameters: Parameters, alive: NDArray[np.bool_]) -> Parameters:
    if alive.all():
        return parameters
    stays = alive[:, None, None]
    return tuple(Layer(np.where(stays, W, np.nan), np.where(stays, b, np.nan)) for W, b in parameters)
