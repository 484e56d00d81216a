"""Every question that is to be tried has a claim under its name."""

from pathlib import Path

import pytest
import yaml

import experiments

QUESTIONS = yaml.safe_load(Path(experiments.__file__).with_name("questions.yaml").read_text(encoding="utf-8"))
CLAIMS = {claim.id for claim in experiments.every_claim()}


@pytest.mark.parametrize("name", [name for part in QUESTIONS.values() for name in part])
def test_a_question_has_a_claim_under_its_name(name: str) -> None:
    assert name in CLAIMS


def test_no_question_is_asked_twice() -> None:
    notes, beyond = QUESTIONS.values()
    assert not set(notes) & set(beyond)
