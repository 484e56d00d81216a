"""The main command, as the user types it: sweeps that are recorded, and mistakes that are answered in one line."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hydra._internal.config_loader_impl import ConfigLoaderImpl

from sandbox.config.schema import TrackingConfig
from sandbox.data.datasets import DATASETS, load
from sandbox.nn.activations import ACTIVATIONS
from sandbox.nn.engines import ENGINES
from sandbox.nn.initialisers import INITIALISERS
from sandbox.nn.outputs import OUTPUTS
from sandbox.tracking import fetch_config, fetch_history, resolve, runs_of
from sandbox.tracking.store import client
from sandbox.trial.outcome import Outcome
from tests.support.fresh import loaded_by

Command = Callable[..., Any]
TINY = ("steps=20", "replicates=3", "dataset.samples=40", "probes.count=4")


def sweeps(folder: Path) -> list[str]:
    """The ids of the parent runs in a store."""
    api = client(resolve(TrackingConfig(directory=str(folder))))
    experiments = [experiment.experiment_id for experiment in api.search_experiments()]
    return [run.info.run_id for run in api.search_runs(experiments, "tags.kind = 'sweep'")]


def sweeps_or_none(folder: Path) -> list[str]:
    """As `sweeps`; none where there is no store."""
    return sweeps(folder) if (folder / "mlflow.db").exists() else []


def test_the_cards_sweep_is_one_parent_with_one_run_per_arm(command: Command, store_folder: Path) -> None:
    arms = ("init=zero,constant,normal", "activation=sigmoid,tanh,relu", "dataset=moons,circles")
    answer = command("-m", *TINY, "tracking.figures=false", *arms)
    assert answer.code == 0
    assert "18 runs" in answer.out and "python -m sandbox.ui tracking.directory=" in answer.out
    store = resolve(TrackingConfig(directory=str(store_folder)))
    (parent,) = sweeps(store_folder)
    runs = runs_of(store, parent)
    assert len(runs) == 18
    assert {run.status for run in runs} == {"FINISHED"}
    assert len({(run.params["init"], run.params["activation"], run.params["dataset"]) for run in runs}) == 18
    assert client(store).get_run(parent).info.status == "FINISHED"


def test_a_run_keeps_its_configuration_curves_figures_and_frames(command: Command, store_folder: Path) -> None:
    assert command("-m", *TINY, "seed=7", "init=normal,zero").code == 0
    store = resolve(TrackingConfig(directory=str(store_folder)))
    run = next(run for run in runs_of(store, sweeps(store_folder)[0]) if run.params["init"] == "normal")
    outcome = fetch_history(store, run.run_id)
    assert outcome.curves["test/loss"].shape == (len(outcome.steps), 3)
    assert outcome.snapshots["W1"].shape == (len(outcome.steps), 3, 4, 2)
    assert "seed: 7" in fetch_config(store, run.run_id)
    api = client(store)
    points = api.get_metric_history(run.run_id, "test/loss")
    np.testing.assert_allclose([point.value for point in points], np.median(outcome.curves["test/loss"], axis=1))
    artifacts = {file.path for file in api.list_artifacts(run.run_id)}
    assert {"card.png", "config.yaml", "history.npz", "images"} <= artifacts
    recorded = api.get_run(run.run_id)
    assert recorded.inputs is not None
    assert recorded.inputs.dataset_inputs[0].dataset.name == "moons"
    assert {"git.commit", "git.dirty", "versions", "seed"} <= set(recorded.data.tags)


def test_a_single_run_needs_no_parent(command: Command, store_folder: Path) -> None:
    answer = command(*TINY)
    assert answer.code == 0 and "moons" in answer.out
    assert sweeps(store_folder) == []


def test_the_same_command_twice_gives_the_same_numbers(command: Command, store_folder: Path) -> None:
    for _ in range(2):
        assert command("-m", *TINY, "init=xavier").code == 0
    store = resolve(TrackingConfig(directory=str(store_folder)))
    first, second = (fetch_history(store, runs_of(store, sweep)[0].run_id) for sweep in sweeps(store_folder))
    for name, curve in first.curves.items():
        np.testing.assert_array_equal(curve, second.curves[name])


def test_a_failing_arm_leaves_the_others_and_exits_with_1(
    command: Command, store_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sandbox.trial.experiment import PLAIN
    from sandbox.trial.train import train

    def explode(config: object) -> object:
        if config.init.name == "zero":  # type: ignore[attr-defined]
            raise RuntimeError("a fault in <this> arm")
        return train(config)  # type: ignore[arg-type]

    monkeypatch.setattr("sandbox.trial.registry.PLAIN", replace(PLAIN, trial=explode))  # type: ignore[arg-type]
    answer = command("-m", *TINY, "init=zero,normal")
    assert answer.code == 1
    assert "a fault in <this> arm" in answer.out
    store = resolve(TrackingConfig(directory=str(store_folder)))
    (parent,) = sweeps(store_folder)
    assert {run.params["init"]: run.status for run in runs_of(store, parent)} == {
        "zero": "FAILED",
        "normal": "FINISHED",
    }
    failed = next(run for run in runs_of(store, parent) if run.status == "FAILED")
    text = Path(client(store).download_artifacts(failed.run_id, "error.txt")).read_text()
    assert "a fault in <this> arm" in text and "Traceback" in text


def test_a_network_that_diverged_is_counted_and_its_step_told(command: Command) -> None:
    diverging = ("activation=relu", "output=identity", "learning_rate=1e6", "steps=20", "replicates=6", "seed=0")
    answer = command("tracking=none", *diverging)
    (row,) = (line for line in answer.out.splitlines() if "6 of 6" in line)
    assert int(row.split("6 of 6,")[1].strip(" │")) in range(1, 20)


@pytest.mark.parametrize(
    ("choices", "columns", "arms"),
    [
        (("replicates=2,5",), ("replicates",), [("2",), ("5",)]),
        (("engine=numpy,fused", "activation=relu,tanh"), ("engine", "activation"), None),
        (("probes.count=3,4",), ("probes.count",), [("3",), ("4",)]),
    ],
)
def test_arms_are_what_was_launched_not_what_looks_alike(
    command: Command, choices: tuple[str, ...], columns: tuple[str, ...], arms: list[tuple[str, ...]] | None
) -> None:
    answer = command("-m", "tracking=none", "steps=5", "replicates=2", *choices)
    rows = [tuple(cell.strip() for cell in line.split("│")[1:-1]) for line in answer.out.splitlines() if "│" in line]
    assert answer.code == 0 and len(rows) == np.prod([choice.count(",") + 1 for choice in choices])
    assert len({row[: len(columns)] for row in rows}) == len(rows)
    if arms is not None:
        assert [row[: len(columns)] for row in rows] == arms


def test_what_is_typed_twice_is_refused(command: Command, store_folder: Path) -> None:
    answer = command("-m", *TINY, "activation=relu,relu")
    assert answer.code == 2 and not sweeps_or_none(store_folder)
    assert answer.err.startswith("error: arms: expected different ones, got the same run twice")
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize("change", ["engine=numpy,fused", "init=zero", "learning_rate=0.1,1", "replicates=2,3"])
def test_a_design_that_the_claims_cannot_be_judged_on_is_refused_before_it_runs(
    command: Command, store_folder: Path, change: str
) -> None:
    tiny = [word for word in TINY if word.partition("=")[0] != change.partition("=")[0]]
    answer = command("-m", "+experiment=symmetry", *tiny, change)
    assert answer.code == 2 and answer.err.count("\n") == 1 and not sweeps_or_none(store_folder)
    assert "expected" in answer.err and answer.err.startswith("error: ")


def test_where_an_arm_fails_that_a_claim_needs_the_rest_is_shown_and_resumed(
    command: Command, store_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import experiments.symmetry
    from sandbox.trial.train import train

    def explode(config: Any) -> Outcome:
        if config.init.name == "normal":
            raise RuntimeError("a fault in this arm")
        return train(config)

    symmetry = experiments.symmetry.EXPERIMENT
    monkeypatch.setattr(experiments.symmetry, "EXPERIMENT", replace(symmetry, trial=explode))
    words = ("-m", "+experiment=symmetry", *TINY, "tracking.figures=false", "activation=sigmoid,tanh", "dataset=moons")
    answer = command(*words)
    assert answer.code == 1
    assert "a fault in this arm" in answer.out and "constant" in answer.out
    assert "no verdicts: " in answer.out and "init=normal" in answer.out.partition("no verdicts: ")[2]
    monkeypatch.setattr(experiments.symmetry, "EXPERIMENT", symmetry)
    answer = command(*words, "resume=true")
    assert answer.code == 0 and "holds" in answer.out


@pytest.mark.parametrize(("words", "times"), [((), 1), (("init=zero,normal",), 2), (("hydra.mode=MULTIRUN",), 2)])
def test_a_sweep_is_composed_once_and_once_for_each_choice_of_groups(
    command: Command, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], times: int
) -> None:
    composed, compose = [], ConfigLoaderImpl.load_configuration

    def counted(self: ConfigLoaderImpl, *given: Any, **named: Any) -> Any:
        composed.append(given)
        return compose(self, *given, **named)

    monkeypatch.setattr(ConfigLoaderImpl, "load_configuration", counted)
    arms = words if words and words[0].startswith("init") else ("init=zero", *words)
    assert command("-m", "tracking=none", "steps=1", "replicates=1", "learning_rate=0.1,1", *arms).code == 0
    assert len(composed) == 1 + times


def test_a_mode_that_a_file_of_the_users_sets_is_heard(command: Command, tmp_path: Path) -> None:
    (tmp_path / "mode").mkdir()
    (tmp_path / "mode" / "many.yaml").write_text("# @package _global_\nhydra:\n  mode: MULTIRUN\n")
    words = ("+mode=many", "tracking=none", "steps=1", "replicates=1", "init=zero,normal")
    assert "2 runs in" in command("--config-dir", str(tmp_path), *words).out


def test_an_option_of_hydras_may_stand_anywhere(command: Command) -> None:
    assert "2 runs" in command("steps=3", "replicates=1", "-m", "init=zero,normal", "tracking=none").out


def test_a_table_fits_into_eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    from sandbox.system.terminal import console, results_table

    names = ["dataset", "init", "activation", "learning_rate"]
    metrics = ["test/loss", "test/accuracy", "steps_to_threshold", "slope/layer1", "spread/layer1", "diverged_step"]
    values = dict(zip(names, ("circles", "constant", "sigmoid", 0.125), strict=True))
    frame = pd.DataFrame([{**values, **dict.fromkeys(metrics, 0.123456), "arm": 0}])
    monkeypatch.setattr(console, "_width", 80)
    with console.capture() as drawn:
        console.print(results_table(frame, names, metrics))
    assert "…" not in drawn.get()
    assert {len(line) for line in drawn.get().splitlines()} <= set(range(81))
    for word in ("activation", "accuracy", "constant", "0.1235", "1 of 1, 0.123456", "no room for"):
        assert word in drawn.get()


def test_where_nothing_is_set_aside_for_testing_the_training_part_is_shown(command: Command) -> None:
    answer = command("tracking=none", "dataset.test_fraction=0", "steps=3", "replicates=1")
    assert "train" in answer.out and "test" not in answer.out


def test_a_run_says_what_it_was_in_full(command: Command, store_folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("a,b,label\n" + "".join(f"{i % 7},{i % 5},{'yes' if i % 7 > 3 else 'no'}\n" for i in range(60)))
    answer = command("steps=20", "replicates=3", "dataset=file", f"dataset.path={path}")
    assert answer.code == 0
    store = resolve(TrackingConfig(directory=str(store_folder)))
    api = client(store)
    (experiment,) = (each.experiment_id for each in api.search_experiments() if each.name == "sandbox")
    (run,) = api.search_runs([experiment])
    assert f"/runs/{run.info.run_id}" in answer.out
    assert (run.data.params["output"], run.data.params["replicates"]) == ("sigmoid", "3")
    assert run.data.tags["engine"] == "numpy"  # what auto stood for
    assert run.info.run_name.startswith("own.csv, ")
    assert run.inputs is not None
    (data,) = (each.dataset for each in run.inputs.dataset_inputs)
    assert data.name == "own.csv" and json.loads(data.source)["uri"] == str(path)


def test_an_experiment_ends_with_verdicts_on_the_screen_and_on_record(command: Command, store_folder: Path) -> None:
    answer = command("-m", "+experiment=symmetry", *TINY, "activation=sigmoid,tanh", "dataset=moons")
    assert answer.code == 0
    assert "zero-symmetric" in answer.out and "holds" in answer.out
    store = resolve(TrackingConfig(directory=str(store_folder)))
    (parent,) = sweeps(store_folder)
    tags = client(store).get_run(parent).data.tags
    verdicts = json.loads(Path(client(store).download_artifacts(parent, "verdicts.json")).read_text())
    assert {verdict["claim_id"] for verdict in verdicts} == {
        key.removeprefix("verdict.") for key in tags if key.startswith("verdict.")
    }
    for verdict in verdicts:
        assert tags[f"prediction.{verdict['claim_id']}"] == verdict["prediction_hash"]


MISTAKES = {
    "dataset=moonz": "dataset: expected a known name, got 'moonz'; did you mean 'moons'?",
    "init=norml": "init: expected a known name, got 'norml'; did you mean 'normal'?",
    "activation=tanhh": "activation: expected a known name, got 'tanhh'; did you mean 'tanh'?",
    "output=softmx": "output: expected a known name, got 'softmx'; did you mean 'softmax'?",
    "output=softmax": "output: expected one that fits binary labels",
    "engine=warp": "engine: expected a known name",
    "+experiment=symetry": "experiment: expected a known name, got 'symetry'; did you mean 'symmetry'?",
    "experiment=symmetry": "+experiment=symmetry",
    "replicates=100000000000": "replicates, hidden: expected networks that fit into",
    "hidden=[4000000,4000000]": "replicates, hidden: expected networks that fit into",
    "hydra/launcher=dask": "hydra/launcher: expected one that is installed",
    "stepz=3": "stepz: no such key; did you mean 'steps'?",
    "+stepz=3": "stepz: no such key; did you mean 'steps'?",
    "+dataset.nois=3": "dataset.nois: no such key",
    "steps=many": "steps: expected an integer, got 'many'",
    "steps=null": "steps: expected a value, got null",
    "steps=-1": "steps: expected >= 0, got -1",
    "steps=[1": "steps: expected a value that can be read, got '[1' with a bracket that is not closed; write steps=1",
    'activation="tanh': "with a quote that is not closed; write activation=tanh",
    "hidden=(4,4)": "with signs that have a meaning here; write 'hidden=[4,4]'",
    "hidden=4x4": "hidden: expected a list, got 4x4; write 'hidden=[4,4]'",
    "steps==3": "with two equal signs; write steps=3",
    "activation=relu,": "with a comma that nothing follows; write activation=relu",
    "steps:3": "steps:3: expected key=value, got a word without '='; write steps=3",
    "steps": "write steps=VALUE",
    "circles": "write dataset=circles",
    "symmetry": "write -m +experiment=symmetry",
    "=3": "=3: expected key=value, got no key",
    "seed=range(3)": "seed: expected one value, got range(3); add -m to sweep over them",
    "seed=1-3": "seed: expected an integer, got '1-3'; for a sweep write -m 'seed=range(1,4)'",
    "learning_rate=0,1": "or write learning_rate=0.1 with a point for one number",
    "+steps=3": "write steps=3",
    "probes=all": "probes: expected keys below it, such as probes.count=VALUE, got all",
    "loss=mse": "loss: no such key; it is called output here",
    "lr=0.1": "lr: no such key; it is called learning_rate here",
    "noise=0.1": "noise: no such key; it is called dataset.noise here",
    "epochs=3": "epochs: no such key; it is called steps here",
    "init.gain=2": "init.gain: no such key; it is called init.scale here",
    "batch_size=32": "batch_size: no such key; every step takes all samples",
    "activation=ReLU": "activation: expected a known name, got 'ReLU'; did you mean 'relu'?",
    "dataset=mnist": "dataset: expected a known name, got 'mnist'; did you mean 'digits'?",
    "init=kaiming_normal_": "init: expected a known name, got 'kaiming_normal_'; did you mean 'he'?",
    "activation=mish": "activation: expected a known name, got 'mish'; one of: ",
    "learning_rate=nan": "learning_rate: expected a finite number, got nan",
    "learning_rate=-1": "learning_rate: expected > 0, got -1",
    "init.scale=inf": "init.scale: expected a finite number, got inf",
    "replicates=0": "replicates: expected >= 1, got 0",
    "seed=-1": "seed: expected >= 0, got -1",
    "hidden=[-2]": "hidden: expected >= 1, got -2",
    "hidden=[a]": "hidden[0]: expected an integer, got 'a'",
    "activation=[tanh,relu]": "activation: expected one name, or a list with one per hidden layer (1), got a list of 2",
    "activation=tanh,relu": "activation: expected one value, got tanh,relu; add -m to sweep over them",
    "hidden=8-8": "hidden: expected a list, got 8-8; write 'hidden=[8,8]'",
    "probes.steps=5": "probes.steps: expected a list, got 5; write 'probes.steps=[5]'",
    "probes.names=[]": "probes.names: expected at least one name, got []",
    "tracking.dir=x": "tracking.dir: no such key; did you mean 'tracking.directory'?",
    "trial.start=x": "an experiment's own keys are added with a plus sign: +trial.start=VALUE",
    "--stepz=3": "got unrecognized arguments: --stepz=3; keys stand without dashes",
    "activation=${oc.env:HOME}": "activation: expected a plain value",
    "dataset.noise=-0.1": "dataset.noise: expected 0 to",
    "dataset.standardise=maybe": "dataset.standardise: expected true or false, got 'maybe'",
    "dataset=null": "expected a name, got null",
    "probes.steps=[5,1]": "probes.steps: expected increasing steps",
    "probes.names=[train/los]": "probes.names: expected a known name, got 'train/los'",
    "init=file": "init.path: expected the path of an .npz",
    "init.zero_layers=[3]": "init.zero_layers: expected layers from 1 to 2, got 3",
    "tracking=server": "tracking.uri: expected the address of a tracking server, got none",
    "dataset.path=\udcff.csv": "expected words in UTF-8, got dataset.path=\\udcff.csv; give the file or folder another name",
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_answered_in_one_line_and_records_nothing(
    command: Command, store_folder: Path, mistake: str
) -> None:
    answer = command(mistake)
    assert answer.code == 2
    assert answer.err.startswith("error: ") and answer.err.count("\n") == 1
    assert MISTAKES[mistake] in answer.err
    assert answer.out == "" and not store_folder.exists()


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("steps=range(0,0)", "steps: expected at least one value to sweep over, got none of 'steps=range(0,0)'"),
        ("+experiment=glob(zz*)", "experiment: expected at least one value to sweep over, got none"),
        ("seed=range(3", "seed: expected a value that can be read, got 'range(3' with a bracket that is not closed"),
    ],
)
def test_a_sweep_over_nothing_is_refused(command: Command, store_folder: Path, word: str, message: str) -> None:
    answer = command("-m", word)
    assert answer.code == 2 and answer.err.startswith(f"error: {message}") and answer.err.count("\n") == 1
    assert not store_folder.exists()


def test_one_wrong_arm_stops_the_sweep_before_it_starts(command: Command, store_folder: Path) -> None:
    answer = command("-m", *TINY, "activation=tanh,relux")
    assert (answer.code, answer.out) == (2, "")
    answer = command("-m", "steps=5", "dataset=iris,moons", "output=softmax")
    assert answer.code == 2 and "in the arm" in answer.err and "dataset=moons" in answer.err
    assert not store_folder.exists()


def test_weights_of_the_wrong_shape_are_refused_and_right_ones_used(
    command: Command, store_folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "weights.npz"
    np.savez(path, W1=np.ones((4, 3)), b1=np.zeros(4), W2=np.ones((1, 4)), b2=np.zeros(1))
    answer = command(*TINY, "init=file", f"init.path={path}")
    assert answer.code == 2 and "W1" in answer.err and "(4, 2)" in answer.err and "(4, 3)" in answer.err
    np.savez(path, W1=np.eye(4, 2), b1=np.zeros(4), W2=np.ones((1, 4)), b2=np.zeros(1))
    assert command("-m", *TINY, "init=file", f"init.path={path}").code == 0
    store = resolve(TrackingConfig(directory=str(store_folder)))
    outcome = fetch_history(store, runs_of(store, sweeps(store_folder)[0])[0].run_id)
    np.testing.assert_array_equal(outcome.snapshots["W1"][0, 0], np.eye(4, 2))


def test_a_users_own_file_is_a_dataset(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    rng = np.random.default_rng(0)
    rows = [f"{a:.3f},{b:.3f},{'yes' if a > b else 'no'}" for a, b in rng.normal(size=(30, 2))]
    path.write_text("\n".join(["a,b,label", *rows]))
    assert command("tracking=none", "steps=20", "replicates=2", "dataset=file", f"dataset.path={path}").code == 0


def test_help_imports_nothing_that_only_a_run_needs() -> None:
    assert loaded_by("sandbox.run:main", "--help") == {"hydra"}


def test_help_names_what_can_be_chosen(command: Command) -> None:
    answer = command("--help")
    assert answer.code == 0
    for names in (ACTIVATIONS, OUTPUTS, ENGINES, INITIALISERS, DATASETS):
        assert set(names) <= set(re.findall(r"\w+", answer.out))


def test_it_works_from_any_working_directory_and_without_mlflow(tmp_path: Path) -> None:
    """A process of its own: nothing of MLflow, Matplotlib or scikit-learn is imported where nothing needs it."""
    words = ("tracking=none", "dataset=xor", "steps=5", "replicates=2")
    assert not {"mlflow", "matplotlib", "sklearn", "numba"} & loaded_by("sandbox.run:main", *words, cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_network_without_hidden_layer_is_logistic_regression(command: Command, store_folder: Path) -> None:
    from sklearn.linear_model import LogisticRegression

    words = ("hidden=[]", "init=zero", "weight_decay=0.1", "steps=3000", "replicates=1", "dataset.test_fraction=0")
    answer = command(*words, "dataset.samples=100")
    assert answer.code == 0
    data = load("moons", samples=100, test_fraction=0)
    store = resolve(TrackingConfig(directory=str(store_folder)))
    (run,) = (each for each in client(store).search_runs([e.experiment_id for e in client(store).search_experiments()]))
    weights = fetch_history(store, run.info.run_id).snapshots["W1"][-1, 0]
    oracle = LogisticRegression(C=1 / (0.1 * 100), tol=1e-10).fit(
        data.X.T, data.Y[0]
    )  # its C weighs the sum over samples
    np.testing.assert_allclose(weights, oracle.coef_, rtol=1e-4)
    assert "no hidden layer" in run.info.run_name


def test_what_cannot_decay_or_be_drawn_is_refused(command: Command) -> None:
    for words, key in (
        ("weight_decay=-1", "weight_decay"),
        ("per_draw=0", "per_draw"),
        ("init.bias=normall", "init.bias"),
    ):
        answer = command(words, "tracking=none")
        assert answer.code == 2 and answer.err.startswith(f"error: {key}: expected") and answer.err.count("\n") == 1
