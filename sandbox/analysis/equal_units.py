"""Layers of equal units, and the network with one unit per hidden layer that they amount to (§ Random initialisation).

n equal units with outgoing weights u each feed the next layer what one unit with the outgoing weight U = n u would. That
keeps all outputs, now and after every update, if the single unit learns at other rates. With delta the slope dJ/dz of one
of n_l equal units, the single unit's is n_l delta, for it stands for all of them. Hence, in units of alpha:

    b^[l]: 1 / n_l              it changes as each of the n_l biases does, at a gradient n_l times as large
    W^[l]: n_(l-1) / n_l        the same, times n_(l-1) because W is that many weights taken together

where the inputs and the outputs are not taken together, so that they count as 1. One hidden layer of n units: W^[1] and
b^[1] at alpha / n, W^[2] at n alpha, b^[2] at alpha. Zero weights are the case u = 0.
"""

import numpy as np

from sandbox.nn.network import Layer, Parameters, sizes

Rates = tuple[tuple[float, float], ...]  # of W^[l] and of b^[l], for each layer


def equalised(parameters: Parameters) -> Parameters:
    """Every unit of a hidden layer made a copy of its layer's first unit; networks of equal units stay as they are."""
    layers = []
    for l, (W, b) in enumerate(parameters, start=1):
        shape = W.shape
        if l < len(parameters):
            W, b = W[..., :1, :], np.repeat(b[..., :1, :], shape[-2], axis=-2)
        if l > 1:
            W = W[..., :1]
        layers.append(Layer(np.array(np.broadcast_to(W, shape)), b))
    return tuple(layers)


def merged(parameters: Parameters) -> Parameters:
    """The network with one unit per hidden layer and the same outputs as this one, whose units must be equal."""
    layers = []
    for l, (W, b) in enumerate(parameters, start=1):
        if l < len(parameters):
            W, b = W[..., :1, :], b[..., :1, :]
        if l > 1:
            W = W.shape[-1] * W[..., :1]
        layers.append(Layer(W, b))
    return tuple(layers)


def merged_rates(parameters: Parameters, learning_rate: float) -> Rates:
    """The rates at which `merged(parameters)` keeps the outputs of equal units that learn at `learning_rate`."""
    n = [1, *sizes(parameters)[1:-1], 1]
    return tuple((learning_rate * n[l - 1] / n[l], learning_rate / n[l]) for l in range(1, len(n)))


def descend_at(parameters: Parameters, gradients: Parameters, rates: Rates) -> Parameters:
    """One update in which every W^[l] and b^[l] has a learning rate of its own."""
    return tuple(
        Layer(W - rate * dW, b - bias_rate * db)
        for (W, b), (dW, db), (rate, bias_rate) in zip(parameters, gradients, rates, strict=True)
    )
