"""What all commands share: words, options and overrides, the store that is meant, and mistakes answered in one line."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from sandbox.launch import bootstrap, words

from hydra import compose, initialize_config_dir
from hydra.core.config_store import ConfigStore
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from sandbox.config import names
from sandbox.config.complaints import one_line
from sandbox.config.compose import read
from sandbox.config.names import CONF
from sandbox.config.schema import RunConfig
from sandbox.system.errors import InputError, StoreError
from sandbox.system.outlet import complain, put_before_streams
from sandbox.system.plain_words import speak_plainly, visible
from sandbox.system.signals import Stopped, stoppable

FAILED, MISTAKE = 1, 2  # exit codes

names.register()
words.install()
ConfigStore.instance().store(name="schema", node=RunConfig)


@dataclass(frozen=True)
class Typed:
    """What was typed behind a command's name."""

    options: argparse.Namespace
    words: list[str]  # ids or names
    overrides: list[str]  # key=value


class Parser(argparse.ArgumentParser):
    """Options, words and overrides in any order; every mistake is an InputError that begins with the command's name.

    words: what to call them in --help; "" where there are none. keys: the overrides that the command understands, each
    with all below it; None for all.
    """

    def __init__(
        self, verb: str, text: str | None, words: str = "", keys: tuple[str, ...] | None = ("tracking",)
    ) -> None:
        super().__init__(
            prog=f"sandbox {verb}",
            description=text,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        self.verb, self.words, self.keys = verb, words, keys
        overrides = (
            "key=value"
            if keys is None
            else "|".join(f"{key}{'.KEY' if key == 'tracking' else ''}=VALUE" for key in keys)
        )
        self.add_argument("given", nargs="*", metavar="|".join(filter(None, (words, overrides))))

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{self.verb}: expected what `sandbox {self.verb} --help` lists, got {message}")

    def read(self) -> Typed:
        """What was typed. Raises InputError for an override of a key that the command does not know."""
        options = self.parse_intermixed_args(sys.argv[1:])
        overrides = [word for word in options.given if "=" in word]
        words = [word for word in options.given if "=" not in word]
        for wrong in [*(word for word in overrides if not self._knows(word)), *(() if self.words else words)]:
            raise InputError(f"{self.verb}: expected {self._expected()}, got {wrong!r}; leave it out")
        return Typed(options, words, overrides)

    def _knows(self, override: str) -> bool:
        key = override.partition("=")[0].lstrip("+")
        return self.keys is None or any(key == known or key.startswith(f"{known}.") for known in self.keys)

    def _expected(self) -> str:
        names = {"tracking": "tracking options", "engine": "engine=NAME"}
        return " or ".join([*filter(None, [self.words]), *(names.get(key, key) for key in self.keys or ())])


def configured(overrides: list[str]) -> RunConfig:
    """The configuration that these overrides of `sandbox run` make."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return read(compose("config", overrides))


def refuse_what_is_no_text(words: Sequence[str]) -> None:
    """Raise InputError for a word whose bytes are no text: no database and no YAML could keep it."""
    for word in words:
        try:
            word.encode()
        except UnicodeEncodeError:
            shown = word.encode(errors="backslashreplace").decode()
            raise InputError(
                f"expected words in UTF-8, got {shown}; give the file or folder another name, or reach it by a link"
            ) from None


def answer(command: Callable[[], object]) -> None:
    """Do what a command does; a user's mistake is one line on stderr and exit code 2, a signal has its shell's code.

    Whoever stops listening changes neither what is done nor the exit code; a full disk behind standard output makes it 1.
    """
    put_before_streams()
    speak_plainly()
    try:
        _answer(command)
    except SystemExit as end:
        if end.code in (0, None):
            _complain()
        raise
    _complain()


def _complain() -> None:
    try:
        complain()
    except InputError as error:
        refuse(str(error), FAILED)


def _answer(command: Callable[[], object]) -> None:
    try:
        with stoppable():
            refuse_what_is_no_text(sys.argv[1:])
            command()
    except KeyboardInterrupt as stop:
        bootstrap.end_server()
        print("stopped", file=sys.stderr)
        sys.exit(stop.code if isinstance(stop, Stopped) else 130)
    except InputError as error:
        refuse(str(error))
    except StoreError as error:
        refuse(str(error), FAILED)
    except (HydraException, OmegaConfBaseException) as error:
        refuse(one_line(error))
    except Exception as error:
        if not _raised_by_hydra(error):
            raise
        refuse(one_line(error))


def refuse(message: str, code: int = MISTAKE) -> NoReturn:
    """End the process with one line, by default for a mistake of the user's."""
    bootstrap.end_server()
    print(f"error: {visible(' '.join(message.splitlines()).strip())}", file=sys.stderr)
    sys.exit(code)


def _raised_by_hydra(error: Exception) -> bool:
    """Whether it was Hydra that gave up on what was typed, as it does in many types of exception, and not our code."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals.get("__name__", "").partition(".")[0] in (
        "hydra",
        "omegaconf",
    )
