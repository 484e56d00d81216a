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
    """What a network computes with its parameters: an activation per hidden layer, and the output.

    weight_decay: lambda of the penalty that J carries beside the mean loss, see `penalty`.
    """

    hidden: tuple[Activation, ...]
    output: Output
    weight_decay: float = 0.0


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

    With weight decay, dW^[l] = dZ^[l] A^[l-1]T / m + lambda W^[l].
    """
    return gradients(network, parameters, trace, errors(network, parameters, trace, Y))


def errors(network: Network, parameters: Parameters, trace: Trace, Y: Array) -> tuple[Array, ...]:
    """dZ^[1] .. dZ^[L] (.., n_l, m), each m times the gradient of J in Z^[l].

    dZ^[l-1] = W^[l]T dZ^[l] * g'^[l-1](Z^[l-1]): with the slope g', where the notes print g.
    """
    Zs, As = trace
    dZs = [network.output.delta(As[-1], Y)]
    for l in range(len(parameters) - 1, 0, -1):
        dZs.append((parameters[l].weights.mT @ dZs[-1]) * network.hidden[l - 1].derivative(Zs[l - 1], As[l]))
    return tuple(reversed(dZs))


def gradients(network: Network, parameters: Parameters, trace: Trace, dZs: tuple[Array, ...]) -> Parameters:
    """The gradient of J from the errors of every layer."""
    decay, m = network.weight_decay, trace.activations[0].shape[-1]
    return tuple(
        Layer(dZ @ A.mT / m + (decay * W if decay else 0.0), dZ.sum(axis=-1, keepdims=True) / m)
        for dZ, A, (W, _) in zip(dZs, trace.activations, parameters, strict=False)
    )


def cost(network: Network, trace: Trace, Y: Array) -> Array:
    """The mean over the samples of the output's loss (..): J, less the penalty of weight decay."""
    return network.output.cost(trace.pre_activations[-1], Y)


def objective(network: Network, parameters: Parameters, X: Array, Y: Array) -> Array:
    """J (..), what gradient descent lowers: the mean loss and, with weight decay, the penalty."""
    J = cost(network, forward(network, parameters, X), Y)
    return J + penalty(network, parameters) if network.weight_decay else J


def penalty(network: Network, parameters: Parameters) -> Array:
    """Lambda / 2 times the sum of all squared weights (..), biases aside (Krogh and Hertz 1991, eq. 1)."""
    squares = sum(np.square(W).sum(axis=(-2, -1)) for W, _ in parameters)
    return np.asarray(0.5 * network.weight_decay * squares)


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
