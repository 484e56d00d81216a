"""The page of a store: how long it takes to make, what it weighs, and what a reader's browser does with it.

Chromium draws in software here, without a window, so that a reader's own is faster. Seconds are those of the wall; where other
work shares the processor the processor's own are told beside them, of all of the browser's processes together. Numbers that cannot be
are refused: more pictures than the browser offers, a slider that changes nothing, a training that ends elsewhere than the reference.

python -m benchmarks.page mlruns                          writes the page, opens it in chromium, prints the numbers
python -m benchmarks.page mlruns --write --claims 12      keeps them in benchmarks/results/page.json; more claims scrubbed
"""

import argparse
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console

from benchmarks.commands import ROOT, python
from benchmarks.machine import described
from sandbox.config.schema import DatasetConfig, InitConfig, RunConfig
from sandbox.trial.train import train
from tests.support.browser import browser

RESULTS = ROOT / "benchmarks" / "results" / "page.json"
OPENED = 5  # times
FEWEST = 10  # steps, for a slider to have something to show
READY = "return [...document.querySelectorAll('.stage')].length > 0 && [...document.querySelectorAll('.stage')].every(s => s.dataset.ready)"
PICTURES, OFFERED = 150, 60  # moves of the slider; pictures a second that chromium asks for at most
TRAINED = 10_000  # steps of either arm
# Milliseconds between one picture and the next while the slider is moved at every picture, to and fro as a hand does, and how many
# different pictures of the first canvas three places of the slider give.
SCRUB = """
const [count, done] = arguments, range = document.querySelector('.stage [type=range]'), top = Number(range.max), gaps = [];
const move = to => { range.value = to; range.dispatchEvent(new Event('input')); };
const picture = () => [...document.querySelectorAll('.stage canvas')].map(canvas => canvas.toDataURL()).join();
let at = 0, last = 0;
const next = now => {
  if (last) gaps.push(now - last);
  last = now;
  at += 3;
  move(Math.abs(top - at % (2 * top)));
  if (gaps.length < count) requestAnimationFrame(next); else look([0, Math.floor(top / 2), top], []);
};
const look = ([to, ...rest], seen) => {
  if (to === undefined) return done([gaps, new Set(seen).size]);
  move(to);
  setTimeout(() => look(rest, [...seen, picture()]), 1000);
};
requestAnimationFrame(next);
"""
# Milliseconds from the choice of so many steps until both arms are trained and drawn, and what the page says of the right one.
TRAIN = """
const [steps, done] = arguments, select = document.querySelector('[name=steps]'), begun = performance.now();
select.value = steps;
select.dispatchEvent(new Event('change'));
const look = () => {
  const stage = document.querySelector('.labstage .stage');
  if (!stage?.dataset.ready) return setTimeout(look, 5);
  const took = performance.now() - begun;
  requestAnimationFrame(() => requestAnimationFrame(() => done([took, stage.querySelectorAll('.numbers')[1].textContent])));
};
look();
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", help="directory of a store with verdicts")
    parser.add_argument(
        "--claims", type=int, default=6, help="claims whose stage is scrubbed, evenly among those that have one"
    )
    parser.add_argument("--write", action="store_true", help=f"keep the numbers in {RESULTS.relative_to(ROOT)}")
    options = parser.parse_args()
    found = {"machine": described(), **measured(options.store, options.claims)}
    Console().print_json(json.dumps(found))
    if options.write:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def measured(directory: str, claims: int) -> dict[str, Any]:
    """Seconds and megabytes of the page, then what a browser makes of it."""
    with TemporaryDirectory(prefix="page-") as folder:
        file = Path(folder) / "report.html"
        made = python("sandbox.report", "--output", str(file), f"tracking.directory={directory}")
        text = file.read_text(encoding="utf-8")
        told = json.loads(text.split('id="data">', 1)[1].split("</script>", 1)[0])
        steps = {claim["id"]: _steps(told, claim) for claim in told["claims"]}
        staged = [claim for claim, count in steps.items() if count >= FEWEST]
        with browser(Path(folder) / "profile") as driver:
            driver.set_page_load_timeout(600)
            driver.set_script_timeout(600)
            seen = {**painted(driver, file), **scrubbed(driver, file, list(spread(staged, claims)))}
            seen |= memory(driver) | training(driver, file)
    counts = {"runs": told["meta"]["runs"], "claims": len(told["claims"]), "claims with a slider": len(staged)}
    made_in = {"seconds to make": made.seconds, "of the processor": made.cpu}
    return sound({**counts, **made_in, "megabytes": len(text.encode()) / 1e6, **seen})


def _steps(told: dict[str, Any], claim: dict[str, Any]) -> int:
    """How many steps the networks on a claim's stage were trained; 0 where it shows none."""
    first = claim.get("stage", [])[:1]
    return int((told["arms"][first[0]].get("networks") or {}).get("steps", 0)) if first else 0


