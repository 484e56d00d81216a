"""What a cluster's store is made of, as processes of this machine: PostgreSQL, and a server that speaks the S3 protocol.

Each is on the loopback, on a port that was free, with a folder of its own, and is ended by its number.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

SECRET = "correct-horse-battery"  # noqa: S105 - of servers that live for one test
PROGRAMS = "initdb", "postgres"
DEBIANS = "/usr/lib/postgresql/*/bin"  # where Debian keeps them
UNPRIVILEGED = 65534  # nobody's number and group: PostgreSQL refuses to run as root


def why_not() -> str:
    """Why there can be no such services here; "" if there can."""
    missing = [name for name in PROGRAMS if shutil.which(name, path=_path()) is None]
    lacking = [name for name in ("psycopg", "boto3", "moto", "flask_wtf") if find_spec(name) is None]
    if missing:
        return f"needs PostgreSQL's {' and '.join(missing)}"
    return f"needs {', '.join(lacking)}: pip install -c constraints.txt -e '.[services]'" if lacking else ""


def _path() -> str:
    return os.pathsep.join([os.environ.get("PATH", ""), *map(str, sorted(Path("/").glob(DEBIANS[1:])))])


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_for(ready: Callable[[], object], process: "subprocess.Popen[bytes]", log: Path, patience: float = 60) -> None:
    """Until `ready` says so without an error. Raises if the process ends before that, or it takes too long."""
    until = time.monotonic() + patience
    while True:
        try:
            if ready() is not False:
                return
            why = "not ready"
        except Exception as problem:  # noqa: BLE001 - everybody has another one for a server that is not there yet
            why = str(problem)
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"{why}; {log.read_text()[-600:]}")
        time.sleep(0.1)


@contextmanager
def postgres() -> Iterator[str]:
    """A database of its own: its address, with user and password."""
    user: dict[str, Any] = {"user": UNPRIVILEGED, "group": UNPRIVILEGED, "extra_groups": []} if os.getuid() == 0 else {}
    port = free_port()
    with TemporaryDirectory(prefix="sandbox-postgres-", ignore_cleanup_errors=True) as name:
        folder, secret, log = Path(name), Path(name) / "secret", Path(name) / "log"
        secret.write_text(SECRET)
        if user:
            for each in (folder, secret):
                os.chown(each, UNPRIVILEGED, UNPRIVILEGED)
        initdb, server = (shutil.which(each, path=_path()) or each for each in PROGRAMS)
        # no --no-sync: the server itself is to be as it is elsewhere
        made = [initdb, "--pgdata", f"{folder}/data", "--username=mlflow", f"--pwfile={secret}", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]  # fmt: skip
        subprocess.run(made, check=True, capture_output=True, cwd=folder, **user)
        command = [
            server,
            "-D",
            f"{folder}/data",
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
            "-k",
            "",
        ]  # no socket in a folder
        with log.open("wb") as out:
            process = subprocess.Popen(command, stdout=out, stderr=out, cwd=folder, start_new_session=True, **user)
        try:
            address = f"postgresql://mlflow:{SECRET}@127.0.0.1:{port}/postgres"
            wait_for(lambda: _connects(address), process, log)
            yield address
        finally:
            process.send_signal(signal.SIGINT)  # which ends connections, and loses nothing
            process.wait(60)


def _connects(address: str) -> None:
    import psycopg

    with psycopg.connect(address, connect_timeout=5) as connection:
        connection.execute("SELECT 1")


@dataclass(frozen=True)
class Files:
    """A bucket, and who has the key to it."""

    address: str
    bucket: str = "mlflow"

    @property
    def environment(self) -> dict[str, str]:
        """What MLflow's server has to know."""
        return {
            "MLFLOW_S3_ENDPOINT_URL": self.address,
            "AWS_ACCESS_KEY_ID": "mlflow",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    @property
    def client(self) -> Any:
        import boto3

        keys = {"aws_access_key_id": "mlflow", "aws_secret_access_key": SECRET, "region_name": "us-east-1"}
        return boto3.client("s3", endpoint_url=self.address, **keys)

    def names(self) -> list[str]:
        """Of everything in the bucket."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        return [each["Key"] for page in pages for each in page.get("Contents", [])]

    def content(self, name: str) -> bytes:
        return bytes(self.client.get_object(Bucket=self.bucket, Key=name)["Body"].read())


@contextmanager
def s3(folder: Path) -> Iterator[Files]:
    """A bucket on a server in a process of its own."""
    port, log = free_port(), folder / "s3.log"
    files = Files(f"http://127.0.0.1:{port}")
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, cwd=folder, start_new_session=True)
    try:
        wait_for(lambda: files.client.create_bucket(Bucket=files.bucket), process, log)
        yield files
    finally:
        process.terminate()
        process.wait(30)
