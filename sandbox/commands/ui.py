"""The dashboards in a browser, for this machine only.

python -m sandbox.ui                                    of the store that sandbox.run would use, on http://127.0.0.1:5000
python -m sandbox.ui --port 8080 tracking.directory=PATH    or on the next port that is free

It listens on 127.0.0.1 and answers no other host's name. docs/faults.md says how to serve others, with passwords.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

from sandbox.launch.command import Parser, answer, configured

from sandbox import tracking
from sandbox.system.errors import InputError
from sandbox.system.terminal import console
from sandbox.tracking import Store

HOST = "127.0.0.1"
STOPPING = 30  # seconds
TRIES = 100  # ports
ASKING, PAUSE = 5, 0.1  # seconds


def main() -> None:
    """Serve until stopped; exit code 2 for a mistake in the command, else the server's."""
    answer(_main)


def _main() -> None:
    parser = Parser("ui", __doc__)
    parser.add_argument("--port", type=int, default=5000, help="5000 by default")
    typed = parser.read()
    store = tracking.resolve(configured(typed.overrides).tracking, needed=True)
    if store.kind == "server":
        raise InputError(f"tracking: expected a store in a database, got a server, which has its own at {store.shown}")
    if not 0 < typed.options.port < 65536:
        raise InputError(f"ui: --port: expected 1 to 65535, got {typed.options.port}")
    tracking.prepare(store)
    port = free_port(typed.options.port)
    taken = "" if port == typed.options.port else f" (port {typed.options.port} is taken)"
    console.print(f"the dashboards of {store.shown} are starting, which takes some seconds{taken}", soft_wrap=True)
    with subprocess.Popen(command(port), env=environment(store, os.environ)) as server:  # noqa: S603 - our words
        try:
            latest = tracking.latest_view(store, f"http://{HOST}:{port}")
            if answers(port, server):
                _say_where(port, latest)
            sys.exit(server.wait())
        except BaseException:
            server.terminate()  # and not killed: it has workers of its own to end
            server.wait(STOPPING)
            raise


def _say_where(port: int, latest: str) -> None:
    console.print(f"\nhttp://{HOST}:{port} shows them; Ctrl-C ends it", soft_wrap=True)
    if latest:
        console.print(f"the latest sweep:\n  {latest}", soft_wrap=True, markup=False)


def answers(port: int, server: "subprocess.Popen[bytes]") -> bool:
    """Wait until the server answers: an address is printed when it can be opened. False if the server has ended."""
    while server.poll() is None:
        asked = HTTPConnection(HOST, port, timeout=ASKING)
        with suppress(OSError, HTTPException), closing(asked):
            asked.request("GET", "/health")
            if asked.getresponse().status == HTTPStatus.OK:
                return True
        time.sleep(PAUSE)
    return False


def free_port(wanted: int) -> int:
    """The port itself, or the next one that nothing listens on. Raises InputError if a hundred are taken."""
    for port in range(wanted, min(wanted + TRIES, 65536)):
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one that was closed a moment ago is free
            try:
                trial.bind((HOST, port))
            except OSError:
                continue
            return port
    raise InputError(
        f"ui: --port: expected one that is free, got {wanted} and {TRIES - 1} more that are taken; choose another"
    )


def command(port: int) -> list[str]:
    """One worker: two processes instead of five. Requests are not told: they would push the address off the screen."""
    options = ["--uvicorn-opts", "--log-level warning", *tracking.app_options()]
    return [sys.executable, "-m", "mlflow", "server", "--host", HOST, "--port", str(port), "--workers", "1", *options]


def environment(store: Store, given: Mapping[str, str]) -> dict[str, str]:
    """The store's address travels in the environment: on the command line every user of the machine could read it."""
    folder = str(store.directory / "artifacts") if store.directory else ""
    return {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "PYTHONWARNINGS": "ignore",  # of libraries that are no concern of whoever looks at runs
        **given,
        "MLFLOW_BACKEND_STORE_URI": store.uri,
        "MLFLOW_DEFAULT_ARTIFACT_ROOT": folder,
        "MLFLOW_SERVER_ALLOWED_HOSTS": f"{HOST}:*,localhost:*",
    }


if __name__ == "__main__":
    main()
