"""Where Hydra looks for plugins: a namespace package, found here because the command puts this folder on the path."""

from hydra.core.config_store import ConfigStore

from sandbox.launch.sweeper import Combinations


class SandboxSweeper(Combinations):
    """Chosen by `hydra/sweeper: sandbox` in conf/config.yaml."""


ConfigStore.instance().store(
    group="hydra/sweeper",
    name="sandbox",
    node={"_target_": f"{SandboxSweeper.__module__}.{SandboxSweeper.__name__}", "params": None},
)
