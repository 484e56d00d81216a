"""The ledger: every claim with its latest verdict, read back from the store, so that it cannot drift from the runs."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.table import Table

from sandbox import tracking
from sandbox.claims.claim import Voice, whose
from sandbox.claims.looks import Plan, assurance
from sandbox.claims.repeats import Compared, compared, summary
from sandbox.claims.report import (
    COLOURS,
    effect_of,
    in_a_new_task,
    sensitivity_table,
    shown_interval,
    tally,
)
from sandbox.claims.statistics import STATISTICS
from sandbox.claims.verdict import SYMBOLS, Verdict
from sandbox.claims.worth import WORTH, Budget
from sandbox.config.names import INSTALLED
from sandbox.sweep.entries import Entry, data, entries
from sandbox.system.markdown import escaped, markdown_table
from sandbox.system.terminal import console
from sandbox.tracking import Store

__all__ = ["Entry", "conclude", "counted", "covered", "entries", "markdown", "table"]

LEDGER = Path(__file__).resolve().parents[2] / "experiments" / "LEDGER.md"
COMMAND = "python -m sandbox.study --all"


def conclude(
    store: Store,
    budget: Budget,
    found: Sequence[Entry],
    artifacts: Mapping[str, Path] | None = None,
    names: Sequence[str] = (),
) -> None:
    """Print the ledger, record it with these files, and if all its verdicts are evidence write it where `place` says.

    found: the entries of that budget. names: the experiments whose claims are printed; all if none is named.
    """
    if store == tracking.NOWHERE:
        console.print("nothing was recorded (tracking=none), so there is no ledger")
        return
    shown = [entry for entry in found if not names or entry.experiment in names]
    console.print(table(shown, budget))
    console.print(f"{counted(shown)}\n{by_voice(shown)}", soft_wrap=True)
    if len(shown) < len(found):
        console.print(f"Of all {counted(found)}; python -m sandbox.study --ledger shows them", soft_wrap=True)
    console.print(covered(shown), soft_wrap=True, style="dim")
    console.print("Each claim's picture is verdicts/CLAIM.png of its experiment's latest sweep:")
    for line in tracking.dashboard_hint(store).splitlines():
        console.print(f"  {line}", soft_wrap=True, markup=False)
    run_id = tracking.start_sweep(store, "ledger", "ledger", tags={"kind": "ledger", "budget": budget})
    words = {f"verdict.{entry.claim.id}": entry.word for entry in found}
    text = markdown(found)
    note = "\n".join([escaped(counted(found)), "", *markdown_table(("claim", "verdict"), _short(found))])
    files = {"LEDGER.md": text, "ledger.json": data(found)}
    tracking.finish_sweep(store, run_id, tags=words, artifacts={**files, **(artifacts or {})}, note=note)
    if budget != "declared":
        return
    if untried := sum(entry.verdict is None for entry in found):
        console.print(
            f"{LEDGER.name} is left as it is: {untried} claims have not been tried in this store; try: {COMMAND}"
        )
    else:
        path = place(store)
        path.write_text(text, encoding="utf-8")
        path.with_suffix(".json").write_text(files["ledger.json"], encoding="utf-8")
        console.print(f"written to {path} and {path.with_suffix('.json').name}")


def place(store: Store) -> Path:
    """Where the ledger is kept: with the experiments of a checkout, and beside the store where the package is installed."""
    return (store.directory or Path.cwd()) / LEDGER.name if INSTALLED else LEDGER


def _short(found: Sequence[Entry]) -> list[tuple[str, str]]:
    return [(escaped(entry.claim.id), f"{SYMBOLS.get(entry.word, '·')} {escaped(entry.told)}") for entry in found]


def table(found: Sequence[Entry], budget: Budget = "declared") -> Table:
    """For the screen."""
    rows = Table(header_style="bold", title=WORTH[budget])
    for heading in ("claim", "verdict", "estimate", "interval", "predicted", "strata", "repeats", "experiment"):
        rows.add_column(heading, no_wrap=heading == "claim")
    for entry in found:
        colour, symbol = COLOURS.get(entry.word, "dim"), SYMBOLS.get(entry.word, "·")
        word = f"[{colour}]{symbol} {entry.told}[/]"
        rows.add_row(entry.claim.id, word, *_numbers(entry), entry.agreement, entry.experiment)
    return rows


def _numbers(entry: Entry) -> tuple[str, str, str, str]:
    v = entry.verdict
    if v is None:
        return "", "", str(entry.claim.prediction), ""
    return f"{v.estimate:.3g}", shown_interval(v), str(v.prediction), tally(v)


def _where(entry: Entry) -> str:
    """Where the evidence is: the experiment in the dashboard, its sweep, and the claim's picture there."""
    if entry.sweep is None:
        return ""
    return f"Experiment {escaped(entry.experiment)}, sweep `{entry.sweep.run_id}`, `verdicts/{escaped(entry.claim.id)}.png`."


