"""Tracking servers that die, fall silent, answer 500 or take their time while a sweep records in them."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from sandbox import tracking
from tests.support.sweeps import ENVIRONMENT, SWEEP, Histories, complaints, start, store_in, where

PATIENCE = 30  # seconds that a sweep may lose, in all, to a server that does not answer


@contextmanager
def served(
    folder: Path, *options: str, login: str = "", environment: Mapping[str, str] | None = None
) -> Iterator[tuple[str, Callable[[], None], Callable[[], None]]]:
    """A real MLflow server: its address, and how to kill and to start it again. login: `user:password`, if it wants one."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1",
               "--backend-store-uri", f"sqlite:///{folder}/server.db", "--artifacts-destination", str(folder / "artifacts"), *options]  # fmt: skip
    address = f"http://{login}{'@' if login else ''}127.0.0.1:{port}"
    running: list[subprocess.Popen[bytes]] = []

    def up() -> None:
        with (folder / "server.log").open("ab") as log:
            running.append(
                subprocess.Popen(
                    command,
                    stdout=log,
                    stderr=log,
                    env=os.environ | ENVIRONMENT | {**(environment or {})},
                    start_new_session=True,
                )
            )
        store = store_in(folder, address)
        until = time.monotonic() + 90
        while not tracking.answers(store):
            if time.monotonic() > until:
                raise TimeoutError(address)
            time.sleep(0.3)

    def down() -> None:
        process = running.pop()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)

    up()
    try:
        yield address, down, up
    finally:
        while running:
            down()


def server_killed(folder: Path, delay: float, expected: Histories, arguments: tuple[str, ...] = SWEEP) -> list[str]:
    """The store's server killed after so many seconds of a sweep, which goes on; then the server is back, and gets all."""
    with served(folder) as (address, down, up):
        process = start(*arguments, *where(folder, address), log=folder / "run.log")
        time.sleep(delay)
        down()
        begun = time.monotonic()
        code = process.wait(300)
        waited = time.monotonic() - begun
        if code not in (0, 1, 2):
            return [f"exit code {code}: {(folder / 'run.log').read_text()[-300:]}"]
        up()
        synced = start(*where(folder, address), module="sandbox.sync", log=folder / "sync.log").wait(120)
        if synced != 0:
            return [f"sync: exit code {synced}: {(folder / 'sync.log').read_text()[-300:]}"]
        if code != 0:  # it may have been refused, as the server was gone before it had begun
            start(*arguments, *where(folder, address), log=folder / "resumed.log").wait(300)
        return complaints(store_in(folder, address), expected) + ([f"{waited:.0f} s"] if waited > 60 else [])


@contextmanager
def ailing(address: str) -> Iterator[tuple[str, dict[str, str]]]:
    """A server before a real one: its address, and its state, which is `well`, `slow`, `silent` or `500`."""
    state = {"is": "well"}

    class Handler(BaseHTTPRequestHandler):
        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            ill = state["is"]
            if ill == "silent":
                while state["is"] == "silent":
                    time.sleep(0.2)
                self.close_connection = True
                return
            if ill == "slow":
                time.sleep(5)
            kept = {name: text for name, text in self.headers.items() if name.lower() not in ("host", "connection")}
            request = Request(address + self.path, body or None, kept, method=self.command)  # noqa: S310
            try:
                with urlopen(request, timeout=60) as answer:  # noqa: S310
                    status, kind, text = answer.status, answer.headers.get("Content-Type", ""), answer.read()
            except HTTPError as refusal:
                with refusal:
                    status, kind, text = refusal.code, refusal.headers.get("Content-Type", ""), refusal.read()
            if ill == "500":
                status, kind, text = 500, "text/plain", b"Internal Server Error"
            with suppress(OSError):  # who asked may have given up
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = pass_on  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", state
        finally:
            state["is"] = "well"
            server.shutdown()


def server_ails(
    folder: Path, delay: float, how: str, expected: Histories, usual: float, arguments: tuple[str, ...] = SWEEP
) -> list[str]:
    """The server is `slow`, `silent` or answers `500` after so many seconds of a sweep; it recovers, and gets all.

    usual: seconds that the sweep takes on a server that is well; how much longer it may take is PATIENCE.
    """
    with served(folder) as (real, _, _), ailing(real) as (address, state):
        begun = time.monotonic()
        process = start(*arguments, *where(folder, address), log=folder / "run.log")
        time.sleep(delay)
        state["is"] = how
        code = process.wait(300)
        longer = time.monotonic() - begun - usual
        said = (folder / "run.log").read_text()
        state["is"] = "well"
        if code not in (0, 1, 2) or "Traceback" in said:
            return [f"exit code {code}: {said[-300:]}"]
        synced = start(*where(folder, address), module="sandbox.sync", log=folder / "sync.log").wait(120)
        if synced != 0:
            return [f"sync: exit code {synced}: {(folder / 'sync.log').read_text()[-300:]}"]
        if code != 0:
            start(*arguments, *where(folder, address), log=folder / "resumed.log").wait(300)
        found = complaints(store_in(folder, address), expected)
        return found + ([f"{longer:.0f} s longer"] if longer > PATIENCE else [])
