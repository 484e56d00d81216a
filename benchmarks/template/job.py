"""What a plain job does: train one network in PyTorch, log each probe step, draw one figure, into MLflow's active run.

It trains what our sweep trains, to the same loss.
"""

from typing import Any

import matplotlib as mpl
import mlflow
import torch
from omegaconf import OmegaConf
from torch import nn

from sandbox.data.datasets import load
from sandbox.nn.descent import probe_steps
from sandbox.nn.initialisers import initialise

mpl.use("Agg")
from matplotlib import pyplot as plt

ACTIVATIONS = {"tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "relu": nn.ReLU}


def perform(config: Any) -> None:
    """One network, recorded."""
    torch.set_num_threads(1)
    data = load("moons")
    X, Y, X_test, Y_test = (torch.tensor(a.T.copy()) for a in (data.X, data.Y, data.X_test, data.Y_test))
    model = nn.Sequential(
        nn.Linear(2, config.hidden, dtype=torch.float64),
        ACTIVATIONS[config.activation](),
        nn.Linear(config.hidden, 1, dtype=torch.float64),
    )
    start = initialise(config.init, (2, config.hidden, 1), 1, 0, first=config.seed)
    with torch.no_grad():
        for linear, (W, b) in zip((model[0], model[2]), start, strict=True):
            linear.weight.copy_(torch.from_numpy(W[0]))
            linear.bias.copy_(torch.from_numpy(b[0, :, 0]))
    loss_of = nn.BCEWithLogitsLoss()
    optimiser = torch.optim.SGD(model.parameters(), lr=config.learning_rate)

    def measure() -> dict[str, float]:
        with torch.no_grad():
            train, test = model(X), model(X_test)
            return {
                "train/loss": float(loss_of(train, Y)),
                "test/loss": float(loss_of(test, Y_test)),
                "train/accuracy": float(((train > 0) == (Y > 0.5)).double().mean()),
                "test/accuracy": float(((test > 0) == (Y_test > 0.5)).double().mean()),
            }

    wanted, curve = set(probe_steps(config.steps, 30)), []
    mlflow.log_params(OmegaConf.to_container(config))  # type: ignore[arg-type]
    for step in range(config.steps + 1):
        if step in wanted:
            measured = measure()
            curve.append((step, measured))
            mlflow.log_metrics(measured, step=step)
        if step < config.steps:
            optimiser.zero_grad()
            loss_of(model(X), Y).backward()
            optimiser.step()
    figure, ax = plt.subplots()
    for name in ("train/loss", "test/loss"):
        ax.plot([step for step, _ in curve], [values[name] for _, values in curve], label=name)
    ax.set(xlabel="step", ylabel="loss", xscale="symlog")
    ax.legend()
    mlflow.log_figure(figure, "loss.png")
    plt.close(figure)
