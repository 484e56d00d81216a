"""What an experiment's runs depend on: its trial and all that this uses, in whichever file; no claim, figure or comment."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from experiments import EXPERIMENTS
from sandbox.system.source import meaning
from sandbox.trial.digest import OF_EXPERIMENTS
from sandbox.trial.source import outlined, reached

MODULE = '''"""A question?"""
from . import _whole
from ._help import half as one_half, unused
from ._more import twice

LIMIT = 3

def step(x):
    """Adds."""
    return x + LIMIT  # why

def trial(config):
    return step(one_half(_whole.third(config)))

def measure(rows):
    return twice(rows)

def figures(config, outcome):
    return draw()

CLAIMS = (measure,)
EXPERIMENT = Experiment(CLAIMS, trial, figures)
'''
FILES = {
    "question.py": MODULE,
    "_help.py": "HALF = 0.5\n\ndef half(x):\n    return HALF * x\n\ndef unused(x):\n    return x\n",
    "_whole.py": "from ._more import third as third\n",
    "_more.py": "def twice(x):\n    return 2 * x\n\ndef third(x):\n    return x / 3\n",
    "__init__.py": "",
}


@pytest.fixture
def edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """What is reached in a package of these files, after one of them has been edited."""
    (tmp_path / "invented").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "invented", raising=False)

    def reach(file: str = "question.py", old: str = "", new: str = "") -> list[str]:
        for name, text in FILES.items():
            assert name != file or old in text
            (tmp_path / "invented" / name).write_text(text.replace(old, new) if name == file and old else text)
        outlined.cache_clear()
        return reached("invented.question", ("invented",))

    return reach


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("question.py", "x + LIMIT", "x - LIMIT"),
        ("question.py", "LIMIT = 3", "LIMIT = 4"),
        ("question.py", "LIMIT = 3", "LIMIT = 3\nconfigure()"),
        ("_help.py", "0.5", "0.25"),
        ("_more.py", "x / 3", "x / 4"),
        ("_whole.py", "third as third", "twice as third"),
    ],
)
def test_what_the_trial_uses_counts_in_whichever_file(
    edited: Callable[..., list[str]], file: str, old: str, new: str
) -> None:
    assert edited(file, old, new) != edited()


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("question.py", "Adds.", "Adds three."),
        ("question.py", "# why", "# for no reason"),
        ("question.py", "twice(rows)", "twice(twice(rows))"),
        ("question.py", "(measure,)", "()"),
        ("question.py", "draw()", "redraw()"),
        ("_more.py", "2 * x", "x + x"),
        ("_help.py", "return x\n", "return -x\n"),
    ],
)
def test_claims_figures_comments_and_what_nobody_uses_do_not(
    edited: Callable[..., list[str]], file: str, old: str, new: str
) -> None:
    assert edited(file, old, new) == edited()


def test_the_mathematics_of_an_experiment_counts_with_it_alone() -> None:
    reach = {name: " ".join(reached(f"experiments.{name}", OF_EXPERIMENTS)) for name in ("derivatives", "born_dead")}
    assert "name='exact'" in reach["derivatives"] and "name='_tanh_slope'" in reach["derivatives"]
    assert "name='exact'" not in reach["born_dead"]


def test_docstrings_are_no_code() -> None:
    def dump(text: str) -> str:
        return meaning(text)

    assert dump('"""Module."""\ndef f(x):\n    """Adds."""\n    return x\n') == dump("def f(x):\n    return x\n")


def test_every_experiment_of_ours_has_code_of_its_own_if_it_has_a_trial() -> None:
    own = {
        name
        for name in EXPERIMENTS
        if any("name='trial'" in text for text in reached(f"experiments.{name}", OF_EXPERIMENTS))
    }
    assert own == {name for name in EXPERIMENTS if "trial" in outlined(f"experiments.{name}").definitions}
