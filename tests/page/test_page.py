"""The page in a browser: every claim's section, every control, both languages, light and dark, and where it may be opened."""

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from sandbox.config.schema import TrackingConfig
from sandbox.page.build import page
from sandbox.page.gather import gathered
from sandbox.tracking import Store, prepare, resolve, runs_of
from tests.support.browser import axe_core, browser, complaints, emulate, inaccessible, needs_browser
from tests.support.typed import done

pytestmark = needs_browser

WORDS = ("holds", "depends", "fails", "undecided", "invalid", "untried")
ZERO = "zero-fails"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with one experiment."""
    folder = tmp_path_factory.mktemp("page") / "mlruns"
    done("sandbox.commands.study", "symmetry", "--quick", f"tracking.directory={folder}")
    store = resolve(TrackingConfig(directory=str(folder)))
    prepare(store)
    return store


@pytest.fixture(scope="module")
def data(store: Store) -> dict[str, Any]:
    """The page's data; claims that were not tried get the numbers of one that was, so that all of the page is drawn."""
    found = gathered(store)
    tried = next(claim for claim in found["claims"] if claim["id"] == ZERO)
    numbers = (
        "estimate",
        "interval",
        "prediction",
        "statistic",
        "unit",
        "level",
        "replicates",
        "count",
        "hash",
        "text",
    )
    borrowed = (*numbers, "strata", "controls", "decides", "stage", "sweep")
    for claim, word in zip(found["claims"], cycle(WORDS), strict=False):
        if "estimate" not in claim:
            claim |= {key: deepcopy(tried[key]) for key in borrowed} | {"word": word}
    return found