def sound(found: dict[str, Any]) -> dict[str, Any]:
    """What was measured, if it can be: exits with what is wrong of it otherwise."""
    scrubs, trained = found["scrubbing"], found["training"]
    wrong = {
        "a number that is not above 0": [name for name, value in numbers(found) if not 0 < value < math.inf],
        "no claim was scrubbed": [] if scrubs else ["scrubbing"],
        "more pictures than the browser offers": [
            name for name, seen in scrubs.items() if seen["pictures a second"] > 1.05 * OFFERED
        ],
        "a slider that changes nothing": [name for name, seen in scrubs.items() if seen["different pictures of 3"] < 3],
        "a heap larger than its process": ["heap, MB"] if found["heap, MB"] > found["renderer, MB"] else [],
        "a cost that is not the reference's": [
            f"{trained['training cost']} for {trained['of the reference']}"
        ] if not math.isclose(trained["training cost"], trained["of the reference"], rel_tol=0.01) else [],
    }  # fmt: skip
    if found_wrong := [f"{words}: {', '.join(names)}" for words, names in wrong.items() if names]:
        raise SystemExit(f"error: expected numbers that can be, got {'; '.join(found_wrong)}")
    return found


def numbers(found: dict[str, Any], above: str = "") -> Iterator[tuple[str, float]]:
    """Every number with the names that lead to it."""
    for name, value in found.items():
        if isinstance(value, dict):
            yield from numbers(value, f"{above}{name}: ")
        elif isinstance(value, int | float):
            yield f"{above}{name}", value


def spread(names: list[str], count: int) -> Iterator[str]:
    """So many of them, evenly."""
    every = max(1, len(names) // max(count, 1))
    yield from names[::every][:count]


def painted(driver: Any, file: Path) -> dict[str, Any]:
    """Milliseconds until something is seen, the median of some openings, and what all that the browser does by then costs."""
    times, spent = [], []
    for _ in range(OPENED):
        driver.get("about:blank")
        with processor(driver) as used:
            driver.get(file.as_uri())
            _wait(driver, "return performance.getEntriesByName('first-contentful-paint').length > 0")
        spent.append(1000 * used[0])
        times.append(
            driver.execute_script("return performance.getEntriesByName('first-contentful-paint')[0].startTime")
        )
    told = {"median": median(times), "smallest": min(times), "of the processor, until all is drawn": median(spent)}
    return {"first paint, ms": told}


def scrubbed(driver: Any, file: Path, claims: list[str]) -> dict[str, Any]:
    """Pictures a second while each claim's stage is scrubbed, the slowest tenth of them, and what one costs."""
    rates = {}
    for claim in claims:
        driver.get("about:blank")
        driver.get(f"{file.as_uri()}#/claim/{claim}")
        _wait(driver, READY)
        with processor(driver) as used:
            gaps, different = driver.execute_async_script(SCRUB, PICTURES)
        rates[claim] = {
            "pictures a second": 1000 / median(gaps),
            "slowest tenth, ms": sorted(gaps)[int(0.9 * len(gaps))],
            "of the processor, ms a picture": 1000 * used[0] / len(gaps),
            "different pictures of 3": different,
        }
    return {"scrubbing": rates}


def training(driver: Any, file: Path) -> dict[str, Any]:
    """Steps a second of the page's own training, 4 units on 300 points, all drawing included, and where it ends."""
    driver.get("about:blank")
    driver.get(f"{file.as_uri()}#/lab?steps=100&rate=0.3")
    _wait(driver, READY)
    with processor(driver) as used:
        milliseconds, words = driver.execute_async_script(TRAIN, str(TRAINED))
    told = float(words.split()[2])  # `training J 0.0123 ...`
    asked = RunConfig(
        dataset=DatasetConfig("moons"), hidden=[4], init=InitConfig("normal"), learning_rate=0.3, steps=TRAINED, replicates=1, engine="numpy"
    )  # fmt: skip
    outcome = train(asked)
    reference = float(outcome.curves["train/loss"][-1, 0])
    rates = {"steps a second": 2e3 * TRAINED / milliseconds, "of the processor": 2 * TRAINED / used[0]}
    return {"training": {**rates, "training cost": told, "of the reference": reference}}


@contextmanager
def processor(driver: Any) -> Iterator[list[float]]:
    """Seconds of the processor that the browser's processes use meanwhile."""
    used: list[float] = []
    before = _spent(driver.service.process.pid)
    yield used
    used.append(_spent(driver.service.process.pid) - before)


def _spent(root: int) -> float:
    """Seconds that the processes below one have used, as the scheduler counts them."""
    total = 0.0
    for pid in _below(root):
        for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            with suppress(OSError):
                total += int(thread.read_text().split()[0]) / 1e9
    return total


def memory(driver: Any) -> dict[str, float]:
    """Megabytes of the script's heap, and of the largest process that draws a page, as the system counts it."""
    heap = driver.execute_script("return performance.memory.usedJSHeapSize") / 1e6
    return {"heap, MB": heap, "renderer, MB": max(map(_resident, _renderers(driver.service.process.pid)), default=0.0)}


def _renderers(root: int) -> Iterator[int]:
    """The processes below one that draw pages."""
    for pid in _below(root):
        with suppress(OSError):
            if "--type=renderer" in Path(f"/proc/{pid}/cmdline").read_text():
                yield pid


def _below(root: int) -> Iterator[int]:
    """The processes that one has begun, and those that they have."""
    parents: dict[int, int] = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parents[int(process.name)] = int((process / "stat").read_text().rpartition(")")[2].split()[1])
    for pid, parent in parents.items():
        above = parent
        while above in parents and above != root:
            above = parents[above]
        if above == root:
            yield pid


def _resident(pid: int) -> float:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6
    return 0.0


def _wait(driver: Any, script: str) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(driver, 600, poll_frequency=0.1).until(lambda d: d.execute_script(script), script)


if __name__ == "__main__":
    main()
