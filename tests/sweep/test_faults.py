"""Nothing lost, nothing twice: sweeps that are stopped, killed, or left by their store, and what the next call makes of it."""

import dataclasses
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import sandbox.trial.train
from sandbox import tracking
from sandbox.commands import status, sync
from sandbox.config.checks import check
from sandbox.config.schema import RunConfig, TrackingConfig
from sandbox.system.processes import has_died, identity
from sandbox.tracking import Store, artifacts, line, pause, resolve, rows, runs_of, spool, sweeps_of
from sandbox.tracking import store as store_module
from sandbox.tracking.store import client
from sandbox.trial.build import Setup
from sandbox.trial.digest import run_digest
from sandbox.trial.experiment import Experiment
from tests.support import servers, sweeps
from tests.support.records import record_run

Command = Callable[..., Any]
TINY = ("steps=20", "replicates=2", "dataset.samples=40", "probes.count=4", "tracking.figures=false")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh database, to be copied: making one takes two seconds."""
    store = resolve(TrackingConfig(directory=str(tmp_path_factory.mktemp("prepared"))))
    tracking.prepare(store)
    assert store.directory is not None
    return store.directory / "mlflow.db"


@pytest.fixture
def store_folder(tmp_path: Path, prepared: Path) -> Path:
    """As everywhere, but the database is there."""
    folder = tmp_path / "mlruns"
    folder.mkdir()
    shutil.copy(prepared, folder)
    return folder


def store_in(folder: Path) -> Store:
    return resolve(TrackingConfig(directory=str(folder)))


def statuses(folder: Path) -> dict[str, list[str]]:
    """Of the runs of the latest sweep, by init."""
    store = store_in(folder)
    found: dict[str, list[str]] = {}
    for run in runs_of(store, sweeps_of(store)[0].run_id):
        found.setdefault(run.params["init"], []).append(run.status)
    return found


@pytest.fixture
def trial(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[RunConfig], Any]], None]:
    """Replaces what every run does."""

    def replace(trial: Callable[[RunConfig], Any]) -> None:
        monkeypatch.setattr("sandbox.trial.registry.PLAIN", Experiment(name="sandbox", trial=trial))

    return replace


# Processes ------------------------------------------------------------------------------------------------------------


def test_a_process_is_told_from_a_later_one_with_its_number() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    it = identity(child.pid)
    assert not has_died(it) and not has_died(identity())
    child.kill()
    child.communicate()
    assert has_died(it)
    host, boot, namespace, pid, start = identity().split(" ")
    assert has_died(f"{host} {boot} {namespace} {pid} {start}1")
    assert has_died(f"{host} another {namespace} {pid} {start}")
    for unseen in (f"elsewhere {boot} {namespace} {pid} 1", f"{host} {boot} other {pid} 1", "", "nonsense"):
        assert not has_died(unseen)


# Failures -------------------------------------------------------------------------------------------------------------


def test_a_failed_run_is_retried_by_a_resumed_sweep_and_says_what_it_replaces(
    command: Command, store_folder: Path, trial: Any
) -> None:
    def fail(config: RunConfig) -> Any:
        if config.init.name == "zero":
            raise RuntimeError("broken today")
        return sandbox.trial.train.train(config)

    trial(fail)
    answer = command("-m", *TINY, "init=zero,normal", "resume=true")
    assert answer.code == 1
    assert "RuntimeError: broken today" in answer.out and "To do what is left:" in answer.out
    assert statuses(store_folder) == {"zero": ["FAILED"], "normal": ["FINISHED"]}
    trial(sandbox.trial.train.train)
    answer = command("-m", *TINY, "init=zero,normal", "resume=true")
    assert answer.code == 0 and "1 of 2 arms were finished before" in answer.out
    assert statuses(store_folder) == {"zero": ["FAILED", "FINISHED"], "normal": ["FINISHED"]}
    failed, again = (
        run
        for run in runs_of(store_in(store_folder), sweeps_of(store_in(store_folder))[0].run_id)
        if run.params["init"] == "zero"
    )
    assert again.tags["replaces"] == failed.run_id
    assert again.tags["digest"] == failed.tags["digest"]


def test_retries_are_runs_of_their_own(command: Command, store_folder: Path, trial: Any) -> None:
    calls = []

    def fail_twice(config: RunConfig) -> Any:
        calls.append(config)
        if len(calls) < 3:
            raise RuntimeError("not yet")
        return sandbox.trial.train.train(config)

    trial(fail_twice)
    assert command("-m", *TINY, "init=normal", "retries=2").code == 0
    store = store_in(store_folder)
    runs = runs_of(store, sweeps_of(store)[0].run_id)
    assert [run.status for run in runs] == ["FAILED", "FAILED", "FINISHED"]
    assert [run.tags.get("replaces") for run in runs] == [None, runs[0].run_id, runs[1].run_id]


def test_on_error_stop_starts_nothing_more(command: Command, store_folder: Path, trial: Any) -> None:
    def fail(config: RunConfig) -> Any:
        raise RuntimeError("broken")

    trial(fail)
    answer = command("-m", *TINY, "init=zero,normal,he", "on_error=stop")
    assert answer.code == 1 and "not started" in answer.out and "the same" in answer.out
    assert statuses(store_folder) == {"zero": ["FAILED"]}
    assert sweeps_of(store_in(store_folder))[0].status == "FAILED"


def test_what_was_measured_is_kept_though_its_figures_fail(
    command: Command, store_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no ink")

    monkeypatch.setattr("sandbox.sweep.recorder.drawn", fail)
    assert command("-m", *TINY, "init=normal").code == 1
    store = store_in(store_folder)
    (run,) = runs_of(store, sweeps_of(store)[0].run_id)
    assert run.status == "FAILED"
    assert len(tracking.fetch_history(store, run.run_id).steps) == 4


def test_how_a_sweep_deals_with_failures_does_not_change_its_digests() -> None:
    assert run_digest(Setup(RunConfig(on_error="stop", retries=3))) == run_digest(Setup(RunConfig()))
    with pytest.raises(ValueError, match="on_error: expected a known name, got 'halt'"):
        check(RunConfig(on_error="halt"))


# Signals --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_closes_what_is_open_and_says_how_to_go_on(
    command: Command, store_folder: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, code: int
) -> None:
    from sandbox.nn.probes import measure

    def stopped(*given: Any) -> Any:
        if len(measured) == 6:  # the second run's third probe step
            os.kill(os.getpid(), number)
            time.sleep(5)
        measured.append(1)
        return measure(*given)

    measured: list[int] = []
    monkeypatch.setattr(sandbox.trial.train, "measure", stopped)
    inherited = signal.getsignal(number)
    if number == signal.SIGINT:  # a shell's background jobs are told to ignore it
        signal.signal(number, signal.default_int_handler)
    before = signal.getsignal(number)
    try:
        answer = command("-m", *TINY, "init=zero,normal,he")
        after = signal.getsignal(number)
    finally:
        signal.signal(number, inherited)
    assert answer.code == code and "stopped" in answer.err
    assert "resume=true" in answer.out
    assert statuses(store_folder) == {"zero": ["FINISHED"], "normal": ["KILLED"]}
    assert sweeps_of(store_in(store_folder))[0].status == "KILLED"
    assert after == before
    killed = runs_of(store_in(store_folder), sweeps_of(store_in(store_folder))[0].run_id)[1]
    assert len(tracking.fetch_history(store_in(store_folder), killed.run_id).steps) == 2  # what was measured is kept


@pytest.mark.parametrize("step", ["start_sweep", "claim"])
def test_a_signal_while_a_sweep_begins_leaves_it_closed_so_that_another_machine_may_go_on(
    step: str, command: Command, store_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = ("-m", *TINY, "init=zero,normal", "resume=true")
    if step == "claim":
        assert command(*sweep).code == 0
    real = getattr(tracking, step)

    def stopped(*given: Any, **named: Any) -> Any:
        done = real(*given, **named)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.01)
        return done

    with monkeypatch.context() as patch:
        patch.setattr(tracking, step, stopped)
        assert command(*sweep).code == 143
    (found,) = sweeps_of(store_in(store_folder))
    assert found.status == "KILLED"
    assert found.tags["released"] == ("1" if step == "start_sweep" else "2")
    assert command(*sweep).code == 0
    assert statuses(store_folder) == {"zero": ["FINISHED"], "normal": ["FINISHED"]}


# Kills ----------------------------------------------------------------------------------------------------------------


def test_a_sweep_that_was_killed_is_closed_by_the_next_start_and_a_live_one_never(
    command: Command,
    store_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    process = sweeps.start(
        "-m",
        "init=normal,zero",
        "steps=30000000",
        "replicates=2",
        "tracking.figures=false",
        f"tracking.directory={store_folder}",
    )
    request.addfinalizer(process.wait)
    request.addfinalizer(process.kill)
    waited = time.monotonic() + 60
    while not list(store_folder.glob(".spool/*/*.begun.json")):
        assert time.monotonic() < waited
        time.sleep(0.1)
    time.sleep(0.5)  # it trains now, and writes nothing until its next sign of life
    process.send_signal(signal.SIGSTOP)  # alive, but it takes no core
    assert command("-m", *TINY, "init=normal").code == 0  # another start, while it lives
    live, mine = sorted(sweeps_of(store_in(store_folder)), key=lambda sweep: sweep.started)
    assert (live.status, mine.status) == ("RUNNING", "FINISHED")
    answer = command(
        "-m", "init=normal,zero", "steps=30000000", "replicates=2", "tracking.figures=false", "resume=true"
    )
    assert answer.code == 2 and f"runs as process {process.pid}" in answer.err
    process.kill()
    process.wait()
    monkeypatch.setattr(sys, "argv", ["sandbox status", f"tracking.directory={store_folder}"])
    status.main()
    assert "killed" in capfd.readouterr().out
    store = store_in(store_folder)
    assert [run.status for run in runs_of(store, live.run_id)] == ["KILLED"]
    assert tracking.fetch_run(store, live.run_id).status == "KILLED"
    assert spool.entries(store) == []


@pytest.mark.slow
@pytest.mark.parametrize("extra", [(), ("hydra/launcher=cores",), ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2")])
def test_a_killed_sweep_is_completed_as_if_nothing_had_happened(tmp_path: Path, extra: tuple[str, ...]) -> None:
    sweep = ("-m", "seed=range(8)", *TINY, "resume=true")
    begun = time.monotonic()
    expected = sweeps.undisturbed(tmp_path / "undisturbed", sweep)
    length = time.monotonic() - begun
    for i, share in enumerate((0.5, 0.8)):
        folder = tmp_path / str(i)
        assert sweeps.killed_and_resumed(folder, share * length, signal.SIGKILL, expected, extra, sweep) == []


@pytest.mark.slow
@pytest.mark.parametrize("how", ["silent", "500", "slow"])
def test_a_sweep_outlives_a_server_that_falls_ill_and_delivers_all_when_it_is_well(how: str, tmp_path: Path) -> None:
    sweep = ("-m", "seed=range(8)", *TINY, "steps=20000", "resume=true")
    begun = time.monotonic()
    expected = sweeps.undisturbed(tmp_path / "undisturbed", sweep)
    usual = time.monotonic() - begun
    assert servers.server_ails(tmp_path / "ailing", 0.8 * usual, how, expected, usual + 10, sweep) == []


# Stores ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Lets the store fail in the middle, and come back."""
    broken = [False]
    log_batch = client.__globals__["_opened"]  # the client itself stays

    def flaky(store: Store) -> Any:
        if broken[0]:
            raise ConnectionError("nobody there")
        return log_batch(store)

    monkeypatch.setattr(store_module, "_opened", flaky)
    monkeypatch.setattr(pause, "PAUSE", 0)

    def switch(to: bool) -> None:
        broken[0] = to

    return switch