@pytest.fixture(scope="module")
def file(data: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(page(data), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        opened.set_script_timeout(60)
        yield opened


@pytest.fixture
def visit(driver: Any, file: Path) -> Iterator[Callable[[str], Any]]:
    """Open the page at an address, afresh; afterwards it must not have complained."""

    def visiting(where: str = "") -> Any:
        driver.get("about:blank")
        driver.get(f"{file.as_uri()}{where}")
        return driver

    complaints(driver)
    yield visiting
    driver.execute_script("localStorage.clear()")
    emulate(driver)
    assert complaints(driver) == []


def until(driver: Any, script: str, seconds: float = 20) -> Any:
    """Wait until a script's value is true."""
    from selenium.webdriver.support.ui import WebDriverWait

    return WebDriverWait(driver, seconds, poll_frequency=0.05).until(
        lambda d: d.execute_script(f"return {script}"), script[:200]
    )


def click(driver: Any, selector: str) -> None:
    driver.execute_script("document.querySelector(arguments[0]).click()", selector)


READY = "!!document.querySelector('.stage[data-ready]') && [...document.querySelectorAll('.stage')].every(s => s.dataset.ready)"


# Goes to a claim, waits until its sentence is there, and says what else is.
SECTION = """
const [where, sentence, done] = arguments;
location.hash = where;
(function look() {
  const title = document.querySelector("h1");
  if (!title || title.textContent !== sentence) return requestAnimationFrame(look);
  const root = document.documentElement;
  done([document.querySelector("main").textContent, !!document.querySelector(".equation math"), root.scrollWidth <= innerWidth]);
})();
"""


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_claim_has_its_section_in_both_languages(visit: Any, data: dict[str, Any], language: str) -> None:
    driver = visit(f"#/?lang={language}")
    for claim in data["claims"]:
        where = f"#/claim/{claim['id']}?lang={language}"
        text, typeset, fits = driver.execute_async_script(SECTION, where, claim["statement"][language])
        assert f"+experiment={claim['experiment']}" in text or claim["command"] in text
        assert claim["effect"][language] in text
        assert typeset, claim["id"]
        assert fits, claim["id"]


def test_the_front_filters_searches_and_switches_its_language(visit: Any, data: dict[str, Any]) -> None:
    driver = visit()
    shown = "document.querySelectorAll('.claims > li').length"
    assert until(driver, shown) == len(data["claims"])
    fails = sum(claim["word"] == "fails" for claim in data["claims"])
    click(driver, ".chip.fails")
    until(driver, f"{shown} === {fails}")
    click(driver, ".chip.fails")
    driver.execute_script(
        "const s = document.querySelector('[type=search]'); s.value = 'zero weights'; s.dispatchEvent(new Event('input'))"
    )
    until(driver, f"{shown} > 0 && {shown} < 20")
    until(driver, "location.hash.includes('q=zero')")
    click(driver, ".switches button")
    until(driver, "document.documentElement.lang === 'ko'")
    assert "강의 노트" in driver.execute_script("return document.querySelector('main').textContent")


def test_a_guess_comes_before_its_verdict_and_counts(visit: Any, data: dict[str, Any]) -> None:
    driver = visit("#/?guess=1")
    href = driver.execute_script("return document.querySelector('.claims a.covered').getAttribute('href')")
    first = next(claim for claim in data["claims"] if f"/{claim['id']}?" in href)
    untried = sum(claim["word"] == "untried" for claim in data["claims"])
    assert driver.execute_script("return document.querySelectorAll('.claims .badge:not(.covered)').length") == untried
    click(driver, ".claims a.covered")
    until(driver, "document.querySelectorAll('.choice').length === 3")
    assert driver.execute_script("return document.querySelector('.verdictbox, .evidence')") is None
    click(driver, f".choice.{first['word']}" if first["word"] in ("holds", "depends", "fails") else ".choice.holds")
    until(driver, "document.querySelector('.verdictbox')")
    counted = int(first["word"] in ("holds", "depends", "fails"))  # what the runs cannot tell is nobody's mistake
    assert f"{counted} of {counted}" in driver.execute_script("return document.querySelector('.score').textContent")
    click(driver, ".score a")
    until(driver, "document.querySelectorAll('main tbody tr').length === 1")


def test_only_what_was_tried_on_its_present_promise_is_guessed(
    driver: Any, data: dict[str, Any], tmp_path: Path
) -> None:
    few = deepcopy(data)
    for claim in few["claims"]:
        claim["word"] = "untried"
    stale, first, last = (few["claims"][number] for number in (3, 7, 20))
    for claim in (stale, first, last):
        claim["word"] = "fails"
    stale["stale"] = True
    file = tmp_path / "few.html"
    file.write_text(page(few), encoding="utf-8")
    driver.get(f"{file.as_uri()}#/")
    click(driver, "a[href*='guess=1']")
    until(driver, "document.querySelectorAll('.choice').length === 3")
    assert f"/claim/{first['id']}?" in driver.execute_script("return location.hash")
    click(driver, ".choice.fails")
    until(driver, "document.querySelector('.verdictbox')")
    click(driver, "a[rel=next]")
    until(driver, f"location.hash.includes('/claim/{last['id']}?')")
    driver.execute_script("location.hash = '#/?guess=1'")
    until(driver, "document.querySelectorAll('.claims .badge.covered').length === 1")
    driver.execute_script("localStorage.clear()")


@pytest.mark.parametrize(("language", "others"), [("en", "of the others"), ("ko", "나머지는")])
def test_counts_are_told_to_the_last_digit_and_no_others_where_there_are_none(
    driver: Any, data: dict[str, Any], tmp_path: Path, language: str, others: str
) -> None:
    for same, told in ((6, False), (5, True)):
        counted = deepcopy(data)
        counted["meta"] |= {"runs": 2773, "networks": 260_712, "sweeps": 1039, "again": [same, 6]}
        counted["measured"]["procedure"] |= {"tables": 12_345}
        file = tmp_path / "counted.html"
        file.write_text(page(counted), encoding="utf-8")
        driver.get("about:blank")
        driver.get(f"{file.as_uri()}#/?lang={language}")
        said = driver.execute_script("return document.querySelector('.trust').textContent")
        assert all(number in said for number in ("2,773", "260,712", "1,039", "12,345"))
        assert "260,712" in driver.execute_script("return document.querySelector('.lead').textContent")
        assert (others in said) == told


def test_what_runs_cannot_tell_does_not_count(visit: Any, data: dict[str, Any]) -> None:
    open_one = next(claim["id"] for claim in data["claims"] if claim["word"] == "undecided")
    driver = visit(f"#/claim/{open_one}?guess=1")
    click(driver, ".choice.fails")
    until(driver, "document.querySelector('.yours')")
    assert "does not count" in driver.execute_script("return document.querySelector('.yours').textContent")
    assert "0 of 0" in driver.execute_script("return document.querySelector('.score').textContent")


def test_behind_a_claim_stand_its_runs_its_command_and_its_line_of_code(
    visit: Any, data: dict[str, Any], store: Store
) -> None:
    claim = next(claim for claim in data["claims"] if claim["id"] == ZERO)
    driver = visit(f"#/claim/{ZERO}")
    rows = driver.execute_script(
        "return [...document.querySelectorAll('.behind .runs tbody tr')].map(row => [row.querySelector('a').href,"
        "...[...row.children].map(cell => cell.textContent)])"
    )
    runs = {run.run_id: run for run in runs_of(store, claim["sweep"])}
    assert {name: digest for _, name, digest, _ in rows} == {name: run.tags["digest"] for name, run in runs.items()}
    assert all(re.search(rf"/#/experiments/\d+/runs/{name}\b", address) for address, name, *_ in rows)
    text = driver.execute_script("return document.querySelector('.behind').textContent")
    assert f"python -m sandbox.run {claim['command']}" in text
    assert claim["hash"] in text
    file, line = claim["code"]["file"], claim["code"]["line"]
    assert f"{file}:{line}" in text
    assert (ROOT / file).read_text(encoding="utf-8").splitlines()[line - 1].strip() in text


def test_the_keyboard_alone_moves_through_the_page(visit: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    driver = visit(f"#/claim/{ZERO}")
    until(driver, READY)
    body, focused = driver.find_element("tag name", "body"), "document.activeElement"
    body.send_keys(Keys.TAB)
    assert driver.execute_script(f"return {focused}.id") == "skip"
    slider = driver.find_element("css selector", ".stage [type=range]")
    last = int(slider.get_attribute("value"))
    slider.send_keys(Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    until(driver, f"document.querySelector('.stage [type=range]').value === '{last - 2}'")
    driver.find_element("css selector", ".play").send_keys(Keys.SPACE)
    until(driver, "document.querySelector('.play').getAttribute('aria-label') === 'Pause'")
    driver.find_element("css selector", ".play").send_keys(Keys.SPACE)
    driver.find_element("css selector", "summary").send_keys(Keys.ENTER)
    until(driver, "document.querySelector('details').open")
    driver.find_elements("css selector", ".switches button")[1].send_keys(Keys.ENTER)
    until(driver, "document.documentElement.dataset.theme === 'light'")


def test_the_stage_plays_scrubs_and_keeps_its_state_in_the_address(visit: Any) -> None:
    driver = visit(f"#/claim/{ZERO}")
    until(driver, READY)
    sources = driver.execute_script("return [...document.querySelectorAll('.source')].map(p => p.textContent)")
    assert len(sources) == 2
    assert all("agree with the record" in source for source in sources)
    painted = "document.querySelectorAll('canvas.field')[1].toDataURL()"  # random weights: they move
    driver.execute_script(f"window.before = {painted}")
    driver.execute_script(
        "const r = document.querySelector('.stage [type=range]'); r.value = 0; r.dispatchEvent(new Event('input'))"
    )
    until(driver, f"{painted} !== window.before")
    until(driver, "location.hash.includes('step=0')")
    driver.execute_script(
        "document.querySelectorAll('.strip g.arm1 circle')[2].dispatchEvent(new MouseEvent('click', {bubbles: true}))"
    )
    until(driver, "location.hash.includes('network=2')")
    until(driver, READY)
    driver.refresh()
    until(driver, READY)
    assert driver.execute_script("return document.querySelector('.choose input').value") == "2"
    assert driver.execute_script("return document.querySelector('.where').textContent") == "step 0"
    click(driver, ".play")
    until(driver, "Number(document.querySelector('.stage [type=range]').value) > 3")
    click(driver, ".play")
    assert driver.execute_script("return document.querySelector('.play').getAttribute('aria-label')") == "Play"


def test_every_control_of_the_laboratory_trains_what_it_says(visit: Any) -> None:
    driver = visit("#/lab?steps=100")
    names = driver.execute_script("return [...document.querySelectorAll('select')].map(s => s.name)")
    assert len(names) == 12
    for name in names:
        choices = driver.execute_script(
            f"return [...document.querySelector('[name={name}]').options].map(o => o.value)"
        )
        for choice in choices if name in ("dataset", "output") else choices[-1:]:
            driver.execute_script(
                "const s = document.querySelector(`[name=${arguments[0]}]`); s.value = arguments[1];"
                "s.dispatchEvent(new Event('change'))",
                name,
                choice,
            )
            if name != "steps":
                until(driver, f"{READY} || !!document.querySelector('.labstage .warning')", 60)
        driver.execute_script(
            "history.replaceState(null, '', '#/lab?steps=100'); dispatchEvent(new Event('hashchange'))"
        )
        until(driver, READY)
    assert "not recorded" in driver.execute_script("return document.querySelector('.arm .source').textContent")
    command = driver.execute_script("return document.querySelector('.recorded .command code').textContent")
    assert command == "python -m sandbox.run -m dataset=moons activation=tanh 'hidden=[4]' init=zero,normal steps=100"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("other than here: samples 10", "networks per draw of the samples 1")),
        ("ko", ("여기와 다른 점: 샘플 수 10", "네트워크 수 1")),
    ],
)
def test_recorded_runs_on_other_samples_say_so(visit: Any, language: str, words: tuple[str, ...]) -> None:
    driver = visit(f"#/lab?steps=100&lang={language}")
    until(driver, "document.querySelector('.recorded li')")
    for run in driver.execute_script("return [...document.querySelectorAll('.recordedrun')].map(r => r.textContent)"):
        assert [said for said in words if said not in run] == [], run  # of every run of this experiment


def test_a_recorded_arm_that_is_chosen_sets_the_controls_to_it(visit: Any) -> None:
    driver = visit("#/lab?steps=100")
    until(driver, "document.querySelector('.others.a button')")
    chosen = driver.execute_script(
        "const other = document.querySelector('.others.a'); other.open = true;"
        "const button = other.querySelector('button'); button.click(); return button.textContent"
    )
    until(driver, f"{READY} && document.querySelector('.recorded ul b')", 60)
    controls = driver.execute_script(
        "return Object.fromEntries([...document.querySelectorAll('.lab select')].map(s => [s.name, s.value]))"
    )
    assert chosen.startswith(controls["a"])
    assert f"learning rate {controls['rate']}" in chosen
    run = chosen.partition("run ")[2][:8]
    assert run in driver.execute_script("return document.querySelector('.recorded li').textContent")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "where", ["", f"#/claim/{ZERO}", "#/claim/closed-faster?lang=ko", f"#/claim/{ZERO}?guess=1", "#/lab?steps=100"]
)
def test_axe_finds_nothing(visit: Any, where: str, scheme: str) -> None:
    axe = axe_core()
    if axe is None:
        pytest.skip("axe-core is not here; npm install --no-save axe-core, or AXE_CORE=FILE")
    driver = visit()
    emulate(driver, prefers_color_scheme=scheme)
    visit(where)
    until(driver, f"{READY} || !document.querySelector('.stage')")
    assert inaccessible(driver, axe) == []


