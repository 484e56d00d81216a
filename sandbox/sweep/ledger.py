"""The ledger: every claim with its latest verdict, read back from the store, so that it cannot drift from the runs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from sandbox import tracking
from sandbox.claims.claim import Claim, prediction_hash
from sandbox.claims.report import COLOURS, shown_interval, tally
from sandbox.claims.verdict import SYMBOLS, Verdict
from sandbox.claims.worth import WORTH, Budget
from sandbox.system.markdown import escaped, markdown_table
from sandbox.system.terminal import console
from sandbox.tracking import Run, Store
from sandbox.trial import registry

LEDGER = Path(__file__).resolve().parents[2] / "experiments" / "LEDGER.md"
COMMAND = "python -m sandbox.study --all"


@dataclass(frozen=True)
class Entry:
    """A claim and where it stands: its verdict and the sweep behind it, or None while it has not been tried.

    others: what the latest sweeps with other seeds say about the same prediction, in a word each.
    """

    experiment: str
    claim: Claim
    verdict: Verdict | None
    sweep: Run | None
    others: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """The verdict in a word; `stale` where the prediction is no longer the one that was tried."""
        if self.verdict is None:
            return "untried"
        return self.verdict.verdict if self.verdict.prediction_hash == prediction_hash(self.claim) else "stale"

    @property
    def repeats(self) -> str:
        """How many of the repetitions with other seeds say the same: `1 of 1`, or nothing where there are none."""
        return f"{self.others.count(self.word)} of {len(self.others)}" if self.others else ""


def entries(store: Store, budget: Budget = "declared") -> list[Entry]:
    """Every claim of every experiment with the latest verdict on it that was reached with this budget, if possible with seed 0."""
    ledger = []
    for name in registry.names():
        sweeps = tracking.latest_sweeps(store, name, f"tags.budget = '{budget}'")
        judged = [sweep for sweep in sweeps if any(tag.startswith("verdict.") for tag in sweep.tags)]
        judged.sort(key=lambda sweep: _seeds(sweep) != ("0", "0"))  # the command as it stands before its repetitions
        latest = {_seeds(sweep): sweep for sweep in reversed(judged)}  # of each pair of seeds
        verdicts = _verdicts(store, judged[0]) if judged else {}
        for claim in registry.load(name).claims:
            told = [sweep.tags.get(f"verdict.{claim.id}", "") for sweep in latest.values() if sweep is not judged[0]]
            others = tuple(word.split(" ")[0] for word in told if f"({prediction_hash(claim)[:12]})" in word)
            ledger.append(Entry(name, claim, verdicts.get(claim.id), judged[0] if judged else None, others))
    return ledger


def _seeds(sweep: Run) -> tuple[str | None, ...]:
    return sweep.tags.get("seed"), sweep.tags.get("dataset.seed")


def _verdicts(store: Store, sweep: Run) -> dict[str, Verdict]:
    found = json.loads(tracking.fetch_text(store, sweep.run_id, "verdicts.json"))
    return {verdict["claim_id"]: Verdict.from_dict(verdict) for verdict in found}


def conclude(store: Store, budget: Budget, artifacts: Mapping[str, Path] | None = None) -> None:
    """Print the ledger, record it with these files, and if all its verdicts are evidence write `experiments/LEDGER.md`."""
    if store == tracking.NOWHERE:
        console.print("nothing was recorded (tracking=none), so there is no ledger")
        return
    found = entries(store, budget)
    console.print(table(found, budget))
    console.print(counted(found), soft_wrap=True)
    console.print("Each claim's picture is verdicts/CLAIM.png of its experiment's latest sweep:")
    for line in tracking.dashboard_hint(store).splitlines():
        console.print(f"  {line}", soft_wrap=True, markup=False)
    run_id = tracking.start_sweep(store, "ledger", "ledger", tags={"kind": "ledger", "budget": budget})
    words = {f"verdict.{entry.claim.id}": entry.word for entry in found}
    text = markdown(found)
    note = "\n".join([escaped(counted(found)), "", *markdown_table(("claim", "verdict"), _short(found))])
    tracking.finish_sweep(store, run_id, tags=words, artifacts={"LEDGER.md": text, **(artifacts or {})}, note=note)
    if budget != "declared":
        return
    if untried := sum(entry.verdict is None for entry in found):
        console.print(
            f"{LEDGER.name} is left as it is: {untried} claims have not been tried in this store; try: {COMMAND}"
        )
    else:
        LEDGER.write_text(text, encoding="utf-8")
        console.print(f"written to {LEDGER}")


def _short(found: Sequence[Entry]) -> list[tuple[str, str]]:
    return [(escaped(entry.claim.id), f"{SYMBOLS.get(entry.word, '·')} {entry.word}") for entry in found]


def table(found: Sequence[Entry], budget: Budget = "declared") -> Table:
    """For the screen."""
    rows = Table(header_style="bold", title=WORTH[budget])
    for heading in ("claim", "verdict", "estimate", "interval", "predicted", "strata", "repeats", "experiment"):
        rows.add_column(heading, no_wrap=heading in ("claim", "verdict"))
    for entry in found:
        colour, symbol = COLOURS.get(entry.word, "dim"), SYMBOLS.get(entry.word, "·")
        rows.add_row(
            entry.claim.id, f"[{colour}]{symbol} {entry.word}[/]", *_numbers(entry), entry.repeats, entry.experiment
        )
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
    counts = f"{len(words)} claims: " + ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
    again = [word == entry.word for entry in found for word in entry.others]
    return counts + (f"; with other seeds {sum(again)} of {len(again)} verdicts are the same" if again else "")


def markdown(found: Sequence[Entry]) -> str:
    """The ledger as it is written down: a table of all claims, then what each verdict means."""
    rows = []
    for entry in found:
        estimate, interval, predicted, strata = _numbers(entry)
        runs = str(entry.verdict.runs) if entry.verdict else ""
        words = (entry.claim.statement, entry.claim.effect, estimate, interval, predicted, strata, runs, entry.repeats)
        statement, *rest = map(escaped, (*words, entry.experiment))
        claim, verdict = _short([entry])[0]
        rows.append((f"**{claim}**", statement, verdict, *rest))
    headings = ("claim", "statement", "verdict", "effect", "estimate", "interval", "predicted", "strata", "runs")
    lines = [
        "# Ledger",
        "",
        f"Written by `{COMMAND}`; do not edit. {counted(found)}.",
        "",
        *markdown_table((*headings, "repeats", "experiment"), rows),
    ]
    lines += ["", "## What the verdicts mean", ""]
    for entry in found:
        if entry.verdict is not None:
            lines += [f"### {entry.claim.id}: {entry.word}", ""]
            lines += [escaped(f"{entry.claim.statement} ({entry.claim.source})"), ""]
            lines += [
                escaped(entry.verdict.text),
                "",
                f"Prediction `{entry.verdict.prediction_hash[:12]}`. {_where(entry)}",
                "",
            ]
    return "\n".join(lines)
