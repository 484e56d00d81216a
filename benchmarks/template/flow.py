"""The same jobs under HydraFlow's decorator, which looks for an earlier run of the same configuration before each.

python -m benchmarks.template.flow -m store=sqlite:////tmp/mlflow.db init=normal,he seed=0,1,2
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import hydraflow
import mlflow
from mlflow.entities import Run

from benchmarks.template.job import perform


@dataclass
class Config:
    """As config.yaml."""

    init: str = "normal"
    activation: str = "tanh"
    learning_rate: float = 1.0
    hidden: int = 16
    steps: int = 1000
    seed: int = 0
    store: str = ""


@hydraflow.main(Config)
def main(_: Run, config: Config) -> None:
    perform(config)


if __name__ == "__main__":
    (store,) = (word.removeprefix("store=") for word in sys.argv if word.startswith("store="))
    mlflow.set_tracking_uri(store)
    if mlflow.get_experiment_by_name("flow") is None:  # it expects the folder of artifacts to be there
        artifacts = Path(store.removeprefix("sqlite:///")).parent / "flow"
        artifacts.mkdir()
        mlflow.create_experiment("flow", artifact_location=artifacts.as_uri())
    main()
