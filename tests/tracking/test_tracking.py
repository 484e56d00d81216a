"""What is recorded comes back whole, and a store that is broken is refused in one line, at once, without its secrets."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import threadpoolctl

from sandbox import tracking
from sandbox.config.schema import TrackingConfig
from sandbox.data.datasets import Data
from sandbox.system.errors import InputError, RefusedError
from sandbox.system.processes import identity
from sandbox.tracking import artifacts, experiments, provenance, rows, spool, tables
from sandbox.tracking import store as store_module
from sandbox.tracking.store import Store, client
from sandbox.tracking.views import VIEW
from sandbox.trial.outcome import Outcome
from tests.support import fresh
from tests.support.records import record_run

R, T = 5, 4


@pytest.fixture(autouse=True)
def _no_address_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database fresh from `prepare`, to be copied: making one takes two seconds, opening one a few tenths."""
    store = tracking.resolve(TrackingConfig(directory=str(tmp_path_factory.mktemp("prepared"))))
    tracking.prepare(store)
    assert store.directory is not None
    return store.directory / "mlflow.db"


@pytest.fixture
def store(prepared: Path, tmp_path: Path) -> Store:
    shutil.copy(prepared, tmp_path / "mlflow.db")
    return tracking.resolve(TrackingConfig(directory=str(tmp_path)))


@pytest.fixture
def outcome() -> Outcome:
    """Replicate 0 diverges after the first step, and nothing is known about the last step's slope."""
    rng = np.random.default_rng(0)
    loss, slope = rng.normal(size=(2, T, R))
    loss[1:, 0] = np.nan
    slope[-1] = np.nan
    return Outcome(
        steps=np.array([0, 1, 10, 100]),
        curves={"train/loss": loss, "slope/layer1": slope},
        values={
            "steps_to_threshold": np.array([np.inf, 3, 5, 8, np.inf]),
            "diverged_step": np.array([1] + [np.nan] * 4),
        },
        snapshots={"W1": rng.normal(size=(T, 2, 4, 2)).astype(np.float32)},
    )


@pytest.fixture
def data() -> Data:
    X = np.arange(12.0).reshape(2, 6)
    return Data("moons", "binary", X, X[:1] % 2, X[:, :2], X[:1, :2] % 2, ("x1", "x2"), ("0", "1"))


def record(store: Store, **given: Any) -> str:
    usual: dict[str, Any] = {"config": {"init": "zero", "seed": 7}, "config_yaml": "init: zero\n"}
    return record_run(store, "sandbox", "zero tanh", **(usual | given))


