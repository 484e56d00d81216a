"""All benchmarks: tables on the screen, and a figure and a JSON under benchmarks/results/.

python -m benchmarks                 a few minutes: tanh, short rounds, small growth
python -m benchmarks --full          sigmoid and ReLU too, 10,000 replicates, 1,000 arms: about an hour
python -m benchmarks --only training --case S
"""

import argparse
import json
import os
import sys
from pathlib import Path
from statistics import median
from typing import Any

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # before NumPy loads
for variable in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(variable, None)  # another processor's code would be measured

from rich.console import Console  # noqa: E402 - after the environment that NumPy reads
from rich.table import Table  # noqa: E402

from benchmarks import around, growth, machine, narrow, roofline, sweeps, training  # noqa: E402
from benchmarks.engines import CASES, TEXTBOOK  # noqa: E402
from benchmarks.peers import NEEDS  # noqa: E402
from benchmarks.sane import Impossible, beyond, one_more, over_limit  # noqa: E402

RESULTS = Path(__file__).resolve().parent / "results"
BUSY = 1.0  # processes that want to run, on average, before we begin
PARTS = ("training", "sweep", "around", "growth")
console = Console(highlight=False)
if not console.is_terminal:
    console = Console(highlight=False, width=160)  # a file or a pipe has no edge to wrap at


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="everything, with more rounds")
    parser.add_argument("--only", action="append", choices=PARTS)
    parser.add_argument("--case", action="append", choices=CASES)
    parser.add_argument("--activation", action="append", choices=TEXTBOOK)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float, help="of each contender in each round of training")
    parser.add_argument("--merge", action="store_true", help="keep what the output has of other parts and cases")
    parser.add_argument("--output", type=Path, default=RESULTS / "benchmarks", help="without ending")
    options = parser.parse_args()
    report: dict[str, Any] = {"machine": machine.described(), "full": options.full}
    if options.merge and options.output.with_suffix(".json").exists():
        report = {**json.loads(options.output.with_suffix(".json").read_text()), **report}
    versions = ", ".join(f"{name} {version}" for name, version in report["machine"]["versions"].items())
    console.print(
        f"{report['machine']['cpu']}, {report['machine']['cores']} cores, load {report['machine']['load']}\n{versions}"
    )
    if (report["machine"]["load"] or 0) > BUSY:
        console.print("this machine is busy with other things: what follows says little of one that is not")
    for name in sorted(set(NEEDS) - set(training.installed())):
        console.print(f"left out: {name} ({NEEDS[name]} is not installed)")
    wanted = options.only or PARTS
    steps = {"training": _training, "sweep": _sweep, "around": _around, "growth": _growth}
    refused = False
    for name in wanted:
        try:
            found = steps[name](options)
        except Impossible as reason:
            console.print(f"refused: {name}: {reason}, which cannot be; try again when this machine does nothing else")
            refused = True
            continue
        if "training" in found and options.merge:
            found["training"] = _merged(report.get("training", []), found["training"])
        report |= found
        _kept(report, options.output)
    sys.exit(refused)


