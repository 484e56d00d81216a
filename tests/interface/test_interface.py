"""The Python interface does what the command does, bit for bit and word for word, in a few lines."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_iris

import sandbox
from sandbox import interface
from sandbox.claims.measures import Paired
from sandbox.config.schema import RunConfig, TrackingConfig
from sandbox.interface.stored import _in_arms
from sandbox.tracking import fetch_history, launched_in, resolve
from sandbox.trial.outcome import Outcome, Result
from tests.support.fresh import loaded_by
from tests.support.sweeps import bits

Command = Callable[..., Any]
SMALL: dict[str, Any] = {"hidden": [3], "steps": 20, "replicates": 2, "probes__count": 4}
TYPED = ("hidden=[3]", "steps=20", "replicates=2", "probes.count=4")
PNG = b"\x89PNG"


@pytest.fixture(scope="module")
def arrays() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2))
    return X, (X[:, 0] * X[:, 1] > 0).astype(int)


def same(one: Outcome, other: Outcome) -> bool:
    return bits(one) == bits(other)


def test_what_is_given_is_what_the_interface_has_and_nothing_is_imported_before_it_is_asked_for() -> None:
    assert set(sandbox.__all__) == set(interface.__all__)
    assert all(getattr(sandbox, name) is not None for name in sandbox.__all__)
    assert loaded_by("sandbox") == set()


def test_own_arrays_become_curves_a_table_and_a_card(arrays: tuple[Any, Any]) -> None:
    run = sandbox.run(data=arrays, activation="tanh", hidden=[3], steps=20, replicates=2, probes__count=4)
    assert list(run.curves.columns[:2]) == ["step", "replicate"] and len(run.curves) == len(run.outcome.steps) * 2
    last = run.curves[run.curves["step"] == 20].set_index("replicate")["train/loss"]
    assert last.tolist() == run.table.set_index("replicate")["train/loss"].tolist()
    assert run.card().png.startswith(PNG) and "data:image/png" in run._repr_html_()
    assert run.replay().identical


def test_weights_are_those_that_were_probed_at_any_step_and_of_every_replicate(arrays: tuple[Any, Any]) -> None:
    run = sandbox.run(data=arrays, **SMALL)
    W1, b1 = run.weights()[0]
    assert W1.shape == (2, 3, 2) and b1.shape == (2, 3, 1)
    kept = run.outcome.snapshots["W1"]
    for t, step in enumerate(run.outcome.steps):
        assert np.array_equal(run.weights(int(step))[0].weights.astype(np.float32), kept[t])
    assert np.array_equal(run.weights(7, replicate=1)[0].weights, run.weights(7)[0].weights[1])


def test_arrays_a_frame_and_a_bunch_are_the_same_data(arrays: tuple[Any, Any]) -> None:
    X, y = arrays
    frame = pd.DataFrame(X, columns=["east", "north"])
    runs = [
        sandbox.run(data=data, **SMALL) for data in (arrays, frame.assign(side=y), (frame, pd.Series(y, name="side")))
    ]
    assert all(same(run.outcome, runs[0].outcome) for run in runs)
    assert runs[1].setup.data.features == runs[2].setup.data.features == ("east", "north")
    flowers = sandbox.run(data=load_iris(), **SMALL).setup.data
    assert flowers.classes == ("setosa", "versicolor", "virginica") and flowers.features[0] == "sepal length (cm)"
    assert sandbox.run(data=load_diabetes(as_frame=True), **SMALL).setup.data.kind == "regression"


def test_it_computes_what_the_command_computes_and_records_the_same(
    arrays: tuple[Any, Any], command: Command, store_folder: Path, tmp_path: Path
) -> None:
    run = sandbox.run(data=arrays, record=store_folder, activation="relu", learning_rate=0.3, **SMALL)
    path = run.config.dataset.path
    assert command("dataset=file", f"dataset.path={path}", "activation=relu", "learning_rate=0.3", *TYPED).code == 0
    store = resolve(TrackingConfig(directory=str(store_folder)))
    typed, ours = launched_in(store)
    assert ours.run_id == run.id and same(fetch_history(store, typed.run_id), run.outcome)
    assert typed.params == ours.params and typed.metrics == ours.metrics
    assert {tag: typed.tags[tag] for tag in ("digest", "data", "code")} == {
        tag: ours.tags[tag] for tag in ("digest", "data", "code")
    }
    again = sandbox.load(run.id[:8], record=store_folder)
    assert isinstance(again, sandbox.Run) and same(again.outcome, run.outcome) and again.replay().identical
    everything = sandbox.load(store_folder)
    assert isinstance(everything, sandbox.Records) and set(everything.table.index) == {typed.run_id, run.id}


def test_a_sweep_is_the_one_that_the_command_does(command: Command, store_folder: Path) -> None:
    settings: dict[str, Any] = {"learning_rate": [0.03, 1.0], "activation": ["tanh", "relu"], "dataset__samples": 40}
    sweep = sandbox.sweep(record=store_folder, tracking__figures=False, **settings, **SMALL)
    typed = ("learning_rate=0.03,1.0", "activation=tanh,relu", "dataset.samples=40", "tracking.figures=false")
    assert command("-m", *typed, *TYPED, "resume=true").out.count("4 of 4 arms were finished before") == 1
    again = sandbox.load(sweep.id, record=store_folder)
    assert isinstance(again, sandbox.Sweep)
    assert again.table["test/loss"].tolist() == sweep.table["test/loss"].tolist() and again.names == sweep.names


@pytest.mark.parametrize(
    "varied", [{"per_draw": [1, 2]}, {"engine": ["numpy", "fused"]}, {"replicates": [2, 4]}, {"probes__count": [3, 4]}]
)
def test_arms_that_differ_in_how_they_are_done_are_arms_of_the_loaded_sweep_as_well(
    varied: dict[str, Any], store_folder: Path
) -> None:
    sweep = sandbox.sweep(record=store_folder, tracking__figures=False, dataset__samples=40, **SMALL | varied)
    again = sandbox.load(sweep.id, record=store_folder)
    assert isinstance(again, sandbox.Sweep) and len(again) == 2 and again.names == sweep.names
    there, here = (each.table.drop(columns="seconds") for each in (again, sweep))
    pd.testing.assert_frame_equal(there, here)


def test_what_begins_where_an_arm_has_ended_adds_replicates_to_it() -> None:
    spans = [(0, 2), (0, 2), (2, 3), (5, 1), (0, 4)]
    results = [
        Result(RunConfig(first_replicate=first, replicates=count), "", Outcome(np.array([0]), {}, {}), 0.0)
        for first, count in spans
    ]
    settings = [{"init": name} for name in ("zero", "normal", "normal", "normal", "zero")]
    assert [result.arm for result in _in_arms(results, settings)] == [0, 1, 1, 1, 2]


def test_a_sweep_says_which_arms_are_best_and_compares_them() -> None:
    sweep = sandbox.sweep(learning_rate=[0.03, 1.0], activation=["tanh", "relu"], dataset__samples=40, **SMALL)
    assert sweep.varied == ["activation", "learning_rate"] and len(sweep) == 4 and len(sweep.table) == 8
    medians = sweep.table.groupby("arm")["test/loss"].median()
    assert sweep.best(2).index.tolist() == medians.sort_values().index[:2].tolist()
    compared = sweep.compare(0, 1)
    assert compared.share == (compared.table.iloc[:, 0] < compared.table.iloc[:, 1]).mean()
    assert sweep.heatmap("learning_rate", "activation").png.startswith(PNG) and "data:image/png" in sweep._repr_html_()
    assert sweep[3].config.activation == "relu" and sweep[3].replay().identical
    assert [run.config for run in sweep] == [sweep[arm].config for arm in range(4)] and sweep[1] in list(sweep)
    with pytest.raises(
        sandbox.InputError, match=r"^heatmap: expected two settings .*, got 'activation', 'activation'$"
    ):
        sweep.heatmap("activation", "activation")


def test_words_are_no_metric_and_a_count_is_one_or_more() -> None:
    sweep = sandbox.sweep(learning_rate=[0.03, 1.0], activation=["tanh", "relu"], dataset__samples=40, **SMALL)
    asked: list[Callable[[], object]] = [
        lambda: sweep.best(3, "activation"),
        lambda: sweep.figure("activation"),
        lambda: sweep.heatmap("learning_rate", "activation", "name"),
    ]
    for ask in asked:
        with pytest.raises(sandbox.InputError, match=r"^metric: expected a column of numbers of the table, got"):
            ask()
    with pytest.raises(sandbox.InputError, match=r"^count: expected a whole number from 1 on, got -1$"):
        sweep.best(-1)


def test_a_file_that_was_written_anew_is_read_again_and_shared_data_cannot_be_written_into(tmp_path: Path) -> None:
    file, few = tmp_path / "own.csv", cast("dict[str, Any]", {"hidden": [2], "steps": 2, "replicates": 2})
    for rows in (40, 60):
        file.write_text("a,b,label\n" + "".join(f"{i / 7},{i % 5},{i % 2}\n" for i in range(rows)))
        data = sandbox.run(data=str(file), **few).setup.data
        assert data.X.shape[1] + data.X_test.shape[1] == rows
    with pytest.raises(ValueError, match="read-only"):
        sandbox.run(steps=2, replicates=2).setup.data.X[:] = 0


def test_networks_are_not_trained_again_on_a_file_that_has_become_another(tmp_path: Path, store_folder: Path) -> None:
    file, test = tmp_path / "own.csv", tmp_path / "test.csv"

    def rows(count: int) -> str:
        return "a,b,label\n" + "".join(f"{i / 7},{i % 5},{i % 2}\n" for i in range(count))

    file.write_text(rows(40))
    test.write_text(rows(12))
    given: dict[str, Any] = {
        "record": store_folder,
        "dataset__test_path": str(test),
        "tracking__figures": False,
        **SMALL,
    }
    made = sandbox.run(data=str(file), **given)
    arms = sandbox.sweep(data=str(file), learning_rate=[0.1, 1.0], **given)
    kept = cast("sandbox.Run", sandbox.load(made.id, record=store_folder))
    file.write_text(rows(40).replace(",", " , "))  # the same samples
    assert all(np.array_equal(*pair) for pair in zip(made.weights()[0], kept.weights()[0], strict=True))
    for changed, count, said in (
        (test, 13, "test.csv is not as recorded: 13 rows then, 14 now"),
        (file, 41, "own.csv is"),
    ):
        changed.write_text(rows(count))
        others = [sandbox.load(each.id, record=store_folder) for each in (made, arms)]
        one, several = cast("sandbox.Run", others[0]), cast("sandbox.Sweep", others[1])
        for run in (one, several[0]):
            for ask in (run.weights, run.card, lambda run=run: run.film(tmp_path / "a.gif")):
                with pytest.raises(sandbox.InputError, match=rf"^data: expected those that .*, got others: .*{said}"):
                    ask()
            assert said in run._repr_html_() and run._repr_png_() is None
    for run in (sandbox.Run(made.result), arms[0]):  # of this process
        with pytest.raises(sandbox.InputError, match=r"got others: own.csv or test.csv is not as it was then$"):
            run.weights()


def test_a_store_is_gone_through_and_its_rows_have_numbers(store_folder: Path) -> None:
    sweep = sandbox.sweep(record=store_folder, learning_rate=[0.1, 1.0], tracking__figures=False, **SMALL)
    run = sandbox.run(record=store_folder, tracking__figures=False, **SMALL)
    records = cast("sandbox.Records", sandbox.load(store_folder))
    assert [each.id for each in records] == [run.id, sweep.id] == [*records.table.index] and len(records) == 2
    assert [records[row].id for row in (0, 1, -1)] == [run.id, sweep.id, sweep.id]
    for wrong in (2, -3, 0.5, None):
        with pytest.raises(sandbox.InputError, match=r"^load: expected an id, or a row of the table from 0 to 1, got"):
            records[wrong]  # type: ignore[index]


@pytest.mark.parametrize("step", [1.5, np.float64(2.0), -1, 11, "3"])
def test_a_step_that_there_is_not_is_refused_in_one_line(step: Any) -> None:
    run = sandbox.run(steps=10, replicates=2, dataset__samples=40)
    with pytest.raises(sandbox.InputError, match=rf"^step: expected a whole number from 0 to 10, got {step}$"):
        run.weights(step)
    with pytest.raises(sandbox.InputError, match=r"^replicate: expected a whole number from 0 to 1"):
        run.weights(5, replicate=0.5)  # type: ignore[arg-type]


def test_an_experiment_is_judged() -> None:
    symmetry = sandbox.experiment("symmetry", quick=True)
    assert symmetry.budget == "quick" and symmetry.verdicts.loc["zero-symmetric", "verdict"] == "holds"
    assert "zero-symmetric" in symmetry._repr_html_()
    assert all(
        "a quick look: these verdicts are not evidence" in said for said in (repr(symmetry), symmetry._repr_html_())
    )
    assert "not evidence" not in repr(replace(symmetry, budget="declared"))


def test_any_table_is_judged_both_ways() -> None:
    claim = sandbox.Claim(
        "warm", "Warm is larger.", "own", sandbox.Interval(0.9, 1.0), "nearly always",
        Paired("size", {"oven": "warm"}, {"oven": "cold"}, lower_is_better=False), "none: sizes are read off a ruler",
    )  # fmt: skip
    table = pd.DataFrame(
        [{"oven": oven, "replicate": r, "size": r + (oven == "warm")} for oven in ("warm", "cold") for r in range(60)]
    )
    assert sandbox.judge(claim, table).verdict == "holds"
    assert sandbox.judge(claim, table.assign(size=-table["size"])).verdict == "fails"
    with pytest.raises(sandbox.InputError, match=r"^table: expected a column 'replicate'"):
        sandbox.judge(claim, table.drop(columns="replicate"))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"learning_rat": 1}, "learning_rat: no such key; did you mean 'learning_rate'?"),
        ({"activation": "tanhh"}, "activation: expected a known name, got 'tanhh'; did you mean 'tanh'?"),
        ({"hidden": [0]}, "hidden: expected >= 1, got 0; use 1 or more"),
        ({"dataset": {"name": "moons", "noise": -1}}, "dataset.noise: expected 0 to 1000000, got -1.0"),
        ({"data": 3}, "data: expected (X, y), a DataFrame, a Bunch of scikit-learn or the path of a file, got int"),
        ({"data": ([[1, 2], [3, 4]], [1])}, "dataset.path: expected as many labels as rows of X, got 1 for 2"),
    ],
)
def test_a_mistake_is_answered_in_one_line(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(sandbox.InputError) as mistake:
        sandbox.run(**settings)
    assert str(mistake.value).startswith(said) and "\n" not in str(mistake.value)


def test_keywords_are_what_would_have_been_typed() -> None:
    from sandbox.interface.settings import words_of

    given = {
        "hidden": [4, 8],
        "init": {"name": "zero", "bias": "normal"},
        "seed": np.int64(3),
        "dataset__label": "a b",
        "trial": {"form": "right"},
    }
    assert words_of(given) == [
        "hidden=[4,8]",
        "init=zero",
        "init.bias=normal",
        "seed=3",
        "dataset.label='a b'",
        "+trial.form=right",
    ]
    several = {
        "hidden": [[4], [4, 8]],
        "activation": ["tanh", ["relu"]],
        "probes__names": ["rank"],
        "seed": range(2),
        "weight_decay": None,
    }
    assert words_of(several, several=True) == [
        "hidden=[4],[4,8]",
        "activation=tanh,[relu]",
        "probes.names=[rank]",
        "seed=0,1",
        "weight_decay=null",
    ]


def test_values_under_a_mask_are_not_trained_on(arrays: tuple[Any, Any]) -> None:
    X, y = arrays
    masked = np.ma.masked_greater(X, float(np.median(X)))
    for data in ((masked, y), (X, np.ma.masked_equal(y, y[0])), (pd.DataFrame(X), np.ma.masked_equal(y, y[0]))):
        with pytest.raises(
            sandbox.InputError, match=r"^data: expected [Xy] with a value everywhere, got \d+ masked values;"
        ):
            sandbox.run(data=data, steps=2, replicates=1)
    whole = sandbox.run(data=(np.ma.masked_greater(X, np.inf), y), steps=2, replicates=1)  # nothing is masked
    np.testing.assert_array_equal(
        whole.curves["train/loss"], sandbox.run(data=(X, y), steps=2, replicates=1).curves["train/loss"]
    )


def test_a_frame_and_labels_with_another_index_are_not_paired_by_chance(arrays: tuple[Any, Any]) -> None:
    X, y = arrays
    frame, labels = pd.DataFrame(X), pd.Series(y)
    with pytest.raises(sandbox.InputError, match=r"^data: expected X and y with one index, got two that differ; "):
        sandbox.run(data=(frame, labels[::-1]), **SMALL)
    paired = labels[::-1].loc[frame.index]
    assert same(sandbox.run(data=(frame, paired), **SMALL).outcome, sandbox.run(data=(frame, labels), **SMALL).outcome)


def test_whole_numbers_that_doubles_cannot_tell_apart_are_refused(arrays: tuple[Any, Any]) -> None:
    _, y = arrays
    for count, refused in ((2**53 - len(y), False), (2**60, True)):
        told = np.array([[count + (i * 7919) % len(y)] for i in range(len(y))])
        if refused:
            with pytest.raises(sandbox.InputError, match="expected whole numbers up to 9007199254740992"):
                sandbox.run(data=(told, y), **SMALL)
        else:
            sandbox.run(data=(told, y), **SMALL)
