"""A plain script on Hydra and MLflow: a job is one network.

python -m benchmarks.template.train -m store=sqlite:////tmp/mlflow.db init=normal,he seed=0,1,2
"""

import hydra
import mlflow
from omegaconf import DictConfig

from benchmarks.template.job import perform


@hydra.main(version_base="1.3", config_path=".", config_name="config")
def main(config: DictConfig) -> None:
    mlflow.set_tracking_uri(config.store)
    mlflow.set_experiment("template")
    with mlflow.start_run():
        perform(config)


if __name__ == "__main__":
    main()
