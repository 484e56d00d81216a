"""Verdicts on tables whose truth is known, in both directions, for every kind of statistic."""

import itertools
import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sandbox.claims.claim import Claim, Control, Interval, Placebo, above, below
from sandbox.claims.conclusion import MOST, conclusion, contradictions, describe, unsettled
from sandbox.claims.conclusion import _by_answer as by_answer
from sandbox.claims.conditions import Condition, Sorting, Term
from sandbox.claims.judge import check_design, judge
from sandbox.claims.looks import Plan, controls_of, more_replicates, questions_of
from sandbox.claims.measures import DoseResponse, Paired, Value
from sandbox.claims.report import told
from sandbox.claims.rows import DesignError
from sandbox.claims.sensitivity import other_bounds
from sandbox.claims.verdict import Answer, StratumVerdict, Verdict
from sandbox.system.errors import InputError

INF, NAN = math.inf, math.nan
STRATA = ("dataset", "activation")
DATASETS, ACTIVATIONS = ("moons", "circles"), ("tanh", "relu", "sigmoid")


def table(gap: Callable[[str, str], float], replicates: int = 160) -> pd.DataFrame:
    """Losses of two arms in six strata; `gap(dataset, activation)` standard deviations by which zero ends higher."""
    rng, runs = np.random.default_rng(0), []
    for dataset in DATASETS:
        for activation in ACTIVATIONS:
            for init, shift in (("zero", gap(dataset, activation)), ("normal", 0.0)):
                loss = 20 + rng.normal(size=replicates) + shift
                settings = {"dataset": dataset, "activation": activation, "init": init, "seed": 0, "steps": 100}
                run_id = f"{dataset}-{activation}-{init}"
                columns = {"test/loss": loss, "spread": 1.0 * (init == "normal"), "dose": rng.random(replicates)}
                runs.append(pd.DataFrame({**settings, "run_id": run_id, "replicate": range(replicates), **columns}))
    return pd.concat(runs)


PAIR = Paired("test/loss", better={"init": "normal"}, than={"init": "zero"})
SPREAD = Control("units differ from normal draws", Value("spread", where={"init": "normal"}), above(0.1))
CLAIM = Claim(
    id="zero-fails",
    statement="training from zero weights fails",
    source="notes, § Random initialisation",
    prediction=Interval(0.9, 1),
    reason="'fails' leaves room for one lucky pair in ten",
    measure=PAIR,
    control=SPREAD,
    strata=STRATA,
    effect="of pairs in which normal weights end lower",
)
ALWAYS, NEVER = table(lambda *_: 9.0), table(lambda *_: -9.0)


def claim(statistic: str, prediction: Interval, effect: Any = "difference") -> Claim:
    return replace(CLAIM, statistic=statistic, prediction=prediction, measure=replace(PAIR, effect=effect))


