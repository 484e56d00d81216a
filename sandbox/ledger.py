"""The ledger: every claim with its latest verdict, read back from the store, so that it cannot drift from the runs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from experiments import EXPERIMENTS, load
from sandbox import tracking
from sandbox.claims import Claim, prediction_hash
from sandbox.console import COLOURS, SYMBOLS, console
from sandbox.judging import QUICK, tally
from sandbox.tracking import Run, Store
from sandbox.verdicts import Verdict

LEDGER = Path(__file__).resolve().parent.parent / "experiments" / "LEDGER.md"
COMMAND = "python -m sandbox.study --all"


@dataclass(frozen=True)
class Entry:
    """A claim and where it stands: its verdict and the sweep behind it, or None while it has not been tried."""

    experiment: str
    claim: Claim
    verdict: Verdict | None
    sweep: Run | None

    @property
    def word(self) -> str:
        """The verdict in a word; `stale` where the prediction is no longer the one that was tried."""
        if self.verdict is None:
            return "untried"
        return self.verdict.verdict if self.verdict.prediction_hash == prediction_hash(self.claim) else "stale"


def entries(store: Store, *, quick: bool = False) -> list[Entry]:
    """Every claim of every experiment with the latest verdict on it."""
    ledger = []
    for name in EXPERIMENTS:
        claims = load(name).claims
        sweep = tracking.latest_sweep(store, name, f"tags.quick {'=' if quick else '!='} 'true'")
        verdicts = _verdicts(store, sweep)
        ledger += [Entry(name, claim, verdicts.get(claim.id), sweep) for claim in claims]
    return ledger


def _verdicts(store: Store, sweep: Run | None) -> dict[str, Verdict]:
    if sweep is None or not any(tag.startswith("verdict.") for tag in sweep.tags):
        return {}
    found = json.loads(tracking.fetch_text(store, sweep.run_id, "verdicts.json"))
    return {verdict["claim_id"]: Verdict.from_dict(verdict) for verdict in found}


def conclude(store: Store, *, quick: bool, write: bool) -> None:
    """Print the ledger, record it, and unless it is a quick one write `experiments/LEDGER.md`."""
    found = entries(store, quick=quick)
    console.print(table(found, quick=quick))
    console.print(counted(found))
    run_id = tracking.start_sweep(store, "ledger", "ledger", tags={"kind": "ledger", "quick": str(quick).lower()})
    words = {f"verdict.{entry.claim.id}": entry.word for entry in found}
    text = markdown(found)
    tracking.finish_sweep(store, run_id, tags=words, artifacts={"LEDGER.md": text}, note=text)
    if write:
        LEDGER.write_text(text, encoding="utf-8")
        console.print(f"written to {LEDGER}")


def table(found: Sequence[Entry], *, quick: bool = False) -> Table:
    """For the screen."""
    rows = Table(header_style="bold", title=QUICK if quick else None)
    for heading in ("claim", "verdict", "estimate", "interval", "predicted", "strata", "experiment"):
        rows.add_column(heading, no_wrap=heading in ("claim", "verdict"))
    for entry in found:
        colour, symbol = COLOURS.get(entry.word, "dim"), SYMBOLS.get(entry.word, "·")
        rows.add_row(entry.claim.id, f"[{colour}]{symbol} {entry.word}[/]", *_numbers(entry), entry.experiment)
    return rows


def _numbers(entry: Entry) -> tuple[str, str, str, str]:
    v = entry.verdict
    if v is None:
        return "", "", str(entry.claim.prediction), ""
    return f"{v.estimate:.3g}", f"{v.interval.low:.3g} to {v.interval.high:.3g}", str(v.prediction), tally(v)


def counted(found: Sequence[Entry]) -> str:
    """`41 claims: 25 supported, 9 refuted ...`."""
    words = [entry.word for entry in found]
    return f"{len(words)} claims: " + ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))


def markdown(found: Sequence[Entry]) -> str:
    """The ledger as it is written down: a table of all claims, then what each verdict means."""
    lines = [
        "# Ledger",
        "",
        f"Written by `{COMMAND}`; do not edit. {counted(found)}.",
        "",
        "| claim | statement | verdict | effect | estimate | interval | predicted | strata | runs | experiment |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for entry in found:
        estimate, interval, predicted, strata = _numbers(entry)
        runs = str(entry.verdict.runs) if entry.verdict else ""
        cells = (
            f"**{entry.claim.id}**",
            entry.claim.statement,
            f"{SYMBOLS.get(entry.word, '·')} {entry.word}",
            entry.claim.effect,
            estimate,
            interval,
            predicted,
            strata,
            runs,
            entry.experiment,
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    lines += ["", "## What the verdicts mean", ""]
    for entry in found:
        if entry.verdict is not None:
            lines += [f"### {entry.claim.id}: {entry.word}", "", f"{entry.claim.statement} ({entry.claim.source})", ""]
            lines += [entry.verdict.text, "", f"Prediction `{entry.verdict.prediction_hash[:12]}`.", ""]
    return "\n".join(lines)
