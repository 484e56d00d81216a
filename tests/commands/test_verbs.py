"""Every verb is one entry of one table, works by both names, and answers mistakes in its own."""

import os
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

import sandbox
from sandbox.__main__ import VERBS, main

COMMANDS = [verb for verb in VERBS if verb != "run"]  # `run` answers as Hydra does; see test_run


def answered(monkeypatch: pytest.MonkeyPatch, *typed: str) -> int:
    """The exit code of `sandbox` with these words."""
    monkeypatch.setattr(sys, "argv", ["sandbox", *typed])
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_every_command_is_in_the_table_and_nothing_else() -> None:
    there = {path.stem for path in (Path(sandbox.__file__).parent / "commands").glob("[!_]*.py")}
    assert {*VERBS} == there


@pytest.mark.parametrize("verb", VERBS)
def test_python_m_finds_every_verb(verb: str) -> None:
    spec = find_spec(f"sandbox.{verb}")
    assert spec is not None
    if spec.submodule_search_locations is not None:  # a room of the same name
        spec = find_spec(f"sandbox.{verb}.__main__")
    assert spec is not None and spec.origin is not None


@pytest.mark.parametrize("verb", COMMANDS)
@pytest.mark.parametrize("mistake", ["--no-such-option", "probes.count=3x"])
def test_a_mistake_is_answered_in_the_name_of_the_command_that_was_typed(
    verb: str, mistake: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    if verb in {"study", "gradcheck", "map"} and "=" in mistake:
        mistake = "symetry"  # they know all keys
    assert answered(monkeypatch, verb, mistake) == 2
    err = capfd.readouterr().err
    assert err.startswith(f"error: {verb}: expected ") and err.count("\n") == 1 and mistake in err


@pytest.mark.parametrize("verb", COMMANDS)
def test_help_opens_with_the_modules_first_sentence(
    verb: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert answered(monkeypatch, verb, "--help") == 0
    sentence = str(import_module(f"sandbox.commands.{verb}").__doc__).partition("\n")[0]
    out = capfd.readouterr().out
    assert sentence in out and f"usage: sandbox {verb}" in out


def test_alone_it_lists_the_verbs_and_a_mistyped_one_is_named(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert answered(monkeypatch) == 0
    listed = capfd.readouterr().out
    assert all(f"  {verb} " in listed for verb in VERBS)
    assert answered(monkeypatch, "stauts") == 2
    assert capfd.readouterr().err == "error: expected a verb, got 'stauts'; did you mean 'status'?\n"


@pytest.mark.parametrize("typed", [["--help"], ["run", "--help"], ["status", "--help"]])
def test_a_reader_who_has_gone_is_no_error(typed: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)  # as `| head -1` does, at once
    with os.fdopen(writer, "w") as gone:
        command = [sys.executable, "-m", "sandbox", *typed]
        done = subprocess.run(command, stdout=gone, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
