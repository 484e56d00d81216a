"""MLflow's pages in a browser, as `sandbox ui` serves them: what a sweep's address opens, and that it is drawn."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox import tracking
from sandbox.tracking.store import client
from sandbox.tracking.views import VIEW
from tests.support import sweeps
from tests.support.browser import browser, complaints, needs_browser
from tests.support.sweeps import store_in
from tests.support.typed import done

pytestmark = [needs_browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]  # selenium's own sockets

SWEEP = (
    "-m", "init=zero,normal", "activation=tanh,relu", "steps=30", "replicates=2", "dataset.samples=40", "probes.count=4",
    "hydra/launcher=basic",
)  # fmt: skip
ARMS = "document.querySelectorAll('[data-testid=experiment-view-table-run-color]').length"
CHARTS = "[data-testid=experiment-view-compare-runs-card]"
OF_MLFLOW = (  # what its own pages complain of on every load
    "users/current - Failed to load resource: the server responded with a status of 404",
    "AG Grid: since v27.1, `getRowNodeId` is deprecated",
    "AG Grid: since v27.1, `immutableData` is deprecated",
    "ResizeObserver loop",
    "WebGL",  # which a browser without a graphics card replaces, slowly, in parallel coordinates
)
PATIENCE = 120  # seconds; a page takes three where nothing else runs


@dataclass(frozen=True)
class Dashboards:
    """The pages, served and open in a browser; whose sweep is recorded there."""

    driver: Any
    store: tracking.Store
    server: str
    latest: str
    experiment: str
    sweep: str
    runs: list[str]

    def visit(self, where: str) -> None:
        self.driver.get(where if where.startswith("http") else f"{self.server}/#/experiments/{self.experiment}{where}")

    def until(self, script: str) -> Any:
        from selenium.webdriver.support.ui import WebDriverWait

        wait = WebDriverWait(self.driver, PATIENCE, poll_frequency=0.2)
        return wait.until(lambda driver: driver.execute_script(f"return {script}"), script)

    @property
    def text(self) -> str:
        return str(self.driver.execute_script("return document.body.innerText"))


@pytest.fixture(scope="module")
def dashboards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboards]:
    """A store with one sweep, `sandbox ui` on it, and a browser that was never here before."""
    folder = tmp_path_factory.mktemp("dashboards")
    done("sandbox.run", *SWEEP, *sweeps.where(folder))
    store = store_in(folder)
    (sweep,) = tracking.sweeps_of(store)
    process = sweeps.start("--port", "5800", *sweeps.where(folder), module="sandbox.ui", log=folder / "ui.log")
    try:
        with browser(folder / "profile", 1500, 1000) as driver:
            driver.set_script_timeout(PATIENCE)
            latest = printed(folder / "ui.log")
            server, _, rest = latest.partition("/#/experiments/")
            runs = [run.run_id for run in tracking.runs_of(store, sweep.run_id)]
            yield Dashboards(driver, store, server, latest, rest.partition("/")[0], sweep.run_id, runs)
    finally:
        process.terminate()
        process.wait(40)


def printed(log: Path) -> str:
    """The address of the latest sweep, once it is printed."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := re.search(r"the latest sweep:\n +(http\S+)\n", log.read_text()):
            return found[1]
        time.sleep(0.1)
    raise TimeoutError(log.read_text())


@pytest.fixture(autouse=True)
def _nothing_of_ours_complains(dashboards: Dashboards) -> Iterator[None]:
    yield
    said = complaints(dashboards.driver)
    assert [line for line in said if not any(known in line for known in OF_MLFLOW)] == []


def test_the_printed_address_opens_the_sweeps_charts_in_one_go(dashboards: Dashboards) -> None:
    dashboards.visit(dashboards.latest)
    assert dashboards.until(f"{ARMS} === {len(dashboards.runs)}")
    dashboards.until(f"document.querySelectorAll('{CHARTS} .js-plotly-plot .scatterlayer path').length > 0")
    assert "Latest sweep" in dashboards.text and "test/loss" in dashboards.text
    assert (
        "Ask questions about your experiments" not in dashboards.text
    )  # of a panel that takes a quarter of the window
    first = f"document.querySelector('{CHARTS}')"
    assert "decision boundary" in dashboards.until(f"{first}.innerText")
    picture = f"{first}.querySelector('img')"
    dashboards.until(f"{picture} && {picture}.naturalWidth > 0")


def test_the_slider_moves_the_decision_boundary(dashboards: Dashboards) -> None:
    from selenium.webdriver.common.keys import Keys

    dashboards.visit(dashboards.latest)
    picture = f"document.querySelector('{CHARTS} img')"
    before = dashboards.until(f"{picture} && {picture}.naturalWidth > 0 && {picture}.src")
    handle = dashboards.until(f"document.querySelector('{CHARTS} [role=slider]')")
    handle.send_keys(Keys.ARROW_LEFT)
    dashboards.until(f"{picture} && {picture}.naturalWidth > 0 && {picture}.src !== '{before}'")


def test_sweeps_are_listed_without_their_runs(dashboards: Dashboards) -> None:
    dashboards.visit("/runs?workflowType=machine_learning&viewStateShareKey=sweeps")
    dashboards.until(f"{ARMS} === 1")
    assert "1 matching run" in dashboards.text and "4 arms" in dashboards.driver.page_source


def test_a_sweeps_own_page_says_what_came_out_and_shows_it(dashboards: Dashboards) -> None:
    dashboards.visit(f"/runs/{dashboards.sweep}?workflowType=machine_learning")
    picture = "document.querySelector('img[src*=\"arms.svg\"]')"
    dashboards.until(f"{picture} && {picture}.naturalWidth > 0")
    assert "4 arms done; lowest median" in dashboards.text
    assert dashboards.driver.execute_script(f"return {picture}.getBoundingClientRect().right <= innerWidth")
    dashboards.visit(f"/runs/{dashboards.sweep}/artifacts?workflowType=machine_learning")
    dashboards.until("document.body.innerText.includes('runs.csv')")


def test_a_runs_own_page_shows_its_card_and_how_to_repeat_it(dashboards: Dashboards) -> None:
    run = dashboards.runs[0]
    dashboards.visit(f"/runs/{run}?workflowType=machine_learning")
    picture = "document.querySelector('img[src*=\"card.svg\"]')"
    dashboards.until(f"{picture} && {picture}.naturalWidth > 0")
    assert f"sandbox replay {run}" in dashboards.text and "One of 4 arms" in dashboards.text


def test_two_runs_are_compared_side_by_side(dashboards: Dashboards) -> None:
    some = ",".join(f'"{run}"' for run in dashboards.runs[:2])
    where = f'runs=[{some}]&experiments=["{dashboards.experiment}"]&workflowType=machine_learning'
    dashboards.visit(f"{dashboards.server}/#/compare-runs?{where}")
    dashboards.until("document.body.innerText.includes('Comparing 2 Runs')")


@pytest.mark.parametrize("view", ["", "&viewStateShareKey=odd"])
def test_an_address_without_a_view_or_with_one_of_another_shape_still_shows_the_runs(
    dashboards: Dashboards, view: str
) -> None:
    client(dashboards.store).set_experiment_tag(dashboards.experiment, f"{VIEW}odd", '{"future": {"shape": 4}}')
    dashboards.visit(f"/runs?workflowType=machine_learning{view}")
    dashboards.until(f"{ARMS} >= 1")
