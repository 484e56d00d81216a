"""How often `judge` is wrong on tables whose truth is known, and how soon it is right.

    python -m benchmarks.judge_calibration [--trials 2000] [--seed 0]        # half an hour on two idle cores

Two kinds of tables: replicates as the units; and 30 draws of the data with four networks each, which are alike by an
intra-draw correlation of 0, 0.3 or 0.6, and splits of one set of samples. The whole procedure, with rates that are chosen,
times that are cut off, conditions and placebos: `benchmarks/procedure_calibration.py`.

Every null table has its truth exactly on the bound of the prediction, the hardest place: just outside it `supported` would
be wrong, just inside it `refuted` would be. Counting both, in any stratum, overstates the error. Writes
`results/judge_calibration.json` and `.png`, and exits with 1 if a verdict is wrong more often than its level allows.
"""

import argparse
import json
import sys
from collections.abc import Iterable
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy import stats

from benchmarks.rival_intervals import LEVELS, rivals
from sandbox.claims import statistics
from sandbox.claims.judge import Stratum, weigh
from sandbox.claims.looks import Plan
from sandbox.plotting.canvas.style import BLUE, CYCLE, GREY, VERMILLION, styled
from tests.support.drawn_tables import CLUSTERED, DRAWS, OVERLAPPING, PER
from tests.support.known_tables import EFFECTS, NULLS, Frames, Scenario

RESULTS = Path(__file__).parent / "results"
FIXED = (20, 0.95), (80, 0.95), (80, 0.99)  # replicates and level of single looks
FIXED_DRAWS = (DRAWS, 0.95), (DRAWS, 0.99)  # draws of the data and level
OVERLAP = 1 / 3  # n_test / n_train of the splits
QUESTIONS = 150  # statistical questions in a study of all claims, or more; power is what one of them is left with
LOOKS = Plan().looks
QUICK = 500, 500  # resamples of thousands, to save minutes: the interval of a mean is at least Student's anyway


def answers(scenario: Scenario, frames: Frames, level: float, overlap: float = 0.0) -> set[str]:
    """What is said over all and in any stratum."""
    read = {name: Stratum({}, frame, overlap) for name, frame in frames.items()}
    average, strata = weigh(scenario.question, read, level)
    return {average.verdict} if scenario.average_only else {average.verdict, *(part.verdict for part in strata)}


def error_rates(
    scenario: Scenario, n: int, level: float, trials: int, seed: int, overlap: float = 0.0
) -> dict[str, float]:
    """Shares of trials in which something is supported, something is refuted, or either."""
    rng = np.random.default_rng(seed)
    said = [answers(scenario, scenario.draw(rng, n), level, overlap) for _ in range(trials)]
    return tally(said)


def sequential_rates(scenario: Scenario, plan: Plan, trials: int, seed: int) -> dict[str, float]:
    """The same if replicates are added, look after look, until something is decided."""
    rng, said = np.random.default_rng(seed), []
    for _ in range(trials):
        frames = scenario.draw(rng, plan.replicates(plan.looks))
        looks = (answers(scenario, first(frames, plan.replicates(k)), plan.level(k)) for k in range(1, plan.looks + 1))
        said.append(next((each for each in looks if each & {"supported", "refuted"}), set()))
    return tally(said)


def tally(said: Iterable[set[str]]) -> dict[str, float]:
    said = list(said)
    either = [each & {"supported", "refuted"} for each in said]
    rates = {answer: sum(answer in each for each in said) / len(said) for answer in ("supported", "refuted")}
    return {**rates, "either": sum(map(bool, either)) / len(said)}


def first(frames: Frames, n: int) -> Frames:
    return {stratum: frame.iloc[:n] for stratum, frame in frames.items()}


