"""Networks pushed into saturation, how tiny slopes then are by derivation, and slopes with a floor under them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from sandbox.nn.activations import Activation
from sandbox.nn.network import Layer, Parameters
from sandbox.system.arrays import Array

FLOOR = 0.1  # of the steepest slope; below it a unit counts as saturated (sandbox.nn.probes)
MOST_SCALE, MOST_SHIFT = 100.0, 6.0  # at z = 6 the slope of sigmoid is 1/100, that of tanh 1/40000 of the steepest

# What the slope is derived to be at most, and of which activation:
# sigma' = e^-|z| / (1 + e^-|z|)^2 and tanh' = 4 e^-2|z| / (1 + e^-2|z|)^2.
BOUNDS: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda z: np.exp(-np.abs(z)),
    "tanh": lambda z: 4.0 * np.exp(-2.0 * np.abs(z)),
}


def pushed(parameters: Parameters, by: str, amounts: Array, signs: Array) -> Parameters:
    """The networks with the first layer pushed by amounts (R,) between 0 and 1, the units' shifts in directions (R, n).

    by: "scale" of W^[1], or "shift" of b^[1].
    """
    (W, b), *above = parameters
    push = amounts[:, None, None]
    if by == "scale":
        return (Layer(W * MOST_SCALE**push, b), *above)
    return (Layer(W, b + MOST_SHIFT * push * signs[:, :, None]), *above)


def excess(name: str, z: Array, slope: Array) -> Array:
    """By how much slopes exceed what is derived for this activation at these z."""
    return np.asarray(slope - BOUNDS[name](z))


def floored(activation: Activation) -> Activation:
    """The same function with slopes that are never tiny: only a backward pass can tell.

    The floor is not higher because slopes that all are equal cannot learn: networks that nobody has pushed take as many
    steps with this floor as without, but from half of the steepest slope on circles are out of their reach.
    """

    def slope(z: Array, a: Array) -> Array:
        return np.maximum(activation.derivative(z, a), FLOOR * activation.steepest)

    return replace(activation, derivative=slope)
