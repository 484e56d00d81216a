"""The launcher `cores`, where Hydra looks for plugins."""

from hydra.core.config_store import ConfigStore

from sandbox.launch.cores import Cores


class CoresLauncher(Cores):
    """Chosen by `hydra/launcher=cores`."""


ConfigStore.instance().store(
    group="hydra/launcher",
    name="cores",
    node={"_target_": f"{CoresLauncher.__module__}.{CoresLauncher.__name__}", "n_jobs": None},
)
