"""A Slurm of one node, which is this machine: munged, slurmctld and slurmd as programs of ours, with all their files in a folder."""

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sandbox.system.threads import available_cores, available_memory
from tests.support.services import free_port, wait_for

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scancel", "squeue")
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"  # where Debian keeps the first three
CORES, MEGABYTES = 3, 8000  # that it believes in, at least: for a parent and two workers
# No cgroups, which containers lack, and no accounting, which would take a database server of its own.
CONFIGURATION = """
ClusterName=sandbox
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={daemon}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SlurmdParameters=config_overrides
ReturnToService=2
SchedulerParameters=sched_interval=2,batch_sched_delay=1
KillWait=20
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory={megabytes} State=UNKNOWN
PartitionName=here Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def why_not() -> str:
    """Why there can be none here; "" if there can."""
    missing = [name for name in PROGRAMS if shutil.which(name, path=PATH) is None]
    if missing:
        return f"needs {', '.join(missing)}: apt-get install munge slurmctld slurmd slurm-client"
    return "" if os.getuid() == 0 else "needs to be root: slurmd starts jobs for others"


@dataclass(frozen=True)
class Slurm:
    """One that takes jobs from whoever has these variables in their environment."""

    environment: dict[str, str]

    def say(self, *words: str, folder: Path | None = None) -> str:
        """What one of its commands answers."""
        environment = os.environ | self.environment
        done = subprocess.run(
            words, check=True, capture_output=True, text=True, timeout=60, env=environment, cwd=folder
        )
        return done.stdout

    def jobs(self, state: str) -> list[str]:
        """The ids of all jobs in a state, those of an array one by one."""
        return self.say("squeue", "--noheader", "--array", "--format=%i", f"--states={state}").split()


@contextmanager
def slurm() -> Iterator[Slurm]:
    """It has ended, and all that it has started, when this is left."""
    with TemporaryDirectory(prefix="slurm-", ignore_cleanup_errors=True) as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o711)  # munge wants its socket to be for everybody
        (folder / "key").write_bytes(secrets.token_bytes(1024))
        (folder / "key").chmod(0o400)
        for each in ("state", "spool"):
            (folder / each).mkdir()
        host = socket.gethostname().partition(".")[0]
        text = CONFIGURATION.format(
            host=host,
            folder=folder,
            controller=free_port(),
            daemon=free_port(),
            cores=max(CORES, available_cores()),
            megabytes=max(MEGABYTES, int(available_memory() / 2**20)),
        )
        (folder / "slurm.conf").write_text(text)
        environment = {"SLURM_CONF": f"{folder}/slurm.conf", "PATH": PATH}
        own = [f"--{kind}={folder}/munge.{kind.partition('-')[0]}" for kind in ("socket", "pid-file", "log-file", "seed-file")]  # fmt: skip
        for command in (
            ["munged", "--foreground", f"--key-file={folder}/key", *own],
            ["slurmctld", "-D", "-c"],
            ["slurmd", "-D", "-N", host],
        ):
            _begin(stack, folder, command, environment)
        made = Slurm(environment)
        _wait_until_idle(made, folder)
        stack.callback(_cancel_all, made)
        yield made


def _begin(stack: ExitStack, folder: Path, command: list[str], environment: dict[str, str]) -> None:
    with (folder / f"{command[0]}.log").open("wb") as log:
        process = subprocess.Popen(
            [str(shutil.which(command[0], path=PATH)), *command[1:]],
            stdout=log,
            stderr=log,
            cwd=folder,
            env=os.environ | environment,
        )
    stack.callback(process.wait, 30)
    stack.callback(process.terminate)
    if command[0] == "munged":
        wait_for((folder / "munge.socket").exists, process, folder / "munged.log")


def _wait_until_idle(made: Slurm, folder: Path, patience: float = 60) -> None:
    until = time.monotonic() + patience
    while True:
        try:
            said = made.say("sinfo", "--noheader", "--format=%T").strip()
        except subprocess.CalledProcessError as problem:
            said = str(problem.stderr)
        if said == "idle":
            return
        if time.monotonic() > until:
            logs = [f"{path.name}: {path.read_text()[-500:]}" for path in sorted(folder.glob("*.log"))]
            raise TimeoutError("\n".join([said, *logs]))
        time.sleep(0.5)


def _cancel_all(made: Slurm) -> None:
    """A job would go on without those that have started it."""
    made.say("scancel", "--user=root")
    until = time.monotonic() + 30
    while made.say("squeue", "--noheader") and time.monotonic() < until:
        time.sleep(0.5)
