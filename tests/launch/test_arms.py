"""Arms that go together, and keys that matter only under a condition."""

from itertools import product

from sandbox.launch.arms import conditional, paired

import pytest

from sandbox.system.errors import InputError
from tests.conftest import Command

SWEPT = {"activation": ["sigmoid", "tanh"], "learning_rate": ["4", "1"], "init": ["zero", "normal"]}
GRID = [[f"{key}={value}" for key, value in zip(SWEPT, values, strict=True)] for values in product(*SWEPT.values())]


def test_paired_keys_have_their_values_in_step_and_the_others_all_of_them() -> None:
    arms = paired(GRID, ["activation", "learning_rate"], SWEPT)
    assert [arm[:2] for arm in arms] == [["activation=sigmoid", "learning_rate=4"]] * 2 + [
        ["activation=tanh", "learning_rate=1"]
    ] * 2
    assert {arm[2] for arm in arms} == {"init=zero", "init=normal"}


def test_without_pairs_and_conditions_every_combination_is_an_arm() -> None:
    assert paired(GRID, [], SWEPT) == GRID == conditional(GRID, [], {})


def test_a_key_is_left_out_where_its_condition_does_not_hold_and_equal_arms_are_one() -> None:
    arms = conditional(GRID, ["learning_rate if init=normal"], {})
    assert sum("init=zero" in arm for arm in arms) == 2 and sum("init=normal" in arm for arm in arms) == 4
    assert not any("init=zero" in arm and any(word.startswith("learning_rate") for word in arm) for arm in arms)


def test_what_an_arm_does_not_say_is_as_usual() -> None:
    condition = ["learning_rate if dataset=moons,xor"]
    assert conditional(GRID, condition, {"dataset": "moons"}) == GRID
    assert len(conditional(GRID, condition, {"dataset": "circles"})) == 4


MISTAKES = {
    ("paired=[activation]",): "paired: expected two keys or more with equally many values, got activation with 2",
    ("paired=[activation,learning_rate]", "learning_rate=1,2,3"): "activation with 2, learning_rate with 3",
    ("paired=[activation,steps]",): "paired: expected keys with several values, got 'steps', which has one",
    ("paired=[activation,stepz]",): "paired: expected a key, got 'stepz'; did you mean 'steps'?",
    ("only=[init.scale]",): "only: expected a key and its condition as in 'only=[init.scale if init=normal]'",
    ("only=[init.scale if ini=normal]",): "only: expected a key, got 'ini'; did you mean 'init'?",
}


@pytest.mark.parametrize("words", MISTAKES)
def test_a_mistake_is_answered_in_one_line(words: tuple[str, ...], command: Command) -> None:
    answer = command("-m", "activation=sigmoid,tanh", *words, "tracking=none")
    assert answer.code == 2 and MISTAKES[words] in answer.err and answer.err.count("\n") == 1


def test_a_sweep_does_the_arms_that_were_meant(command: Command) -> None:
    words = ("-m", "tracking=none", "steps=2", "replicates=1", "init=zero,normal", "init.scale=0.01,1")
    assert "3 runs" in command(*words, "only=[init.scale if init=normal]").out
    assert "2 runs" in command(*words, "paired=[init,init.scale]").out


def test_a_single_run_has_no_pairs() -> None:
    from sandbox.config.schema import RunConfig
    from sandbox.sweep.runner import check_single

    with pytest.raises(InputError, match="paired: expected a sweep"):
        check_single(RunConfig(paired=["activation", "learning_rate"]))
