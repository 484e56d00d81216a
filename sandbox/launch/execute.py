"""Runs and sweeps by Hydra: what is typed is composed, checked and performed."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, NoReturn

from sandbox.launch import guard
from sandbox.launch.command import FAILED, refuse

import hydra
from hydra import initialize_config_dir
from hydra._internal import hydra as hydra_itself
from hydra._internal.hydra import Hydra
from hydra._internal.utils import get_args_parser
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.plugins import Plugins
from hydra.types import HydraContext, RunMode
from omegaconf import DictConfig

from sandbox.config import own
from sandbox.config.compose import read
from sandbox.config.names import CONF
from sandbox.config.schema import RunConfig
from sandbox.system.errors import InputError
from sandbox.system.signals import stoppable

guard.install()


class Direct(Hydra):
    """Hydra, that does not compose everything to learn what -m has said, before it composes everything."""

    def get_mode(self, config_name: str | None, overrides: list[str]) -> Any:
        """None stands for what the options say."""
        told = {"-m", "--multirun"} & {*sys.argv} and not any("hydra.mode" in word for word in overrides)
        return None if told else super().get_mode(config_name, overrides)


hydra_itself.Hydra = Direct  # type: ignore[misc] # `hydra.main` makes its own


def job(composed: DictConfig) -> Any:
    """One job: what Hydra composed, checked and performed. Its launcher returns the result to the sweep."""
    if HydraConfig.get().mode == RunMode.MULTIRUN:
        from sandbox.sweep.batches import perform_all

        # submitit's programs would not hear of SIGTERM, and work on until Slurm kills them
        with stoppable() if "SUBMITIT_EXECUTOR" in os.environ else nullcontext():
            return perform_all(composed.tracking.batch)
    own.allow(HydraConfig.get().overrides.task)  # what was typed; of an arm, its sweep has refused what was not
    try:
        from sandbox.sweep.runner import run_single

        return run_single(read(composed))
    except InputError as error:
        refuse(str(error))  # here, before Hydra reports it in its own words


# Not a decorator, so that workers find the job by its name.
compose_and_perform = hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")(job)


@contextmanager
def prepared(
    overrides: list[str], arms: list[list[str]] | None = None
) -> Iterator[tuple[list[list[str]], list[RunConfig], Callable[..., Any]]]:
    """A sweep's arms, their configurations and its launch, for a caller in Python: what `sandbox run -m` makes of these words.

    arms: in place of those that the words make; such a sweep is the caller's own command.
    """
    before = sys.argv
    if arms is None:  # what a sweep says of itself, and how to resume it
        sys.argv = ["sandbox run", "-m", *overrides]
    try:
        with initialize_config_dir(str(CONF), version_base="1.3", job_name="sandbox"):
            composer = GlobalHydra.instance().hydra
            assert composer is not None
            words = [*own.expanded(overrides), "hydra.mode=MULTIRUN"]
            master = composer.compose_config("config", words, RunMode.MULTIRUN, with_log_configuration=False)
            context = HydraContext(config_loader=composer.config_loader, callbacks=guard.GuardedCallbacks(master))
            sweeper = Plugins.instance().instantiate_sweeper(config=master, hydra_context=context, task_function=job)
            yield sweeper.plan(list(master.hydra.overrides.task), arms)  # type: ignore[attr-defined] # the guard lets no other one through
    finally:
        sys.argv = before


def put_options_first() -> None:
    """Hydra wants its options before the overrides, and answers what it does not know with a page; --dry-run is ours."""
    parser = get_args_parser()

    def refuse_options(message: str) -> NoReturn:
        remedy = "keys stand without dashes" if "--" in message and "=" in message else "see --help"
        raise InputError(f"run: expected options of --hydra-help and key=value, got {message}; {remedy}")

    parser.error = refuse_options  # type: ignore[method-assign]
    sys.argv[1:] = ["dry_run=true" if word == "--dry-run" else word for word in sys.argv[1:]]
    known = parser.parse_intermixed_args(sys.argv[1:])
    for word in known.overrides:  # also of one that is not installed
        if word.startswith("hydra/sweeper=") and word != "hydra/sweeper=sandbox":
            raise InputError(guard.other_sweeper(word.partition("=")[2]))
    if known.help:  # which lists our groups itself; Hydra would look through all sources for each of its own first
        Hydra.list_all_config_groups = lambda self, parent="": []  # type: ignore[method-assign]
    options = [word for word in sys.argv[1:] if word not in known.overrides]
    sys.argv[1:] = [*options, *own.expanded(known.overrides)]


def execute(arguments: list[str]) -> int:
    """`sandbox run` with these arguments, in this process: 0 or 1; a mistake and a signal end the process."""
    before, sys.argv = sys.argv, ["sandbox run", *own.expanded(arguments)]
    try:
        compose_and_perform()
    except SystemExit as end:
        if end.code not in (0, None, FAILED):
            raise
        return int(end.code or 0)
    finally:
        sys.argv = before
    return 0