KINDS = {
    "share": CLAIM,
    "median": claim("median", above(1)),
    "mean": claim("mean", above(1)),
    "ratio": claim("median", above(1.2), "ratio"),
    "ratio_of_medians": claim("ratio_of_medians", above(1.2), "medians"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_true_in_every_stratum_is_supported_and_swapping_the_arms_refutes_it(kind: Any) -> None:
    asked: Any = KINDS[kind]
    swapped = replace(asked, measure=replace(asked.measure, better=PAIR.than, than=PAIR.better))
    assert judge(asked, ALWAYS).verdict == "holds"
    assert judge(swapped, ALWAYS).verdict == "fails"
    assert judge(asked, ALWAYS.assign(**{"test/loss": 10.0 * ALWAYS["replicate"] + 1})).verdict != "holds"  # no gap


@pytest.mark.parametrize("kind", KINDS)
def test_strata_that_disagree_are_told_apart_by_what_they_differ_in(kind: Any) -> None:
    verdict = judge(KINDS[kind], table(lambda _, activation: -3 if activation == "relu" else 9))
    assert verdict.verdict == "holds where"
    assert verdict.where is not None
    assert str(verdict.where) == "activation is not relu: 4 of 4; elsewhere: 0 of 2"
    assert verdict.where.fresh == (6, 6)
    assert verdict.text.startswith("holds where activation is not relu: ")
    assert "refuted in 2, activation=relu with dataset=circles, dataset=moons; supported in the other 4" in verdict.text
    assert contradictions(verdict) == []


def test_strata_that_disagree_without_a_rule_make_a_general_statement_fail() -> None:
    odd = {("moons", "relu"), ("circles", "tanh")}
    verdict = judge(CLAIM, table(lambda *stratum: -9 if stratum in odd else 9))
    assert (verdict.verdict, verdict.where) == ("fails", None)
    assert verdict.text.startswith("fails as a general statement: ")
    assert contradictions(verdict) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_truth_near_the_bound_stays_undecided(kind: Any) -> None:
    near = {"share": 2.0, "median": 1.0, "mean": 1.0, "ratio": 4.0, "ratio_of_medians": 4.0}[kind]
    assert judge(KINDS[kind], table(lambda *_: near, replicates=40)).verdict == "undecided"


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_rows_changes_nothing(kind: Any) -> None:
    shuffled = ALWAYS.sample(frac=1, random_state=1)
    assert judge(KINDS[kind], shuffled) == judge(KINDS[kind], ALWAYS)


def test_all_is_refuted_by_one_replicate_and_says_how_many() -> None:
    exact = replace(CLAIM, statistic="all", prediction=Interval(0, 1e-12), measure=Value("spread"))
    exact = replace(exact, where={"init": "zero"}, control="the spread of normal weights is a claim of its own")
    assert judge(exact, ALWAYS).verdict == "holds"
    broken = ALWAYS.assign(
        spread=[*ALWAYS["spread"][:-320], 1e-9, *ALWAYS["spread"][-319:]]
    )  # one of the last zero run
    assert judge(exact, broken).verdict == "fails"  # one in six is more than an exception
    one = replace(exact, strata=(), where={**exact.where, "dataset": "circles", "activation": "sigmoid"})
    verdict = judge(one, broken)
    assert (verdict.verdict, verdict.strata[0].note) == ("fails", "1 of 160 outside")
    assert judge(one, ALWAYS.assign(spread=NAN)).verdict == "undecided"  # of a diverged replicate nothing is known
    one_lost = ALWAYS.assign(spread=[*broken["spread"][:-1], NAN])
    assert judge(one, one_lost.assign(spread=one_lost["spread"].mask(one_lost["replicate"] == 3))).verdict == "fails"
    assert judge(replace(one, prediction=above(0)), ALWAYS).verdict == "fails"  # 0 is not above 0


def test_a_dose_that_works_is_told_from_one_that_does_not() -> None:
    asked = replace(
        CLAIM, statistic="rank_correlation", prediction=above(0), where={"init": "zero"}, control="none needed here"
    )
    asked = replace(asked, measure=DoseResponse("dose", "test/loss"))
    rises = ALWAYS.assign(**{"test/loss": ALWAYS["test/loss"] + 5 * ALWAYS["dose"]})
    assert judge(asked, rises).verdict == "holds"
    assert judge(asked, rises.assign(dose=-rises["dose"])).verdict == "fails"
    assert judge(asked, ALWAYS).verdict == "undecided"
    censored = rises.assign(**{"test/loss": rises["test/loss"].where(rises["test/loss"] < 32, INF)})
    assert judge(asked, censored).verdict == "holds"


def test_units_cancel_in_ratios() -> None:
    metres, feet = ALWAYS, ALWAYS.assign(**{"test/loss": 4 * ALWAYS["test/loss"]})
    for kind in ("ratio", "ratio_of_medians", "share"):
        assert judge(KINDS[kind], feet).interval == judge(KINDS[kind], metres).interval


def test_ties_refute_a_large_share_and_are_counted_in_the_text() -> None:
    verdict = judge(CLAIM, ALWAYS.assign(**{"test/loss": 1.0}))
    assert (verdict.verdict, verdict.estimate, verdict.same) == ("fails", 0.5, 1.0)
    assert "960 tied" in verdict.text


def test_diverged_replicates_lose() -> None:
    zero = ALWAYS["init"] == "zero"
    assert judge(CLAIM, NEVER.assign(**{"test/loss": NEVER["test/loss"].mask(NEVER["init"] == "zero")})).estimate == 1
    assert judge(CLAIM, ALWAYS.assign(**{"test/loss": ALWAYS["test/loss"].mask(~zero)})).estimate == 0
    both = judge(claim("median", above(0)), ALWAYS.assign(**{"test/loss": NAN}))
    assert (both.verdict, both.interval) == ("undecided", Interval(-INF, INF))


def test_a_budget_that_ends_first_decides_what_it_can() -> None:
    times = ALWAYS["test/loss"]  # up to 100 steps, of which normal weights need about 20
    never = ALWAYS.assign(**{"test/loss": times.where(ALWAYS["init"] == "normal", INF)})
    within = replace(PAIR, effect="ratio", budget="steps")
    fourfold = replace(CLAIM, statistic="median", prediction=above(4), measure=within)
    assert judge(fourfold, never).verdict == "holds"
    assert judge(replace(fourfold, prediction=above(400)), never).verdict == "undecided"
    nobody = judge(fourfold, never.assign(**{"test/loss": INF}))
    assert (nobody.verdict, nobody.interval) == ("undecided", Interval(0, INF))
    assert "censored by the budget" in nobody.text


def test_a_failed_control_makes_the_verdict_invalid() -> None:
    verdict = judge(CLAIM, ALWAYS.assign(spread=0.0))
    assert verdict.verdict == "invalid"
    assert "Control refuted on average and 6 more" in verdict.text
    one_stratum = ALWAYS.assign(spread=ALWAYS["spread"].mask(ALWAYS["run_id"] == "moons-relu-normal", 0.0))
    assert judge(CLAIM, one_stratum).verdict == "invalid"


def test_an_undecided_control_leaves_everything_undecided() -> None:
    doubtful = replace(SPREAD, measure=PAIR, statistic="share", prediction=Interval(0.99, 1))
    verdict = judge(replace(CLAIM, control=doubtful), ALWAYS)
    assert verdict.verdict == "undecided"
    assert more_replicates(verdict, Plan()) == 40


def parts(*answers: Any) -> tuple[StratumVerdict, ...]:
    return tuple(StratumVerdict("", each, 0.0, Interval(0, 1), 1) for each in answers)


SORTED = Sorting(Condition((Term("rate", "<=", 1),)), (2, 2), (0, 1), (3, 3), 0.0)


@pytest.mark.parametrize(
    ("average", "strata", "where", "word"),
    [
        ("supported", ["supported", "undecided"], None, "holds"),
        ("supported", ["supported", "undecided", "undecided"], None, "undecided"),
        ("undecided", ["supported", "undecided"], None, "undecided"),
        ("supported", ["undecided", "undecided"], None, "undecided"),
        ("refuted", ["refuted", "undecided"], None, "fails"),
        ("undecided", ["supported"] * 3 + ["undecided"], None, "holds"),
        ("refuted", ["refuted", "undecided", "undecided"], None, "fails"),
        ("refuted", ["refuted"] + ["undecided"] * 9, None, "undecided"),  # the one exception that is allowed
        ("supported", ["supported"] * 9 + ["refuted"] + ["undecided"] * 10, None, "undecided"),
        ("refuted", ["supported", "supported", "refuted"], SORTED, "holds where"),
        ("supported", ["supported", "refuted", "refuted"], None, "fails"),
        ("supported", ["supported"] * 9 + ["refuted"], None, "holds"),  # one in ten is an exception, and named
        ("supported", ["supported"] * 8 + ["refuted"], None, "fails"),
        ("undecided", ["supported", "refuted", *["undecided"] * 3], None, "fails"),
    ],
)
def test_one_word_follows_from_the_answers_of_the_strata(average: Any, strata: Any, where: Any, word: Any) -> None:
    assert conclusion(parts(average)[0], parts(*strata), (), where) == word


@pytest.mark.parametrize("average", ["supported", "undecided", "refuted"])
@pytest.mark.parametrize("exact", [False, True])
def test_an_answer_more_for_a_claim_never_makes_its_word_worse_nor_one_against_it_better(
    average: Any, exact: Any
) -> None:
    worth = {"fails": 0, "undecided": 1, "holds": 2}

    def word(yes: int, no: int, open_: int) -> int:
        strata = parts(*["supported"] * yes, *["refuted"] * no, *["undecided"] * open_)
        return worth[conclusion(parts(average)[0], strata, exact=exact)]

    for yes, no, open_ in itertools.product(range(12), range(4), range(1, 12)):
        assert word(yes, no + 1, open_ - 1) <= word(yes, no, open_) <= word(yes + 1, no, open_ - 1)


def test_the_control_comes_before_all_answers() -> None:
    strata = parts("supported", "supported")
    assert conclusion(strata[0], strata, parts("supported", "supported", "refuted")) == "invalid"
    assert conclusion(strata[0], strata, parts("undecided", "supported", "supported")) == "undecided"
    assert conclusion(strata[0], strata, parts("supported", "undecided", "supported")) == "holds"


def test_a_claim_that_holds_says_where_nothing_was_decided() -> None:
    def named(*answers: Answer) -> Verdict:
        places = itertools.product(("tanh", "relu"), ("8", "8-8-8"))
        strata = [
            StratumVerdict(f"activation={activation} hidden={hidden}", answer, 0.0, Interval(0, 1), 9)
            for (activation, hidden), answer in zip(places, answers, strict=True)
        ]
        sound = judge(CLAIM, table(lambda _, activation: -3))
        return replace(sound, verdict="holds", strata=tuple(strata))

    yes: Answer = "supported"
    open_: Answer = "undecided"
    assert unsettled(named(yes, open_, yes, open_)) == ["hidden is 8×3"]
    assert told(named(yes, open_, yes, open_)) == "holds, undecided where hidden is 8×3"
    assert unsettled(named(yes, yes, open_, open_)) == ["activation is relu"]
    assert unsettled(named(yes, open_, yes, yes)) == unsettled(named(yes, yes, yes, yes)) == []
    assert "Nothing was decided where hidden is 8×3." in describe(named(yes, open_, yes, open_), {})
    assert unsettled(replace(named(yes, open_, yes, open_), verdict="fails")) == []


def test_a_claim_that_fails_says_in_how_many_of_its_strata() -> None:
    some = judge(CLAIM, table(lambda _, activation: -3 if activation == "relu" else 9))
    answers = [part.verdict for part in some.strata]
    assert told(replace(some, verdict="fails", where=None)) == f"fails in {answers.count('refuted')} of {len(answers)}"
    every = tuple(replace(part, verdict="refuted") for part in some.strata)
    assert told(replace(some, verdict="fails", where=None, strata=every)) == "fails"


def test_a_word_that_its_own_strata_contradict_is_noticed() -> None:
    sound = judge(CLAIM, table(lambda _, activation: -3 if activation == "relu" else 9))
    assert contradictions(sound) == []
    for wrong in ("holds", "fails"):
        assert contradictions(replace(sound, verdict=wrong))
    assert contradictions(replace(sound, strata=sound.strata[:-1]))
    assert contradictions(replace(sound, text="holds where: all is well"))
    assert 0.5 < MOST < 1


def test_another_bound_is_answered_as_if_it_had_been_promised() -> None:
    claim = replace(CLAIM, prediction=Interval(0.7, 1.0))
    for name, prediction in other_bounds(claim.prediction, claim.statistic):
        rows = table(lambda *_: 0.5)
        (row,) = [variant for variant in judge(claim, rows).sensitivity if variant.name == name]
        said = [part.verdict for part in judge(replace(claim, prediction=prediction), rows).strata]
        assert (row.supported, row.refuted, row.undecided) == tuple(
            said.count(answer) for answer in ("supported", "refuted", "undecided")
        )


def test_the_error_is_shared_by_strata_and_average() -> None:
    assert judge(CLAIM, ALWAYS, level=0.93).level == pytest.approx(0.99)  # six strata and their average
    assert judge(replace(CLAIM, where={"dataset": "moons", "activation": "tanh"}), ALWAYS, level=0.93).level == 0.93


@pytest.mark.parametrize(
    ("lacking", "message"),
    [
        (ALWAYS[ALWAYS["init"] == "normal"], "expected runs with init=zero, got init: normal (stratum"),
        (ALWAYS[ALWAYS["run_id"] != "circles-relu-zero"], "init: normal (stratum dataset=circles activation=relu)"),
        (ALWAYS[~ALWAYS["run_id"].str.startswith("circles-relu")], "none with dataset=circles activation=relu; or set"),
        (ALWAYS.drop(columns="activation"), "expected a column 'activation' in the table"),
        (ALWAYS.drop(columns="test/loss"), "expected a column 'test/loss' in the table"),
        (ALWAYS.iloc[:0], "expected runs, got an empty table"),
        (ALWAYS.iloc[:-1], "same replicates of init=normal and init=zero, got 1 of one arm only"),
        (
            ALWAYS[(ALWAYS["dataset"] == "moons") | (ALWAYS["replicate"] < 9)],
            "expected the same replicates in dataset=",
        ),
    ],
)
def test_what_the_table_lacks_is_named_with_the_claim(lacking: Any, message: Any) -> None:
    with pytest.raises(InputError) as error:
        judge(CLAIM, lacking)
    assert str(error.value).startswith("claim zero-fails: ")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_stratum_left_out_on_purpose_is_allowed() -> None:
    rows = ALWAYS[~ALWAYS["run_id"].str.startswith("circles-relu")]
    partly = replace(CLAIM, crossed=False)
    assert len(judge(partly, rows).strata) == 5


def test_a_measure_of_ones_own_is_a_function_to_numbers() -> None:
    def own(rows: pd.DataFrame) -> pd.Series:
        return rows.set_index("replicate")["spread"]

    asked = replace(CLAIM, statistic="all", prediction=Interval(1, 1), measure=own, where={"init": "normal"})
    assert judge(asked, ALWAYS).verdict == "holds"
    with pytest.raises(InputError, match="claim zero-fails: expected dose, response from the measure"):
        judge(replace(asked, statistic="rank_correlation", prediction=above(0)), ALWAYS)


def test_a_finding_is_told_with_its_word_only() -> None:
    findings = {"fails": "Advice wrong.", "holds": "Advice right, reason wrong.", "refuted": "An old word."}
    assert judge(CLAIM, ALWAYS, findings=findings).text.endswith("Advice right, reason wrong.")
    assert "Advice wrong." in judge(CLAIM, NEVER, findings=findings).text
    assert "An old word." not in judge(CLAIM, NEVER, findings=findings).text


def test_a_verdict_survives_json_bit_for_bit() -> None:
    for rows in (ALWAYS, NEVER, ALWAYS.assign(**{"test/loss": NAN})):
        for asked in KINDS.values():
            verdict = judge(asked, rows)
            text = json.dumps(verdict.to_dict(), allow_nan=False)
            again = Verdict.from_dict(json.loads(text))
            assert repr(again) == repr(verdict)  # repr: a NaN does not equal itself
    assert Verdict.from_dict(judge(CLAIM, ALWAYS).to_dict()) == judge(CLAIM, ALWAYS)


@pytest.mark.parametrize(
    ("outer", "inner", "inside", "touching"),
    [
        (Interval(0, 1), Interval(0, 1), True, True),
        (Interval(0, 1, "()"), Interval(0, 1), False, True),
        (Interval(0, 1, "()"), Interval(1, 2), False, False),
        (Interval(0, 1), Interval(1, 2), False, True),
        (above(1), Interval(1.1, INF), True, True),
        (above(1), Interval(0.5, 1), False, False),
        (below(1), Interval(-INF, 0.5), True, True),
        (Interval(2, 2), Interval(2, 2), True, True),
    ],
)
def test_intervals_contain_and_overlap(outer: Any, inner: Any, inside: Any, touching: Any) -> None:
    assert outer.contains(inner) is inside
    assert outer.overlaps(inner) is inner.overlaps(outer) is touching


def test_intervals_print_as_in_mathematics() -> None:
    assert str(Interval(0.9, 1)) == "[0.9, 1]"
    assert str(above(1)) == "(1, inf)"
    assert above(1).contains(INF)
    assert not above(1).contains(1)
    assert Interval(-0.0, 1) == Interval(0, 1)
    assert str(Interval(-0.0, 1)) == "[0, 1]"


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (lambda: Interval(1, 0), "interval: expected low <= high"),
        (lambda: Interval(NAN, 0), "low <= high .* got .nan, 0"),
        (lambda: Interval(0, 1, "||"), "ends such as"),
        (
            lambda: replace(CLAIM, statistic="shares"),
            "statistic: expected a known one, got 'shares'; did you mean 'share'",
        ),
        (lambda: replace(CLAIM, statistic="rank_correlation"), "rank correlation within"),
    ],
)
def test_impossible_claims_are_refused(broken: Any, message: Any) -> None:
    with pytest.raises(InputError, match=message):
        broken()