@pytest.mark.parametrize("width", [360, 1280, 2400])
def test_nothing_is_cut_off_from_phone_to_projector(visit: Any, width: int) -> None:
    driver = visit()
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        for where in ("", f"#/claim/{ZERO}", "#/lab?steps=100"):
            visit(where)
            until(driver, READY)
            assert driver.execute_script("return document.documentElement.scrollWidth") <= width
    finally:
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_who_prefers_no_motion_sees_none(visit: Any) -> None:
    driver = visit()
    emulate(driver, prefers_reduced_motion="reduce")
    visit()
    until(driver, READY)
    assert driver.execute_script("return document.querySelector('.play').getAttribute('aria-label')") == "Play"


def test_the_page_works_inside_a_frame_without_storage_or_address(driver: Any, file: Path, tmp_path: Path) -> None:
    """As MLflow shows an artifact: from a blob, in a sandbox that lets scripts run and nothing else."""
    outer = tmp_path / "outer.html"
    text = json.dumps(file.read_text(encoding="utf-8")).replace("</", "<\\/")
    outer.write_text(
        '<iframe sandbox="allow-scripts" width="1200" height="800"></iframe><script>document.querySelector("iframe").src ='
        f'URL.createObjectURL(new Blob([{text}], {{type: "text/html;charset=utf-8"}}))</script>',
        encoding="utf-8",
    )
    complaints(driver)
    driver.get(outer.as_uri())
    driver.switch_to.frame(0)
    until(driver, "document.querySelectorAll('.claims > li').length > 80")
    driver.execute_script(
        "[...document.querySelectorAll('.claims a')].find(a => a.href.includes(arguments[0])).click()", ZERO
    )
    until(driver, READY)
    click(driver, ".measure .save")
    until(driver, "document.querySelector('dialog.picture img').complete")
    click(driver, "dialog.picture")
    click(driver, ".switches button")
    until(driver, "document.documentElement.lang === 'ko'")
    driver.switch_to.default_content()
    assert complaints(driver) == []


