"""What a sweep's records survive: whoever stops listening, whoever takes too long, whoever changed them meanwhile."""

import json
import os
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import sandbox.trial.train
from sandbox import tracking
from sandbox.commands import status
from sandbox.config.schema import DatasetConfig, RunConfig, TrackingConfig
from sandbox.sweep.closing import unlike
from sandbox.sweep.job import perform
from sandbox.system.errors import InputError, RefusedError
from sandbox.tracking import Store, artifacts, places, resolve, runs_of, spool, sweeps_of
from sandbox.tracking.store import client
from sandbox.trial.build import Setup
from sandbox.trial.digest import parts_of
from sandbox.trial.experiment import Experiment
from tests.support import hosts, power
from tests.support.damage import FORMS, IN_SPOOL
from tests.support.impostor import impostor
from tests.support.records import record_run
from tests.support.servers import served
from tests.support.spoiled import CLAIMED, moved, spoiled
from tests.support.spoiled import judged as spoiled_judged
from tests.support.sweeps import ENVIRONMENT, ROOT, start, undisturbed, where
from tests.support.typed import typed, verdicts

Command = Callable[..., Any]
TINY = ("steps=20", "replicates=4", "dataset.samples=40", "probes.count=4", "tracking.figures=false")


def store_in(folder: Path) -> Store:
    return resolve(TrackingConfig(directory=str(folder)))


# Whoever listens ------------------------------------------------------------------------------------------------------


def test_a_sweep_is_recorded_and_judged_though_nobody_listens_any_more(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox.run", *CLAIMED, f"tracking.directory={tmp_path}"]
    environment = os.environ | ENVIRONMENT | {"PYTHONIOENCODING": "latin-1"}
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment, check=False, timeout=120
        )
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert done.stderr.startswith("error: standard output: expected one that takes everything, got No space left")
    (sweep,) = sweeps_of(store_in(tmp_path))
    assert sweep.status == "FINISHED" and any(tag.startswith("verdict.") for tag in sweep.tags)
    assert [run.status for run in runs_of(store_in(tmp_path), sweep.run_id)] == ["FINISHED"] * 6


@pytest.fixture(scope="module")
def one_line_read(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str], str]:
    """The store of a small judged sweep of which somebody has read one line; what was read, with the exit code, and stderr."""
    folder = tmp_path_factory.mktemp("read") / "mlruns"
    script = f"{shlex.join([sys.executable, '-m', 'sandbox.run', *CLAIMED, f'tracking.directory={folder}'])} | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["/bin/bash", "-c", script], capture_output=True, text=True, cwd=ROOT, env=os.environ | ENVIRONMENT, check=False, timeout=120)  # fmt: skip
    return folder, done.stdout.splitlines(), done.stderr


def test_a_sweep_of_which_one_line_is_read_is_recorded_and_judged(one_line_read: tuple[Path, list[str], str]) -> None:
    folder, out, err = one_line_read
    assert out[-1] == "0" and len(out) == 2 and err == ""
    (sweep,) = sweeps_of(store_in(folder))
    assert sweep.status == "FINISHED" and any(tag.startswith("verdict.") for tag in sweep.tags)
    assert [run.status for run in runs_of(store_in(folder), sweep.run_id)] == ["FINISHED"] * 6