def test_looks_double_and_share_the_error() -> None:
    plan = Plan(questions=10, alpha=0.05, first=20, looks=4)
    assert [plan.replicates(look) for look in (1, 2, 3, 4)] == [20, 40, 80, 160]
    assert sum(1 - plan.level(look) for look in (1, 2, 3, 4)) == pytest.approx(0.05 / 10)
    with pytest.raises(InputError, match="look: expected 1 to 4, got 5"):
        plan.level(5)


def test_replicates_are_added_only_while_something_is_undecided() -> None:
    plan = Plan()
    few = table(lambda *_: 9.0, replicates=20)
    undecided = judge(CLAIM, few, level=plan.level(1), look=1)
    assert undecided.verdict == "undecided"
    assert "No outcome of 20 replicates could support it" in undecided.text
    assert more_replicates(undecided, plan) == 40
    assert more_replicates(replace(undecided, look=4), plan) == 0
    assert more_replicates(judge(CLAIM, ALWAYS, level=plan.level(3), look=3), plan) == 0
    open_stratum = replace(judge(CLAIM, ALWAYS), strata=undecided.strata)
    assert open_stratum.verdict == "holds"
    assert more_replicates(open_stratum, plan) == 40
    assert more_replicates(replace(open_stratum, verdict="invalid"), plan) == 0