def test_every_picture_can_be_saved(visit: Any) -> None:
    driver = visit(f"#/claim/{ZERO}")
    until(driver, READY)
    driver.execute_script(
        "window.saved = []; HTMLAnchorElement.prototype.click = function () { saved.push([this.download, this.href.length]); };"
        "for (const button of document.querySelectorAll('.save, .arm > .quiet')) button.click();"
    )
    saved = driver.execute_script("return saved")
    figures = driver.execute_script("return document.querySelectorAll('figure').length")
    assert len(saved) == figures + 2
    assert {name.rpartition(".")[2] for name, _ in saved} == {"png", "svg"}
    assert all(length > 1000 for _, length in saved)


def test_recorded_names_are_text_and_nothing_else(driver: Any, data: dict[str, Any], tmp_path: Path) -> None:
    hostile = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"
    changed = deepcopy(data)
    for runs in changed["runs"].values():
        runs[0][2] = hostile
    for claim in changed["claims"]:
        claim["command"], claim["text"] = hostile, hostile
    for arm in changed["arms"].values():
        arm["params"]["activation"] = arm["name"] = hostile
    path = tmp_path / "hostile.html"
    path.write_text(page(changed), encoding="utf-8")
    driver.get(f"{path.as_uri()}#/claim/{ZERO}")
    until(driver, READY)
    assert hostile in driver.execute_script("return document.querySelector('main').textContent")
    assert driver.execute_script("return window.hacked === undefined && !document.querySelector('main img')")


