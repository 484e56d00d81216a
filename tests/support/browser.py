"""A browser without a window, for what only a browser can say."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
QUIET = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

needs_browser = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="no chromium with its chromedriver here; Debian: apt-get install chromium-driver"
)


@contextmanager
def browser(profile: Path, width: int = 1280, height: int = 900) -> Iterator[Any]:
    """A selenium driver with a profile of its own; what pages write to its console is kept."""
    from selenium.webdriver import Chrome
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    options.binary_location = str(CHROMIUM)
    for word in (*QUIET, f"--window-size={width},{height}", f"--user-data-dir={profile}"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=Service(DRIVER))
    try:
        yield driver
    finally:
        driver.quit()


def emulate(driver: Any, **features: str) -> None:
    """Media features as `prefers_color_scheme="dark"`."""
    given = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": given})


def complaints(driver: Any) -> list[str]:
    """What the page has written to the console since the last call."""
    return [entry["message"] for entry in driver.get_log("browser")]


def axe_core() -> Path | None:
    """The file of axe-core (`npm install axe-core`), named by AXE_CORE or in node_modules; None where there is none."""
    root = Path(__file__).resolve().parents[2]
    places = [os.environ.get("AXE_CORE", ""), str(root / "node_modules" / "axe-core" / "axe.min.js")]
    return next((Path(place) for place in places if place and Path(place).is_file()), None)


def inaccessible(driver: Any, axe: Path) -> list[str]:
    """What axe-core finds on the page as it is now."""
    driver.execute_script(axe.read_text(encoding="utf-8"))
    found = driver.execute_async_script(
        "const done = arguments[0];"
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
        ".then(found => done(found.violations.map(v => [v.id, v.nodes.map(n => n.html.slice(0, 200))])))"
    )
    return [json.dumps(violation) for violation in found]