def power(scenario: Scenario, plan: Plan, trials: int, seed: int) -> list[float]:
    """Shares of trials in which the right answer has been given by each look."""
    rng, by_look = np.random.default_rng(seed), np.zeros(plan.looks)
    for _ in range(trials):
        frames = scenario.draw(rng, plan.replicates(plan.looks))
        for look in range(1, plan.looks + 1):
            decided = answers(scenario, first(frames, plan.replicates(look)), plan.level(look)) - {"undecided"}
            if decided:
                by_look[look - 1 :] += decided == {scenario.right}
                break
    return [float(rate) for rate in by_look / trials]


def null_row(index: int, trials: int, seed: int) -> dict[str, Any]:
    scenario, statistics.RESAMPLES = NULLS[index], QUICK
    fixed = {f"{n} at {level}": error_rates(scenario, n, level, trials, seed) for n, level in FIXED}
    growing = sequential_rates(scenario, Plan(), trials, seed)
    return {"kind": scenario.kind, "table": scenario.name, **fixed, "sequential": growing}


def draws_row(index: int, trials: int, seed: int) -> dict[str, Any]:
    """Draws with several networks each, or splits of one set."""
    statistics.RESAMPLES = QUICK
    scenario = (*CLUSTERED, *OVERLAPPING)[index]
    overlap = OVERLAP if index >= len(CLUSTERED) else 0.0
    fixed = {f"{n} at {level}": error_rates(scenario, n, level, trials, seed, overlap) for n, level in FIXED_DRAWS}
    return {"kind": scenario.kind, "table": scenario.name, **fixed}


def effect_row(index: int, trials: int, seed: int) -> dict[str, Any]:
    scenario, statistics.RESAMPLES = EFFECTS[index], QUICK
    seen = power(scenario, Plan(questions=QUESTIONS), trials, seed)
    return {"kind": scenario.kind, "effect": scenario.name, "right": scenario.right, "by look": seen}


def measure(trials: int, seed: int, console: Console) -> dict[str, Any]:
    with ProcessPoolExecutor() as pool:
        nulls = [pool.submit(null_row, index, trials, seed) for index in range(len(NULLS))]
        effects = [pool.submit(effect_row, index, trials, seed) for index in range(len(EFFECTS))]
        draws = [pool.submit(draws_row, index, trials, seed) for index in range(len(CLUSTERED) + len(OVERLAPPING))]
        passed_over = pool.submit(rivals, trials, seed)
        everything: list[Future[Any]] = [*nulls, *effects, *draws, passed_over]
        for _ in track(as_completed(everything), "tables", len(everything), console=console):
            pass
    rows = {"nulls": [row.result() for row in nulls], "effects": [row.result() for row in effects]}
    rows["draws"] = [row.result() for row in draws]
    return {"trials": trials, "seed": seed, **rows, "rivals": passed_over.result()}


def allowed(level: float, trials: int) -> float:
    """What a rate of 1 - level may come out at by chance, in all but one of a thousand benchmarks."""
    return float(stats.binom.ppf(0.999, trials, 1 - level)) / trials


def too_high(found: dict[str, Any]) -> list[str]:
    bad = []
    for row in found["nulls"] + found["draws"]:
        for name, rates in row.items():
            if isinstance(rates, dict):
                level = float(name.split(" at ")[1]) if " at " in name else 0.95
                if rates["either"] > allowed(level, found["trials"]):
                    bad.append(f"{row['kind']}, {row['table']}, {name}: {rates['either']:.4f}")
    return bad


