"""A Ray of several nodes, all on this machine: each is a program of its own with a core of its own, and may be killed."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from signal import SIGKILL
from tempfile import TemporaryDirectory

from tests.support.services import free_port, wait_for
from tests.support.sweeps import ENVIRONMENT

PROC = Path("/proc")
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
    """So many nodes of one core each."""
    address = f"{_host(0)}:{free_port()}"
    with TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as name, ExitStack() as stack:
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
                env=os.environ | ENVIRONMENT | VARIABLES,
                start_new_session=True,
            )
        )


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
