"""The site: what its pages tell to type is typed in, in few steps and with nothing recorded, and its pieces are all there."""

import re
import runpy
import shlex
import sys
from pathlib import Path
from typing import Any

from sandbox.launch.mapping import planned_map

import pytest

import sandbox
from sandbox.__main__ import VERBS
from sandbox.commands import study
from sandbox.config.names import TOLD_BY_PARENT, keys
from tests.support.typed import typed

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = sorted((*DOCS.glob("*.md"), *DOCS.glob("ko/*.md"), DOCS.parent / "README.ko.md"))
TYPED = re.compile(r"^(?:\$|   ) sandbox (?P<words>run (?!-m \.\.\.).*?|list|report)(?: +#.*)?$", re.MULTILINE)
INCLUDED = re.compile(r"^```\{include\} (?:\.\./)?_made/(?P<language>\w+)/(?P<claim>[\w-]+)\.md$", re.MULTILINE)
NAMES = ("EXPERIMENT", "실험이름", "width")  # stand for the name of an experiment
TINY = {"run": ["steps=3", "replicates=2", "probes.count=3", "tracking=none"], "list": [], "report": ["--help"]}


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    """The script that makes what pages include."""
    return runpy.run_path(str(DOCS / "made.py"))


def told(page: Path) -> list[str]:
    return [match["words"] for match in TYPED.finditer(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("command", sorted({command for page in PAGES for command in told(page)}))
def test_a_command_of_the_site_does_what_it_says(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.csv").write_text("x,y,class\n" + "".join(f"{i % 7},{i % 5},{'ab'[i % 2]}\n" for i in range(40)))
    verb, *words = shlex.split(command)
    words += ["--dry-run"] if any(word.startswith("+experiment") for word in words) else []  # its size is its own
    code, said = typed(f"sandbox.commands.{verb}", *words, *TINY[verb])
    assert code == 0, said
    assert said.strip() or capsys.readouterr().out.strip()


SAID = re.compile(r"sandbox[ .](?P<verb>[a-z]+)(?P<words>(?: +[^\s`\")#]+)*)")
# Of what serves, draws films or needs a broken store: where it is typed in.
ELSEWHERE = {
    "ui": "commands/test_ui.py",
    "film": "commands/test_film.py",
    "sync --aside": "sweep/test_faults.py",
}
NO_COMMANDS = ("study", "replay")  # alone they are named, not typed
EVERY_PAGE = sorted((*PAGES, DOCS.parent / "README.md"))


def others() -> list[str]:
    """What pages tell to type besides runs, lists and pages: in examples, and within sentences."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in EVERY_PAGE)
    lines = [*re.findall(r"`((?:python -m )?(?:\S*/)?sandbox[ .][^`\n]+)`", text)]
    lines += re.findall(r"^(?:\$|   ) (?:eval .\$\()?((?:python -m )?sandbox[ .].+)$", text, re.MULTILINE)
    found = [match for line in lines if (match := SAID.search(line)) and match["verb"] in VERBS]
    told = {f"{match['verb']}{match['words'].partition('  ')[0]}" for match in found}
    return sorted(told - {*TINY, *NO_COMMANDS} - {each for each in told if each.partition(" ")[0] in TINY})


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A store with a sweep, and the ids of its runs and of itself."""
    folder = tmp_path_factory.mktemp("studied")
    sweep = sandbox.sweep(
        init=["zero", "normal"], steps=3, replicates=2, record=folder / "mlruns", tracking__figures=False
    )
    return folder, [*sweep.table["run_id"].unique(), sweep.id]


@pytest.mark.parametrize("command", others())
def test_what_else_the_pages_tell_to_type_is_answered(
    command: str, studied: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, (first, second, whole) = studied
    monkeypatch.chdir(folder)
    (folder / "mine.py").touch()
    plain = command.partition(" RUN_ID")[0]
    if plain in ELSEWHERE:
        there = (DOCS.parent / "tests" / ELSEWHERE[plain]).read_text(encoding="utf-8")
        assert all(re.search(rf"\b{word.lstrip('-')}\b", there) for word in plain.split())
        return
    verb, *words = command.replace("RUN_ID", first, 1).replace("RUN_ID", second).replace(" ID", f" {whole}").split()
    if verb == "map":  # of minutes: which arms it would have, and nothing is done
        assert len(planned_map(words[:2], [word for word in words if "=" in word], points=3).coarse()) >= 9
        return
    if verb == "study":  # of hours: what it would do, and nothing is done
        monkeypatch.setattr(sys, "argv", ["sandbox study", *("symmetry" if w in NAMES else w for w in words)])
        names, read = study.parsed()
        assert len(study.tasks(names, read)) == len(names) * read.options.repeats > 0
        return
    code, said = typed(
        f"sandbox.commands.{verb}", *words, *([] if verb == "completion" else [f"tracking.directory={folder}/mlruns"])
    )
    assert code == 0, said
    assert said.strip() or capsys.readouterr().out.strip()


def test_no_verb_of_the_command_is_left_untold() -> None:
    assert {each.partition(" ")[0] for each in others()} >= {
        "study",
        "replay",
        "compare",
        "status",
        "sync",
        "completion",
    }


def test_a_mistyped_command_is_seen() -> None:
    code, said = typed("sandbox.commands.run", "activation=tahn", *TINY["run"])
    assert code == 2 and "tahn" in said


@pytest.mark.parametrize("page", [page for page in PAGES if page.name == "tutorial.md"], ids=str)
def test_a_tutorial_shows_each_commands_picture_under_it(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    shown = re.findall(r"^!\[.+\]\((?:\.\./)?_made/pictures/(\d+)\.png\)$|^\$ (sandbox .+)$", text, re.MULTILINE)
    assert [bool(command) for _, command in shown] == [True, False] * (len(shown) // 2)
    assert [int(number) for number, _ in shown if number] == list(range(1, len(told(page)) + 1))
    assert told(page) == told(DOCS / "tutorial.md"), "every language shows the pictures of the same commands"


def test_what_a_tutorial_concludes_is_written_for_a_claim_that_there_is(made: dict[str, Any]) -> None:
    known = {claim.id for name in made["registry"].names() for claim in made["registry"].load(name).claims}
    asked = [match for page in PAGES for match in INCLUDED.finditer(page.read_text(encoding="utf-8"))]
    assert asked and {match["claim"] for match in asked} <= known
    assert {match["language"] for match in asked} <= set(made["LANGUAGES"])


def test_a_reason_is_told_under_the_word_that_it_was_written_for_alone(made: dict[str, Any]) -> None:
    claims = {claim.id: claim for claim in made["registry"].load("symmetry").claims}
    told_of = made["of_claim"]("zero-symmetric")["finding"]
    assert told_of["answer"] == "holds"
    for language in made["LANGUAGES"]:
        say = [
            made["conclusion"](claims["zero-symmetric"], "symmetry", language, word)
            for word in ("holds", "fails", None)
        ]
        assert [told_of["why"][language] in text for text in say] == [True, False, False]
        assert "sandbox study symmetry" in say[2]


def test_every_key_and_every_probe_has_its_line(made: dict[str, Any]) -> None:
    lines = {name.strip("`"): remark for name, remark, _ in made["reference_of_keys"]()}
    assert set(lines) == {key for key in keys() if key not in TOLD_BY_PARENT}
    assert [line[1] for line in made["reference_of_probes"]()] == [probe.unit for probe in made["PROBES"].values()]