def test_exact_claims_cost_no_error_and_controls_have_their_own() -> None:
    exact = replace(CLAIM, statistic="all", control="none")
    family = [
        CLAIM,
        exact,
        replace(CLAIM, control=replace(SPREAD, statistic="median")),
        replace(CLAIM, control=Placebo()),
    ]
    assert (questions_of(family), controls_of(family)) == (3, 2)
    assert (questions_of([exact]), controls_of([exact])) == (1, 1)
    plan = Plan(questions=3, controls=2, looks=1)
    assert (1 - plan.level(1), 1 - plan.control_level(1)) == pytest.approx((0.05 / 3, 0.05 / 2))


def test_a_verdict_in_words_names_the_exceptions_and_counts_the_rest() -> None:
    def part(stratum: str, answer: Answer) -> StratumVerdict:
        return StratumVerdict(stratum, answer, 0.0, Interval(0, 1), 4)

    usual = [part(f"dataset=moons hidden=4-4 learning_rate={rate}", "supported") for rate in range(6)]
    few = [part(f"dataset=circles hidden=4-4 learning_rate={rate}", "refuted") for rate in range(2)]
    assert by_answer((*usual, *few)) == (
        "By stratum: refuted in 2, dataset=circles hidden=4×2 with learning_rate=0, learning_rate=1; supported in the other 6."
    )
    assert by_answer((*usual, few[0])) == (
        "By stratum: refuted in 1, dataset=circles hidden=4×2 learning_rate=0; supported in the other 6."
    )
    assert by_answer(tuple(usual)) == "By stratum: supported in all 6."
    assert by_answer(tuple(few)) == "By stratum: refuted in all 2."
    assert by_answer((few[0],)) == ""