def report(found: dict[str, Any], console: Console) -> None:
    table = Table(title=f"Share of {found['trials']} verdicts that are wrong (supported | refuted | either)")
    names = [name for name, value in found["nulls"][0].items() if isinstance(value, dict)]
    for heading in ("kind", "truth on the bound", *names):
        table.add_column(heading)
    for row in found["nulls"]:
        cells = (" | ".join(f"{100 * rate:.1f}" for rate in row[name].values()) + " %" for name in names)
        table.add_row(row["kind"], row["table"], *cells)
    console.print(table)
    table = Table(title=f"Draws with {PER} networks each, and splits of one set: the same (either)")
    names = [name for name, value in found["draws"][0].items() if isinstance(value, dict)]
    for heading in ("kind", "truth on the bound", *(name.replace(" at", " draws at") for name in names)):
        table.add_column(heading)
    for row in found["draws"]:
        table.add_row(row["kind"], row["table"], *(f"{100 * row[name]['either']:.1f} %" for name in names))
    console.print(table)
    plan = Plan(questions=QUESTIONS)
    table = Table(title=f"Share of right verdicts by each look, as one of {QUESTIONS} questions")
    for heading in (
        "kind",
        "smallest effect",
        "verdict",
        *(f"{plan.replicates(k)} replicates" for k in range(1, LOOKS + 1)),
    ):
        table.add_column(heading)
    for row in found["effects"]:
        table.add_row(row["kind"], row["effect"], row["right"], *(f"{rate:.3f}" for rate in row["by look"]))
    console.print(table)
    table = Table("interval from 20 replicates", *(f"missed at {level}" for level in LEVELS), title="Rivals")
    for row in found["rivals"]:
        table.add_row(row["interval"], *(f"{100 * row[str(level)]:.1f} %" for level in LEVELS))
    console.print(table)


@styled
def draw(found: dict[str, Any], path: Path) -> None:
    figure = Figure(figsize=(11.5, 6.5), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[3, 2])
    rows = found["nulls"][::-1]
    series = {"20 at 0.95": (BLUE, "o", "20 replicates, one look"), "80 at 0.95": (GREY, "s", "80 replicates, one look"),
              "sequential": (VERMILLION, "D", "20 to 160, up to four looks")}  # fmt: skip
    for shift, (name, (colour, marker, label)) in zip((0.25, 0, -0.25), series.items(), strict=True):
        rates = np.array([row[name]["either"] for row in rows])
        error = 1.96 * np.sqrt(rates * (1 - rates) / found["trials"])
        left.errorbar(
            100 * rates,
            np.arange(len(rows)) + shift,
            xerr=100 * error,
            fmt=marker,
            color=colour,
            label=label,
            ms=4,
            lw=1,
        )
    left.axvline(5, color="black", lw=1)
    left.annotate("stated: 5 %", (5, len(rows) - 0.4), ha="right", xytext=(-4, 0), textcoords="offset points")
    left.set_yticks(range(len(rows)), [f"{row['kind']}: {row['table']}" for row in rows])
    left.set(
        xlim=(0, 6),
        xlabel="wrong verdicts, supported or refuted (%)",
        title="Truth on the bound: wrong at most as often as stated",
    )
    left.legend(loc="upper center", bbox_to_anchor=(0.4, -0.1), ncols=3, fontsize=8)
    plan = Plan(questions=QUESTIONS)
    sizes = [plan.replicates(look) for look in range(1, LOOKS + 1)]
    for row, colour, marker in zip(found["effects"], CYCLE, "os^Dv<>P", strict=False):
        right.plot(
            sizes,
            [100 * rate for rate in row["by look"]],
            marker=marker,
            color=colour,
            label=f"{row['kind']}: {row['effect']} ({row['right']})",
        )
    right.axhline(90, color="black", lw=1)
    right.set_xscale("log", base=2)
    right.set_xticks(sizes, [str(size) for size in sizes])
    right.set(
        ylim=(0, 101),
        xlabel=f"replicates per stratum, as one of {QUESTIONS} questions",
        ylabel="right verdicts (%)",
        title="Smallest effects: mostly found",
    )
    right.legend(loc="upper center", bbox_to_anchor=(0.4, -0.1), fontsize=8)
    figure.savefig(path, dpi=150)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    arguments, console = parser.parse_args(), Console(width=170)
    found = measure(arguments.trials, arguments.seed, console)
    report(found, console)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "judge_calibration.json").write_text(json.dumps(found, indent=1) + "\n")
    draw(found, RESULTS / "judge_calibration.png")
    console.print(f"Written to {RESULTS}/judge_calibration.json and .png")
    bad = too_high(found)
    for line in bad:
        console.print(f"[red]wrong more often than its level allows: {line}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
