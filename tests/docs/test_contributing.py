"""What CONTRIBUTING says is so: its map is the house, and what it tells a newcomer to type works as it stands."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from sandbox.claims.judge import judge

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ROOM = re.compile(r"^    (?P<path>[\w/]+/) +\S", re.MULTILINE)
SECTION = re.compile(r"^\*\*(?P<what>.+?)\*\*(?P<text>.*?)(?=^\*\*|^All of them|\Z)", re.MULTILINE | re.DOTALL)
PLACE = re.compile(r"one line of `(?P<table>[A-Z]+)` in\s+`(?P<file>\S+)`")
LINE = re.compile(r'^    (?P<line>"(?P<name>\w+)": .*)$', re.MULTILINE)
IMPORT = re.compile(r"^    (?P<line>from sandbox\S* import .*)$", re.MULTILINE)
FILE = re.compile(r"^`(?P<path>[\w/]+\.\w+)`\n\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^    \$ (?P<command>.+)$", re.MULTILINE)
FILES = {match["path"]: match["text"] for match in FILE.finditer(PAGE)}
TINY = "steps=5 replicates=2 probes.count=3 tracking.directory=store"


def rooms() -> list[str]:
    """The folders on the map, from top to bottom."""
    return [match["path"] for match in ROOM.finditer(PAGE)]


def test_every_room_has_its_line_on_the_map_and_every_line_its_room() -> None:
    there = {
        f"{folder.relative_to(ROOT)}/"
        for top in ("sandbox", "experiments")
        for folder in {file.parent for ending in ("py", "yaml") for file in (ROOT / top).rglob(f"*.{ending}")}
    }
    drawn = rooms()
    assert len(drawn) == len(set(drawn))
    assert {room for room in drawn if room.startswith(("sandbox/", "experiments/"))} == there
    assert all((ROOT / room).is_dir() for room in drawn)


def test_the_map_goes_down_as_imports_do() -> None:
    (floors,) = (
        contract["layers"]
        for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
        if contract["name"] == "floors"
    )
    floor = {room.strip(): i for i, rooms in enumerate(floors) for room in rooms.split("|")}
    drawn = [room.split("/")[1] for room in rooms() if room.startswith("sandbox/") and room != "sandbox/"]
    assert [floor[room] for room in drawn] == sorted(floor[room] for room in drawn)


def test_every_test_stands_in_the_folder_of_a_room() -> None:
    known = {room.rstrip("/").split("/", 1)[-1] for room in rooms()} | {"commands"}
    folders = {file.parent.relative_to(ROOT / "tests").as_posix() for file in (ROOT / "tests").rglob("test_*.py")}
    assert folders <= known, "a test that belongs to no room"


# Typed in as a newcomer would ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """What a section adds to a table, and what that line needs imported."""

    table: str
    file: str
    name: str
    line: str
    needs: list[str]


def entries() -> list[Entry]:
    found = []
    for section in SECTION.finditer(PAGE):
        if place := PLACE.search(section["text"]):
            (line,) = LINE.finditer(section["text"])
            found.append(
                Entry(place["table"], place["file"], line["name"], line["line"], IMPORT.findall(section["text"]))
            )
    return found


NAMED = [
    entry.name for entry in entries() if entry.table not in ("FIGURES", "VERBS")
]  # what a run's keys can be set to


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which every line of the page has been typed in, and every file; what was compiled comes along."""
    folder = tmp_path_factory.mktemp("newcomer")
    for part in ("sandbox", "experiments", "conf", "tests", "docs", "benchmarks"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("results"))
    for file in ("pyproject.toml", "README.md", "CONTRIBUTING.md"):
        shutil.copy(ROOT / file, folder)
    for entry in entries():
        type_in(folder / entry.file, entry)
    for path, text in FILES.items():
        assert not (folder / path).exists()
        (folder / path).write_text(text, encoding="utf-8")
    for command in commands("sed "):
        do(command, folder)
    return folder