def counted(found: Sequence[Entry]) -> str:
    """`41 claims: 25 supported, 9 refuted ...`."""
    words = [entry.word for entry in found]
    counts = f"{len(words)} claims: {_numbered(words)}"
    again = [entry for entry in found if entry.repeats]
    alike = sum(len({verdict.verdict for verdict in entry.tries}) == 1 for entry in again)
    return counts + (
        f"; of {len(again)} tried again with other seeds {alike} got the same word each time" if again else ""
    )


VOICES: Mapping[Voice, str] = {
    "notes": "what the notes say",
    "sharper": "sharper than the notes say it",
    "beyond": "beyond the notes",
}


def by_voice(found: Sequence[Entry]) -> str:
    """How the words are shared by those who say so: a claim that fails need not be one of the notes."""
    said = [(VOICES[voice], [entry.word for entry in found if whose(entry.claim) == voice]) for voice in VOICES]
    return f"Of these {'; '.join(f'{name}, {len(words)}: {_numbered(words)}' for name, words in said if words)}."


def _numbered(words: Sequence[str]) -> str:
    return ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))


def covered(found: Sequence[Entry]) -> str:
    """What the level of these verdicts covers and what it does not."""
    tried = [entry.verdict for entry in found if entry.verdict and not STATISTICS[entry.verdict.statistic].exact]
    return assurance(Plan().alpha, len(tried), sum(len(verdict.strata) for verdict in tried))


HEADINGS = ("claim", "statement", "verdict", "what is estimated", "estimate", "interval", "predicted", "strata")


def markdown(found: Sequence[Entry]) -> str:
    """The ledger as it is written down: a table of all claims, then what each verdict means."""
    rows = []
    for entry in found:
        v = entry.verdict
        more = (str(v.draws), effect_of(v), in_a_new_task(v), str(v.runs)) if v else ("", "", "", "")
        words = (entry.claim.statement, entry.claim.effect, *_numbers(entry), *more, entry.agreement, entry.experiment)
        statement, *rest = map(escaped, words)
        claim, verdict = _short([entry])[0]
        rows.append((f"**{claim}**", statement, verdict, *rest))
    headings = (*HEADINGS, "draws", "effect", "new task", "runs", "repeats", "experiment")
    lines = [
        "# Ledger",
        "",
        f"Written by `{COMMAND}`; do not edit. {counted(found)}. {by_voice(found)} `docs/verdicts.md` says how to read it.",
        "",
        covered(found),
        "",
        *markdown_table(headings, rows),
        "",
        *_repeats(found),
        "## What the verdicts mean",
        "",
    ]
    return "\n".join([*lines, *(line for entry in found if entry.verdict for line in _meaning(entry, entry.verdict))])


def _repeats(found: Sequence[Entry]) -> list[str]:
    """Whether other weights and other data say the same: of all claims in a few sentences, then those that they do not."""
    again = [compared(entry.tries) for entry in found if entry.repeats]
    differing = [each for each in again if not each.same_word or each.opposite or each.conditions == "others"]
    lines = ["## Repeats", "", summary(again), ""]
    if differing:
        headings = ("claim", "each time", "strata with one answer", "strata with opposite answers")
        lines += [*markdown_table(headings, [_differing(each) for each in differing]), ""]
    return lines


def _differing(each: Compared) -> tuple[str, ...]:
    longest = sorted(SYMBOLS, key=len, reverse=True)  # "holds where" before "holds"
    symbols = [next(SYMBOLS[word] for word in longest if told.startswith(word)) for told in each.words]
    said = "; ".join(f"{symbol} {told}" for symbol, told in zip(symbols, each.words, strict=True))
    alike, strata = each.strata
    return (
        f"**{escaped(each.claim)}**",
        escaped(said),
        f"{alike} of {strata}",
        escaped("; ".join(each.opposite) or "none"),
    )


def _meaning(entry: Entry, verdict: Verdict) -> list[str]:
    """What stands under a claim's name: the statement, the verdict's sentences, where they come from, what is sensitive."""
    return [
        f"### {entry.claim.id}: {entry.word}",
        "",
        escaped(f"{entry.claim.statement} ({entry.claim.source})"),
        "",
        *_first_of(entry, verdict),
        escaped(verdict.text),
        "",
        *_power(verdict),
        *([*sensitivity_table(verdict), ""] if verdict.sensitivity else []),
        f"Prediction `{verdict.prediction_hash[:12]}`. {_where(entry)}",
        "",
    ]


def _first_of(entry: Entry, verdict: Verdict) -> Iterator[str]:
    """That what follows is the first of several tries, where not all say so."""
    if len({each.verdict for each in entry.tries}) > 1 and entry.word != "stale":
        yield from (escaped(f"All tries together: {entry.told}. The first of them:"), "")


def _power(verdict: Verdict) -> Iterator[str]:
    """What would have been seen, unless the verdict's own sentences say it."""
    if verdict.seen and verdict.seen not in verdict.text:
        yield from (escaped(verdict.seen), "")