def design(*inits: str, replicates: int = 2) -> pd.DataFrame:
    rows = [
        {"init": init, "dataset": "moons", "replicate": r, "run_id": i}
        for i, init in enumerate(inits)
        for r in range(replicates)
    ]
    return pd.DataFrame(rows)


def wins(**more: Any) -> Claim:
    measure = Paired("made/by/the/trial", better={"init": "he"}, than={"init": "zero"})
    return Claim("id", "A statement.", "source", Interval(0.9, 1.0), "reason", measure, "no control at all", **more)


def test_a_design_is_checked_without_any_result() -> None:
    check_design(wins(strata=("dataset",)), design("he", "zero", "normal"))
    for table, words in (
        (design("he", "normal"), "claim id: expected runs with init=zero"),
        (design("he", "zero", "zero"), "expected one row per replicate, got 2 of equal configuration"),
        (pd.concat([design("he", "zero"), design("he").assign(dataset="circles")]), "expected runs with init=zero"),
    ):
        with pytest.raises(DesignError, match=words):
            check_design(wins(strata=("dataset",)), table)


def test_what_only_results_could_tell_passes_the_check_of_a_design() -> None:
    check_design(wins(where={"converged": 1.0}), design("he", "zero"))  # a column that the trial makes


def test_a_measure_that_fails_on_made_up_numbers_passes_the_check_of_a_design() -> None:
    def dividing(rows: pd.DataFrame) -> pd.DataFrame:
        return rows / len(rows[rows["loss"] > 10])

    with pytest.raises(TypeError):
        dividing(design("he", "zero").assign(loss=1.0))
    check_design(replace(wins(), measure=dividing), design("he", "zero"))


