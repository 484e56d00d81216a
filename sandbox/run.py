"""The main command: `python -m sandbox.run` does one run, with `-m` a sweep.

python -m sandbox.run -m init=zero,constant,normal activation=sigmoid,tanh,relu dataset=moons,circles
python -m sandbox.run -m +experiment=symmetry
python -m sandbox.run --help
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

# More BLAS threads only hurt at these sizes, and must be set before NumPy loads; Hydra's own reports hide behind ours.
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ["HYDRA_FULL_ERROR"] = "1"
sys.path.append(str(Path(__file__).parent / "launch" / "plugins"))

import sandbox.system.garbage  # noqa: E402, F401 - before there is much to collect

if __name__ == "__main__":
    from sandbox.launch.forking import begin_if_typed

    begin_if_typed(sys.argv)  # it imports what takes this process as long as all that follows

import hydra  # noqa: E402 - after the environment it reads
from hydra._internal.utils import get_args_parser  # noqa: E402
from hydra.core.config_store import ConfigStore  # noqa: E402
from hydra.core.hydra_config import HydraConfig  # noqa: E402
from hydra.errors import HydraException  # noqa: E402
from hydra.types import RunMode  # noqa: E402
from omegaconf import DictConfig  # noqa: E402
from omegaconf.errors import OmegaConfBaseException  # noqa: E402

from sandbox.config import names  # noqa: E402
from sandbox.config.compose import CONF, one_line, read  # noqa: E402
from sandbox.config.schema import RunConfig  # noqa: E402
from sandbox.launch import guard  # noqa: E402
from sandbox.system.errors import InputError  # noqa: E402
from sandbox.system.signals import Stopped, stoppable  # noqa: E402

FAILED, MISTAKE = 1, 2  # exit codes

guard.install()
names.register()
ConfigStore.instance().store(name="schema", node=RunConfig)


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")
def compose_and_perform(composed: DictConfig) -> Any:
    """One job: what Hydra composed, checked and performed. Its launcher returns the result to the sweep."""
    if HydraConfig.get().mode == RunMode.MULTIRUN:
        from sandbox.sweep.job import perform

        return perform(read(composed))
    try:
        from sandbox.sweep.runner import run_single

        return run_single(read(composed))
    except InputError as error:
        _refuse(str(error))  # here, before Hydra reports it in its own words


def main() -> None:
    """Compose, run, record, judge.

    Exit code: 0 all well; 1 a run failed, or results wait for their store; 2 a mistake in the command; 130, 143 or 129
    stopped by SIGINT, SIGTERM or SIGHUP.
    """

    def command() -> None:
        _check_options()
        compose_and_perform()

    answer(command)


def _check_options() -> None:
    """Hydra wants its options first, and answers what it does not know with a page."""
    parser = get_args_parser()

    def refuse(message: str) -> NoReturn:
        raise InputError(f"command: expected options of --hydra-help and key=value, got {message}; see --help")

    parser.error = refuse  # type: ignore[method-assign]
    known = parser.parse_intermixed_args(sys.argv[1:])
    options = [word for word in sys.argv[1:] if word not in known.overrides]
    sys.argv[1:] = [*options, *known.overrides]


def execute(arguments: list[str]) -> int:
    """The command with these arguments, in this process: 0 or 1; a mistake and a signal end the process."""
    before, sys.argv = sys.argv, ["sandbox run", *arguments]
    try:
        compose_and_perform()
    except SystemExit as end:
        if end.code not in (0, None, FAILED):
            raise
        return int(end.code or 0)
    finally:
        sys.argv = before
    return 0


def answer(command: Callable[[], object]) -> None:
    """Do what a command does; a user's mistake is one line on stderr and exit code 2, a signal has its shell's code."""
    try:
        with stoppable():
            command()
    except KeyboardInterrupt as stop:
        print("stopped", file=sys.stderr)
        sys.exit(stop.code if isinstance(stop, Stopped) else 130)
    except InputError as error:
        _refuse(str(error))
    except (HydraException, OmegaConfBaseException) as error:
        _refuse(one_line(error))
    except Exception as error:
        if not _raised_by_hydra(error):
            raise
        _refuse(one_line(error))


def _raised_by_hydra(error: Exception) -> bool:
    """Whether it was Hydra that gave up on what was typed, as it does in many types of exception, and not our code."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals.get("__name__", "").partition(".")[0] in (
        "hydra",
        "omegaconf",
    )


def _refuse(message: str) -> NoReturn:
    if (forking := sys.modules.get("sandbox.launch.forking")) is not None:
        forking.end()
    print(f"error: {message}", file=sys.stderr)
    sys.exit(MISTAKE)


if __name__ == "__main__":
    main()
