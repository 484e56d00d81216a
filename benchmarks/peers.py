"""Peers that do the same training: each a function that trains given networks for some steps and returns their parameters.

Same data, same initial weights, full-batch gradient descent at one rate in float64; what differs is who does the work.
A peer is imported when it is asked for: one that is not installed is left out.
"""

import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np

from benchmarks.engines import RATE, Case, textbook
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.engines import reference
from sandbox.nn.engines.fused import engine as fused
from sandbox.nn.network import Layer, Network, Parameters, replicate
from sandbox.nn.outputs import OUTPUTS
from sandbox.system.arrays import Array
from sandbox.system.threads import available_cores

Train = Callable[[int], Parameters]  # so many steps from the start -> the trained networks


def network_of(case: Case, activation: str) -> Network:
    return Network((ACTIVATIONS[activation],) * (len(case.sizes) - 2), OUTPUTS[case.output])


def ours(engine: Any, case: Case, activation: str, start: Parameters, X: Array, Y: Array) -> Train:
    network = network_of(case, activation)
    return lambda steps: engine.advance(network, start, X, Y, RATE, steps)


def by_textbook(case: Case, activation: str, start: Parameters, X: Array, Y: Array) -> Train:
    return lambda steps: textbook(activation, case.output, start, X, Y, steps)


def scikit_learn(case: Case, activation: str, start: Parameters, X: Array, Y: Array) -> Train:
    """MLPClassifier, one network after the other; plain gradient descent is its `sgd` without momentum in one batch."""
    from sklearn.neural_network import MLPClassifier

    labels = Y[0] if len(Y) == 1 else Y.argmax(axis=0)
    names = {"tanh": "tanh", "sigmoid": "logistic", "relu": "relu"}

    def train(steps: int) -> Parameters:
        trained = []
        for r in range(len(start[0].weights)):
            model = MLPClassifier(
                hidden_layer_sizes=case.sizes[1:-1], activation=names[activation], solver="sgd", momentum=0.0,
                nesterovs_momentum=False, alpha=0.0, batch_size=X.shape[1], shuffle=False, learning_rate_init=RATE,
                max_iter=1, warm_start=True, tol=0.0, n_iter_no_change=10**9,
            )  # fmt: skip
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it did not converge: that is not asked of it
                model.fit(X.T, labels)  # makes its arrays; then it starts over from our weights
                model.coefs_ = [W[r].T.copy() for W, _ in start]
                model.intercepts_ = [b[r, :, 0].copy() for _, b in start]
                model.set_params(max_iter=steps).fit(X.T, labels)
            trained.append([(W.T, b[:, None]) for W, b in zip(model.coefs_, model.intercepts_, strict=True)])
        return _stacked(trained)

    return train


