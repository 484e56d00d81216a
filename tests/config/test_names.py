"""What `--help` lists is what there is."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from sandbox.config.names import (
    BESIDES,
    CONF,
    TABLES,
    TOLD_BY_PARENT,
    groups,
    keys,
    listed,
    listed_groups,
    listed_keys,
    names_of,
    remarks_on_keys,
)
from sandbox.data.datasets import DATASETS
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.engines import ENGINES
from sandbox.nn.initialisers import INITIALISERS
from sandbox.nn.outputs import OUTPUTS
from sandbox.nn.probes import PROBES

IMPORTED: dict[str, Iterable[str]] = {
    "activation": ACTIVATIONS,
    "output": OUTPUTS,
    "probes.names": PROBES,
    "engine": ENGINES,
}


@pytest.mark.parametrize("key", TABLES)
def test_names_read_from_the_source_are_those_of_the_table(key: str) -> None:
    assert names_of(key) == [*IMPORTED[key], *BESIDES.get(key, [])]


@pytest.mark.parametrize(("group", "names"), [("dataset", {*DATASETS}), ("init", {*INITIALISERS, "file"})])
def test_every_name_of_a_group_has_its_file_and_every_file_a_name(group: str, names: set[str]) -> None:
    assert {file.stem for file in (CONF / group).glob("*.yaml")} == names


def test_a_table_that_is_no_literal_is_no_silent_gap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sandbox.config.names.SANDBOX", tmp_path)
    (tmp_path / "nn").mkdir()
    (tmp_path / "nn" / "outputs.py").write_text("OUTPUTS: dict = make()\n")
    with pytest.raises(TypeError, match="OUTPUTS: expected a literal"):
        names_of("output")
    (tmp_path / "nn" / "outputs.py").write_text("OUT = {}\n")
    with pytest.raises(LookupError, match=r"OUTPUTS in nn/outputs\.py"):
        names_of("output")


def test_no_line_of_the_lists_is_too_long_for_a_terminal() -> None:
    text = "\n".join([listed(), listed_groups(), listed_keys(_root_=CONFIG)])
    assert max(map(len, text.splitlines())) <= 120


CONFIG = OmegaConf.create({"dataset": {"name": "moons", "noise": 0.7, "label": None}, "hidden": [4, 8], "hydra": {}})


def test_a_key_is_listed_with_its_value_and_the_remark_of_the_file_that_was_chosen() -> None:
    lines = listed_keys(_root_=CONFIG).splitlines()
    assert lines[:3] == [
        "dataset:",
        "  name: moons",
        "  noise: 0.7                # standard deviation of normal noise on each input",
    ]
    assert lines[-1].startswith("hidden: [4,8]               # units per hidden layer") and "hydra" not in " ".join(
        lines
    )


def test_every_key_that_a_user_types_has_a_remark() -> None:
    plain = (
        {"dataset.name", "init.name", "tracking.kind", "experiment", "trial"}
        | TOLD_BY_PARENT
        | {*groups(), "probes", "figures"}
    )
    assert set(keys()) - plain == set(remarks_on_keys()) - plain
