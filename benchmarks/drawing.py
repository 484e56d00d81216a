"""One figure of all that the benchmarks measured."""

from typing import Any

import numpy as np
from matplotlib.ticker import FuncFormatter

from sandbox.plotting.canvas.axes import short
from sandbox.plotting.canvas.style import CYCLE, INK, SOFT, blank, heading, png, styled


@styled
def overview(report: dict[str, Any]) -> bytes:
    """Training by case, distance from the limit, whole sweeps, growth: whichever of them there are."""
    figure = blank(13, 9)
    axes = figure.subplots(2, 2)
    figure.subplots_adjust(0.11, 0.07, 0.97, 0.86, hspace=0.36, wspace=0.2)
    races = [race for race in report.get("training", []) if race["activation"] == "tanh"]
    _training(axes[0, 0], races)
    _limits(axes[0, 1], races, report.get("peak", {}), report.get("without AVX-512"))
    _sweep(axes[1, 0], report.get("sweep"))
    _growth(axes[1, 1], report.get("growth"))
    for axis in (axis for ax in axes.flat for axis in (ax.xaxis, ax.yaxis) if axis.get_scale() == "log"):
        axis.set_major_formatter(FuncFormatter(lambda x, _: short(x)))
    machine = report["machine"]
    heading(
        figure, "Benchmarks", f"{machine['cpu']}, {machine['cores']} cores, load {machine['load']:.1f} at the start"
    )
    return png(figure)


def _training(ax: Any, races: list[dict[str, Any]]) -> None:
    ax.set(title="Training, tanh", ylabel="µs per network-step", yscale="log")
    if not races:
        return
    names = list(races[0]["median"])
    for i, name in enumerate(names):
        x = np.arange(len(races)) + (i - len(names) / 2) * 0.8 / len(names)
        ax.bar(x, [race["median"][name] for race in races], 0.8 / len(names), label=name, color=CYCLE[i % len(CYCLE)])
    ax.set_xticks(range(len(races)), [race["case"] for race in races])
    ax.legend(fontsize=7, ncols=2, loc="upper left")
    ax.set_ylim(top=ax.get_ylim()[1] * 8)


def _limits(ax: Any, races: list[dict[str, Any]], peak: dict[str, Any], narrow: dict[str, Any] | None) -> None:
    ax.set(title="Fused engine against the machine's limit", ylabel="time over limit")
    if not races:
        return
    bars = {peak["processor"].rpartition(", ")[2]: {race["case"]: race["ratios"]["fused / limit"][0] for race in races}}
    if narrow:
        bars["the same without AVX-512"] = {case: ratio[0] for case, ratio in narrow["ratios"].items()}
    width = 0.6 / len(bars)
    for i, (name, ratios) in enumerate(bars.items()):
        x = np.arange(len(races)) + (i - (len(bars) - 1) / 2) * width
        heights = [ratios.get(race["case"], np.nan) for race in races]
        ax.bar(x, heights, width, color=CYCLE[i], label=name)
    ax.set_xticks(range(len(races)), [race["case"] for race in races])
    ax.axhline(1, color=INK, linewidth=1)
    ax.set_ylim(top=1.25 * ax.get_ylim()[1])
    ax.legend(fontsize=8, ncols=2, loc="upper left")


def _sweep(ax: Any, sweep: dict[str, Any] | None) -> None:
    ax.set(title="A recorded sweep of 480 networks", xlabel="seconds", xscale="log")
    if not sweep:
        return
    note = "\n(extrapolated)" if sweep["extrapolated"] else ""
    bars = {f"ours, {launcher}": times["whole"] for launcher, times in sweep["ours"].items()} | {
        name.replace(" + ", " +\n") + note: peer["whole"] for name, peer in sweep["peers"].items()
    }
    for i, seconds in enumerate(bars.values()):
        ax.barh(i, np.median(seconds), 0.5, color=CYCLE[i])
        ax.text(np.median(seconds), i, f" {np.median(seconds):.0f} s", va="center", color=SOFT)
    ax.set_yticks(range(len(bars)), list(bars))
    ax.set_xlim(1, 10 * max(np.median(seconds) for seconds in bars.values()))


def _growth(ax: Any, growth: dict[str, Any] | None) -> None:
    ax.set(title="Growth of time", xlabel="number", ylabel="seconds", xscale="log", yscale="log")
    for i, (what, series) in enumerate((growth or {}).items()):
        label = f"{what} (exponent {series['exponent of time']:.2f})"
        ax.plot(series["points"], series["seconds"], "o-", color=CYCLE[i], label=label)
    if growth:
        ax.set_ylim(top=3e3 * ax.get_ylim()[1])  # room for the legend above the lines
        ax.legend(fontsize=8, loc="upper left")