def torch_eager(case: Case, activation: str, start: Parameters, X: Array, Y: Array) -> Train:
    """PyTorch as in its tutorials: a module, a loss, an optimiser; one network after the other, one thread."""
    import torch
    from torch import nn

    inputs, labels = torch.tensor(X.T.copy()), torch.tensor(Y.T.copy())
    loss_of = nn.BCEWithLogitsLoss() if case.output == "sigmoid" else nn.CrossEntropyLoss()
    hidden = {"tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "relu": nn.ReLU}[activation]

    def train(steps: int) -> Parameters:
        torch.set_num_threads(1)
        trained = []
        for r in range(len(start[0].weights)):
            layers: list[Any] = []
            for W, b in start:
                linear = nn.Linear(W.shape[2], W.shape[1], dtype=torch.float64)
                with torch.no_grad():
                    linear.weight.copy_(torch.from_numpy(W[r]))
                    linear.bias.copy_(torch.from_numpy(b[r, :, 0]))
                layers += [linear, hidden()]
            model = nn.Sequential(*layers[:-1])
            optimiser = torch.optim.SGD(model.parameters(), lr=RATE)
            for _ in range(steps):
                optimiser.zero_grad()
                loss_of(model(inputs), labels).backward()
                optimiser.step()
            parts = [parameter.detach().numpy() for parameter in model.parameters()]
            trained.append([(W, b[:, None]) for W, b in zip(parts[::2], parts[1::2], strict=True)])
        return _stacked(trained)

    return train


def torch_vmap(case: Case, activation: str, start: Parameters, X: Array, Y: Array) -> Train:
    """torch.func: the gradient of one network, vectorised over all; as many threads as cores."""
    import torch
    from torch.nn import functional

    inputs, labels = torch.tensor(X), torch.tensor(Y)
    g = {"tanh": torch.tanh, "sigmoid": torch.sigmoid, "relu": torch.relu}[activation]

    def loss(parameters: Any) -> Any:
        A = inputs
        for W, b in parameters[:-1]:
            A = g(W @ A + b)
        W, b = parameters[-1]
        Z = W @ A + b
        if case.output == "sigmoid":
            return functional.binary_cross_entropy_with_logits(Z, labels)
        return -(labels * functional.log_softmax(Z, dim=0)).sum() / labels.shape[1]

    gradient = torch.func.vmap(torch.func.grad(loss))

    def train(steps: int) -> Parameters:
        torch.set_num_threads(available_cores())
        parameters = tuple((torch.tensor(W), torch.tensor(b)) for W, b in start)
        for _ in range(steps):
            slopes = gradient(parameters)
            parameters = tuple(
                (W - RATE * dW, b - RATE * db) for (W, b), (dW, db) in zip(parameters, slopes, strict=True)
            )
        return tuple(Layer(W.numpy(), b.numpy()) for W, b in parameters)

    return train


def jax_vmap(case: Case, activation: str, start: Parameters, X: Array, Y: Array, block: int | None = None) -> Train:
    """JAX jit + vmap, its loop over the steps compiled too; with `block`, so many replicates at a time, a thread per core."""
    import jax
    from jax import numpy as jnp

    jax.config.update("jax_enable_x64", True)
    g = {"tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid, "relu": jax.nn.relu}[activation]

    def loss(parameters: Any, inputs: Any, labels: Any) -> Any:
        A = inputs
        for W, b in parameters[:-1]:
            A = g(W @ A + b)
        W, b = parameters[-1]
        Z = W @ A + b
        if case.output == "sigmoid":
            return jnp.mean(jax.nn.softplus(Z) - labels * Z)
        return -(labels * jax.nn.log_softmax(Z, axis=0)).sum() / labels.shape[1]

    @partial(jax.jit, static_argnums=())
    def advance(parameters: Any, inputs: Any, labels: Any, steps: Any) -> Any:
        gradient = jax.vmap(jax.grad(loss), in_axes=(0, None, None))

        def step(_: Any, now: Any) -> Any:
            return jax.tree.map(lambda p, d: p - RATE * d, now, gradient(now, inputs, labels))

        return jax.lax.fori_loop(0, steps, step, parameters)

    R = len(start[0].weights)
    pieces = [slice(r, r + (block or R)) for r in range(0, R, block or R)]
    plain = [tuple((jnp.asarray(W[piece]), jnp.asarray(b[piece])) for W, b in start) for piece in pieces]
    inputs, labels = jnp.asarray(X), jnp.asarray(Y)

    def piece(parameters: Any, steps: int) -> Any:
        return jax.block_until_ready(advance(parameters, inputs, labels, steps))

    def train(steps: int) -> Parameters:
        if len(plain) == 1:
            trained = [piece(plain[0], steps)]
        else:
            with ThreadPoolExecutor(available_cores()) as pool:
                trained = list(pool.map(lambda parameters: piece(parameters, steps), plain))
        return tuple(
            Layer(np.concatenate([np.asarray(t[l][0]) for t in trained]), np.concatenate([np.asarray(t[l][1]) for t in trained]))
            for l in range(len(start))
        )  # fmt: skip

    return train


JAX_BLOCK = 44_000  # numbers of the widest layer in a block: with six such arrays, its caches are full


def jax_blocks(case: Case, activation: str, start: Parameters, X: Array, Y: Array) -> Train:
    R = len(start[0].weights)
    fits = max(1, JAX_BLOCK // (case.m * max(case.sizes[1:])))
    most = min(fits, -(-R // available_cores()))
    return jax_vmap(case, activation, start, X, Y, block=-(-R // -(-R // most)))


def _stacked(networks: list[list[tuple[Array, Array]]]) -> Parameters:
    return tuple(
        Layer(np.stack([network[l][0] for network in networks]), np.stack([network[l][1] for network in networks]))
        for l in range(len(networks[0]))
    )


OURS = {"fused": partial(ours, fused), "numpy": partial(ours, reference)}
ONE_BY_ONE = {"textbook NumPy": by_textbook, "scikit-learn": scikit_learn, "PyTorch eager": torch_eager}
STACKED = {"torch.func vmap": torch_vmap, "JAX vmap": jax_vmap, "JAX vmap, blocks": jax_blocks}
NEEDS = {
    "scikit-learn": "sklearn", "PyTorch eager": "torch", "torch.func vmap": "torch", "JAX vmap": "jax", "JAX vmap, blocks": "jax",
}  # fmt: skip
# XLA's own threads only get in the way where there is one of ours per core already; read when JAX is first imported.
ENVIRONMENT = {"JAX vmap, blocks": {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"}}


def few(start: Parameters, name: str) -> Parameters:
    """The networks that a contender trains: those that go one by one take a tenth, for each costs the same."""
    return replicate(start, slice(max(1, len(start[0].weights) // 10))) if name in ONE_BY_ONE else start
