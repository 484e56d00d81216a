"""The hash of a promise: it changes with all that was promised and computes, and with nothing else."""

import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from experiments import load
from sandbox.claims.claim import Claim, Control, Interval, Placebo, above
from sandbox.claims.measures import Paired, Value
from sandbox.claims.promise import legacy_hash, promise_hash, sources
from tests.support.fresh import said

PAIR = Paired("test/loss", better={"init": "normal"}, than={"init": "zero"})
SPREAD = Control("units differ from normal draws", Value("spread", where={"init": "normal"}), above(0.1))
CLAIM = Claim(
    id="zero-fails",
    statement="training from zero weights fails",
    source="notes, § Random initialisation",
    prediction=Interval(0.9, 1),
    reason="'fails' leaves room for one lucky pair in ten",
    measure=PAIR,
    control=SPREAD,
    strata=("dataset", "activation"),
    effect="of pairs in which normal weights end lower",
)
DESIGN = {"replicates": 160, "hydra": {"sweeper": {"params": {"init": "normal,zero"}}}}
MODULE = '''
"""Docstring."""
LIMIT = 3
def helper(rows: "DataFrame") -> float:
    """What it says."""
    if not rows: raise ValueError("no rows")  # why
    return rows * LIMIT
def measure(rows):
    return helper(rows) + 1
def trial(config):
    return measure(config)
'''


def module_of(tmp_path: Path, text: str) -> ModuleType:
    """An experiment's module as it would be read from its file: a new one, since bytecode is told apart by size and second."""
    path = Path(tempfile.mkdtemp(dir=tmp_path)) / "made_up.py"
    path.write_text(text, encoding="utf-8")
    import importlib.util
    import linecache

    linecache.clearcache()
    spec = importlib.util.spec_from_file_location("experiments.made_up", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["experiments.made_up"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def hash_with(tmp_path: Path) -> Any:
    def hashed(change: Callable[[str], str] = lambda text: text) -> str:
        module = module_of(tmp_path, change(MODULE))
        return promise_hash(replace(CLAIM, measure=module.measure), DESIGN, module.trial)

    yield hashed
    sys.modules.pop("experiments.made_up", None)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("helper(rows) + 1", "1"),  # a measure that always returns 1
        ("rows * LIMIT", "rows + LIMIT"),  # what it calls
        ("LIMIT = 3", "LIMIT = 4"),  # what that reads
        ("return measure(config)", "return 0"),  # the trial
    ],
)
def test_a_promise_changes_with_the_code_that_computes_under_the_same_names(hash_with: Any, old: str, new: str) -> None:
    assert hash_with(lambda text: text.replace(old, new)) != hash_with()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""What it says."""', '"""What it does."""'),
        ("# why", "# because"),
        ('"no rows"', '"expected rows"'),
        ('rows: "DataFrame"', "rows"),
        ("\n    return helper(rows) + 1", "\n\n    return (helper(rows) + 1)"),
        ("LIMIT = 3", "LIMIT = 3\nUNUSED = 4"),
    ],
)
def test_a_promise_does_not_mind_what_computes_nothing(hash_with: Any, old: str, new: str) -> None:
    assert old in MODULE
    assert hash_with(lambda text: text.replace(old, new)) == hash_with()


def test_a_promise_covers_the_design() -> None:
    assert promise_hash(CLAIM, DESIGN) == promise_hash(CLAIM, {**DESIGN, "replicates": 160.0})
    assert promise_hash(CLAIM, DESIGN) != promise_hash(CLAIM, {**DESIGN, "replicates": 161})
    assert promise_hash(CLAIM, DESIGN) != promise_hash(CLAIM)


def doubled(rows: pd.DataFrame, times: int) -> pd.Series:
    return rows["spread"] * times


@pytest.mark.parametrize(
    "changes",
    [
        {"prediction": Interval(0.9, 1, "(]")},
        {"prediction": Interval(0.91, 1)},
        {"prediction": Interval(0.9, 0.99)},
        {"statement": "training from zero weights may fail"},
        {"reason": "it seemed so"},
        {"statistic": "median"},
        {"strata": ("dataset",)},
        {"where": {"dataset": "moons"}},
        {"measure": replace(PAIR, better={"init": "he"})},
        {"measure": replace(PAIR, column="train/loss")},
        {"measure": replace(PAIR, margin=0.01)},
        {"measure": replace(PAIR, best_over="learning_rate", choose_by="validation/loss")},
        {"measure": partial(doubled, times=2)},
        {"control": replace(SPREAD, prediction=above(0.2))},
        {"control": Placebo()},
        {"tasks": ("dataset", "hidden")},
        {"real_data": "samples"},
        {"variants": {"another column": replace(PAIR, column="train/loss")}},
        {"id": "zero-fails-2"},
    ],
)
def test_a_promise_changes_with_every_part_of_it(changes: Any) -> None:
    assert promise_hash(replace(CLAIM, **changes)) != promise_hash(CLAIM)


def test_arguments_that_are_filled_in_beforehand_count() -> None:
    twice, thrice = (replace(CLAIM, measure=partial(doubled, times=times)) for times in (2, 3))
    assert promise_hash(twice) != promise_hash(thrice)


def test_a_promise_does_not_mind_how_a_number_is_written_or_what_is_told_to_the_reader() -> None:
    same = replace(CLAIM, prediction=Interval(0.9, 1.0), source="notes, section 7", unit="%", effect="of pairs")
    assert promise_hash(same) == promise_hash(CLAIM)


def test_a_new_field_at_its_default_changes_no_promise() -> None:
    @dataclass(frozen=True)
    class Claim2(Claim):
        new: str = "as it was"

    assert promise_hash(Claim2(**vars(CLAIM))) == promise_hash(CLAIM)
    assert promise_hash(Claim2(**vars(CLAIM), new="other")) != promise_hash(CLAIM)


def test_the_source_of_a_measure_is_that_of_all_it_uses_and_of_nothing_else() -> None:
    found = sources(Paired)
    assert {"sandbox.claims.measures:win", "sandbox.claims.rows:at_best", "sandbox.claims.rows:KEYS"} <= set(found)
    assert not any(name.startswith(("numpy", "pandas", "sandbox.system")) for name in found)
    assert not any("Trend" in name for name in found)


def test_a_promise_is_the_same_in_every_process() -> None:
    experiment = load("symmetry")
    here = [experiment.promise(claim) for claim in experiment.claims]
    for seed in ("7", "8"):
        assert said("prediction_hashes", "symmetry", env=os.environ | {"PYTHONHASHSEED": seed}) == here


def test_the_hash_of_before_stays_computable() -> None:
    """Old verdicts are told to be of this or of another promise by it."""
    assert legacy_hash(CLAIM) == "c802df91c19e7d3115c58946d6d47d8ce5aab2de43f120da302bd8061e97f12a"
    assert legacy_hash(replace(CLAIM, tasks=("hidden",))) == legacy_hash(CLAIM)
