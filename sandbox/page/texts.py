"""The one table of what the page says, in every language: labels and sections here, claims beside their experiments."""

import re
from functools import lru_cache, reduce
from pathlib import Path
from typing import Any

import yaml

from sandbox.claims.claim import SHARPER, Claim, whose

LANGUAGES = ("en", "ko")
TEXTS = Path(__file__).parent / "texts"
CLAIMS = Path(__file__).resolve().parents[2] / "experiments" / "texts.yaml"

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # seconds faster, for files that are ours

PROSE = re.compile(r"\b(?!and\b)[a-z]{3,}\b")  # what a citation does without


@lru_cache
def table(name: str) -> dict[str, Any]:
    """One of the files of texts: "interface", "sections" or "claims"."""
    path = CLAIMS if name == "claims" else TEXTS / f"{name}.yaml"
    found: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), LOADER)  # noqa: S506  # safe by either name
    return found


def interface() -> dict[str, dict[str, str]]:
    """Every label by language and key."""
    return {language: {key: words[language] for key, words in table("interface").items()} for language in LANGUAGES}


def of_claim(claim_id: str) -> dict[str, Any]:
    """What is said of a claim beside its statement; nothing where nobody has written it yet."""
    found: dict[str, Any] = table("claims")["claims"].get(claim_id, {})
    return found


def in_korean(words: str) -> str | None:
    """A reason, a control or a source in Korean; None where nobody has translated these very words yet."""
    found: str | None = table("claims")["phrases"].get(words)
    return found


def promised(claim: Claim) -> tuple[str, str]:
    """A claim's reason and control, in the English of the promise."""
    return claim.reason, claim.control if isinstance(claim.control, str) else claim.control.statement


def source_in_korean(claim: Claim) -> str:
    """Where a claim is from: the notes and their sections by their Korean names, papers as they are cited."""
    if written := in_korean(claim.source):
        return written
    if whose(claim) == "beyond":
        return claim.source
    titles = [words["title"] for words in table("sections").values()]
    named = reduce(lambda source, title: source.replace(title["en"], title["ko"]), titles, claim.source)
    named = named.replace(SHARPER, table("interface")["sharper"]["ko"])
    return re.sub(r"\bnotes\b", table("interface")["notes"]["ko"], named)


def stage_of(experiment: str, claim: Claim) -> dict[str, Any]:
    """Which two arms are put beside each other: as the claim's texts say, else what its measure calls better and worse, else
    as its experiment's texts say.
    """
    common: dict[str, Any] = table("claims")["experiments"].get(experiment, {}).get("stage", {})
    own: dict[str, Any] = of_claim(claim.id).get("stage", {})
    better, worse = getattr(claim.measure, "better", None), getattr(claim.measure, "than", None)
    return common | ({"a": better, "b": worse} if better and worse else {}) | own


def axis_of(experiment: str) -> dict[str, Any]:
    """What an experiment's curves run along where that is not the steps of a descent, `along`, and their names, `called`."""
    said: dict[str, Any] = table("claims")["experiments"].get(experiment, {})
    return {key: said[key] for key in ("along", "called") if key in said}


def section_of(claim: Claim) -> str:
    """The section of the notes that a claim's source names first; `beyond` where it names none."""
    places = {
        claim.source.find(words["source"]): name for name, words in table("sections").items() if "source" in words
    }
    named = {place: name for place, name in places.items() if place >= 0}
    return named[min(named)] if named and whose(claim) != "beyond" else "beyond"


def missing(claims: tuple[Claim, ...]) -> list[str]:
    """The words that somebody still has to write, as `claim: what`."""
    gaps = [
        f"{name}.{key}: {language}"
        for name in ("interface", "sections")
        for key, words in table(name).items()
        for language in LANGUAGES
        if not _said(words.get("title", words) if name == "sections" else words, language)
    ]
    gaps += [
        f"{experiment}: {what} in {language}"
        for experiment in table("claims")["experiments"]
        for what, words in _axes(experiment)
        for language in LANGUAGES
        if not _said(words, language)
    ]
    for claim in claims:
        said = of_claim(claim.id)
        gaps += [f"{claim.id}: equation"] if not said.get("equation") else []
        gaps += [f"{claim.id}: {what} in ko" for what in ("statement", "effect") if not said.get(what)]
        lacking = [words for words in promised(claim) if not in_korean(words)]
        lacking += [claim.source] if not in_korean(claim.source) and PROSE.search(source_in_korean(claim)) else []
        gaps += [f"{claim.id}: phrase in ko: {words}" for words in lacking]
        finding = said.get("finding", {})
        gaps += [f"{claim.id}: finding.answer"] if not finding.get("answer") else []
        gaps += [
            f"{claim.id}: {what} in {language}"
            for what in ("why", "notes")
            for language in LANGUAGES
            if not _said(finding.get(what, {}), language)
        ]
    return gaps


def _axes(experiment: str) -> list[tuple[str, dict[str, str]]]:
    axis = axis_of(experiment)
    return [*([("along", axis["along"])] if "along" in axis else []), *axis.get("called", {}).items()]


def _said(words: dict[str, str], language: str) -> bool:
    return bool(str(words.get(language) or "").strip())
