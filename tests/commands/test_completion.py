"""Tab completion as a shell does it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from sandbox.__main__ import VERBS
from sandbox.commands.completion import script
from sandbox.trial import registry

TYPED = {
    "sandbox stu": "study",
    "sandbox run activ": "activation=",
    "sandbox run activation=ta": "tanh tanh_shifted",
    "sandbox run -m activation=relu,elu,ge": "relu,elu,gelu",
    "sandbox run +experiment=symmetry dataset=moo": "moons",
    "sandbox run hydra/launcher=co": "cores",
    "sandbox study dep": "depth depth_trained",
    "python -m sandbox.rep": "sandbox.replay sandbox.report",
    "python -m sandbox.run init=trunc": "truncated",
    "python script.py init=trunc": "",
    "sandbox run no_such_key=": "",
}


def completed(line: str, tmp_path: Path) -> str:
    """What bash offers at the end of a line."""
    file = tmp_path / "completion.bash"
    file.write_text(script("bash"))
    function = "_sandbox_python" if line.startswith("python") else "_sandbox"
    ask = 'source "$1"; COMP_LINE="$2"; COMP_POINT=${#2}; COMPREPLY=(); "$3"; echo "${COMPREPLY[*]}"'
    words = ["bash", "--norc", "-c", ask, "bash", str(file), line, function]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize(("line", "offered"), TYPED.items())
def test_bash_offers_what_fits(line: str, offered: str, tmp_path: Path) -> None:
    assert completed(line, tmp_path) == offered


def test_every_verb_and_experiment_is_offered(tmp_path: Path) -> None:
    assert {*completed("sandbox ", tmp_path).split()} == {*VERBS}
    assert {*registry.names()} <= {*completed("sandbox study ", tmp_path).split()}


ZSH = r"""
zmodload zsh/zpty
zpty shell "zsh -f -i"
zpty -w shell "source $1"
zpty -w shell 'sandbox() { print -r -- "<$*>" }; echo re""ady'
zpty -r -m shell seen '*ready*'
zpty -w shell "sandbox run activation=relu,ge"$'\t'
zpty -w shell 'echo do""ne'
zpty -r -m shell seen '*done*'
print -r -- "$seen"
"""


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_completes_a_line_that_is_typed(tmp_path: Path) -> None:
    (tmp_path / "completion.zsh").write_text(script("zsh"))
    (tmp_path / "typed.zsh").write_text(ZSH)
    words = ["zsh", "-f", str(tmp_path / "typed.zsh"), str(tmp_path / "completion.zsh")]
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "TERM": "dumb"}
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=environment, check=True)
    assert "<run activation=relu,gelu>" in done.stdout
