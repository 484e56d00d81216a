"""Hydra's side of a sweep: from the command line to arms, composed and checked before the first one runs."""

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.launch.compose_cache import Composer
from sandbox.launch.guard import guard

from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.plugins import Plugins
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, open_dict, read_write

from sandbox.config.compose import read
from sandbox.config.schema import RunConfig
from sandbox.system.errors import InputError


class SandboxSweeper(Sweeper):
    """All combinations of the values given, as Hydra's basic sweeper, but checked, recorded and judged as one sweep."""

    def __init__(self, params: dict[str, str] | None = None) -> None:
        self.params = params or {}

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        self.master = config
        self.loader = Composer(hydra_context.config_loader)
        self.jobs = Plugins.instance().instantiate_launcher(
            hydra_context=HydraContext(config_loader=self.loader, callbacks=hydra_context.callbacks),  # type: ignore[arg-type]
            task_function=task_function,
            config=config,
        )

    def sweep(self, arguments: list[str]) -> Any:
        from sandbox.sweep.runner import run_sweep

        arms = self.arms(arguments)
        configs = [self._checked(arm, alone=len(arms) == 1) for arm in arms]

        def launch(these: list[list[str]], told: list[Mapping[str, Any]]) -> Sequence[Any]:
            for arm, words in zip(these, told, strict=True):
                self.loader.tell(arm, words)
            return self.jobs.launch(these, initial_job_idx=0)

        return run_sweep(arms, configs, launch, typed=arguments)

    def arms(self, arguments: list[str]) -> list[list[str]]:
        """The overrides of each arm; what is typed wins over what the experiment prepared."""
        from hydra._internal.core_plugins.basic_sweeper import BasicSweeper  # here, or Hydra would find it twice

        prepared = [f"{key}={value}" for key, value in self.params.items()]
        parsed = OverridesParser.create(config_loader=self.loader.inner).parse_overrides([*prepared, *arguments])
        (arms,) = BasicSweeper.split_arguments(parsed, max_batch_size=None)
        return arms

    def _checked(self, arm: list[str], alone: bool) -> RunConfig:
        composed = self.loader.load_sweep_config(self.master, arm)
        guard(composed)  # Hydra's own keys may differ between arms
        with read_write(composed), open_dict(composed):
            del composed["hydra"]
        try:
            return read(composed)
        except InputError as error:
            from sandbox.sweep.dispatch import spelled  # here, since --help need not pay for it

            raise error if alone else InputError(f"{error} (in the arm {spelled(arm)})") from None


ConfigStore.instance().store(
    group="hydra/sweeper", name="sandbox", node={"_target_": f"{__name__}.{SandboxSweeper.__name__}", "params": None}
)
