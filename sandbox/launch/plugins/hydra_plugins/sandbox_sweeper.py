"""Hydra's side of a sweep: from the command line to arms, composed and checked before the first one runs."""

from typing import TYPE_CHECKING, Any

from sandbox.launch.arm_configs import Reader
from sandbox.launch.arms import conditional, paired
from sandbox.launch.compose_cache import Composer

from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.core.plugins import Plugins
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from sandbox.config import own
from sandbox.config.schema import CONTENT, RunConfig, keys_with
from sandbox.system.errors import InputError

if TYPE_CHECKING:
    from sandbox.launch.jobs import Jobs

    from sandbox.sweep.dispatch import Launch


class SandboxSweeper(Sweeper):
    """All combinations of the values given, as Hydra's basic sweeper, but checked, recorded and judged as one sweep."""

    def __init__(self, params: dict[str, str] | None = None) -> None:
        self.params = params or {}

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        self.master = config
        self.loader = Composer(hydra_context.config_loader)
        self.reader = Reader(self.loader, config)
        self.context = HydraContext(config_loader=self.loader, callbacks=hydra_context.callbacks)  # type: ignore[arg-type]
        self.task = task_function
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=self.context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> Any:
        from sandbox.sweep.runner import run_sweep

        arms, configs, launch = self.plan(arguments)
        return run_sweep(arms, configs, launch, typed=arguments, workers=self._jobs().workers())

    def plan(
        self, arguments: list[str], arms: list[list[str]] | None = None
    ) -> "tuple[list[list[str]], list[RunConfig], Launch]":
        """The arms that were typed, or these, their configurations, and what launches some of them."""
        own.allow(arguments)
        arms = [own.expanded(arm) for arm in (self.arms(arguments) if arms is None else arms)]
        configs = [self._checked(arm, alone=len(arms) == 1) for arm in arms]
        return arms, configs, self._jobs().launch

    def _jobs(self) -> "Jobs":
        from sandbox.launch.jobs import Jobs  # here, since --help need not pay for it

        assert self.launcher is not None  # since `setup`
        return Jobs(self.launcher, self.loader, self.context, self.task, self.master)

    def arms(self, arguments: list[str]) -> list[list[str]]:
        """The overrides of each arm; what is typed wins over what the experiment prepared."""
        from hydra._internal.core_plugins.basic_sweeper import BasicSweeper  # here, or Hydra would find it twice

        file = self.master.experiment_file
        prepared = [f"{key}={value}" for key, value in {**self.params, **(own.sweep_of(file) if file else {})}.items()]
        parsed = OverridesParser.create(config_loader=self.loader.inner).parse_overrides([*prepared, *arguments])
        for override in parsed:
            if override.is_interval_sweep():
                raise InputError(
                    f"{override.get_key_element().lstrip('+')}: expected values, got {str(override.input_line).partition('=')[2]!r}, which is "
                    "for sweepers that choose arms while others run; name the values, as in learning_rate=0.1,0.3,1"
                )
            if override.is_sweep_override() and not list(override.sweep_string_iterator()):
                raise InputError(
                    f"{override.get_key_element().lstrip('+')}: expected at least one value to sweep over, got none of "
                    f"{override.input_line!r}; leave it out, or name values"
                )
        (arms,) = BasicSweeper.split_arguments(parsed, max_batch_size=None)
        arms = self._chosen(arms, parsed)
        for group in ("dataset", "init"):
            arms = without_others_files(arms, group)
        return with_own_samples(arms, arguments) if self.master.experiment else arms

    def _chosen(self, arms: list[list[str]], parsed: list[Override]) -> list[list[str]]:
        """Those of the combinations that are wanted: keys that go together, and keys that matter only under a condition."""
        told = {each.get_key_element().lstrip("+"): each for each in parsed}
        wanted: list[Any] = [told[key].value() if key in told else self.master.get(key) for key in ("paired", "only")]
        together, only = ([str(each) for each in several or []] for several in wanted)
        swept = {key: [*each.sweep_string_iterator()] for key, each in told.items() if each.is_sweep_override()}
        usual = {
            str(key): value.get("name") if isinstance(value, DictConfig) else value
            for key, value in self.master.items()
        }
        left = paired(arms, together, swept)
        return conditional(left, only, usual)

    def _checked(self, arm: list[str], alone: bool) -> RunConfig:
        try:
            return self.reader.read(arm)
        except InputError as error:
            from sandbox.sweep.dispatch import spelled  # here, since --help need not pay for it

            raise error if alone else InputError(f"{error} (in the arm {spelled(arm)})") from None


def without_others_files(arms: list[list[str]], group: str) -> list[list[str]]:
    """In a sweep over group=file and others, what is said about the file reaches the arms with the file alone."""
    about_files = {key for key in keys_with(CONTENT) if key.startswith(f"{group}.")}
    with_file = [f"{group}=file" in arm for arm in arms]
    if not any(with_file):
        return arms  # where nobody reads a file, such words are refused
    left: list[list[str]] = []
    for arm, reads in zip(arms, with_file, strict=True):
        kept = arm if reads else [word for word in arm if word.partition("=")[0].lstrip("+") not in about_files]
        if kept == arm or kept not in left:  # the same set beside each of two files is one arm
            left.append(kept)
    return left


def with_own_samples(arms: list[list[str]], typed: list[str]) -> list[list[str]]:
    """An experiment's number of samples and noise are not for a set that has its own, unless they are typed."""
    from sandbox.data.datasets import DATASETS  # here, since --help need not pay for it

    keys = {word.partition("=")[0].lstrip("+") for word in typed}
    left: dict[tuple[str, ...], None] = {}  # what the experiment sweeps over is one arm where it has no say
    for arm in arms:
        name = next((word.removeprefix("dataset=") for word in reversed(arm) if word.startswith("dataset=")), "")
        known = DATASETS.get(name)
        own = {"dataset.samples": known.samples, "dataset.noise": known.noise} if known else {}
        without = [key for key, usual in own.items() if usual is None and key not in keys]
        kept = [word for word in arm if word.partition("=")[0].lstrip("+") not in without]
        left[*kept, *(f"{key}=null" for key in without)] = None
    return [[*arm] for arm in left]


ConfigStore.instance().store(
    group="hydra/sweeper", name="sandbox", node={"_target_": f"{__name__}.{SandboxSweeper.__name__}", "params": None}
)
