"""The README's pictures of the page, from a store that a study has filled: python -m tests.support.pictures STORE"""

import base64
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from selenium.webdriver.support.ui import WebDriverWait

from sandbox.config.schema import TrackingConfig
from sandbox.page.write import write_page
from sandbox.tracking import prepare, resolve
from tests.support.browser import browser

DOCS = Path(__file__).resolve().parents[2] / "docs"
WIDTH, MOMENT = 1280, 3  # CSS pixels; seconds for what is trained to be drawn
READY = (
    "return document.readyState === 'complete' && [...document.querySelectorAll('.stage')].every(s => s.dataset.ready)"
)
PICTURES = {  # file: where on the page, down to which height, and the step shown
    "page.png": ("#/", 1150),
    "page-claim.png": ("#/claim/zero-symmetric?step=200", 1560),
}


def taken(driver: Any, address: str, height: int) -> bytes:
    driver.get("about:blank")
    driver.get(address)
    WebDriverWait(driver, 60).until(lambda d: d.execute_script(READY))
    driver.execute_script("for (const button of document.querySelectorAll('.save')) button.remove()")
    # beyond the window chromium would lay the page out anew, at one pixel first, while it takes the picture
    size = {"width": WIDTH, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    time.sleep(MOMENT)
    return base64.b64decode(driver.execute_cdp_cmd("Page.captureScreenshot", {})["data"])


def main() -> None:
    """Write every picture into docs/."""
    store = resolve(TrackingConfig(directory=sys.argv[1]))
    prepare(store)
    with TemporaryDirectory() as folder, browser(Path(folder) / "profile", WIDTH) as driver:
        page = Path(folder) / "report.html"
        write_page(store, page)
        for name, (where, height) in PICTURES.items():
            (DOCS / name).write_bytes(taken(driver, f"{page.as_uri()}{where}", height))


if __name__ == "__main__":
    main()
