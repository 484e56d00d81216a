"""The notes' equations as they are printed, where that is not as they should be: made to be found out, never to be used.

Misprints that no computation can show (a name spelt wrong) are not here.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from sandbox.nn.network import Layer, Network, Parameters, Trace, backward, forward
from sandbox.system.arrays import Array

Backward = Callable[[Network, Parameters, Trace, Array], Parameters]


@dataclass(frozen=True)
class Form:
    """One way to read the notes: what it changes of the network, of its parameters and of the backward pass.

    only: the activation that it is about, if it is not about all.
    """

    source: str
    network: Callable[[Network], Network] = lambda network: network
    parameters: Callable[[Parameters], Parameters] = lambda parameters: parameters
    backward: Backward = backward
    only: str | None = None

    def run(self, network: Network, parameters: Parameters, X: Array, Y: Array) -> tuple[Parameters, Trace, Parameters]:
        """The parameters, what the forward pass saw, and the gradient; raises ValueError where shapes do not fit."""
        network, parameters = self.network(network), self.parameters(parameters)
        trace = forward(network, parameters, X)
        return parameters, trace, self.backward(network, parameters, trace, Y)


def _g_for_slope(network: Network) -> Network:
    """g^[l](Z) where the slope g'^[l](Z) is meant."""
    return network._replace(hidden=tuple(replace(g, derivative=lambda z, a: a) for g in network.hidden))


def _leak_of_one(network: Network) -> Network:
    """max{001 z, z}, which is z, with the slopes 0.01 and 1 that are printed next to it."""
    return network._replace(hidden=tuple(replace(g, function=lambda z: np.maximum(1.0 * z, z)) for g in network.hidden))


def _first_layer_twice(parameters: Parameters) -> Parameters:
    """W^[1] and b^[1] in layer 2."""
    return (parameters[0], parameters[0], *parameters[2:])


def _one_column(parameters: Parameters) -> Parameters:
    """W^[2] of shape n^[2] x 1."""
    second = parameters[1]
    return (parameters[0], Layer(second.weights[..., :1], second.bias), *parameters[2:])


def _transposed(parameters: Parameters) -> Parameters:
    """W^[1]T x in layer 1, with W^[1] of the shape that all else gives it."""
    return (Layer(parameters[0].weights.mT, parameters[0].bias), *parameters[1:])


def _db_as_dw(network: Network, parameters: Parameters, trace: Trace, Y: Array) -> Parameters:
    """db^[l] = dJ/dW^[l]."""
    return tuple(Layer(dW, dW) for dW, _ in backward(network, parameters, trace, Y))


def _sum_to_n(network: Network, parameters: Parameters, trace: Trace, Y: Array) -> Parameters:
    """1/m times a sum that ends with sample n, the number of inputs, instead of sample m."""
    n, m = trace.activations[0].shape[-2:]
    first = Trace(*(tuple(array[..., :n] for array in arrays) for arrays in trace))
    gradients = backward(network, parameters, first, Y[..., :n])  # 1/n times the sum to n
    return tuple(Layer(dW * n / m, db * n / m) for dW, db in gradients)


RIGHT = "right"

FORMS: dict[str, Form] = {
    RIGHT: Form("the equations of `sandbox.nn.network`"),
    "g_for_slope": Form("notes, § Gradient descent: dZ1 = W2^T dZ2 * g1(Z1)", network=_g_for_slope),
    "db_as_dw": Form("notes, § Gradient descent: db1 = dJ/dW1", backward=_db_as_dw),
    "sum_to_n": Form("notes, § Gradient descent: sums up to n", backward=_sum_to_n),
    "n2_by_1": Form("notes, § Gradient descent: W2 is n2 x n1 = n2 x 1", parameters=_one_column),
    "first_layer_twice": Form("notes, § Neural network: z2 = W1 a1 + b1", parameters=_first_layer_twice),
    "transposed_w": Form("notes, § Computing the output: z1 = W1^T x, and z1 = W1 x after it", parameters=_transposed),
    "leak_of_one": Form("notes, § Derivatives: max{001 z, z}", network=_leak_of_one, only="leaky_relu"),
}
