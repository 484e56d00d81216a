"""A Ray of several nodes, all on this machine: each is a program of its own with a core of its own, and may be killed."""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from signal import SIGKILL
from tempfile import TemporaryDirectory
from unittest.mock import patch

from tests.support.services import free_port, wait_for
from tests.support.sweeps import ENVIRONMENT, Histories, complaints, start, store_in, where

PROC = Path("/proc")
ARMS = 6
# Two seconds for each arm: long enough for a node to be killed in the middle of one.
SWEEP = (
    "-m", f"seed=range({ARMS})", "steps=40000", "replicates=2", "dataset.samples=40", "probes.count=5", "tracking.figures=false",
    "engine=numpy", "batch=1",
)  # fmt: skip
# Of its nodes and of who asks them: a token of its own, without which any other user of this machine is turned away.
VARIABLES = {
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": secrets.token_hex(32),
}
MEMORY = 80 * 2**20  # bytes for what jobs return; Ray asks for 75 MiB at least


def why_not() -> str:
    """Why there can be none here; "" if there can."""
    if not (PROC / "self/stat").exists():
        return "needs /proc, to see which worker is whose"
    return lacking("ray", "hydra_plugins.hydra_ray_launcher", extra="ray")


def lacking(*modules: str, extra: str) -> str:
    """What of them is not installed, and how to install it; "" if all are."""
    missing = [name for name in modules if not _there(name)]
    return f"needs {', '.join(missing)}: pip install -c constraints.txt -e '.[{extra}]'" if missing else ""


def _there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # not even what it lies in
        return False


@dataclass(frozen=True)
class Node:
    """One that runs until it is told to end."""

    process: "subprocess.Popen[bytes]"

    @property
    def raylet(self) -> int:
        """The process that starts its workers, and without which Ray calls it dead."""
        (found,) = [pid for pid in descendants(self.process.pid) if _name(pid) == "raylet"]
        return found

    def has(self, pid: int) -> bool:
        """Whether that is one of its workers."""
        return pid in descendants(self.raylet)

    def kill(self) -> None:
        os.kill(self.raylet, SIGKILL)

    def end(self) -> None:
        everything = descendants(self.process.pid)
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(15)
        for pid in [self.process.pid, *everything]:
            with suppress(ProcessLookupError):
                os.kill(pid, SIGKILL)
        self.process.wait(15)


@dataclass(frozen=True)
class Cluster:
    """Its address, and its nodes, the head first."""

    address: str
    nodes: tuple[Node, ...]

    @property
    def launcher(self) -> tuple[str, ...]:
        return "hydra/launcher=ray", f"hydra.launcher.ray.init.address={self.address}"


@contextmanager
def cluster(nodes: int) -> Iterator[Cluster]:
    """So many nodes of one core each; inside, commands of this process have their token."""
    address = f"{_host(0)}:{free_port()}"
    with TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as name, ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, VARIABLES))
        begun = []
        for i in range(nodes):
            head = (
                "--head",
                f"--port={address.rpartition(':')[2]}",
                f"--temp-dir={name}",
                "--include-dashboard=false",
                f"--ray-client-server-port={free_port()}",
            )
            begun.append(_begun(Path(name), i, *(head if i == 0 else (f"--address={address}",))))
            stack.callback(begun[-1].end)
            log = Path(name) / f"node-{i}.log"
            wait_for(lambda log=log: "Ray runtime started" in log.read_text(), begun[-1].process, log, patience=120)  # type: ignore[misc]
        yield Cluster(address, tuple(begun))


def _host(number: int) -> str:
    """An address of the loopback's; for 127.0.0.1 Ray would take one that others reach."""
    return f"127.0.0.{number + 2}"


def _begun(folder: Path, number: int, *options: str) -> Node:
    ports = [f"--{name}-port={free_port()}" for name in ("node-manager", "object-manager", "dashboard-agent-grpc", "metrics-export", "runtime-env-agent")]  # fmt: skip
    command = [
        sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--num-cpus=1", f"--node-ip-address={_host(number)}", "--disable-usage-stats",
        f"--object-store-memory={MEMORY}", "--min-worker-port=0", "--max-worker-port=0", f"--dashboard-agent-listen-port={free_port()}",
        *ports, *options,
    ]  # fmt: skip
    with (folder / f"node-{number}.log").open("wb") as log:
        return Node(
            subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                cwd=folder,
                env=os.environ | ENVIRONMENT,
                start_new_session=True,
            )
        )


def node_killed(folder: Path, expected: Histories, retries: int, arguments: tuple[str, ...] = SWEEP) -> list[str]:
    """A sweep on two nodes, one of which is killed in the middle of an arm: a retry completes it, or else the next call."""
    log = folder.with_suffix(".log")
    with cluster(2) as there:
        words = (*arguments, *there.launcher, *where(folder), f"retries={retries}")
        process = start(*words, log=log)
        kill_at_work(there.nodes[1], folder, process)
        code, said = process.wait(200), log.read_text()
        missing = (
            () if retries else [word for word in ("accuracy", "Ray lost its worker", "resume=true") if word not in said]
        )
        if code != (0 if retries else 1) or "Traceback" in said or missing:
            return [f"exit code {code}, without {missing}: {said[-300:]}"]
        if not retries and start(*words, "resume=true", log=log).wait(200):
            return [f"resumed in vain: {log.read_text()[-300:]}"]
    return complaints(store_in(folder), expected)


def kill_at_work(node: Node, folder: Path, process: "subprocess.Popen[bytes]") -> None:
    """Once one of its workers has begun a run. Raises if the sweep ends before that."""
    until = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < until:
        begun = [json.loads(path.read_text()) for path in folder.glob(".spool/*/*.begun.json")]
        if any(node.has(int(each["record"]["tags"]["process"].split(" ")[3])) for each in begun):
            node.kill()
            return
        time.sleep(0.2)
    raise TimeoutError(f"no worker of the node was seen at work; exit code {process.poll()}")


def descendants(pid: int) -> list[int]:
    """All processes that this one has started, directly or not."""
    children: dict[int, list[int]] = {}
    for stat in PROC.glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, left = [], [pid]
    while left:
        below = children.get(left.pop(), [])
        found += below
        left += below
    return found


def _name(pid: int) -> str:
    try:
        return Path((PROC / str(pid) / "cmdline").read_bytes().split(b"\0")[0].decode()).name
    except OSError:
        return ""
