"""Engines: the one hot function, `advance`, in more than one implementation.

advance(network, parameters, X, Y, learning_rate, steps) -> parameters after so many steps of full-batch gradient
descent. `numpy` is the reference. Probes and checks always use the reference's `forward` and `backward`.
"""

from typing import Protocol

from numpy.typing import NDArray
from numpy import float64

from sandbox.engines import numpy
from sandbox.network import Network, Parameters


class Advance(Protocol):
    """The one function an engine is made of."""

    def __call__(
        self,
        network: Network,
        parameters: Parameters,
        X: NDArray[float64],
        Y: NDArray[float64],
        learning_rate: float,
        steps: int,
    ) -> Parameters: ...


ENGINES: dict[str, Advance] = {"numpy": numpy.advance}


def choose(engine: str) -> Advance:
    """The engine of that name; `auto` takes the fastest one that is known to suit."""
    return ENGINES["numpy" if engine == "auto" else engine]
