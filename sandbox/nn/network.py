"""The network: the notes' equations, line by line (§ Vectorising, § Gradient descent).

Samples are columns. Parameters are a tuple of layers; R replicates are a leading axis that broadcasting carries
along, so the same functions serve one network without it. X (n_x, m) is shared by all replicates.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from sandbox.nn.activations import Activation
from sandbox.nn.outputs import Output
from sandbox.system.arrays import Array


class Layer(NamedTuple):
    """The parameters of one layer, or their gradients."""

    weights: Array  # W^[l] (.., n_out, n_in)
    bias: Array  # b^[l] (.., n_out, 1)


Parameters = tuple[Layer, ...]


class Network(NamedTuple):
    """What a network computes with its parameters: an activation per hidden layer, and the output."""

    hidden: tuple[Activation, ...]
    output: Output


class Trace(NamedTuple):
    """All that a forward pass saw."""

    pre_activations: tuple[Array, ...]  # Z^[1] .. Z^[L], each (.., n_l, m)
    activations: tuple[Array, ...]  # A^[0] = X, A^[1] .. A^[L]


def forward(network: Network, parameters: Parameters, X: Array) -> Trace:
    """Z^[l] = W^[l] A^[l-1] + b^[l] and A^[l] = g^[l](Z^[l]), from A^[0] = X to the prediction A^[L]."""
    A, Zs, As = X, [], [X]
    functions = [*(activation.function for activation in network.hidden), network.output.function]
    for g, (W, b) in zip(functions, parameters, strict=True):
        Z = W @ A + b
        A = g(Z)
        Zs.append(Z)
        As.append(A)
    return Trace(tuple(Zs), tuple(As))


def backward(network: Network, parameters: Parameters, trace: Trace, Y: Array) -> Parameters:
    """The gradient of J: dW^[l] = dZ^[l] A^[l-1]T / m, db^[l] = sum dZ^[l] / m, in layers shaped like the parameters.

    dZ^[l-1] = W^[l]T dZ^[l] * g'^[l-1](Z^[l-1]): with the slope g', where the notes print g.
    """
    Zs, As = trace
    m = As[0].shape[-1]
    dZ = network.output.delta(As[-1], Y)
    gradients = []
    for l in range(len(parameters) - 1, -1, -1):
        gradients.append(Layer(dZ @ As[l].mT / m, dZ.sum(axis=-1, keepdims=True) / m))
        if l > 0:
            dZ = (parameters[l].weights.mT @ dZ) * network.hidden[l - 1].derivative(Zs[l - 1], As[l])
    return tuple(reversed(gradients))


def cost(network: Network, trace: Trace, Y: Array) -> Array:
    """J (..), the mean over the samples of the output's loss."""
    return network.output.cost(trace.pre_activations[-1], Y)


def replicate(parameters: Parameters, r: int | slice) -> Parameters:
    """One network of a stack (an integer drops the axis R) or some of them (a slice keeps it)."""
    return tuple(Layer(W[r], b[r]) for W, b in parameters)


def sizes(parameters: Parameters) -> tuple[int, ...]:
    """n^[0], n^[1] .. n^[L]."""
    shapes = [layer.weights.shape[-2:] for layer in parameters]
    if any(below[0] != above[1] for below, above in pairwise(shapes)):
        raise ValueError(f"layers do not chain: {shapes}")
    return (shapes[0][1], *(n_out for n_out, _ in shapes))


def stack(networks: list[Parameters]) -> Parameters:
    """R single networks as one stack with the leading axis R."""
    return tuple(
        Layer(np.stack([layer.weights for layer in same]), np.stack([layer.bias for layer in same]))
        for same in zip(*networks, strict=True)
    )
