"""What the site's pages include and no hand has written: pictures of the tutorial's commands, verdicts' words, tables of keys.

`python docs/made.py` types in the tutorial's commands, each in a folder of its own, and writes all of it into `docs/_made`.
"""

import json
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert

from sandbox.config.names import CONF, TOLD_BY_PARENT, keys, names_of, options_of, remarks_on_keys
from sandbox.config.names import TABLES as NAMED
from sandbox.nn.probes import PROBES
from sandbox.page.texts import LANGUAGES, of_claim
from sandbox.trial import registry

DOCS = Path(__file__).resolve().parent
MADE = DOCS / "_made"
LEDGER = DOCS.parent / "experiments" / "LEDGER.json"
COMMAND = re.compile(r"^\$ (?P<command>.+)$", re.MULTILINE)
PICTURES = ("arms.png", "card.png", "verdicts.png")  # the first that a command leaves behind is its picture
SAYS = {
    "en": {
        "holds": "holds",
        "fails": "fails",
        "depends": "holds in some settings",
        "undecided": "is undecided",
        "invalid": "is invalid: its control failed",
        "verdict": "On the ledger this",
        "untried": "It is not on the ledger yet; `sandbox study {}` tries it.",
    },
    "ko": {
        "holds": "성립합니다",
        "fails": "성립하지 않습니다",
        "depends": "일부 조건에서만 성립합니다",
        "undecided": "미정입니다",
        "invalid": "무효입니다. 대조 실험이 실패했습니다",
        "verdict": "판정 기록에 따르면 이 주장은",
        "untried": "아직 판정 기록에 없습니다. `sandbox study {}` 명령으로 시험해 볼 수 있습니다.",
    },
}


def commands(page: Path) -> list[str]:
    """What a page tells to type, in its order."""
    return [match["command"] for match in COMMAND.finditer(page.read_text(encoding="utf-8"))]


def picture(command: str, target: Path) -> None:
    """The picture that a command leaves behind."""
    with tempfile.TemporaryDirectory() as folder:
        verb, *words = shlex.split(command)[1:]
        typed = [sys.executable, "-m", f"sandbox.{verb}", *words, f"tracking.directory={folder}"]
        done = subprocess.run(typed, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{command}: expected exit code 0, got {done.returncode}\n{done.stdout}{done.stderr}")
        found = [path for name in PICTURES for path in sorted(Path(folder).rglob(name))]
        if not found:
            raise SystemExit(f"{command}: expected one of {', '.join(PICTURES)}, got none")
        shutil.copy(found[0], target)


def pictures() -> None:
    (MADE / "pictures").mkdir(parents=True, exist_ok=True)
    for number, command in enumerate(commands(DOCS / "tutorial.md"), start=1):
        print(command, flush=True)
        picture(command, MADE / "pictures" / f"{number}.png")


def words_on_the_ledger() -> dict[str, str]:
    """The word of every claim that has one; none where no study has been judged yet."""
    if not LEDGER.exists():
        return {}
    found: list[dict[str, Any]] = json.loads(LEDGER.read_text(encoding="utf-8"))
    return {entry["claim"]: entry["word"] for entry in found if entry["verdict"]}


def conclusion(claim: Any, experiment: str, language: str, word: str | None) -> str:
    """What there is to conclude: the claim, its equation, its word on the ledger, and why, if that was written for this word."""
    told, says = of_claim(claim.id), SAYS[language]
    statement = claim.statement if language == "en" else told["statement"]
    finding = told["finding"]
    fits = word in ([finding["answer"]] if isinstance(finding["answer"], str) else finding["answer"])
    lines = [f"**{statement}**", f"<p>{convert(told['equation'])}</p>"]
    verdict = f"{says['verdict']} **{says.get(str(word), word)}**." if word else says["untried"].format(experiment)
    return "\n\n".join([*lines, verdict, *([finding["why"][language], finding["notes"][language]] if fits else [])])


def conclusions() -> None:
    known = words_on_the_ledger()
    for language in LANGUAGES:
        folder = MADE / language
        folder.mkdir(parents=True, exist_ok=True)
        for name in registry.names():
            for claim in registry.load(name).claims:
                if of_claim(claim.id):
                    text = conclusion(claim, name, language, known.get(claim.id))
                    (folder / f"{claim.id}.md").write_text(f"{text}\n", encoding="utf-8")


def table(headings: tuple[str, ...], lines: Iterator[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    rows = [headings, tuple("---" for _ in headings), *lines]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in rows)


def reference_of_keys() -> Iterator[tuple[str, ...]]:
    remarks = remarks_on_keys()
    for key in keys():
        if key not in TOLD_BY_PARENT:
            takes = names_of(key) if key in NAMED else options_of(key) if (CONF / key).is_dir() else []
            remark = remarks.get(key, "")
            yield f"`{key}`", remark, ", ".join(f"`{name}`" for name in takes)


def reference_of_probes() -> Iterator[tuple[str, ...]]:
    where = {
        "network": "`{}`",
        "hidden": "`{}/layer1` ... for each hidden layer",
        "layer": "`{}/layer1` ... for each layer",
    }
    for name, probe in PROBES.items():
        yield where[probe.of].format(name), probe.unit


def main() -> None:
    shutil.rmtree(MADE, ignore_errors=True)
    conclusions()
    (MADE / "keys.md").write_text(table(("key", "what it is", "takes"), reference_of_keys()), encoding="utf-8")
    (MADE / "probes.md").write_text(table(("curve", "what is measured"), reference_of_probes()), encoding="utf-8")
    pictures()


if __name__ == "__main__":
    main()
