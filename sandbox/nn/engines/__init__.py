"""Engines: the one hot function, `advance`, in more than one implementation.

advance(network, parameters, X, Y, learning_rate, steps) -> parameters after so many steps of full-batch gradient
descent. `numpy` is the reference; `fused` is compiled. Probes and checks always use the notes' `forward` and `backward`.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from numpy import float64
from numpy.typing import NDArray

from sandbox.nn.engines import reference
from sandbox.nn.engines.cost import REFERENCE, seconds
from sandbox.nn.engines.fused import engine as fused
from sandbox.nn.network import Network, Parameters
from sandbox.system.errors import InputError, nearest


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


ENGINES: dict[str, Advance] = {"numpy": reference.advance, "fused": fused.advance}

WORTH_COMPILING = 0.1  # seconds of the reference; to load the compiled code takes 0.4 s, but only once in a process


def choose(
    engine: str,
    network: Network | None = None,
    sizes: Sequence[int] = (),
    samples: int = 0,
    replicates: int = 1,
    steps: int = 0,
) -> Advance:
    """The engine of that name; `auto` stands for the one that suits so many steps of such networks of these sizes."""
    return ENGINES[resolve(engine, network, sizes, samples, replicates, steps)]


def resolve(
    engine: str,
    network: Network | None = None,
    sizes: Sequence[int] = (),
    samples: int = 0,
    replicates: int = 1,
    steps: int = 0,
    stacks: int = 1,
) -> str:
    """The name of the engine that `choose` takes. It follows from functions and sizes, so that a run repeats bit for bit.

    sizes: n^[0] .. n^[L]. stacks: of so many replicates each, one after another. Raises InputError for a name there is not, and for a compiled one where numba is missing.
    """
    if engine == "auto":
        work = stacks * seconds(REFERENCE, tuple(sizes), samples, replicates, steps)
        if network is None or work <= WORTH_COMPILING or _why_not_fused() or fused.without_code(network):
            return "numpy"
        return "fused"
    if engine not in ENGINES:
        raise InputError(f"engine: expected a known name, got {engine!r}{nearest(engine, [*ENGINES, 'auto'])}")
    if engine != "numpy" and (reason := _why_not_fused()):
        raise InputError(
            f"engine: expected numba for {engine!r}, which does not load ({reason}); install it, or engine=auto"
        )
    return engine


@lru_cache
def _why_not_fused() -> str | None:
    """Why the compiled engine cannot be had, or None: numba may be missing, or refuse this NumPy."""
    try:
        from sandbox.nn.engines.fused import kernel  # noqa: F401 - imports numba
    except ImportError as error:
        return str(error).splitlines()[0]
    return None