def test_a_control_speaks_of_the_same_splits_as_its_claim() -> None:
    """Forty splits that overlap by half: much about these samples, hardly anything about their source."""
    splits = table(lambda *_: 9.0, 40).assign(draw=lambda rows: rows["replicate"], overlap=1.0)
    control = Control("normal draws end below zero", PAIR, Interval(0.5, 1.0), statistic="share")
    about_samples = replace(CLAIM, prediction=Interval(0.5, 1.0), control=control, real_data="samples")
    assert judge(about_samples, splits).verdict == "holds"
    about_source = judge(replace(about_samples, control=replace(control, real_data="source")), splits)
    assert about_source.verdict == "undecided" and about_source.control[0].verdict == "undecided"


def test_a_factor_that_no_run_has_tells_no_strata_apart_where_combinations_may_be_missing() -> None:
    loose = replace(CLAIM, strata=(*STRATA, "dataset.samples"), crossed=False, control="none: this is about strata")
    assert len(judge(loose, ALWAYS).strata) == 6
    with pytest.raises(InputError, match=r"expected a column 'dataset\.samples'"):
        judge(replace(loose, crossed=True), ALWAYS)


def test_an_undecided_claim_says_whether_it_is_for_exceptions_and_unlike_strata_are_not_only_averaged() -> None:
    sound = judge(CLAIM, table(lambda _, activation: -3 if activation == "relu" else 9))
    answers: list[Any] = ["supported"] * 8 + ["refuted"] * 2 + ["undecided"] * 15
    parts = tuple(replace(sound.strata[0], verdict=each, estimate=i / 10) for i, each in enumerate(answers))
    torn = describe(replace(sound, verdict="undecided", strata=parts, control=()), {})
    assert "Exceptions are too many for it to hold" in torn and "in single strata from 0 to 2.4" in torn
    few = describe(replace(sound, verdict="undecided", strata=parts[:8] + parts[10:], control=()), {})
    assert "Exceptions" not in few
    rare = tuple(replace(part, verdict="supported") for part in parts[8:10]) + parts[8:9]
    open_ = describe(replace(sound, verdict="undecided", strata=parts[:8] + rare + parts[10:] * 2, control=()), {})
    assert "Exceptions" not in open_, "one in eleven of those decided is within what a claim that holds may have"
    alike = describe(replace(sound, verdict="holds", strata=parts[:8], control=()), {})
    assert "single strata" not in alike
