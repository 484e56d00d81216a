"""No configuration and no file runs code, leads out of its folder, or carries a secret into what is recorded."""

import os
import pickle
import re
import socket
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np
import pytest

from experiments import load
from sandbox import tracking
from sandbox.commands import ui
from sandbox.config.compose import from_yaml
from sandbox.config.schema import RunConfig, TrackingConfig
from sandbox.sweep import ledger
from sandbox.system import markdown
from sandbox.system.errors import InputError
from tests.support import servers, sweeps
from tests.support.records import record_run

Command = Callable[..., Any]
TINY = ("steps=5", "replicates=2", "dataset.samples=40", "probes.count=4", "tracking.figures=false")


class Bomb:
    """Unpickled, it leaves a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[str, ...]]:
        return os.mkdir, (str(self.path),)


def refused(command: Command, *arguments: str) -> str:
    answer = command(*arguments)
    assert (answer.code, answer.out) == (2, ""), answer
    assert answer.err.startswith("error: ") and answer.err.count("\n") == 1
    return str(answer.err)


@pytest.mark.parametrize("multirun", [(), ("-m",)])
@pytest.mark.parametrize(
    "attack",
    [
        "+hydra.callbacks.x={_target_: os.mkdir, path: PATH}",
        "hydra.callbacks={x: {_target_: os.mkdir, path: PATH}}",
        "hydra/launcher=basic +hydra.launcher.x={_target_: os.mkdir, path: PATH}",
        "hydra.launcher._target_=os.mkdir +hydra.launcher.path=PATH",
        "hydra.sweeper._target_=os.mkdir +hydra.sweeper.path=PATH",
        "hydra.job_logging={version: 1, formatters: {x: {'()': os.mkdir, path: PATH}}}",
        "hydra.hydra_logging={version: 1, handlers: {x: {class: os.mkdir, path: PATH}}}",
        "hydra.hydra_logging={version: 1, handlers: {x: {class: logging.StreamHandler, stream: 'ext://os.mkdir'}}}",
        "+dataset._target_=os.mkdir +dataset.path=PATH",
        "+trial={_target_: os.mkdir, path: PATH}",
        "+_target_=os.mkdir",
        "init.path=${oc.env:HOME}",
        "output=${oc.create:{_target_:os.mkdir}}",
        "+trial.x=${hydra:runtime.cwd}",
        "activation=${oc.decode:x}",
        "+trial.x='!!python/object/apply:os.mkdir [PATH]'",
    ],
)
def test_no_override_runs_code(command: Command, tmp_path: Path, attack: str, multirun: tuple[str, ...]) -> None:
    target = tmp_path / "attacked"
    words = _words(attack.replace("PATH", str(target)))
    answer = command(*multirun, "tracking=none", *TINY, *words)
    assert not target.exists()
    assert answer.code in (0, 2) and "Traceback" not in answer.err
    assert answer.code == 0 or (answer.err.startswith("error: ") and answer.err.count("\n") == 1)


def _words(text: str) -> list[str]:
    """Overrides, parted by a space where the next key begins."""
    head, _, tail = text.partition(" +")
    return [head, *(["+" + tail] if tail else [])] if not text.startswith("+dataset") else text.split(" ")


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.mkdir ['PATH']",
        "steps: !!python/object/apply:os.mkdir ['PATH']",
        "steps: !!python/name:os.mkdir",
        "output: ${oc.env:HOME}",
        "trial: {x: '${oc.env:HOME}'}",
        "_target_: os.mkdir",
        "steps: &a [*a]",
        "{",
        "- 1",
        "x",
        "",
        "steps: {a: 1}",
        "hidden: 3",
    ],
)
def test_no_record_runs_code(tmp_path: Path, text: str) -> None:
    target = tmp_path / "attacked"
    if text:
        with pytest.raises(InputError) as refusal:
            from_yaml(text.replace("PATH", str(target)))
        assert "\n" not in str(refusal.value)
    else:
        assert from_yaml(text) == RunConfig()
    assert not target.exists()


def test_no_file_is_unpickled(command: Command, tmp_path: Path) -> None:
    target, file = tmp_path / "attacked", tmp_path / "data.npz"
    bomb = np.array([Bomb(target)], dtype=object)
    np.savez(file, X=bomb, y=bomb)
    assert "pickled" in refused(command, "dataset=file", f"dataset.path={file}")
    np.savez(file, W1=bomb, b1=bomb, W2=bomb, b2=bomb)
    assert "pickled" in refused(command, "init=file", f"init.path={file}")
    file.write_bytes(pickle.dumps(Bomb(target)))
    refused(command, "dataset=file", f"dataset.path={file}")
    refused(command, "init=file", f"init.path={file}")
    assert not target.exists()


def test_a_password_in_an_address_is_recorded_nowhere(
    command: Command, store_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An offline sweep for a server whose address has a password: every byte that waits for it is looked through."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(store_folder / "cache"))
    secret = "s3cr3tpass"  # noqa: S105 - to see that it is not written down
    uri = f"http://alice:{secret}@127.0.0.1:9"
    answer = command(
        "-m", "tracking=server", f"tracking.uri={uri}", "tracking.offline=true", *TINY, "init=zero,file", "init.path=x"
    )
    assert answer.code == 2
    monkeypatch.setattr("sandbox.trial.registry.PLAIN", _failing(uri))
    answer = command("-m", "tracking=server", f"tracking.uri={uri}", "tracking.offline=true", *TINY, "init=zero,normal")
    assert answer.code == 1
    assert secret not in answer.out + answer.err
    files = [path for path in store_folder.rglob("*") if path.is_file()]
    assert len(files) > 4
    assert [path for path in files if secret.encode() in path.read_bytes()] == []


def explode_with(uri: str) -> Callable[[RunConfig], Any]:
    def explode(config: RunConfig) -> Any:
        raise ConnectionError(f"refused: {uri}")

    return explode


def _failing(uri: str) -> Any:
    from sandbox.trial.experiment import Experiment

    return Experiment(name="sandbox", trial=explode_with(uri))


def test_a_name_of_an_artifact_leads_nowhere_else(tmp_path: Path) -> None:
    store = tracking.resolve(TrackingConfig(directory=str(tmp_path / "store"), offline=True))
    for name in ("../../../attacked", "/attacked", "a/../../../../attacked"):
        with pytest.raises(InputError, match="inside the run's folder"):
            record_run(store, "sandbox", "run", config={}, config_yaml="", figures={name: "x"})
    tracking.prepare(tracking.resolve(TrackingConfig(directory=str(tmp_path / "store"))))
    live = tracking.resolve(TrackingConfig(directory=str(tmp_path / "store")))
    record_run(live, "../../escape", "run", config={"../x": "1"}, config_yaml="")
    with closing(sqlite3.connect(tmp_path / "store" / "mlflow.db")) as database:
        (location,) = database.execute(
            "SELECT artifact_location FROM experiments WHERE name = '../../escape'"
        ).fetchone()
    assert Path(location.removeprefix("file://")).resolve().is_relative_to(tmp_path / "store" / "artifacts")
    assert not (tmp_path / "attacked").exists()


def odd_table(folder: Path) -> Path:
    """A data file whose every name would be obeyed by HTML, Markdown or TeX."""
    path = folder / "<img src=x onerror=alert(1)> $x_{$ ![a](b) `c`.csv"
    values = np.random.default_rng(0).normal(size=(40, 2))
    lines = ["<script>alert(1)</script>,$\\frac$ x|y,label", *(f"{a},{b},<b>{a > 0}</b>" for a, b in values)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_names_are_shown_and_never_obeyed(command: Command, tmp_path: Path, store_folder: Path) -> None:
    data = ("dataset=file", f"dataset.path='{odd_table(tmp_path)}'")
    answer = command(
        "-m", *data, "init=zero,normal", "steps=5", "replicates=2", "probes.count=4", "tracking.figures=true"
    )
    assert answer.code == 0, answer.err
    store = tracking.resolve(TrackingConfig(directory=str(store_folder)))
    (sweep,) = tracking.sweeps_of(store)
    note = sweep.tags["mlflow.note.content"]
    assert "arms.svg" in note and "<" not in note


def test_what_is_rendered_is_escaped() -> None:
    evil = "<script>alert(1)</script> | [x](javascript:alert(1)) `y` *z*\n# title"
    quiet = markdown.escaped(evil)
    assert "<" not in quiet and "\n" not in quiet
    assert not re.search(r"(?<!\\)[|`*\[\]]", quiet)
    claim = replace(load("symmetry").claims[0], statement=evil, effect=evil)
    text = ledger.markdown([ledger.Entry("symmetry", claim, None, None)])
    assert "<script" not in text and "\n# title" not in text
    assert (
        markdown.artifact_image("id&x=<b>", "a b.png")
        == "![a b.png](/get-artifact?path=a%20b.png&run_uuid=id%26x%3D%3Cb%3E)"
    )


def test_the_dashboards_are_for_this_machine_and_their_address_is_not_shown_to_it() -> None:
    store = tracking.resolve(TrackingConfig(uri="postgresql://alice:s3cr3t@db/mlflow"))
    words = ui.command(5000)
    assert words[words.index("--host") + 1] == "127.0.0.1"
    assert "s3cr3t" not in " ".join(words)
    environment = ui.environment(store, {"MLFLOW_SERVER_ALLOWED_HOSTS": "*"})
    assert environment["MLFLOW_SERVER_ALLOWED_HOSTS"] == "127.0.0.1:*,localhost:*"


PASSWORD = "correct-horse-battery-staple"  # noqa: S105 - of a server that lives for one test


def test_a_server_with_passwords_takes_runs_from_who_has_one_and_from_nobody_else(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = tmp_path / "auth.ini"
    users.write_text(
        f"[mlflow]\ndefault_permission = NO_PERMISSIONS\ndatabase_uri = sqlite:///{tmp_path}/auth.db\n"
        "admin_username = admin\nauthorization_function = mlflow.server.auth:authenticate_request_basic_auth\n"
    )
    secrets = {
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "k" * 32,
        "MLFLOW_AUTH_ADMIN_PASSWORD": PASSWORD,
        "MLFLOW_AUTH_CONFIG_PATH": str(users),
    }
    options = ("--app-name", "basic-auth")
    with servers.served(tmp_path / "server", *options, login=f"admin:{PASSWORD}", environment=secrets) as (full, _, _):
        bare = full.replace(f"admin:{PASSWORD}@", "")
        for address in (bare, full.replace(PASSWORD, "wrong-horse-battery-staple")):
            message = refused(command, *TINY, "tracking=server", f"tracking.uri='{address}'")
            assert "401" in message and "horse" not in message
        assert command("-m", *TINY, "init=zero,normal", "tracking=server", f"tracking.uri='{full}'").code == 0
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "admin")
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
        answer = command(*TINY, "tracking=server", f"tracking.uri={bare}")
        assert answer.code == 0 and PASSWORD not in answer.out + answer.err
        store = tracking.resolve(TrackingConfig(kind="server", uri=bare))
        (sweep,) = tracking.sweeps_of(store)
        runs = tracking.runs_of(store, sweep.run_id)
        assert len(runs) == 2 and PASSWORD not in repr((sweep, runs))


@pytest.mark.slow
def test_the_dashboards_refuse_other_hosts(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = sweeps.start("--port", str(port), *sweeps.where(tmp_path), module="sandbox.ui", log=tmp_path / "log")

    def status(host: str, **headers: str) -> int:
        body = b"{}" if headers else None
        address = f"http://127.0.0.1:{port}/api/2.0/mlflow/experiments/" + (
            "create" if headers else "search?max_results=1"
        )
        try:
            with urlopen(
                Request(address, body, {"Host": host, "Content-Type": "application/json", **headers}), timeout=20
            ) as answer:
                return int(answer.status)
        except HTTPError as refusal:
            with refusal:
                return refusal.code
        except OSError:
            return 0

    until = time.monotonic() + 90
    while status(f"127.0.0.1:{port}") == 0:
        assert time.monotonic() < until
        time.sleep(0.5)
    assert status(f"127.0.0.1:{port}") == 200
    assert status("evil.example") == 403
    assert status(f"127.0.0.1:{port}", Origin="http://evil.example") == 403
    process.terminate()
    assert process.wait(40) == 143


@pytest.mark.parametrize("sweeper", ["optuna", "basic"])
def test_other_sweepers_are_refused_in_one_line_that_says_why(sweeper: str, command: Command) -> None:
    answer = command("-m", f"hydra/sweeper={sweeper}", "learning_rate=0.1,1", "tracking=none")
    assert answer.code == 2 and answer.err.count("\n") == 1
    assert answer.err.startswith(
        f"error: hydra/sweeper: expected sandbox, got '{sweeper}': arms that are chosen while others run"
    )