def _merged(before: list[dict[str, Any]], races: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The races of before, each replaced by the new one of the same case and activation, if there is one."""
    new = {(race["case"], race["activation"]): race for race in races}
    old = [new.pop((race["case"], race["activation"]), race) for race in before]
    return [*old, *new.values()]


def _kept(report: dict[str, Any], output: Path) -> None:
    from benchmarks.drawing import overview

    output.parent.mkdir(exist_ok=True)
    output.with_suffix(".json").write_text(json.dumps(report, indent=1) + "\n")
    output.with_suffix(".png").write_bytes(overview(report))


def _training(options: argparse.Namespace) -> dict[str, Any]:
    activations = options.activation or (list(TEXTBOOK) if options.full else ["tanh"])
    rounds, seconds = options.rounds or (9 if options.full else 5), options.seconds or 0.1
    before = roofline.measured(3.0 if options.full else 1.0)
    raced = list(training.race(options.case or list(CASES), activations, rounds, seconds))
    peak = before.or_better(roofline.measured(3.0 if options.full else 1.0))
    console.print(f"\npeak: {peak.shown()}")
    ratios = _table("Ratios: median (least to greatest of the rounds)", "case", "activation", *RATIOS)
    races = []
    for race in raced:
        limit = roofline.microseconds(CASES[race.case], peak)
        found = {title: race.ratio(slow, fast) for title, slow, fast in _pairs(race)}
        if race.activation == "tanh":
            found["fused / limit"] = _over_limit(race.times["fused"], limit)
        ratios.add_row(race.case, race.activation, *(_three(found.get(title)) for title in RATIOS))
        medians = {name: race.median(name) for name in race.times}
        races.append(
            {"case": race.case, "activation": race.activation, "limit": limit, "median": medians, "times": race.times,
             "ratios": found, "losses differ by": race.worst}
        )  # fmt: skip
    console.print(_times(races), ratios)
    return {"peak": peak._asdict(), "training": races} | _narrow(options, peak)


def _over_limit(times: list[float], limit: float) -> tuple[float, float, float]:
    return over_limit(median(times), limit), over_limit(min(times), limit), over_limit(max(times), limit)


def _narrow(options: argparse.Namespace, peak: roofline.Peak) -> dict[str, Any]:
    """The fused engine against the limit once more, as on a processor without AVX-512, if this one has it."""
    if "AVX-512" not in peak.processor:
        return {}
    found = narrow.measured(options.case or list(CASES), options.rounds or 5, options.seconds or 0.1)
    console.print(f"\npeak: {roofline.Peak(**found['peak']).shown()}")
    table = _table("The same processor without its AVX-512, tanh", "case", "fused, µs", "limit, µs", "fused / limit")
    found["ratios"] = {}
    for case, times in found["fused"].items():
        limit = roofline.microseconds(CASES[case], roofline.Peak(**found["peak"]))
        found["ratios"][case] = _over_limit(times, limit)
        table.add_row(case, _short(median(times)), _short(limit), _three(found["ratios"][case]))
    console.print(table)
    return {"without AVX-512": found}


def _times(races: list[dict[str, Any]]) -> Table:
    columns = [f"{race['case']} {race['activation']}" for race in races]
    table = _table("Training: microseconds per network-step (medians)", "", *columns)
    for name in races[0]["median"]:
        table.add_row(name, *(_short(race["median"][name]) for race in races))
    table.add_row("limit (products + tanh)", *(_short(race["limit"]) for race in races))
    return table


def _short(x: float) -> str:
    return f"{x:.0f}" if x >= 100 else f"{x:.3g}"


RATIOS = ("best JAX / fused", "scikit-learn / fused", "textbook / numpy", "fused / limit")


def _pairs(race: training.Race) -> list[tuple[str, str, str]]:
    pairs = [("textbook / numpy", "textbook NumPy", "numpy")]
    if jax := race.best("JAX"):
        pairs.append(("best JAX / fused", jax, "fused"))
    if "scikit-learn" in race.times:
        pairs.append(("scikit-learn / fused", "scikit-learn", "fused"))
    return pairs


def _sweep(options: argparse.Namespace) -> dict[str, Any]:
    found = sweeps.swept(options.rounds or (3 if options.full else 2), options.full)
    table = _table(
        f"A recorded sweep: {sweeps.ARMS} arms x {sweeps.REPLICATES} replicates x 1,000 steps", "what", "value"
    )
    for launcher, times in found["ours"].items():
        table.add_row(f"ours, {launcher}: {sweeps.NETWORKS} networks, seconds", _spread(times["whole"]))
        table.add_row(f"ours, {launcher}: {sweeps.ARMS} networks, one per arm, seconds", _spread(times["alone"]))
        table.add_row(f"ours, {launcher}: an arm more, ms", _milliseconds(times["arm"]))
        table.add_row("of which training and probing, ms", f"{1e3 * found['training'][launcher]:.0f}")
        table.add_row("overhead per arm, ms", _milliseconds(times["overhead"]))
    how = f"expected from {sweeps.ARMS} jobs" if found["extrapolated"] else "measured once"
    for name, times in found["peers"].items():
        table.add_row(f"{name}: a job more, ms", _milliseconds(times["job"]))
        for key, networks in (("alone", f"{sweeps.ARMS} networks"), ("whole", f"{sweeps.NETWORKS} networks, {how}")):
            table.add_row(f"{name}: {networks}, seconds", _spread(times[key]))
            for launcher, mine in found["ours"].items():
                table.add_row(f"over ours, {launcher}", _spread([theirs / median(mine[key]) for theirs in times[key]]))
    for name in sorted(set(sweeps.PEERS) - set(found["peers"])):
        table.add_row(name, f"left out: torch or {sweeps.PEERS[name][2]} is not installed")
    if found["peers"]:
        table.add_row("final losses differ by at most", f"{found['difference']:.0e}")
    console.print(table)
    return {"sweep": found}


def _milliseconds(seconds: list[float]) -> str:
    return _spread([1e3 * each for each in seconds])


def _around(options: argparse.Namespace) -> dict[str, Any]:
    rounds = options.rounds or (11 if options.full else 5)
    answers, figures = around.answered(rounds), around.drawn(3 * rounds)
    table = _table("Around training", "what", "median (least to greatest)")
    for name in ("help", "run"):
        ratios = [a / b for a, b in zip(answers[name], answers["empty"], strict=True)]
        table.add_row(
            {"help": "--help", "run": "a tiny run, tracking=none"}[name] + " / an empty Hydra app's --help",
            _spread(ratios),
        )
    table.add_row("a card, ms", _spread(figures["card"]))
    table.add_row("nine frames of the boundary, ms", _spread(figures["frames"]))
    console.print(table)
    return {"around": {"seconds": answers, "milliseconds": figures}}


def _growth(options: argparse.Namespace) -> dict[str, Any]:
    found = growth.grown(options.full)
    table = _table("Growth", "with", "from", "to", "seconds", "exponent", "MB", "exponent")
    for what, series in found.items():
        points, seconds, megabytes = (series[key] for key in ("points", "seconds", "megabytes"))
        table.add_row(
            what, str(points[0]), str(points[-1]), f"{seconds[0]:.3g} to {seconds[-1]:.3g}", f"{series['exponent of time']:.2f}",
            f"{megabytes[0]:.0f} to {megabytes[-1]:.0f}", f"{series['exponent of memory']:.2f}",
        )  # fmt: skip
    console.print(table)
    arms = dict(zip(found["arms"]["points"], found["arms"]["seconds"], strict=True))
    if 1000 in arms:  # less what the command costs without arms, which 10 and 50 arms tell
        per_arm = one_more(10, arms[10], 50, arms[50])
        fixed = beyond(arms[10], 10 * per_arm)
        console.print(f"time per arm, 1,000 arms against 50: {beyond(arms[1000], fixed) / 1000 / per_arm:.2f}")
    return {"growth": found}


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column)
    return table


def _spread(values: list[float]) -> str:
    return _three((median(values), min(values), max(values)))


def _three(values: tuple[float, float, float] | None) -> str:
    return f"{_short(values[0])} ({_short(values[1])} to {_short(values[2])})" if values else "-"


if __name__ == "__main__":
    main()
