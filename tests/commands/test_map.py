"""A map from its two keys to its picture, again without work, and finer."""

from pathlib import Path

from sandbox.launch.mapping import in_common, planned_map

import pytest

from sandbox.config.schema import RunConfig
from sandbox.tracking import fetch_text, runs_of, sweeps_of
from tests.support.sweeps import store_in
from tests.support.typed import typed

TINY = ("steps=3", "replicates=2", "dataset.samples=40", "probes.count=3", "hydra/launcher=basic")


def test_a_map_is_drawn_and_refined_and_called_again_has_nothing_left_to_do(
    tmp_path: Path, store_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = (
        "learning_rate",
        "init.scale",
        *TINY,
        "init.scale=0.01,1,30",
        "learning_rate=0.1,1",
        f"tracking.directory={store_folder}",
    )
    code, said = typed("sandbox.commands.map", *words)
    assert code == 0, said
    store = store_in(store_folder)
    (sweep,) = sweeps_of(store)
    before = {run.run_id for run in runs_of(store, sweep.run_id)}
    assert len(before) == 6 and (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")
    assert (sweep.tags["verb"], sweep.tags["arms"], sweep.status) == ("map", "6", "FINISHED")

    code, said = typed("sandbox.commands.map", *words, "--refine", "1", "--tolerance", "0", "--output", "new/finer.png")
    assert code == 0 and "more, between neighbours that disagree" in said, said
    (same,) = sweeps_of(store)
    after = {run.run_id for run in runs_of(store, same.run_id)}
    assert same.run_id == sweep.run_id and before < after and int(same.tags["arms"]) == len(after) > 6
    assert (tmp_path / "new" / "finer.png").read_bytes().startswith(b"\x89PNG") and "The map: new/finer.png" in said
    assert fetch_text(store, same.run_id, "runs.csv").count("\n") == 1 + 2 * len(after)

    code, said = typed("sandbox.commands.map", *words, "--refine", "1", "--tolerance", "0")
    assert code == 0 and {run.run_id for run in runs_of(store, sweeps_of(store)[0].run_id)} == after


@pytest.mark.parametrize("name", ["tests/los", "activation", "replicates", "run_id"])
def test_what_is_not_measured_is_refused_before_anything_is_trained(
    name: str, tmp_path: Path, store_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("steps", "init.scale", *TINY[1:], "init.scale=0.1,1", "steps=2,3", f"tracking.directory={store_folder}")
    code, said = typed("sandbox.commands.map", *words, "--metric", name)
    assert code == 2 and f"map: expected --metric that is measured, got {name!r}; " in said
    assert "'activation'" not in said.partition("; ")[2] and len(said.strip().splitlines()) == 1
    assert sweeps_of(store_in(store_folder)) == []


def test_what_a_picture_says_that_all_arms_share_is_no_axis_and_no_panel_of_it() -> None:
    plan = planned_map(["learning_rate", "hidden"], ["hidden=[2],[4]", "activation=tanh,relu"], 3)
    assert in_common(plan, RunConfig(steps=7)) == ["moons", "7 steps"]
    plan = planned_map(["steps", "init.scale"], [], 3)
    assert in_common(plan, RunConfig()) == ["moons", "tanh", "hidden 4", "rate 1"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["learning_rate"], "map: expected two different keys, got learning_rate"),
        (["learning_rate", "activation"], "map: expected values of activation, got none; name them"),
        (["learning_rate", "init.scal"], "map: expected values of init.scal, got none; did you mean 'init.scale'?"),
        (["learning_rate", "init.scale", "--most", "10"], "map: expected at most 10 arms, got 64"),
        (
            ["learning_rate", "init.scale", "paired=[seed,steps]"],
            "map: expected every combination of two keys, got paired",
        ),
        (
            ["learning_rate", "init.scale", "+experiment=mine.py"],
            "experiment: expected one of ours for a map, got 'mine.py'",
        ),
        (
            ["learning_rate", "init.scale", "+experiment=derivatives"],
            "experiment: expected one that only trains, for a map",
        ),
        (["learning_rate", "init.scale", "--points", "1"], "map: expected --points >= 2, got 1"),
        (["learning_rate", "init.scale", "seed=range(9)"], "map: expected at most 4 panels, got 9 of seed"),
        (
            ["learning_rate", "init.scale", "--output", "map.txt"],
            "map: --output: expected a name ending in .png, got 'map.txt'",
        ),
        (
            ["learning_rate", "init.scale", "--output", "/dev/null/a.png"],
            "map: --output: expected a file that can be written",
        ),
        (["learning_rate", "init.scale", "activation=tahn"], "activation: expected a known name, got 'tahn'"),
    ],
)
def test_a_mistake_is_answered_in_one_line_before_anything_is_made(
    words: list[str], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, said = typed("sandbox.commands.map", *words, f"tracking.directory={tmp_path / 'store'}")
    assert code == 2 and said.startswith(f"error: {expected}") and said.count("\n") == 1
    assert not (tmp_path / "store").exists()
