"""Which process something belongs to, in words that outlive it, and whether that process has died since."""

import os
import platform
import subprocess
from functools import lru_cache
from pathlib import Path

PROC = Path("/proc")


def identity(pid: int | None = None) -> str:
    """Host, boot, namespace, number and start of a process, this one by default: together no other one has them.

    The start tells a process from a later one with its number, the boot from one before the machine was restarted, and
    the namespace from one in another container. "" for the start means that there is no such process.
    """
    pid = os.getpid() if pid is None else pid
    return " ".join((platform.node().replace(" ", "-") or "?", *_machine(), str(pid), _start(pid)))


def has_died(process: str) -> bool:
    """Whether the process of that `identity` is known to be gone; one that cannot be seen from here is not."""
    host, boot, namespace, pid, start = (process.split(" ") + [""] * 5)[:5]
    here = identity().split(" ")
    if not pid.isdigit() or not start or host != here[0]:
        return False
    if boot != here[1]:
        return True
    return namespace == here[2] and _start(int(pid)) != start


@lru_cache
def _machine() -> tuple[str, str]:
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()[:8]
        return boot, (PROC / "self/ns/pid").readlink().name.strip("pid:[]")
    except OSError:  # not Linux; the start's date does
        return "-", "-"


def _start(pid: int) -> str:
    """When a process began, in whatever words the system has for it; "" if it has ended, also as a zombie."""
    if (PROC / "self/stat").exists():
        try:
            state, *fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if state in "ZX" else fields[18]
    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    return "-".join(subprocess.run(command, capture_output=True, text=True, check=False).stdout.split())  # noqa: S603
