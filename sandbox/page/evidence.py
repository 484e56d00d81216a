"""A claim and where it stands, as the page tells it: in words a reader understands, with all that is behind them."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from latex2mathml.converter import convert

from sandbox.claims.claim import whose
from sandbox.claims.verdict import StratumVerdict, Verdict, quantity
from sandbox.page import texts
from sandbox.page.arrays import brief, portable
from sandbox.page.source import lines_of
from sandbox.sweep.ledger import Entry

# What the judge says, as a reader would; a judge that speaks in these words already is left as it is.
WORDS = {"supported": "holds", "refuted": "fails", "mixed": "depends"}

LEANING = ("The same ", "And ", "So ", "Their ", "Above ")  # first words of sentences that may go on from another


def word_of(answer: str) -> str:
    """`holds`, `fails`, `depends` (on what the strata differ in), `undecided`, `invalid` or `untried`."""
    return "depends" if answer.startswith("holds where") else WORDS.get(answer, answer)


def claim_of(entry: Entry) -> dict[str, Any]:
    """Everything about one claim that needs no network."""
    claim, verdict = entry.claim, entry.verdict
    said = texts.of_claim(claim.id)
    finding = said.get("finding", {})
    stale = entry.word == "stale"
    word = word_of(verdict.verdict if verdict and stale else entry.word)
    answers = finding.get("answer", ())
    told = {
        "id": claim.id,
        "section": texts.section_of(claim),
        "voice": whose(claim),
        "experiment": entry.experiment,
        "statement": {"en": claim.statement, "ko": said.get("statement", claim.statement)},
        "effect": {"en": claim.effect, "ko": said.get("effect", claim.effect)},
        "source": {"en": claim.source, "ko": texts.source_in_korean(claim)},
        "equation": mathml(said["equation"]) if said.get("equation") else "",
        **{
            name: {"en": words, "ko": texts.in_korean(words)}
            for name, words in zip(("reason", "control"), texts.promised(claim), strict=True)
        },
        "word": word,
        "stale": stale,  # what was tried is not what is promised now
        "code": lines_of(entry.experiment, claim.id),
        "sweep": entry.sweep.run_id if entry.sweep else None,
        "command": entry.sweep.tags.get("command", "") if entry.sweep else f"-m +experiment={entry.experiment}",
        "repeats": entry.agreement,
        "tries": _tries(entry),
        # written for one answer; another one it would not explain
        "finding": {key: finding[key] for key in ("why", "notes")} if word in answers else None,
    }
    return told | (_verdict(verdict) if verdict is not None else {})


def _tries(entry: Entry) -> dict[str, int] | None:
    """How many tries say which word, where they differ."""
    said = Counter(word_of(verdict.verdict) for verdict in entry.tries)
    return dict(said) if len(said) > 1 else None


def mathml(latex: str) -> str:
    """An equation as every browser typesets it, without a script or a font."""
    return str(convert(latex, display="block"))


def contexts(claims: Sequence[dict[str, Any]]) -> None:
    """Give each claim that leans on another one of its experiment ("The same ...") that one's id as its context."""
    spoken: dict[str, str] = {}
    for claim in claims:
        leans = claim["statement"]["en"].startswith(LEANING)
        if not leans:
            spoken[claim["experiment"]] = claim["id"]
        claim["context"] = spoken.get(claim["experiment"]) if leans else None


def _verdict(verdict: Verdict) -> dict[str, Any]:
    strata = [{**_stratum(part), "at": settings(part.stratum)} for part in verdict.strata]
    return {
        "estimate": brief(verdict.estimate),
        "interval": _ends(verdict.interval),
        "prediction": portable(
            {"low": verdict.prediction.low, "high": verdict.prediction.high, "ends": verdict.prediction.ends}
        ),
        "statistic": verdict.statistic,
        "quantity": quantity(verdict),
        "unit": verdict.unit,
        "level": verdict.level,
        "replicates": verdict.replicates,
        "count": verdict.runs,
        "hash": verdict.prediction_hash,
        "text": verdict.text,
        "strata": strata,
        "controls": [_stratum(part) | {"at": settings(part.stratum)} for part in verdict.control],
        "decides": deciding(verdict.strata),
        "where": condition(verdict),
    }


def condition(verdict: Verdict) -> dict[str, Any] | None:
    """The condition under which the claim holds, as the judge found it, and how well it sorts; None without one."""
    found = verdict.where
    if found is None:
        return None
    terms = [[term.factor, term.relation, str(term.value)] for term in found.condition.terms]
    sorted_ = {name: list(getattr(found, name)) for name in ("inside", "outside", "fresh", "open")}
    return {"terms": terms, "joined": found.condition.joined, **sorted_}


def _stratum(part: StratumVerdict) -> dict[str, Any]:
    return {
        "word": word_of(part.verdict),
        "estimate": brief(part.estimate),
        "interval": _ends(part.interval),
        "note": part.note,
    }


def _ends(interval: Any) -> list[float | str]:
    return [brief(interval.low), brief(interval.high)]


def settings(stratum: str) -> dict[str, str]:
    """`dataset=moons hidden=8-8` as a mapping; nothing for a claim without strata."""
    return dict(word.partition("=")[::2] for word in stratum.split(" ") if "=" in word)


def deciding(strata: Sequence[StratumVerdict]) -> dict[str, Any] | None:
    """The one factor whose value tells most about the answer, with the answers at each of its values; None if all agree.

    Told by the uncertainty about the answers that knowing the value removes, less what so many values remove by chance
    (Miller 1955: (values - 1)(answers - 1) / 2n nats). A factor that tells every stratum from every other explains nothing.
    """
    words = [word_of(part.verdict) for part in strata]
    if len(set(words)) < 2:
        return None
    at = [settings(part.stratum) for part in strata]
    best = max(at[0], key=lambda factor: _told(factor, at, words), default=None)
    if best is None or _told(best, at, words) <= 0:
        return None
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for settings_, word in zip(at, words, strict=True):
        groups[settings_.get(best, "")][word] += 1
    values = sorted(groups, key=natural)
    return {"factor": best, "groups": [{"value": value, "counts": dict(groups[value])} for value in values]}


def _told(factor: str, at: Sequence[dict[str, str]], words: Sequence[str]) -> float:
    groups: dict[str, list[str]] = defaultdict(list)
    for settings_, word in zip(at, words, strict=True):
        groups[settings_.get(factor, "")].append(word)
    n = len(words)
    if len(groups) == n:
        return 0.0
    gain = _entropy(words) - sum(len(group) / n * _entropy(group) for group in groups.values())
    return gain - (len(groups) - 1) * (len(set(words)) - 1) / (2 * n)


def _entropy(words: Sequence[str]) -> float:
    return -sum(c / len(words) * math.log(c / len(words)) for c in Counter(words).values())


def natural(value: str) -> tuple[int, float, str]:
    """Numbers in their order, before words."""
    try:
        return (0, float(value), "")
    except ValueError:
        return (1, 0.0, value)