def test_runs_read_straight_from_the_tables_are_what_mlflows_client_says(
    store: Store, outcome: Outcome, data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracking.prepare(store)
    sweep = tracking.start_sweep(store, "sandbox", "two")
    for i, status in enumerate((None, "FAILED", None)):
        record(store, config={"seed": i, "init": "zero"}, parent=sweep, outcome=outcome, data=data, status=status)
    other = tracking.start_sweep(store, "sandbox", "none")
    client(store).delete_run(record(store, parent=sweep))
    straight = tracking.runs_of(store, sweep), tracking.states_of(store, sweep)
    assert tracking.runs_of(store, other) == [] and not tracking.states_of(store, other)

    def gone(*given: Any) -> Any:
        raise sqlite3.OperationalError("no such column: runs.lifecycle_stage")

    monkeypatch.setattr(tables, "runs_of", gone)
    monkeypatch.setattr(tables, "states_of", gone)
    asked = tracking.runs_of(store, sweep), tracking.states_of(store, sweep)
    runs = [json.dumps([vars(run) for run in found], sort_keys=True) for found, _ in (straight, asked)]
    assert runs[0] == runs[1] and straight[1] == asked[1]
    assert straight[1] == {"FINISHED": 2, "FAILED": 1} and straight[0][0].dataset and straight[0][0].metrics


# Which store ----------------------------------------------------------------------------------------------------------


def test_the_default_store_is_the_projects_from_wherever_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mlruns = Path(__file__).resolve().parents[2] / "mlruns"
    assert tracking.resolve(TrackingConfig()) == Store("local", f"sqlite:///{mlruns}/mlflow.db", mlruns)


def test_uri_wins_over_directory_and_directory_over_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/environment.db")
    monkeypatch.chdir(tmp_path)
    uri = "sqlite:///given.db"
    assert tracking.resolve(TrackingConfig()).uri == f"sqlite:///{tmp_path}/environment.db"
    assert tracking.resolve(TrackingConfig(directory="d")).uri == f"sqlite:///{tmp_path}/d/mlflow.db"
    assert tracking.resolve(TrackingConfig(directory="d", uri=uri)).uri == f"sqlite:///{tmp_path}/given.db"
    at_home = tracking.resolve(TrackingConfig(uri="sqlite:///~/x/given.db"))
    assert at_home.uri == f"sqlite:///{Path.home()}/x/given.db"
    assert tracking.resolve(TrackingConfig(kind="none")) == tracking.NOWHERE


def test_a_server_in_the_environment_is_one_whatever_the_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://host:1234/")
    for kind in ("local", "server"):
        assert tracking.resolve(TrackingConfig(kind=kind)) == Store("server", "https://host:1234")


@pytest.mark.parametrize(
    "uri",
    ["mlruns", "file:///mlruns", "databricks", "http://", "http://host:port", "sqlite://", "sqlite:///:memory:", "sqlite:///a%20b", "ftp://h"],
)  # fmt: skip
def test_an_address_of_no_store_is_refused(uri: str) -> None:
    with pytest.raises(InputError, match=r"^tracking.uri: expected .*, got .*; .*$"):
        tracking.resolve(TrackingConfig(uri=uri))


def test_a_server_needs_an_address() -> None:
    with pytest.raises(InputError, match=r"tracking.uri: expected .*, got none; set tracking.uri=http"):
        tracking.resolve(TrackingConfig(kind="server"))


def test_nothing_of_mlflow_is_imported_without_tracking() -> None:
    assert fresh.said("no_store") == ["''", "[]"]


# What is recorded -----------------------------------------------------------------------------------------------------


def test_a_record_asks_for_nothing_that_the_store_has_just_told(
    store: Store, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = tracking.start_sweep(store, "sandbox", "a sweep")
    record(store, outcome=outcome, parent=sweep)
    with monkeypatch.context() as asked:
        asked.setattr("mlflow.MlflowClient.get_run", lambda *_: pytest.fail("asked where a run's artifacts go"))
        run_id = record(store, outcome=outcome, parent=sweep)
    assert tracking.fetch_history(store, run_id).steps.tolist() == outcome.steps.tolist()


def test_everything_recorded_comes_back(store: Store, outcome: Outcome, data: Data) -> None:
    sweep = tracking.start_sweep(store, "sandbox", "a sweep", note="**running**")
    started = time.time() - 9
    frame = np.zeros((8, 6, 3), dtype=np.uint8)
    run_id = record(
        store,
        outcome=outcome,
        data=data,
        figures={"card.png": b"PNG", "report/notes.md": "∂L/∂W"},
        images=[("boundary", step, frame) for step in (0, 10)],
        tags={"engine": "numpy", "left_out": None},
        parent=sweep,
        started=started,
    )
    run = client(store).get_run(run_id)
    assert (run.info.status, run.info.run_name) == ("FINISHED", "zero tanh")
    assert run.info.end_time - run.info.start_time >= 9000
    assert run.data.params == {"init": "zero", "seed": "7"}
    assert run.data.tags.items() >= {
        "kind": "run", "engine": "numpy", "seed": "7", "mlflow.parentRunId": sweep, "mlflow.loggedImages": "True"
    }.items()  # fmt: skip
    assert not {"left_out", "mlflow.note.content"} & set(run.data.tags)
    assert json.loads(run.data.tags["versions"])["numpy"] == np.__version__
    assert {"git.commit", "git.dirty"} <= set(run.data.tags)

    assert run.inputs is not None
    (used,) = (given.dataset for given in run.inputs.dataset_inputs)
    assert (used.name, len(used.digest)) == ("moons", 16)
    assert json.loads(str(used.profile))["X_shape"] == [2, 6]

    paths = {file.path for file in client(store).list_artifacts(run_id)}
    assert paths == {"card.png", "config.yaml", "history.npz", "images", "manifest.json", "report"}
    images = [file.path for file in client(store).list_artifacts(run_id, "images")]
    assert sorted(path.split("+")[2] for path in images if path.endswith(".png")) == ["0", "10"]
    assert tracking.fetch_config(store, run_id) == "init: zero\n"
    back = tracking.fetch_history(store, run_id)
    assert back.curves["train/loss"].tobytes() == outcome.curves["train/loss"].tobytes()
    assert back.snapshots["W1"].tobytes() == outcome.snapshots["W1"].tobytes()

    (found,) = tracking.runs_of(store, sweep)
    assert (found.run_id, found.name, found.status) == (run_id, "zero tanh", "FINISHED")
    assert (found.params, found.tags) == (run.data.params, run.data.tags)
    assert client(store).get_run(sweep).info.status == "RUNNING"


def test_metrics_are_medians_over_the_replicates_that_live(store: Store, outcome: Outcome) -> None:
    run_id = record(store, outcome=outcome)
    stored = {
        key: [(point.step, point.value) for point in client(store).get_metric_history(run_id, key)]
        for key in client(store).get_run(run_id).data.metrics
    }
    loss, slope = outcome.curves["train/loss"], outcome.curves["slope/layer1"]
    alive = [sorted(value for value in row if value == value) for row in loss.tolist()]  # noqa: PLR0124 - NaN differs
    middle = [(a[(len(a) - 1) // 2] + a[len(a) // 2]) / 2 for a in alive]
    told = {"train/loss": loss[-1], "steps_to_threshold": outcome.values["steps_to_threshold"]}
    assert stored == {
        "train/loss": list(zip([0, 1, 10, 100], middle, strict=True)),
        "slope/layer01": [(step, float(np.sort(row)[2])) for step, row in zip([0, 1, 10], slope, strict=False)],
        "steps_to_threshold": [(0, 8.0)],
        "diverged_step": [(0, 1.0)],
        "diverged": [(0, 0.2)],
        "reached": [(0, 0.6)],
        "failed": [(0, 0.4)],
        **{
            f"{name}_p{q}": [(0, float(np.percentile(ends[np.isfinite(ends)], q)))]
            for name, ends in told.items()
            for q in (10, 90)
        },
    }


def test_what_is_not_finite_never_reaches_the_store() -> None:
    never, not_known = np.full(R, np.inf), np.full(R, np.nan)
    mixed = np.array([[np.inf, -np.inf], [np.nan, np.inf], [1.0, 2.0]])
    values = {"steps_to_threshold": never, "diverged_step": not_known}
    summary = tracking.summary(Outcome(np.array([0, 1, 2]), {"train/loss": mixed}, values))
    assert all(np.isfinite(value) for _, _, value in summary)
    assert {("train/loss", 2, 1.5), ("diverged", 0, 0.0), ("reached", 0, 0.0), ("failed", 0, 1.0)} <= {*summary}


def test_the_dashboard_gets_some_points_of_a_long_curve_and_its_ends() -> None:
    steps = np.arange(500) ** 2
    told = tracking.summary(Outcome(steps, {"train/loss": np.ones((500, 2)) * steps[:, None]}))
    points = [point for point in told if point[0] == "train/loss"]
    assert len(points) == 100 and all(step == value for _, step, value in points)
    assert (points[0][1], points[-1][1]) == (0, 499**2)


def test_any_number_of_metrics_and_params_is_recorded(store: Store) -> None:
    curves = {f"curve/{i}": np.arange(16.0)[:, np.newaxis] + i for i in range(150)}  # 2,400 points
    params = {f"p{i}": i for i in range(230)}
    run_id = record(store, config=params, outcome=Outcome(np.arange(16), curves))
    assert client(store).get_run(run_id).data.params == {key: str(value) for key, value in params.items()}
    for name, curve in [*curves.items()][::7]:
        points = client(store).get_metric_history(run_id, name)
        assert [point.value for point in points] == curve[:, 0].tolist()


def test_long_and_foreign_texts_are_kept_or_visibly_cut(store: Store) -> None:
    html, wide = "<script>alert('é')</script>", "∂" * 9000
    params = {"dataset": html, "hidden": wide, "trial.ключ=<b>": 1, "../up": 2, "": 3}
    run_id = record_run(store, f"{html} ../∂", html, config=params, config_yaml=html, tags={"note": wide, html: html})
    run = client(store).get_run(run_id)
    assert run.info.run_name == html
    assert run.data.params["dataset"] == html
    assert run.data.params["hidden"] == "∂" * 5994 + " [cut]"
    assert run.data.params["trial.ключ__b_"] == "1"
    assert run.data.params["up"] == "2"
    assert run.data.tags["note"] == "∂" * 7994 + " [cut]"
    assert html in run.data.tags.values()
    assert tracking.fetch_config(store, run_id) == html
    assert store.directory is not None
    assert Path(urlsplit(run.info.artifact_uri).path).is_relative_to(store.directory / "artifacts")


def test_a_failed_run_keeps_its_traceback(store: Store) -> None:
    run_id = record(store, error="Traceback ...\nFloatingPointError: ∞")
    run = client(store).get_run(run_id)
    assert run.info.status == "FAILED"
    folder = Path(client(store).download_artifacts(run_id, "error.txt"))
    assert folder.read_text(encoding="utf-8").endswith("FloatingPointError: ∞")
    with pytest.raises(tracking.StoreError, match=r"history\.npz"):
        tracking.fetch_history(store, run_id)


@pytest.mark.parametrize("problem", [OSError("disk full"), KeyboardInterrupt()])
@pytest.mark.parametrize("together", [True, False])
def test_a_run_whose_recording_fails_waits_and_is_delivered_once(
    problem: BaseException, together: bool, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise problem

    sweep = tracking.start_sweep(store, "sandbox", "sweep")
    with monkeypatch.context() as patch:
        if not together:  # MLflow is told step by step
            patch.setattr(rows, "fit", lambda *_: False)
        patch.setattr(artifacts, "put_each" if together else "put_all", fail)
        if isinstance(problem, Exception):
            assert record(store, parent=sweep).startswith(tracking.WAITING)
        else:
            with pytest.raises(KeyboardInterrupt):
                record(store, parent=sweep)
    begun = [] if together else ["KILLED"]  # and not for ever RUNNING
    assert [run.status for run in tracking.runs_of(store, sweep)] == begun
    assert tracking.deliver_all(store) == tracking.Delivered(1, 0)
    assert [run.status for run in tracking.runs_of(store, sweep)] == ["FINISHED"]


def test_a_figure_draws_itself_into_the_run_and_never_outside(store: Store) -> None:
    class Drawn:
        def savefig(self, fname: Path) -> None:
            fname.write_text("drawn")

    source = store.directory / "source.csv"  # type: ignore[operator] # a local store has one
    source.write_text("1,2")
    run_id = record(store, figures={"a/b.svg": Drawn(), "copy.csv": source})
    for name, content in (("a/b.svg", "drawn"), ("copy.csv", "1,2")):
        assert Path(client(store).download_artifacts(run_id, name)).read_text() == content
    for name in ("../outside.png", "/outside.png"):
        with pytest.raises(InputError, match="expected a name inside the run's folder"):
            record(store, figures={name: b""})


def test_a_sweep_ends_with_what_was_learnt_and_may_be_judged_again(store: Store) -> None:
    sweep = tracking.start_sweep(store, "sandbox", "sweep", params={"arms": 18}, tags={"verdict": "open"}, note="first")
    metrics = {"supported": 3, "ratio": np.inf, "gap": np.nan}
    tracking.finish_sweep(store, sweep, metrics=metrics, artifacts={"table.md": "| a |"}, note="| claim | verdict |")
    tracking.finish_sweep(store, sweep, "KILLED", tags={"verdict": "refuted"})
    run = client(store).get_run(sweep)
    assert run.info.status == "KILLED"
    assert (run.data.params, run.data.metrics) == ({"arms": "18", "lease.1": identity()}, {"supported": 3.0})
    assert (run.data.tags["kind"], run.data.tags["verdict"]) == ("sweep", "refuted")
    assert run.data.tags["mlflow.note.content"] == "| claim | verdict |"
    assert Path(client(store).download_artifacts(sweep, "table.md")).read_text() == "| a |"


def test_runs_of_one_sweep_are_listed_in_order_and_no_others(store: Store) -> None:
    first, second = (tracking.start_sweep(store, "sandbox", name) for name in ("first", "second"))
    expected = [record(store, parent=first, started=time.time() + i) for i in range(3)]
    record(store, parent=second)
    assert [run.run_id for run in tracking.runs_of(store, first)] == expected


def test_a_server_that_names_another_place_for_files_keeps_no_empty_experiment(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    behind = client(store)
    monkeypatch.setattr(experiments, "client", lambda _: behind)  # as `sandbox ui` shows it
    for _ in range(2):  # the first one took the name from nobody
        with pytest.raises(RefusedError, match="expected to itself"):
            experiments.experiment_id(Store("server", "http://store.example"), "sandbox")
    assert [each.name for each in behind.search_experiments()] == ["Default"]
    ours = experiments.experiment_id(store, "sandbox")  # the store itself may be recorded in, and what is in it stays
    with pytest.raises(RefusedError, match="expected to itself"):
        experiments.experiment_id(Store("server", "http://store.example"), "sandbox")
    assert behind.get_experiment(ours).lifecycle_stage == "active"


def test_a_deleted_experiment_is_refused_with_the_way_back(store: Store) -> None:
    record(store)
    client(store).delete_experiment(experiments.experiment_id(store, "sandbox"))
    experiments.experiment.cache_clear()
    with pytest.raises(InputError, match=r"in the dashboard's bin, got 'sandbox'; restore it with `mlflow"):
        experiments.experiment_id(store, "sandbox")
    assert record(store).startswith(tracking.WAITING)
    (entry,) = spool.aside(store)
    assert "restore it with" in str(entry.noted("reason")) and spool.entries(store) == []


def test_an_experiment_that_another_process_made_first_is_used(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    made = experiments.experiment_id(store, "sandbox")
    experiments.experiment.cache_clear()
    find, answers = client(store).get_experiment_by_name, iter([None])  # not there when first asked for
    monkeypatch.setattr(client(store), "get_experiment_by_name", lambda name: next(answers, find(name)))
    assert experiments.experiment_id(store, "sandbox") == made


def test_the_working_directory_stays_clean(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    record(store)
    assert list(Path().iterdir()) == []


def test_the_hint_leads_to_the_runs_of_a_sweep(store: Store) -> None:
    sweep = tracking.start_sweep(store, "sandbox", "sweep")
    command, link = tracking.dashboard_hint(store, sweep).splitlines()
    assert command == f"python -m sandbox.ui tracking.directory={store.directory}"
    page, _, query = urlsplit(link).fragment.partition("?")
    assert page == f"/experiments/{experiments.experiment_id(store, 'sandbox')}/runs"
    assert parse_qs(query)["searchFilter"] == [f"tags.`mlflow.parentRunId` = '{sweep}'"]
    assert parse_qs(query)["orderByKey"] == ["metrics.`test/loss`"]


# Where it came from ---------------------------------------------------------------------------------------------------


def test_the_state_of_the_code_is_known(tmp_path: Path) -> None:
    def run_git(*arguments: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", "-C", tmp_path, *identity, *arguments], check=True, capture_output=True)  # noqa: S607

    def state() -> tuple[str, str]:
        provenance.git.cache_clear()
        tags = provenance.git(tmp_path)
        return tags["git.commit"], tags["git.dirty"]

    assert state() == ("unknown", "unknown")
    run_git("init")
    assert state() == ("unknown", "false")
    (tmp_path / "ünï code.py").write_text("1")
    assert state() == ("unknown", "true")
    run_git("add", ".")
    run_git("commit", "-m", "code")
    commit, dirty = state()
    assert (len(commit), dirty) == (40, "false")
    (tmp_path / "ünï code.py").write_text("2")
    assert state() == (commit, "true")


# Stores that are broken -----------------------------------------------------------------------------------------------


def refusal(config: TrackingConfig) -> str:
    started = time.perf_counter()
    with pytest.raises(InputError) as refused:
        tracking.prepare(tracking.resolve(config))
    assert time.perf_counter() - started < 8
    message = str(refused.value)
    assert message.startswith("tracking: expected a store that answers and can be written, got ")
    assert "\n" not in message
    assert len(message) < 700
    return message


def folder_is_a_file(path: Path) -> None:
    (path / "store").write_text("")


def database_is_text(path: Path) -> None:
    (path / "store").mkdir()
    (path / "store" / "mlflow.db").write_text("no database\n" * 100)


def database_is_a_folder(path: Path) -> None:
    (path / "store" / "mlflow.db").mkdir(parents=True)


@pytest.mark.parametrize("damage", [folder_is_a_file, database_is_text, database_is_a_folder])
def test_a_store_that_is_none_is_refused_in_one_line(
    damage: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    damage(tmp_path)
    refusal(TrackingConfig(directory=str(tmp_path / "store")))
    assert capfd.readouterr().err == ""


@contextmanager
def nobody() -> Iterator[None]:
    """Root may write anywhere, so it is somebody else in here."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_what_cannot_be_written_is_refused(prepared: Path) -> None:
    with TemporaryDirectory() as name:  # pytest's folders are closed to others
        folder = Path(name)
        database = Path(shutil.copy(prepared, folder))
        database.chmod(0o444)
        folder.chmod(0o555)
        with nobody():
            assert "PermissionError" in refusal(TrackingConfig(directory=name))
            assert "PermissionError" in refusal(TrackingConfig(directory=f"{name}/new"))
        folder.chmod(0o777)
        with nobody():
            assert "readonly database" in refusal(TrackingConfig(directory=name))


def test_a_locked_database_is_refused_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "PATIENCE", 0.2)
    with closing(sqlite3.connect(store.uri.removeprefix("sqlite:///"))) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        assert "database is locked" in refusal(TrackingConfig(directory=str(store.directory)))


def test_a_database_of_another_mlflow_is_refused_with_the_way_on(store: Store) -> None:
    with closing(sqlite3.connect(store.uri.removeprefix("sqlite:///"))) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '451aebb31d03'")
        connection.commit()
    assert "mlflow db upgrade" in refusal(TrackingConfig(directory=str(store.directory)))


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


SECRET = "s3cr3t%40pass"  # noqa: S105 - to see that it is not shown


def test_a_dead_server_is_refused_without_its_secrets(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    uri = f"http://alice:{SECRET}@127.0.0.1:{port}"
    before = dict(os.environ)
    for config in (
        TrackingConfig(kind="server", uri=uri),
        TrackingConfig(uri=f"http://127.0.0.1:{port}?token={SECRET}"),
    ):
        message = refusal(config)
        assert f"http://127.0.0.1:{port}" in message
        assert not any(secret in message for secret in ("alice", SECRET, "s3cr3t@pass"))
    changed = {name for name in os.environ if os.environ[name] != before.get(name)}
    assert changed <= set(store_module.ENVIRONMENT)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    assert SECRET not in repr(tracking.resolve(TrackingConfig()))


def test_a_silent_server_is_refused_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "PATIENCE", 1)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        assert "timed out" in refusal(TrackingConfig(uri=f"http://127.0.0.1:{silent.getsockname()[1]}"))


def test_an_error_that_quotes_the_address_is_shown_without_its_secrets() -> None:
    store = Store("local", f"postgresql://alice:{SECRET}@db/mlflow?sslkey=k3y")
    with pytest.raises(tracking.StoreError) as failed, store_module.faults(store):
        raise RuntimeError(f"refused:\n {store.uri}\n (s3cr3t@pass, sslkey=k3y)")
    assert str(failed.value) == (
        "RuntimeError at postgresql://db/mlflow: refused: postgresql://***@db/mlflow?*** (***, ***)"
    )


def test_a_view_too_long_for_a_tag_is_said_not_to_be_there(store: Store) -> None:
    views = {"short": tracking.View("a", "b", ("loss",)), "long": tracking.View("a", "b", ("loss" * 2000,))}
    assert tracking.publish(store, "sandbox", "what it is", views) == {"short"}
    kept = client(store).get_experiment(experiments.experiment_id(store, "sandbox")).tags
    assert f"{VIEW}short" in kept and f"{VIEW}long" not in kept


def test_the_hint_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tracking.resolve(TrackingConfig(uri=f"postgresql://alice:{SECRET}@db/mlflow"))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert 'python -m sandbox.ui tracking.uri="$MLFLOW_TRACKING_URI"' in tracking.dashboard_hint(secret)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", secret.uri)
    assert tracking.dashboard_hint(secret).splitlines()[0] == "python -m sandbox.ui"
    assert tracking.dashboard_hint(Store("server", f"http://alice:{SECRET}@host")) == "http://host"


# Several processes ----------------------------------------------------------------------------------------------------


def test_processes_that_meet_at_a_fresh_store_lose_nothing(tmp_path: Path) -> None:
    workers = [
        subprocess.Popen(fresh.command("record_three", tmp_path / "fresh"), stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    errors = [worker.communicate(timeout=180)[1] for worker in workers]
    assert errors == ["", ""]
    store = tracking.resolve(TrackingConfig(directory=str(tmp_path / "fresh")))
    runs = client(store).search_runs([experiments.experiment_id(store, "sandbox")])
    assert sorted(run.data.params["i"] for run in runs) == ["0", "0", "1", "1", "2", "2"]
    assert {run.info.status for run in runs} == {"FINISHED"}


# A real server -------------------------------------------------------------------------------------------------------


@pytest.fixture
def server(port: int, tmp_path: Path) -> Iterator[str]:
    options = {"--port": port, "--backend-store-uri": f"sqlite:///{tmp_path}/server.db", "--workers": 1}
    options["--artifacts-destination"] = str(tmp_path / "artifacts")
    command = [sys.executable, "-m", "mlflow", "server", *(str(part) for pair in options.items() for part in pair)]
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    yield f"http://127.0.0.1:{port}"
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(30)


@pytest.mark.slow
def test_a_server_keeps_runs_as_the_embedded_store_does(
    server: str, outcome: Outcome, data: Data, capfd: pytest.CaptureFixture[str]
) -> None:
    store = tracking.resolve(TrackingConfig(kind="server", uri=server))
    for _ in range(120):
        try:
            tracking.prepare(store)
            break
        except InputError:
            time.sleep(0.5)
    sweep = tracking.start_sweep(store, "sandbox", "sweep")
    frame = np.zeros((8, 6, 3), dtype=np.uint8)
    run_id = record(store, outcome=outcome, data=data, images=[("boundary", 0, frame)], parent=sweep)
    tracking.finish_sweep(store, sweep, artifacts={"table.md": "| a |"})
    assert [run.run_id for run in tracking.runs_of(store, sweep)] == [run_id]
    assert (
        tracking.fetch_history(store, run_id).curves["train/loss"].tobytes() == outcome.curves["train/loss"].tobytes()
    )
    assert [point.step for point in client(store).get_metric_history(run_id, "train/loss")] == [0, 1, 10, 100]
    assert tracking.dashboard_hint(store, sweep).startswith(f"{server}/#/experiments/1/runs?")
    assert capfd.readouterr() == ("", "")


def test_the_kernel_on_record_is_numpys_whichever_library_was_loaded_first(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = {
        "user_api": "blas",
        "internal_api": "openblas",
        "version": "1",
        "architecture": "A",
        "filepath": "/numpy.libs/a",
    }
    theirs = {**ours, "version": "2", "filepath": "/scipy.libs/b"}
    for order in ([ours, theirs], [theirs, ours]):
        monkeypatch.setattr(threadpoolctl, "threadpool_info", lambda order=order: [*order])
        provenance.kernel.cache_clear()
        assert json.loads(provenance.kernel())["BLAS"] == "openblas 1 A"
    provenance.kernel.cache_clear()
