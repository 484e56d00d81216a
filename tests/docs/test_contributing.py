"""What CONTRIBUTING says is so: its map is the house, and what it tells a newcomer to type works as it stands."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ROOM = re.compile(r"^    (?P<path>[\w/]+/) +\S", re.MULTILINE)
SECTION = re.compile(r"^\*\*(?P<what>.+?)\*\*(?P<text>.*?)(?=^\*\*|^All of them|\Z)", re.MULTILINE | re.DOTALL)
PLACE = re.compile(r"one line of `(?P<table>[A-Z]+)` in\s+`(?P<file>\S+)`")
LINE = re.compile(r'^    (?P<line>"\w+": .*)$', re.MULTILINE)
COMMAND = re.compile(r"^    \$ (?P<command>.+)$", re.MULTILINE)
TINY = "tracking=none steps=5 replicates=2 probes.count=3 probes.snapshots=0"


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


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which every line of the page has been typed in, every file made."""
    folder = tmp_path_factory.mktemp("newcomer")
    for part in ("sandbox", "experiments", "conf", "tests", "docs", "benchmarks"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "results"))
    for file in ("pyproject.toml", "README.md", "CONTRIBUTING.md"):
        shutil.copy(ROOT / file, folder)
    for section in SECTION.finditer(PAGE):
        if place := PLACE.search(section["text"]):
            (line,) = LINE.findall(section["text"])
            typed(folder / place["file"], place["table"], line)
            for command in COMMAND.findall(section["text"]):
                do(command, folder)
    return folder


def typed(file: Path, table: str, line: str) -> None:
    """A line more at the end of a table."""
    text = file.read_text(encoding="utf-8")
    end = text.index("\n}", text.index(f"\n{table}: "))
    file.write_text(f"{text[:end]}\n    {line}{text[end:]}", encoding="utf-8")


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


def names() -> list[str]:
    """What the page adds to the tables."""
    return [line.split('"')[1] for line in LINE.findall(PAGE)]


def commands(beginning: str) -> list[str]:
    return [command for command in COMMAND.findall(PAGE) if command.startswith(beginning)]


def test_five_tables_grow_by_one_line_each() -> None:
    tables = [place["table"] for place in PLACE.finditer(PAGE)]
    assert tables == ["ACTIVATIONS", "OUTPUTS", "INITIALISERS", "DATASETS", "PROBES"]
    assert len(names()) == len(tables)


def test_what_a_newcomer_adds_to_the_tables_is_trained_and_measured(tree: Path) -> None:
    (command,) = commands("sandbox run activation")
    assert all(name in command for name in names())
    assert "glorot_uniform" in do(f"{command} {TINY}", tree)


def test_what_a_newcomer_adds_to_the_tables_is_in_the_help(tree: Path) -> None:
    shown = re.findall(r"\w+", do("sandbox run --help", tree))
    assert set(names()) <= set(shown)


def test_what_a_newcomer_adds_to_the_tables_passes_the_tests_of_every_entry(tree: Path) -> None:
    (command,) = commands("pytest")
    said = do(f"{command} -v -p no:cacheprovider", tree)
    assert all(re.search(rf"\[.*\b{name}\b.*\] PASSED", said) for name in names()), said
