"""What the page is made of, without a browser."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiments import every_claim
from sandbox.claims.verdict import Interval, StratumVerdict
from sandbox.config.schema import DatasetConfig, RunConfig
from sandbox.interface.settings import configured
from sandbox.page import texts
from sandbox.page.build import bundled, embedded
from sandbox.page.evidence import claim_of, deciding, mathml, settings, word_of
from sandbox.page.gather import finished
from sandbox.page.laboratory import _otherwise as otherwise_of
from sandbox.page.source import lines_of
from sandbox.page.stage import FLAT, _draws, alone, axis_of
from sandbox.page.stage import _curves as curves_of
from sandbox.page.trust import RESULTS, error_rates, measured
from sandbox.sweep.entries import entry
from sandbox.tracking import Run
from sandbox.trial.outcome import Outcome
from sandbox.trial.table import compared
from tests.sweep.test_entries import CLAIM, sweep, verdict

PAGE = Path(__file__).resolve().parents[2] / "sandbox" / "page" / "assets"
WORDS = ("holds", "depends", "fails", "undecided", "invalid", "untried")
SCRIPTS = {path.name: path.read_text(encoding="utf-8") for path in sorted(PAGE.glob("*.js"))}


def test_every_word_is_there_in_every_language() -> None:
    gaps = texts.missing(every_claim())
    assert not gaps, f"still to be written: {'; '.join(gaps)}"


def test_a_claim_without_korean_words_is_named_with_the_words_that_it_lacks() -> None:
    claim, *_ = every_claim()
    new = "nobody has said this in Korean"
    for changed in (replace(claim, reason=new), replace(claim, control=new), replace(claim, source=new)):
        assert texts.missing((changed,)) == [f"{claim.id}: phrase in ko: {new}"]
    assert texts.in_korean(new) is None  # the page says it in English


def test_a_source_is_korean_but_for_papers() -> None:
    claim, *_ = every_claim()
    assert texts.source_in_korean(replace(claim, source="notes, § Gradient descent; Nesterov 2004, § 1.2.3")) == (
        "강의 노트, § 신경망 네트워크와 경사하강법; Nesterov 2004, § 1.2.3"
    )
    assert texts.missing((replace(claim, source="Glorot and Bengio 2010, § 4.2, eq. 11; He et al. 2015"),)) == []


def test_numbers_are_the_same_in_korean() -> None:
    for english, korean in texts.table("claims")["phrases"].items():
        assert [number for number in re.findall(r"[\d.]*\d(?:e-\d+)?", english) if number not in korean] == [], english


def test_korean_words_are_korean() -> None:
    claims = texts.table("claims")["claims"].values()
    written = [*(said["statement"] for said in claims), *(said["finding"]["why"]["ko"] for said in claims)]
    assert all(re.search("[가-힣]", words) for words in [*written, *texts.table("claims")["phrases"].values()])


def test_no_text_is_about_a_claim_that_is_not_there() -> None:
    assert set(texts.table("claims")["claims"]) <= {claim.id for claim in every_claim()}
    used = {words for claim in every_claim() for words in (claim.source, *texts.promised(claim))}
    unused = sorted(set(texts.table("claims")["phrases"]) - used)
    assert not unused, f"no claim says any more: {'; '.join(unused)}"


def test_the_interface_has_exactly_the_words_that_the_page_asks_for() -> None:
    source = "\n".join(SCRIPTS.values())
    known = set(texts.table("interface"))
    assert set(re.findall(r'(?<![\w.])t\("([a-z_]+)"', source)) <= known
    # put together as `meaning_${word}`
    put_together = re.compile(r"(factor|metric) |(meaning|answer|budget|lab|theme|opening|voice)_")
    quoted = set(re.findall(r'"([a-z_]+)"', source)) | {"title", "and", "or", "notes"}  # in no script
    assert {key for key in known - quoted if not put_together.match(key)} <= set(WORDS)


def test_every_equation_is_typeset() -> None:
    sections = [latex for words in texts.table("sections").values() for latex in words.get("equations", [])]
    for latex in [*sections, *(texts.of_claim(claim.id)["equation"] for claim in every_claim())]:
        typeset = mathml(latex)
        assert typeset.startswith("<math")
        assert "\\" not in typeset, latex


def test_every_claim_has_a_section_and_the_lines_that_state_it() -> None:
    from experiments import EXPERIMENTS, load

    for name in EXPERIMENTS:
        for claim in load(name).claims:
            assert texts.section_of(claim) in texts.table("sections")
            assert '"' + claim.id.partition("-")[0] in str(lines_of(name, claim.id)["text"]), claim.id


def test_how_far_to_trust_is_what_was_measured_and_nothing_where_nothing_was(tmp_path: Path) -> None:
    assert measured(tmp_path) == {"procedure": None, "published": None}
    rows = [{"source": "a", "agrees": True}, {"source": "a", "agrees": False}, {"source": "b", "agrees": True}]
    (tmp_path / "published.json").write_text(json.dumps(rows))
    assert measured(tmp_path)["published"] == {"same": 2, "count": 3, "sources": 2}
    kept = json.loads((RESULTS / "procedure_calibration.json").read_text())
    kept["errors"][3]["wrong"] = 0.25
    assert error_rates(kept)["wrong"] == 25


def test_an_axis_that_counts_no_steps_of_a_descent_is_not_called_step() -> None:
    def history(*steps: int) -> Outcome:
        return Outcome(steps=np.array(steps), curves={}, values={})

    config = RunConfig(steps=500)
    assert axis_of("somebodys_own", config, history(0, 10, 500)) == {}
    assert axis_of("somebodys_own", config, history(1, 2, 30)) == {"along": {}}
    assert axis_of("born_dead", config, history(1, 2, 30))["along"]["en"] == "hidden layers"


def test_where_no_replicate_has_a_number_none_is_drawn() -> None:
    curve = np.array([[1.0, 3.0, np.nan], [np.nan] * 3])
    (low, middle, high) = curves_of(Outcome(steps=np.array([0, 1]), curves={"rate": curve}, values={}))["rate"]
    assert (middle[0], *(row[1] for row in (low, middle, high))) == (2.0, "nan", "nan", "nan")


def test_no_two_scripts_declare_the_same_name() -> None:
    declared = re.compile(r"^(?:export )?(?:async )?(?:const|let|function|class) (?:\{([^}]*)\}|(\w+))", re.MULTILINE)
    owners: dict[str, list[str]] = {}
    for file, source in SCRIPTS.items():
        for several, one in declared.findall(source):
            for name in re.findall(r"\w+", several or one):
                owners.setdefault(name, []).append(file)
    assert {name: files for name, files in owners.items() if len(files) > 1} == {}


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_bundle_is_one_script_that_parses(tmp_path: Path) -> None:
    script = tmp_path / "bundle.js"
    script.write_text(bundled(), encoding="utf-8")
    node = str(shutil.which("node"))
    assert subprocess.run([node, "--check", str(script)], check=False).returncode == 0
    assert not re.search(r"^(import|export)\b", bundled(), re.MULTILINE)


def test_the_page_asks_the_network_for_nothing() -> None:
    everything = "\n".join(SCRIPTS.values()) + (PAGE / "style.css").read_text(encoding="utf-8")
    addresses = set(re.findall(r"https?://[^\"' )]+", everything))
    assert addresses == {"http://www.w3.org/2000/svg"}  # a name, not a place
    assert not re.search(r"\bfetch\(|XMLHttpRequest|@import|url\(", everything)


def test_data_cannot_end_its_script() -> None:
    told = embedded({"name": "</script><!-- \u2028"})
    assert "<" not in told
    assert json.loads(told) == {"name": "</script><!-- \u2028"}


def stratum(where: str, verdict: str) -> StratumVerdict:
    return StratumVerdict(where, verdict, 0.5, Interval(0.4, 0.6), 20)  # type: ignore[arg-type]


def test_the_factor_that_decides_is_found() -> None:
    strata = [
        stratum(f"dataset={data} learning_rate={rate}", "supported" if rate < 1 else "refuted")
        for data in ("moons", "circles", "xor")
        for rate in (0.1, 0.3, 1, 3)
    ]
    found = deciding(strata)
    assert found is not None
    assert found["factor"] == "learning_rate"
    assert [group["value"] for group in found["groups"]] == ["0.1", "0.3", "1", "3"]
    assert found["groups"][3]["counts"] == {"fails": 3}


def test_nothing_decides_where_all_agree_or_chance_explains_it() -> None:
    assert deciding([stratum(f"dataset={name}", "supported") for name in "abc"]) is None
    each_its_own = [
        stratum(f"dataset={name}", verdict)
        for name, verdict in zip("abc", ("supported", "refuted", "supported"), strict=True)
    ]
    assert deciding(each_its_own) is None


def test_words_of_either_judge_are_the_readers() -> None:
    assert [word_of(w) for w in ("supported", "refuted", "mixed", "undecided", "invalid")] == [
        "holds",
        "fails",
        "depends",
        "undecided",
        "invalid",
    ]
    assert [word_of(w) for w in ("holds", "fails", "holds where learning_rate <= 1")] == ["holds", "fails", "depends"]


def test_settings_are_read_from_a_stratums_name() -> None:
    assert settings("dataset=moons hidden=8-8") == {"dataset": "moons", "hidden": "8-8"}
    assert settings("all") == {}


def test_a_run_is_as_in_the_laboratory_or_says_in_what_it_is_not() -> None:
    for name in FLAT:
        config = configured([f"dataset={name}", "activation=relu", "init=he", "seed=3"])

        def otherwise(config: RunConfig, **more: str) -> dict[str, str]:
            return otherwise_of(Run("r", "r", "FINISHED", {k: str(v) for k, v in compared(config).items()} | more, {}))

        assert otherwise(config, replicates="20") == {}
        few = replace(config, dataset=replace(config.dataset, samples=101, seed=2), weight_decay=0.01)
        assert otherwise(few) == {"dataset.samples": "101", "dataset.seed": "2", "weight_decay": "0.01"}
        assert otherwise(config, **{"trial.start": "small"}) == {"trial.start": "small"}


def test_a_claims_tries_are_counted_where_they_differ() -> None:
    found = [
        (sweep("0", "0"), verdict("holds")),
        (sweep("1", "1"), verdict("undecided")),
        (sweep("2", "2"), verdict("holds")),
    ]
    told = claim_of(entry("symmetry", CLAIM, "now", found, "declared"))
    assert told["word"] == "undecided" and told["tries"] == {"holds": 2, "undecided": 1}
    assert claim_of(entry("symmetry", CLAIM, "now", found[::2], "declared"))["tries"] is None


def test_only_runs_that_answered_are_counted() -> None:
    runs = [Run(str(i), "", status, {}, {}) for i, status in enumerate(("FINISHED", "KILLED", "FAILED", "FINISHED"))]
    assert [run.run_id for run in finished(runs)] == ["0", "3"]


def test_only_a_run_with_draws_of_its_own_is_shown_on_them() -> None:
    config = RunConfig(replicates=6, dataset=DatasetConfig("moons", seed=3))
    assert [each.dataset.seed for each in _draws(config)] == [3]
    assert [(each.dataset.seed, each.replicates) for each in _draws(replace(config, per_draw=4))] == [
        (3000, 4),
        (3001, 2),
    ]
    assert [each.dataset.seed for each in _draws(replace(config, per_draw=6))] == [3000]
    assert [alone(replace(config, per_draw=each), 5).config.dataset.seed for each in (None, 4, 6)] == [3, 3001, 3000]
