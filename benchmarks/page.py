"""The page of a store: how long it takes to make, what it weighs, and what a reader's browser does with it.

python -m benchmarks.page mlruns                          writes the page, opens it in chromium, prints the numbers
python -m benchmarks.page mlruns --write --claims 12      keeps them in benchmarks/results/page.json; more claims scrubbed
"""

import argparse
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console

from benchmarks.commands import ROOT, python
from benchmarks.machine import described
from tests.support.browser import browser

RESULTS = ROOT / "benchmarks" / "results" / "page.json"
OPENED = 5  # times
READY = "return [...document.querySelectorAll('.stage')].length > 0 && [...document.querySelectorAll('.stage')].every(s => s.dataset.ready)"
# Milliseconds between one picture and the next while the slider is moved at every picture, to and fro as a hand does.
SCRUB = """
const done = arguments[0], range = document.querySelector('.stage [type=range]'), top = Number(range.max), gaps = [];
let at = 0, last = performance.now(), begun = last;
const next = now => {
  gaps.push(now - last);
  last = now;
  at += 3;
  range.value = Math.abs(top - at % (2 * top));
  range.dispatchEvent(new Event('input'));
  if (now - begun < 2000) requestAnimationFrame(next); else done(gaps.slice(2));
};
requestAnimationFrame(now => { begun = last = now; requestAnimationFrame(next); });
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
        staged = [
            claim["id"]
            for claim in told["claims"]
            if claim.get("stage") and told["arms"][claim["stage"][0]].get("networks")
        ]
        with browser(Path(folder) / "profile") as driver:
            driver.set_script_timeout(120)
            seen = {**painted(driver, file), **scrubbed(driver, file, list(spread(staged, claims)))}
            seen |= memory(driver)
    counts = {"runs": told["meta"]["runs"], "claims": len(told["claims"]), "claims with a stage": len(staged)}
    return {**counts, "seconds to make": made.seconds, "megabytes": len(text.encode()) / 1e6, **seen}


def spread(names: list[str], count: int) -> Iterator[str]:
    """So many of them, evenly."""
    every = max(1, len(names) // max(count, 1))
    yield from names[::every][:count]


def painted(driver: Any, file: Path) -> dict[str, Any]:
    """Milliseconds until something is seen, the median of some openings."""
    times = []
    for _ in range(OPENED):
        driver.get("about:blank")
        driver.get(file.as_uri())
        _wait(driver, "return performance.getEntriesByName('first-contentful-paint').length > 0")
        times.append(
            driver.execute_script("return performance.getEntriesByName('first-contentful-paint')[0].startTime")
        )
    return {"first paint, ms": {"median": median(times), "largest": max(times)}}


def scrubbed(driver: Any, file: Path, claims: list[str]) -> dict[str, Any]:
    """Pictures a second while each claim's stage is scrubbed for two seconds, and the slowest tenth of its pictures."""
    rates = {}
    for claim in claims:
        driver.get("about:blank")
        driver.get(f"{file.as_uri()}#/claim/{claim}")
        _wait(driver, READY)
        gaps = sorted(driver.execute_async_script(SCRUB))
        rates[claim] = {
            "pictures a second": 1000 * len(gaps) / sum(gaps),
            "slowest tenth, ms": gaps[int(0.9 * len(gaps))],
        }
    return {"scrubbing": rates}


def memory(driver: Any) -> dict[str, float]:
    """Megabytes of the script's heap, and of the largest process that draws a page, as the system counts it."""
    heap = driver.execute_script("return performance.memory.usedJSHeapSize") / 1e6
    return {"heap, MB": heap, "renderer, MB": max(map(_resident, _renderers(driver.service.process.pid)), default=0.0)}


def _renderers(root: int) -> Iterator[int]:
    """The processes below one that draw pages."""
    parents: dict[int, int] = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parents[int(process.name)] = int((process / "stat").read_text().rpartition(")")[2].split()[1])
    for pid in parents:
        above = pid
        while above in parents and above != root:
            above = parents[above]
        with suppress(OSError):
            if above == root and "--type=renderer" in Path(f"/proc/{pid}/cmdline").read_text():
                yield pid


def _resident(pid: int) -> float:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6
    return 0.0


def _wait(driver: Any, script: str) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(driver, 120, poll_frequency=0.1).until(lambda d: d.execute_script(script), script)


if __name__ == "__main__":
    main()