def test_a_name_in_a_store_is_shown_and_never_obeyed(
    command: Command, store_folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert command(*TINY).code == 0
    (run,) = tracking.launched_in(store_in(store_folder))
    client(store_in(store_folder)).update_run(run.run_id, name="\x1b]0;mine\x07 \u202eesrever\rover")
    monkeypatch.setattr(sys, "argv", ["sandbox status", f"tracking.directory={store_folder}"])
    status.main()
    out = capfd.readouterr().out
    assert "mine" in out and "esrever" in out and not {"\x1b", "\x07", "\r", "\u202e"} & {*out}
    assert "\x1b" not in command("dataset=\x1b[31mmoons").err


# Whoever takes too long -----------------------------------------------------------------------------------------------


def test_a_run_that_takes_too_long_is_ended_and_named_and_the_others_are_done(
    command: Command, store_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sleepy(config: RunConfig) -> Any:
        if config.init.name == "zero":
            time.sleep(60)
        return sandbox.trial.train.train(config)

    monkeypatch.setattr("sandbox.trial.registry.PLAIN", Experiment(name="sandbox", trial=sleepy))
    begun = time.monotonic()
    answer = command("-m", *TINY, "init=zero,normal,he", "time_limit=3")
    assert answer.code == 1 and time.monotonic() - begun < 40
    assert "zero: not done after 3 s (time_limit); it was stopped" in answer.out
    (sweep,) = sweeps_of(store_in(store_folder))
    assert [run.status for run in runs_of(store_in(store_folder), sweep.run_id)] == ["FAILED", "FINISHED", "FINISHED"]


@pytest.mark.slow
def test_a_worker_that_stands_still_is_ended_and_named_and_the_others_are_done(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    log, folder = tmp_path / "log", tmp_path / "store"
    sweep = ("-m", "init=zero,normal,he", *TINY, "steps=200000", "engine=numpy", "hydra/launcher=cores", "hydra.launcher.n_jobs=2", *where(folder))  # fmt: skip
    process = start(*sweep, "time_limit=60", log=log)
    request.addfinalizer(process.wait)
    request.addfinalizer(process.kill)
    until = time.monotonic() + 90
    while not (begun := list(folder.glob(".spool/*/*.begun.json"))):
        assert process.poll() is None and time.monotonic() < until, log.read_text()
        time.sleep(0.02)
    tags = json.loads(begun[0].read_text())["record"]
    os.kill(int(tags["tags"]["process"].split(" ")[3]), signal.SIGSTOP)
    assert process.wait(200) == 1
    said = log.read_text()
    assert f"{tags['name']}: not done after 60 s (time_limit); its process" in said and "was ended" in said
    (found,) = sweeps_of(store_in(folder))
    ended = {run.params["init"]: run.status for run in runs_of(store_in(folder), found.run_id)}
    assert sorted(ended.values()) == ["FINISHED", "FINISHED", "KILLED"] and ended[tags["params"]["init"]] == "KILLED"


# What a store will never take -----------------------------------------------------------------------------------------


@pytest.fixture
def away_from_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records for servers wait in a folder of the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def store(store_folder: Path) -> Store:
    store = store_in(store_folder)
    tracking.prepare(store)
    return store


def test_a_record_whose_sweep_is_not_there_yet_holds_up_nobody(store: Store) -> None:
    early = spool.Record("sandbox", "early", parent=tracking.WAITING + spool.new_id())
    spool.keep(store, early, lambda folder: None)
    begun = time.monotonic()
    assert tracking.deliver_all(store) == tracking.Delivered(0, 0, early=1)
    assert tracking.deliver_for(store, 20) == [] and tracking.pause_reason(store) == ""
    assert not record_run(store, "sandbox", "other", config={}, config_yaml="").startswith(tracking.WAITING)
    assert time.monotonic() - begun < 10


def test_runs_of_a_sweep_that_was_deleted_are_set_aside_and_may_go_alone(
    store: Store, store_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sandbox.commands import sync

    sweep = tracking.start_sweep(store, "sandbox", "sweep")
    client(store).delete_run(sweep)
    assert record_run(store, "sandbox", "run", config={}, config_yaml="", parent=sweep).startswith(tracking.WAITING)
    (entry,) = tracking.aside(store)
    assert "deleted in the dashboard" in str(entry.noted("reason"))
    monkeypatch.setattr(sys, "argv", ["sandbox sync", "--alone", entry.id[:25], f"tracking.directory={store_folder}"])
    sync.main()
    (run,) = tracking.launched_in(store)
    assert (run.name, run.status, tracking.damage(store, run)) == ("run", "FINISHED", [])
    assert tracking.aside(store) == tracking.waiting(store) == []


@pytest.mark.parametrize("address", ["file:///etc", "/etc", "http://elsewhere/x", "mlflow-artifacts://elsewhere/1", "s3://a/b"])  # fmt: skip
def test_a_server_may_name_no_place_but_itself(address: str) -> None:
    with pytest.raises(RefusedError, match="expected to itself"):
        artifacts.local(Store("server", "http://user:password@here:5000"), address)


@pytest.mark.parametrize("key", ["experiments_at", "runs_at"])
@pytest.mark.parametrize("address", ["file://{folder}", "mlflow-artifacts://elsewhere/1"])
def test_a_server_that_names_another_place_for_files_is_refused_before_any_work(
    key: str, address: str, tmp_path: Path, away_from_home: None
) -> None:
    with impostor(**{key: address.format(folder=tmp_path / "mine")}) as server:
        login = server.address.replace("//", "//me:secret@")
        code, said = typed("sandbox.run", "-m", *TINY, "init=zero,normal", "tracking=server", f"tracking.uri={login}")
    assert code == 1 and said.count("\n") == 1 and "expected to itself" in said and "secret" not in said
    assert not server.files and not (tmp_path / "mine").exists()
    assert len(server.runs) <= 1  # the sweep's own


def test_a_server_that_names_another_place_for_files_later_has_none_of_ours_read(
    tmp_path: Path, away_from_home: None
) -> None:
    with impostor() as server:
        where = ("tracking=server", f"tracking.uri={server.address}")
        assert typed("sandbox.run", *TINY, *where)[0] == 0
        ((name, run),) = server.runs.items()
        run["info"]["artifact_uri"] = tmp_path.as_uri()
        code, said = typed("sandbox.commands.replay", name, *where)
    assert code == 1 and f"damaged: {server.address} says that artifacts go to '{tmp_path.as_uri()}'" in said


def test_what_is_too_large_for_a_server_is_set_aside_with_the_reason_and_the_next_sweep_is_unharmed(
    away_from_home: None,
) -> None:
    with impostor(refuses="history.npz") as server:
        sweep = ("sandbox.run", "-m", *TINY, "init=zero,normal", "tracking=server", f"tracking.uri={server.address}")
        code, said = typed(*sweep)
        assert code == 1 and said.count("a record was set aside: HTTPError") == 2 and "413" in said
        server.refuses = "\0"
        asked, begun = dict(server.asked), time.monotonic()
        code, said = typed(*sweep)
        assert code == 0 and "set aside" not in said, said
        assert server.asked["runs/create"] - asked["runs/create"] == 3 and time.monotonic() - begun < 60


def test_a_store_of_a_newer_version_is_called_that(store: Store, store_folder: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    shutil.copytree(store_folder, newer)
    with closing(sqlite3.connect(newer / "mlflow.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'fffffffffff0'")
        connection.commit()
    with pytest.raises(InputError, match="a newer MLflow made it than is installed here"):
        tracking.prepare(store_in(newer))


def test_a_path_that_no_database_can_have_is_refused_before_it_is_tried(tmp_path: Path) -> None:
    begun = time.monotonic()
    with pytest.raises(InputError, match="expected a path of at most 500 bytes, got"):
        store_in(tmp_path.joinpath(*["long"] * 200))
    assert time.monotonic() - begun < 5


def test_a_server_is_one_store_whatever_it_is_called_and_whoever_asks() -> None:
    names = ("http://me:secret@localhost:5000", "http://you@127.0.0.1:5000/", "http://localhost:5000")
    assert len({places.to_write(Store("server", name)) for name in names}) == 1


# Whoever changed it ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def judged(one_line_read: tuple[Path, list[str], str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A store with one sweep and its verdicts, and one for which their records wait; who made them has ended."""
    return one_line_read[0], spoiled_judged(tmp_path_factory.mktemp("judged") / "waiting", "tracking.offline=true")


@pytest.mark.parametrize("form", [*FORMS, *IN_SPOOL])
def test_what_changed_since_is_noticed_named_and_mended_by_resuming(
    form: str, judged: tuple[Path, Path], tmp_path: Path
) -> None:
    whole, waiting = judged
    expected = verdicts(whole)
    assert "holds" in expected.values()
    assert spoiled(form, waiting if form in IN_SPOOL else whole, tmp_path / "mlruns", 7, expected) == []


def test_a_damage_that_is_not_noticed_is_counted(judged: tuple[Path, Path], tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("sandbox.tracking.damage_within", lambda *_: "")
    (wrong,) = spoiled("a_file", judged[0], tmp_path / "mlruns", 7, verdicts(judged[0]))
    assert "not noticed in one line" in wrong


def test_a_store_is_used_wherever_it_is_moved(judged: tuple[Path, Path], tmp_path: Path) -> None:
    whole, _ = judged
    away = whole.rename(whole.with_name("away"))  # where it was made nothing must be found any more
    try:
        assert moved(2, tmp_path, 0, away) == [[]] * 2
        assert not whole.exists()
    finally:
        away.rename(whole)


def test_a_data_set_that_was_replaced_since_the_sweep_began_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("x,y\n" + "".join(f"{n / 8},{n % 2}\n" for n in range(40)))
    config = RunConfig(
        steps=2, replicates=1, dataset=DatasetConfig("file", path=str(path)), tracking=TrackingConfig(kind="none")
    )
    told = replace(config, tracking=TrackingConfig(kind="none", parts=json.dumps(parts_of(Setup(config)))))
    assert perform(told).outcome.steps[-1] == 2
    path.write_text(path.read_text().replace("0.125", "0.126"))
    with pytest.raises(InputError, match="data: expected what the sweep was begun with, got another"):
        perform(told)


def test_what_runs_of_one_sweep_were_made_with_is_named_where_it_is_not_the_same() -> None:
    assert unlike([{"numpy": "2.4", "BLAS": "Haswell"}] * 2) == []
    told = unlike([{"BLAS": "Haswell"}, {"BLAS": "SkylakeX"}, {"BLAS": "Haswell"}])
    assert told == ["not all runs were made alike: BLAS was Haswell in 2 runs, SkylakeX in 1 run"]


# Machines -------------------------------------------------------------------------------------------------------------

FEW = ("-m", "seed=range(4)", "steps=20", "replicates=2", "dataset.samples=40", "probes.count=4", "tracking.figures=false", "resume=true")  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(bool(power.why_not()), reason=power.why_not() or "-")
def test_a_power_cut_leaves_no_finished_run_without_its_evidence(tmp_path: Path) -> None:
    begun = time.monotonic()
    expected = undisturbed(tmp_path / "undisturbed", FEW)
    assert power.power_cut(tmp_path / "cut", 0.9 * (time.monotonic() - begun), expected, arguments=FEW) == []


@pytest.mark.parametrize("later_is_blind", [False, True])
def test_of_two_sweeps_begun_before_either_saw_the_other_one_goes_on(later_is_blind: bool, store: Store) -> None:
    early = tracking.start_sweep(store, "twice", "early")
    time.sleep(0.002)
    late = tracking.start_sweep(store, "twice", "late")
    api = client(store)
    started = {sweep: api.get_run(sweep).info.start_time for sweep in (early, late)}
    if later_is_blind:  # it looked before the earlier one was on record
        tracking.begin_alone(store, late, list)
    goes_on, gives_way = (late, early) if later_is_blind else (early, late)
    with pytest.raises(
        InputError, match="resume: expected a sweep that nobody else begins, got one that was just begun"
    ):
        tracking.begin_alone(store, gives_way, lambda: [(started[goes_on], goes_on)])
    if not later_is_blind:
        tracking.begin_alone(store, early, list)
    assert [run.run_id for run in sweeps_of(store)] == [goes_on]


@pytest.mark.slow
@pytest.mark.skipif(bool(hosts.why_not()), reason=hosts.why_not() or "-")
def test_of_two_hosts_that_resume_one_sweep_one_does(tmp_path: Path) -> None:
    with served(tmp_path / "server") as (address, _, _):
        assert hosts.resumed_twice(tmp_path / "hosts", 6.0, address, 0) == []