def test_it_prints_with_its_evidence(visit: Any) -> None:
    driver = visit(f"#/claim/{ZERO}")
    until(driver, READY)
    printed = driver.execute_cdp_cmd("Page.printToPDF", {})
    assert len(printed["data"]) > 50_000
    driver.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert driver.execute_script("return [...document.querySelectorAll('details')].every(d => d.open)")


@pytest.mark.slow
def test_it_is_painted_within_a_second_and_scrubs_at_thirty_pictures_a_second(visit: Any) -> None:
    driver = visit(f"#/claim/{ZERO}")
    until(driver, READY)
    painted = driver.execute_script("return performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert painted < 1000
    rate = driver.execute_async_script(
        "const done = arguments[0], range = document.querySelector('.stage [type=range]'); let pictures = 0;"
        "const begun = performance.now(); const next = () => { range.value = (pictures * 7) % (Number(range.max) + 1);"
        "range.dispatchEvent(new Event('input')); pictures++;"
        "if (performance.now() - begun < 2000) requestAnimationFrame(next); else done(pictures / 2); }; next();"
    )
    assert rate >= 30


def test_networks_without_steps_have_no_slider_and_tries_that_differ_are_told(
    driver: Any, data: dict[str, Any], tmp_path: Path
) -> None:
    still = deepcopy(data)
    for arm in still["arms"].values():
        if arm and arm.get("networks"):
            arm["networks"]["steps"] = 0
    next(claim for claim in still["claims"] if claim["id"] == ZERO).update(
        word="undecided", finding=None, tries={"holds": 1, "undecided": 2}
    )
    file = tmp_path / "still.html"
    file.write_text(page(still), encoding="utf-8")
    driver.get(f"{file.as_uri()}#/claim/{ZERO}")
    until(driver, READY)
    assert not driver.execute_script("return document.querySelector('.stage [type=range]').checkVisibility()")
    said = driver.execute_script("return document.querySelector('.verdictbox').innerText")
    assert "Tried 3 times, each with other weights and data: holds 1×, undecided 2×" in said
    assert "One try is sure where another is not" in said
