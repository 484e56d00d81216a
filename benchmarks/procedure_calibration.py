"""How often the whole procedure says something wrong, on tables whose truth is known: draws, rates, censoring, conditions.

    python -m benchmarks.procedure_calibration [--trials 2000] [--seed 0]        # a minute on one core

For every kind of table and an intra-split correlation of 0, 0.3 and 0.6: what `judge` says in any stratum, after the choice
of rates and what survives of it, and what its placebo says. The truth lies on the bound of the prediction, the hardest place.
The arrays of `tests/support/many_tables.py` are a second way to the judge's answers; a test holds them against it. Writes
`results/procedure_calibration.json` and the table of docs/verdicts.md; exits with 1 if anything is wrong more often than stated.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.judge_calibration import QUESTIONS, allowed
from sandbox.claims.looks import Plan
from sandbox.system.markdown import markdown_table
from tests.support.drawn_tables import ICCS
from tests.support.many_tables import KINDS, Kind, decided, rated, wrong

RESULTS = Path(__file__).parent / "results" / "procedure_calibration.json"
PAGE = Path(__file__).parents[1] / "docs" / "verdicts.md"
BEGIN, END = "<!-- procedure_calibration: begin -->", "<!-- procedure_calibration: end -->"
LEVEL = 0.95
BATCH = 500  # tables at once
AHEAD = 0.5, 1.0, 1.5, 2.0  # of the second arm, in standard deviations of a network's loss
POWER_DRAWS = 120


def rates(kind: Kind, icc: float, level: float, trials: int, seed: int) -> dict[str, float]:
    """Shares of tables on which something wrong is said, and on which the placebo fails by luck."""
    rng, mistakes, alarms = np.random.default_rng(seed), 0, 0
    for n in batches(trials):
        said, placebo = decided(kind.claim, kind.tables(rng, icc, n), level)
        mistakes += int(wrong(kind, said).sum())
        alarms += int((placebo == -1).any(axis=1).sum())
    return {"wrong": mistakes / trials, "placebo failed": alarms / trials}


def power(ahead: float, icc: float, trials: int, seed: int) -> float:
    """The share of strata that support what is true, as one of many questions, from 120 draws of one network each."""
    (kind,) = (each for each in KINDS if each.name == "best of 4 rates by validation")
    rng, level, seen = np.random.default_rng(seed), Plan(questions=QUESTIONS, looks=1).level(1), 0.0
    for n in batches(trials):
        said, _ = decided(kind.claim, rated(rng, icc, n, draws=POWER_DRAWS, per=1, ahead=ahead), level)
        seen += n * float((said == 1).mean())
    return seen / trials


def batches(trials: int) -> list[int]:
    return [min(BATCH, trials - done) for done in range(0, trials, BATCH)]


def measure(trials: int, seed: int) -> dict[str, Any]:
    errors = [
        {"kind": kind.name, "icc": icc, **rates(kind, icc, LEVEL, trials, seed)} for kind in KINDS for icc in ICCS
    ]
    seen = [{"ahead": a, "icc": icc, "seen": power(a, icc, max(1, trials // 4), seed)} for a in AHEAD for icc in ICCS]
    return {"trials": trials, "seed": seed, "level": LEVEL, "questions": QUESTIONS, "errors": errors, "power": seen}


def too_high(found: dict[str, Any]) -> list[str]:
    """What is wrong more often than the level allows, by more than luck."""
    most = allowed(found["level"], found["trials"])
    return [
        f"{row['kind']}, correlation {row['icc']}: {what} in {row[what]:.4f}"
        for row in found["errors"]
        for what in ("wrong", "placebo failed")
        if row[what] > most
    ]


def error_rows(found: dict[str, Any]) -> list[tuple[str, ...]]:
    """A row per kind: wrong and, behind it, placebos that failed, in per cent, by correlation."""
    by_kind: dict[str, list[str]] = {}
    for row in found["errors"]:
        by_kind.setdefault(row["kind"], []).append(f"{100 * row['wrong']:.1f}, {100 * row['placebo failed']:.1f}")
    return [(kind, *cells) for kind, cells in by_kind.items()]


def power_rows(found: dict[str, Any]) -> list[tuple[str, ...]]:
    by_effect: dict[float, list[str]] = {}
    for row in found["power"]:
        by_effect.setdefault(row["ahead"], []).append(f"{100 * row['seen']:.0f}")
    return [(f"{ahead:g}", *cells) for ahead, cells in by_effect.items()]


def on_the_page(found: dict[str, Any], text: str) -> str:
    """The page with these results between its marks."""
    correlations = [f"correlation {icc:g}" for icc in ICCS]
    errors = f"Of {found['trials']} tables each, how many per cent came out wrong, and of how many the placebo failed"
    seen = f"And how many per cent of the strata were seen, as one of {found['questions']} questions, where the first arm is ahead"
    seen += f" by so many standard deviations of a network's loss, from {POWER_DRAWS} draws at the rate that validation chooses"
    lines = [
        BEGIN,
        f"{errors}; at most {100 * (1 - found['level']):.0f} are stated for either:",
        "",
        *markdown_table(("truth on the bound", *correlations), error_rows(found)),
        "",
        f"{seen}:",
        "",
        *markdown_table(("ahead by", *correlations), power_rows(found)),
        "",
        "Written by `python -m benchmarks.procedure_calibration`.",
        END,
    ]
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    return before + "\n".join(lines) + after


def shown(title: str, rows: list[tuple[str, ...]]) -> Table:
    table = Table(title=title, title_justify="left", header_style="bold")
    for heading in ("", *(f"correlation {icc:g}" for icc in ICCS)):
        table.add_column(heading)
    for row in rows:
        table.add_row(*row)
    return table


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    arguments, console = parser.parse_args(), Console(width=130)
    found = measure(arguments.trials, arguments.seed)
    console.print(
        shown(f"Of {found['trials']} tables: wrong, placebo failed (per cent; 5 are stated)", error_rows(found))
    )
    console.print(shown("Strata seen (per cent), by how far the first arm is ahead", power_rows(found)))
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(on_the_page(found, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    console.print(f"Written to {RESULTS} and {PAGE}", soft_wrap=True)
    bad = too_high(found)
    for line in bad:
        console.print(f"[red]wrong more often than its level allows: {line}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