def type_in(file: Path, entry: Entry) -> None:
    """A line more at the end of a table, and above the first import of ours what it needs."""
    text = file.read_text(encoding="utf-8")
    begin = re.search(rf"^{entry.table}\b.*\{{$", text, re.MULTILINE)
    assert begin is not None, f"{entry.table} in {file}"
    end = text.index("\n}", begin.start())
    text = f"{text[:end]}\n    {entry.line}{text[end:]}"
    for line in entry.needs:
        text = text.replace("\nfrom sandbox", f"\n{line}\nfrom sandbox", 1)
    file.write_text(text, encoding="utf-8")


def do(command: str, folder: Path) -> str:
    """What a command of the page says, typed in that folder; its program is the one of this environment."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def commands(beginning: str) -> list[str]:
    return [command for command in COMMAND.findall(PAGE) if command.startswith(beginning)]


def test_every_kind_of_thing_grows_by_one_line() -> None:
    tables = ["ACTIVATIONS", "OUTPUTS", "INITIALISERS", "DATASETS", "PROBES", "FIGURES", "VERBS"]
    assert [entry.table for entry in entries()] == tables
    assert set(COMMAND.findall(PAGE)) == {*commands("sed "), *commands("sandbox "), *commands("pytest ")}


def test_what_a_newcomer_adds_to_the_tables_is_trained_measured_and_drawn(tree: Path) -> None:
    (command,) = commands("sandbox run activation")
    assert all(name in command for name in NAMED)
    do(f"{command} {TINY}", tree)
    (history,) = (tree / "store").rglob("history.npz")
    assert "curve/largest_weight/layer1" in np.load(history).files
    (figure,) = (tree / "store").rglob("losses.png")
    assert figure.read_bytes().startswith(b"\x89PNG")


def test_what_a_newcomer_adds_to_the_tables_is_in_the_help(tree: Path) -> None:
    assert set(NAMED) <= set(re.findall(r"\w+", do("sandbox run --help", tree)))


def test_a_newcomers_command_answers_by_both_names(tree: Path) -> None:
    (command,) = commands("sandbox where")
    said = do(command, tree)
    assert "somewhere" in said and do(command.replace("sandbox where", "python -m sandbox.where"), tree) == said
    assert "where runs are recorded" in do("sandbox", tree)


def test_a_newcomers_experiment_is_judged(tree: Path) -> None:
    (command,) = commands("sandbox run -m")
    said = do(f"{command} {TINY} tracking.figures=false", tree)
    assert "small-is-better" in said and "4 runs" in said


def test_what_a_newcomer_adds_passes_the_tests_of_what_was_there(tree: Path) -> None:
    said = do(f"{together(commands('pytest '))} -v -p no:cacheprovider", tree)
    for name in (*NAMED, "where", "small"):
        assert re.search(rf"\[.*\b{name}\b.*\] PASSED", said), f"{name}\n{said}"


def together(tests: list[str]) -> str:
    """Several calls of pytest in one, which starts once."""
    words = [shlex.split(command) for command in tests]
    folders = [word for each in words for word in each[1 : each.index("-k")]]
    return shlex.join(["pytest", *folders, "-k", " or ".join(each[-1] for each in words)])


def test_what_a_newcomer_types_is_in_our_style(tree: Path) -> None:
    do("ruff check --no-cache . && ruff format --no-cache --check .", tree)


def test_the_experiment_of_the_page_is_judged_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    for path in sorted(path for path in FILES if path.startswith("experiments/")):
        module = ModuleType(path.removesuffix(".py").replace("/", "."))
        monkeypatch.setitem(sys.modules, module.__name__, module)
        exec(FILES[path], module.__dict__)  # noqa: S102 - this is our own page
    (claim,) = sys.modules["experiments.small"].EXPERIMENT.claims
    assert all(len(words) > 8 for words in (claim.statement, claim.source, claim.reason, claim.effect, claim.control))
    arms = [{"dataset": "moons", "init.scale": scale, "replicate": r} for scale in (0.01, 1.0) for r in range(60)]
    table = pd.DataFrame(arms)
    assert judge(claim, table.assign(kept=table["init.scale"])).verdict == "holds"
    assert judge(claim, table.assign(kept=-table["init.scale"])).verdict == "fails"