def test_results_wait_while_the_store_is_away_and_are_delivered_once(
    command: Command, store_folder: Path, trial: Any, away: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leaving(config: RunConfig) -> Any:
        if config.init.name == "normal":
            time.sleep(4 * line.TOGETHER)  # which the run before takes to be told
        away(config.init.name != "zero")
        return sandbox.trial.train.train(config)

    trial(leaving)
    answer = command("-m", *TINY, "init=zero,normal,he")
    assert answer.code == 1 and "3 records wait" in answer.out and "sandbox.sync" in answer.out
    away(False)
    assert statuses(store_folder) == {"zero": ["FINISHED"]}
    monkeypatch.setattr(sys, "argv", ["sandbox sync", f"tracking.directory={store_folder}"])
    for _ in range(2):
        sync.main()
    assert statuses(store_folder) == {each: ["FINISHED"] for each in ("zero", "normal", "he")}
    assert sweeps_of(store_in(store_folder))[0].status == "FINISHED"


def test_a_record_that_was_set_aside_is_listed_tried_again_and_dropped(
    command: Command, store_folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def synced(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["sandbox sync", *words, f"tracking.directory={store_folder}"])
        sync.main()
        return capfd.readouterr().out

    assert command(*TINY, "tracking.offline=true").code == 0
    (entry,) = tracking.waiting(store_in(store_folder))
    entry.set_aside("no such experiment")
    assert f"{entry.id}: no such experiment" in synced("--aside")
    assert "delivered 1 records" in synced("--retry", entry.id)
    assert "nothing was set aside" in synced("--aside")
    assert command(*TINY, "tracking.offline=true").code == 0
    (entry,) = tracking.waiting(store_in(store_folder))
    entry.set_aside("the store is gone")
    assert f"deleted {entry.id[:8]}" in synced("--drop", entry.id[:8])
    assert "nothing was set aside" in synced("--aside") and not tracking.waiting(store_in(store_folder))


def test_a_store_that_comes_back_gets_everything_before_the_sweep_ends(
    command: Command, store_folder: Path, trial: Any, away: Any
) -> None:
    def leaving(config: RunConfig) -> Any:
        away(config.init.name == "normal")
        return sandbox.trial.train.train(config)

    trial(leaving)
    assert command("-m", *TINY, "init=zero,normal,he").code == 0
    assert statuses(store_folder) == {each: ["FINISHED"] for each in ("zero", "normal", "he")}


def test_offline_needs_no_store_and_the_next_start_delivers(command: Command, store_folder: Path) -> None:
    (store_folder / "mlflow.db").unlink()
    answer = command("-m", "tracking.offline=true", *TINY, "init=zero,normal")
    assert answer.code == 0 and "4 records wait" in answer.out
    assert not (store_folder / "mlflow.db").exists()
    answer = command("-m", *TINY, "init=he")
    assert answer.code == 0 and "delivered 4 records" in answer.out
    store = store_in(store_folder)
    offline = sweeps_of(store)[1]
    assert offline.status == "FINISHED"
    assert [run.status for run in runs_of(store, offline.run_id)] == ["FINISHED"] * 2


@pytest.mark.parametrize("step", ["put_each", "put", "create_run", "log_batch", "put_all", "set_terminated"])
@pytest.mark.parametrize("after", [False, True])
def test_a_delivery_cut_short_anywhere_is_completed_and_not_repeated(
    store_folder: Path, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
) -> None:
    store = store_in(store_folder)
    tracking.prepare(store)
    sweep = tracking.start_sweep(store, "sandbox", "sweep")
    where: Any = {"put": rows, "put_each": artifacts, "put_all": artifacts}.get(step, type(client(store)))
    real = getattr(where, step)

    def cut(*given: Any, **named: Any) -> Any:
        if after:
            real(*given, **named)
        raise ConnectionError("cut short")

    with monkeypatch.context() as patch:
        if step not in ("put_each", "put"):  # by MLflow, step by step, as a server is told
            patch.setattr(rows, "fit", lambda *_: False)
        patch.setattr(where, step, cut)
        run = record_run(store, "sandbox", "run", config={"a": 1}, config_yaml="a: 1", parent=sweep)
    assert run.startswith(tracking.WAITING)
    assert tracking.deliver_all(store) == tracking.Delivered(1, 0)
    (found,) = runs_of(store, sweep)
    assert (found.status, found.params) == ("FINISHED", {"a": "1"})
    assert tracking.fetch_config(store, found.run_id) == "a: 1"


def test_the_rest_of_a_sweeps_beginning_changes_nothing_once_the_sweep_was_ended_elsewhere(
    store_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_in(store_folder)
    tracking.prepare(store)

    def cut(*_: Any, **__: Any) -> Any:
        raise ConnectionError("cut short")

    with monkeypatch.context() as patch:
        patch.setattr(type(client(store)), "log_batch", cut)
        assert tracking.start_sweep(store, "sandbox", "sweep").startswith(tracking.WAITING)
    (begun,) = sweeps_of(store)
    client(store).set_terminated(begun.run_id, "FINISHED")
    assert tracking.deliver_all(store) == tracking.Delivered(1, 0)
    assert [sweep.status for sweep in sweeps_of(store)] == ["FINISHED"]


def test_a_disk_that_is_full_is_a_failed_arm_with_its_reason(
    command: Command, store_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    kept = spool._keep_in

    def full(folder: Path, record: spool.Record, *rest: Any) -> Any:
        if record.params.get("init") == "normal":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return kept(folder, record, *rest)

    monkeypatch.setattr(spool, "_keep_in", full)
    answer = command("-m", *TINY, "init=zero,normal")
    assert answer.code == 1 and "Nospaceleftondevice" in "".join(answer.out.replace("│", " ").split())
    assert statuses(store_folder)["zero"] == ["FINISHED"]


def test_a_folder_that_is_not_writable_leaves_the_users_cache(
    store_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    store = tracking.store.replace(store_in(store_folder), offline=True)  # type: ignore[attr-defined]
    (store_folder / ".spool").write_text("a file where the folder should be")
    record_run(store, "sandbox", "run", config={}, config_yaml="")
    (entry,) = spool.entries(store)
    assert entry.folder.is_relative_to(tmp_path / "cache")


@pytest.mark.slow  # SQLite itself waits five seconds, more than once
def test_a_database_that_is_locked_for_a_while_gets_its_records_later(store_folder: Path) -> None:
    import sqlite3

    store = store_in(store_folder)
    tracking.prepare(store)
    sweep = tracking.start_sweep(store, "sandbox", "sweep")
    with closing(sqlite3.connect(store_folder / "mlflow.db")) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        begun = time.monotonic()
        run = record_run(store, "sandbox", "run", config={}, config_yaml="", parent=sweep)
        assert time.monotonic() - begun < 30
        assert run.startswith(tracking.WAITING)
    assert tracking.deliver_all(store) == tracking.Delivered(1, 0)
    assert [each.status for each in runs_of(store, sweep)] == ["FINISHED"]


def test_a_database_whose_making_was_cut_short_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    store_folder = tmp_path / "fresh"

    def killed(store: Store) -> Any:
        store_folder.mkdir(exist_ok=True)
        with closing(sqlite3.connect(store_folder / "mlflow.db")) as half:
            half.execute("CREATE TABLE experiments (half yes)")
        raise KeyboardInterrupt

    store = store_in(store_folder)
    with monkeypatch.context() as patch:
        patch.setattr(store_module, "_opened", killed)
        with pytest.raises(KeyboardInterrupt):
            tracking.prepare(store)
    tracking.prepare(store)
    assert tracking.start_sweep(store, "sandbox", "sweep")


def test_records_survive_as_they_were(store_folder: Path) -> None:
    store = store_in(store_folder)
    record = spool.Record("sandbox", "∂ \ud800", metrics=[("a/b", 1, 0.1)], params={"a": "1"})
    entry = spool.keep(store, record, lambda folder: None)
    kept = entry.record()
    assert dataclasses.replace(kept, tags={}) == record and [*kept.tags] == ["manifest"]
    assert spool.entries(store) == [entry]
    entry.remove()
    assert spool.entries(store) == []
    assert json.dumps(list(store_folder.rglob("*.npz"))) == "[]"
