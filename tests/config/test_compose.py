"""A configuration survives its record, also one that older versions wrote."""

from dataclasses import asdict

import pytest
import yaml
from omegaconf import OmegaConf

from sandbox.config.compose import from_yaml, to_yaml
from sandbox.config.schema import DatasetConfig, RunConfig

TEXTS = [
    "1e3",
    "null",
    "yes",
    "0x1F",
    "2026-11-26",
    "1_000",
    "no: #x ü",
    "1:30",
    ".5",
    "~",
    "",
    "data \U0001f600.csv",
    "\\U0001f600",
]


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_written_is_read_again_and_so_is_what_omegaconf_wrote(text: str) -> None:
    config = RunConfig(
        dataset=DatasetConfig(path=text), activation=["tanh", "relu"], hidden=[3, 4], learning_rate=1e-5,
        trial={"h": 1e-300, "rates": [0.1, 1e22], "text": text},
    )  # fmt: skip
    assert from_yaml(to_yaml(config)) == config
    assert to_yaml(config) == yaml.safe_dump(asdict(config), allow_unicode=True, sort_keys=False)
    assert from_yaml(OmegaConf.to_yaml(OmegaConf.structured(config))) == config
