"""A configuration survives its record, also one that older versions wrote."""

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from sandbox.config.compose import from_yaml, to_yaml
from sandbox.config.schema import DatasetConfig, RunConfig

TEXTS = ["1e3", "null", "yes", "0x1F", "2026-11-26", "1_000", "no: #x ü", "1:30", ".5", "~", "", "data \U0001f600.csv"]


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_written_is_read_again_and_so_is_what_omegaconf_wrote(text: str) -> None:
    config = RunConfig(
        dataset=DatasetConfig(path=text), activation=["tanh", "relu"], hidden=[3, 4], learning_rate=1e-5,
        trial={"h": 1e-300, "rates": [0.1, 1e22], "text": text},
    )  # fmt: skip
    assert from_yaml(to_yaml(config)) == config
    assert from_yaml(OmegaConf.to_yaml(OmegaConf.structured(config))) == config


@pytest.mark.skipif(not hasattr(yaml, "CSafeDumper"), reason="PyYAML is here without its part in C")
@given(st.text(st.characters(exclude_categories=["Cs"])))
@example("a\x85b")
@example("\x85\U0001f600")
def test_no_text_is_changed_on_its_way(text: str) -> None:
    config = RunConfig(dataset=DatasetConfig(path=text), trial={"text": text})
    assert from_yaml(to_yaml(config)) == config
