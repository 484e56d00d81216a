"""A stack of networks looked at a few replicates at a time, on every core: what one block needs stays in the cache."""

from collections.abc import Callable, Mapping

import numpy as np

from sandbox.nn.network import Parameters, replicate, sizes
from sandbox.system.arrays import Array
from sandbox.system.threads import side_by_side

BLOCK_BYTES = 2**23  # of a block's Z and A; of 2^19 .. 2^26 the best, or near it, for four networks of 1 to 8 layers


def blockwise(
    look: Callable[[Parameters], Mapping[str, Array]], parameters: Parameters, samples: int
) -> dict[str, Array]:
    """What `look` says (name: one number per replicate) about a stack of R networks, put together from that about blocks.

    The blocks depend on shapes alone, not on the number of cores: sums in another order would have other bits.
    """
    R, size = parameters[0].weights.shape[0], block_size(sum(sizes(parameters)[1:]), samples)
    blocks = [replicate(parameters, slice(r, r + size)) for r in range(0, R, size)]
    if len(blocks) == 1:
        return dict(look(parameters))
    parts = side_by_side(look, blocks)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def block_size(units: int, samples: int) -> int:
    """How many networks of so many units make a block."""
    return max(1, BLOCK_BYTES // (16 * max(1, samples) * units))
